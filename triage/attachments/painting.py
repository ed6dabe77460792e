"""Having a hostile file painted by a process behind walls, and no longer than ten seconds.

What that process sends is as hostile as the file: lengths are bounded, pixels are only counted, and
the PNG is spelled here.
"""

import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO, Final

from triage.attachments.detection import FileType, Viewer
from triage.attachments.painter_messages import (
    ANIMATED,
    ASK,
    DONE,
    FAILED,
    MAX_PIECE_BYTES,
    REASONS,
)
from triage.attachments.png import encode_png
from triage.attachments.store import HeldFile
from triage.errors import PreviewError

PAINT_SECONDS: Final = 10
MAX_PIXELS: Final = 12_000_000
MAX_COLUMNS: Final = 4096
_MAX_PAGES: Final = 10_000_000
_CHANNELS: Final = 3
_PAINTER: Final = "triage.attachments.painter"


@dataclass(frozen=True, slots=True)
class Picture:
    """What a viewer shows.

    Attributes:
        png: spelled here, from pixels.
        pages: of the file, from 1.
        is_animated: of which only the first picture is shown.
    """

    png: bytes = field(repr=False)
    columns: int
    rows: int
    pages: int
    is_animated: bool


def paint(held: HeldFile, kind: FileType, *, page: int, columns: int) -> Picture:
    """Paint one page, or a picture.

    Args:
        held: the file.
        kind: as it was recognised.
        page: from 0.
        columns: so wide at most.

    Raises:
        PreviewError: it can't be shown, and why.
        FileDamagedError, NotFetchedError: the file is not what it was, or not here.
    """
    if kind.viewer not in {Viewer.PICTURE, Viewer.PAGES}:
        raise PreviewError("type")
    size = held.entry.sealed.size_bytes
    order = [kind.code, *map(str, (size, page, min(columns, MAX_COLUMNS), MAX_PIXELS))]
    with _painter(order) as process:
        watchdog = threading.Timer(PAINT_SECONDS, process.kill)
        watchdog.start()
        try:
            return _talk(process, held)
        except (OSError, EOFError):
            # It was killed, by the kernel or by the clock, or fell over what it read.
            raise PreviewError("gave-up") from None
        finally:
            watchdog.cancel()
            process.kill()


def _painter(order: Sequence[str]) -> "subprocess.Popen[bytes]":
    """A process of its own, with no environment, no open file and no terminal of ours."""
    return subprocess.Popen(  # noqa: S603 - our own program, numbers and one of our own words
        [sys.executable, "-I", "-B", "-m", _PAINTER, *order],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env={},
        cwd="/",
        start_new_session=True,
    )


def _talk(process: "subprocess.Popen[bytes]", held: HeldFile) -> Picture:
    """Hand out pieces until the pixels come."""
    asking, answering = process.stdout, process.stdin
    if asking is None or answering is None:
        raise EOFError
    while True:
        kind = _read(asking, 1)
        if kind == b"R":
            _, position, length = ASK.unpack(kind + _read(asking, ASK.size - 1))
            _hand_out(answering, held, position, length)
        elif kind == b"D":
            done = DONE.unpack(kind + _read(asking, DONE.size - 1))
            return _picture(asking, *done[1:])
        else:
            _, reason = FAILED.unpack(b"E" + _read(asking, FAILED.size - 1))
            raise PreviewError(REASONS[reason] if reason < len(REASONS) else "gave-up")


def _hand_out(answering: IO[bytes], held: HeldFile, position: int, length: int) -> None:
    if not 0 < length <= MAX_PIECE_BYTES or position + length > held.entry.sealed.size_bytes:
        raise EOFError
    piece = memoryview(b"".join(held.pieces(position, position + length)))
    while piece:
        piece = piece[answering.write(piece) or 0 :]


def _picture(asking: IO[bytes], columns: int, rows: int, pages: int, notes: int) -> Picture:
    # A little more than asked for: both sides round.
    fits = 0 < columns <= MAX_COLUMNS + 1 and 0 < columns * rows <= MAX_PIXELS + MAX_COLUMNS * 4
    if not fits or not 0 < pages <= _MAX_PAGES:
        raise EOFError
    rgb = _read(asking, columns * rows * _CHANNELS)
    return Picture(encode_png(columns, rows, rgb), columns, rows, pages, bool(notes & ANIMATED))


def _read(asking: IO[bytes], length: int) -> bytes:
    pieces: list[bytes] = []
    while length:
        piece = asking.read(length)
        if not piece:
            raise EOFError
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)

"""Clean copies: a file without its hidden data, made by mat2 behind walls, one process for each.

No two files share a process or a folder. Source: mat2's manual; ATTACKS B12.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Final

from triage.attachments.cleaner_messages import DONE, FAILED, MAX_CLEAN_BYTES, REASONS
from triage.attachments.detection import FileType
from triage.attachments.store import HeldFile
from triage.errors import CleanCopyError

CLEAN_SECONDS: Final = 120
# What mat2 knows of what is recognised here; it goes by the name's ending, which is ours.
CLEANABLE: Final = frozenset(
    {
        *("jpeg", "png", "gif", "tiff", "heic", "pdf", "mp3", "ogg", "flac", "wav", "mp4", "avi"),
        *("docx", "xlsx", "pptx", "odt", "ods", "odp", "epub", "zip", "tar", "svg", "html"),
    }
)
_PIECE_BYTES: Final = 1024 * 1024
_CLEANER: Final = "triage.attachments.cleaner"


def find_mat2() -> str | None:
    """Where mat2 is, if it is installed."""
    return shutil.which("mat2")


def clean_pieces(held: HeldFile, kind: FileType) -> Iterator[bytes]:
    """A clean copy, piece by piece.

    Args:
        held: the file.
        kind: as it was recognised.

    Raises:
        CleanCopyError: there is none, and why.
        FileDamagedError, NotFetchedError: as `HeldFile.pieces`.
    """
    mat2 = find_mat2()
    if mat2 is None:
        raise CleanCopyError("no-mat2")
    if kind.code not in CLEANABLE:
        raise CleanCopyError("type")
    if held.entry.sealed.size_bytes > MAX_CLEAN_BYTES:
        raise CleanCopyError("too-large")
    with _cleaner(mat2, kind) as process:
        watchdog = threading.Timer(CLEAN_SECONDS, _end, [process])
        watchdog.start()
        try:
            yield from _converse(process, held)
        except (OSError, EOFError):
            raise CleanCopyError("failed") from None
        finally:
            watchdog.cancel()
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the cleaner and all that mat2 started, which would keep what it reads in memory."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _cleaner(mat2: str, kind: FileType) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own program, with words of our own
        [sys.executable, "-I", "-B", "-m", _CLEANER, mat2, kind.suffix],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,
    )


def _converse(process: "subprocess.Popen[bytes]", held: HeldFile) -> Iterator[bytes]:
    giving, taking = process.stdin, process.stdout
    if giving is None or taking is None:
        raise EOFError
    # A cleaner that gives up early says so, whatever became of what it was given.
    with suppress(BrokenPipeError):
        for piece in held.pieces():
            giving.write(piece)
        giving.close()
    said = taking.read(len(DONE))
    if said == FAILED:
        reason = taking.read(1)
        raise CleanCopyError(
            REASONS[reason[0]] if reason and reason[0] < len(REASONS) else "failed"
        )
    if said != DONE:
        raise EOFError
    yield from _bounded(taking)
    if process.wait() != 0:
        raise EOFError


def _bounded(taking: IO[bytes]) -> Iterator[bytes]:
    taken = 0
    while piece := taking.read(_PIECE_BYTES):
        taken += len(piece)
        if taken > 4 * MAX_CLEAN_BYTES:
            raise CleanCopyError("too-large")
        yield piece

"""The program that turns one hostile picture, or one page of one hostile PDF, into plain pixels.

It is started afresh for each picture, behind walls, and asks its parent through a pipe for the
pieces that it wants; it never has a file, a name, a key or a network. It answers with pixels, which
its parent spells as PNG itself, so that no byte of the file reaches the officer's browser.

Command line: what (`jpeg`, `png`, `gif`, `webp`, `pdf`), the file's size in bytes, the page from 0,
the most columns, the most pixels. Standard output: `R` u64 position u32 length asks for a piece,
which then comes on standard input; `E` u8 says why not; `D` u32 columns, u32 rows, u32 pages, u8
notes, and three bytes for each pixel.
"""

import io
import math
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import GifImagePlugin, Image, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from triage.attachments.painter_messages import (
    ANIMATED,
    ASK,
    DONE,
    FAILED,
    MAX_PIECE_BYTES,
    REASONS,
)
from triage.attachments.walls import (
    MEBIBYTE,
    Limits,
    Walls,
    allow_painting_calls,
    leave_namespaces,
    refuse_files,
    set_limits,
)

LIMITS: Final = Limits(memory_bytes=512 * MEBIBYTE, seconds=10)

# A camera of today has 200 million; what decodes in steps (JPEG) needs no memory for all of them.
_MAX_SOURCE_PIXELS: Final = 64_000_000
_MAX_JPEG_PIXELS: Final = 220_000_000
_FONTS: Final = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_FORMATS: Final = {
    "jpeg": JpegImagePlugin.JpegImageFile.format,
    "png": PngImagePlugin.PngImageFile.format,
    "gif": GifImagePlugin.GifImageFile.format,
    "webp": WebPImagePlugin.WebPImageFile.format,
}
_STANDARD_INPUT: Final = 0
_STANDARD_OUTPUT: Final = 1


class RefusedError(Exception):
    """Why there are no pixels; the position in `REASONS`."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be painted."""

    what: str
    size_bytes: int
    page: int
    columns: int
    pixels: int


@dataclass(frozen=True, slots=True)
class Painted:
    """Three bytes for each pixel, row by row."""

    columns: int
    rows: int
    pages: int
    notes: int
    rgb: bytes


class AskedFile(io.RawIOBase):
    """The file, piece by piece, from the parent."""

    def __init__(self, size_bytes: int) -> None:
        super().__init__()
        self._size_bytes = size_bytes
        self._at = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size_bytes}[whence]
        self._at = max(start + offset, 0)
        return self._at

    def tell(self) -> int:
        """The present place."""
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # what BufferedReader gives
        """Fill the front of the buffer."""
        wanted = max(min(len(buffer), self._size_bytes - self._at, MAX_PIECE_BYTES), 0)
        if not wanted:
            return 0
        os.write(_STANDARD_OUTPUT, ASK.pack(b"R", self._at, wanted))
        filled = 0
        while filled < wanted:
            piece = os.read(_STANDARD_INPUT, wanted - filled)
            if not piece:
                os._exit(1)
            buffer[filled : filled + len(piece)] = piece
            filled += len(piece)
        self._at += filled
        return filled


def build_walls() -> Walls:
    """Shut this process in; everything that it needs is loaded by now."""
    set_limits(LIMITS)
    network = leave_namespaces()
    files = refuse_files(readable=_FONTS)
    calls = allow_painting_calls(opening=files)
    return Walls(network or calls, files or calls, calls)


def _scaled(columns: float, rows: float, order: Order) -> float:
    """How much larger a picture is to be painted: up to the columns, within the pixels."""
    if columns <= 0 or rows <= 0:
        raise RefusedError(REASONS.index("damaged"))
    return min(order.columns / columns, math.sqrt(order.pixels / (columns * rows)))


def paint_picture(file: IO[bytes], order: Order) -> Painted:
    """Decode a picture, upright, on white."""
    if order.page:
        raise RefusedError(REASONS.index("no-such-page"))
    image = Image.open(file, formats=(_FORMATS[order.what],))
    most = _MAX_JPEG_PIXELS if order.what == "jpeg" else _MAX_SOURCE_PIXELS
    if image.width * image.height > most:
        raise RefusedError(REASONS.index("too-large"))
    notes = ANIMATED if getattr(image, "is_animated", False) else 0
    scale = min(_scaled(image.width, image.height, order), 1)
    wanted = max(int(image.width * scale), 1), max(int(image.height * scale), 1)
    image.draft("RGB", wanted)  # Only JPEG heeds it.
    image.load()
    upright: Image.Image = ImageOps.exif_transpose(image)
    if upright.mode not in {"RGB", "L", "CMYK"}:
        upright = upright.convert("RGBA")
    upright.thumbnail((max(wanted), max(wanted)))
    if upright.mode == "RGBA":
        paper = Image.new("RGBA", upright.size, "white")
        upright = Image.alpha_composite(paper, upright)
    plain = upright.convert("RGB")
    return Painted(plain.width, plain.height, 1, notes, plain.tobytes())


def paint_page(file: IO[bytes], order: Order) -> Painted:
    """Render one page of a PDF, with filled form fields; PDFium is built without scripts."""
    try:
        document = pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as error:
        asks = error.err_code == pdfium.FPDF_ERR_PASSWORD
        raise RefusedError(REASONS.index("protected" if asks else "damaged")) from None
    pages = len(document)
    if order.page >= pages:
        raise RefusedError(REASONS.index("no-such-page"))
    document.init_forms()
    page = document[order.page]
    columns, rows = page.get_size()
    bitmap = page.render(scale=_scaled(columns, rows, order), rev_byteorder=True)
    plain = bitmap.to_pil().convert("RGB")
    return Painted(plain.width, plain.height, pages, 0, plain.tobytes())


def paint(order: Order) -> Painted:
    """Paint what was ordered.

    Raises:
        RefusedError: it can't be painted, and why.
    """
    file = io.BufferedReader(AskedFile(order.size_bytes), MAX_PIECE_BYTES)
    try:
        return (paint_page if order.what == "pdf" else paint_picture)(file, order)
    except MemoryError:
        raise RefusedError(REASONS.index("too-large")) from None
    except (OSError, SyntaxError, ValueError, EOFError, pypdfium2.PdfiumError):
        # Whatever else a decoder raises ends the process, which the parent understands.
        raise RefusedError(REASONS.index("damaged")) from None


def _load_everything() -> None:
    """Have the libraries load what they load late: behind the walls no file can be opened."""
    for what, kind in _FORMATS.items():
        tame, exif = io.BytesIO(), Image.Exif()
        exif[0x0112] = 6  # Orientation, so that Exif is read too
        Image.new("RGB", (4, 4)).save(tame, kind, exif=exif)
        raw = tame.getvalue()
        paint_picture(io.BytesIO(raw), Order(what, len(raw), 0, 2, 4))
    blank = pypdfium2.PdfDocument.new()
    page = blank.new_page(8, 8)
    page.render(rev_byteorder=True).to_pil().convert("RGB").tobytes()
    Image.MAX_IMAGE_PIXELS = None  # We count ourselves, and refuse instead of warning.


def _send(message: bytes) -> None:
    view = memoryview(message)
    while view:
        view = view[os.write(_STANDARD_OUTPUT, view) :]


def main(arguments: list[str]) -> None:
    """Paint once and end."""
    order = Order(arguments[0], *map(int, arguments[1:]))
    _load_everything()
    if not build_walls().hold:
        _send(FAILED.pack(b"E", REASONS.index("walls")))
        return
    try:
        painted = paint(order)
    except RefusedError as error:
        _send(FAILED.pack(b"E", error.args[0]))
        return
    done = DONE.pack(b"D", painted.columns, painted.rows, painted.pages, painted.notes)
    _send(done)
    _send(painted.rgb)


if __name__ == "__main__":
    main(sys.argv[1:])
    os._exit(0)  # Nothing of what a file did to this process runs once more at its end.

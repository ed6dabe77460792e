"""Files that a reporter, or somebody posing as one, might send to do harm; and tame ones."""

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence

from PIL import Image
from PIL.PngImagePlugin import PngInfo

SCRIPT = b"<script>fetch('/settings').then(r=>r.text()).then(t=>document.title=t)</script>"


def picture(kind: str = "PNG", size: tuple[int, int] = (120, 80), *, note: str = "") -> bytes:
    """A tame picture, blue with an orange corner."""
    image = Image.new("RGB", size, "navy")
    image.paste("orange", (0, 0, size[0] // 2, size[1] // 2))
    out, info = io.BytesIO(), PngInfo()
    exif = Image.Exif()
    if note:
        info.add_text("Author", note)
        exif[0x010F] = note  # Make
    # Each encoder takes what it knows.
    image.save(out, kind, pnginfo=info, exif=exif)
    return out.getvalue()


def sideways_photo() -> bytes:
    """A JPEG that says that it has to be turned by a quarter."""
    exif, out = Image.Exif(), io.BytesIO()
    exif[0x0112] = 6
    Image.new("RGB", (120, 80), "navy").save(out, "JPEG", exif=exif)
    return out.getvalue()


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def bomb_png(side: int = 50_000) -> bytes:
    """A small PNG that unpacks to billions of pixels."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    packed = zlib.compress(bytes(1_000_000))
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", packed),
            _chunk(b"IEND", b""),
        )
    )


def bomb_jpeg(side: int = 50_000) -> bytes:
    """A small JPEG whose frame says billions of pixels."""
    raw = bytearray(picture("JPEG"))
    at = raw.index(b"\xff\xc0")
    raw[at + 5 : at + 9] = struct.pack(">HH", side, side)
    return bytes(raw)


def text_bomb_png() -> bytes:
    """A PNG with text chunks that unpack to a gigabyte."""
    squeezed = zlib.compress(bytes(64 * 1024 * 1024), 9)
    chunk = _chunk(b"zTXt", b"Comment\0\0" + squeezed)
    tame = picture()
    return tame[:33] + chunk * 16 + tame[33:]


def pdf(
    contents: Sequence[bytes], *, catalog: bytes = b"", declared_pages: int | None = None
) -> bytes:
    """A PDF with a page for each content stream."""
    kids = b" ".join(f"{10 + 2 * n} 0 R".encode() for n in range(len(contents)))
    count = len(contents) if declared_pages is None else declared_pages
    parts = [
        b"%PDF-1.7\n",
        b"1 0 obj<</Type/Catalog/Pages 2 0 R" + catalog + b">>endobj\n",
        b"2 0 obj<</Type/Pages/Kids[" + kids + f"]/Count {count}>>endobj\n".encode(),
        b"3 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n",
    ]
    for n, content in enumerate(contents):
        page, stream = 10 + 2 * n, 11 + 2 * n
        parts.append(
            f"{page} 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents {stream} 0 R"
            "/Resources<</Font<</F 3 0 R>>>>>>endobj\n".encode()
        )
        parts.append(
            f"{stream} 0 obj<</Length {len(content)}>>stream\n".encode()
            + content
            + b"\nendstream endobj\n"
        )
    parts.append(b"trailer<</Root 1 0 R>>\n%%EOF\n")
    return b"".join(parts)


def page_saying(text: str) -> bytes:
    """A content stream with a few words."""
    return f"BT /F 24 Tf 20 100 Td ({text}) Tj ET".encode()


def long_pdf(pages: int = 20_000) -> bytes:
    """A PDF with very many pages."""
    return pdf([page_saying(f"page {n + 1}") for n in range(pages)])


def scripted_pdf() -> bytes:
    """A PDF that wants to run JavaScript, open an address and launch a program."""
    actions = (
        b"/OpenAction<</S/JavaScript/JS(app.alert('x');this.submitForm('http://127.0.0.1:9/'))>>"
        b"/AA<</WC<</S/Launch/F(/bin/sh)>>>>"
    )
    return pdf([page_saying("scripted")], catalog=actions)


def slow_pdf() -> bytes:
    """A page that draws for far longer than anybody waits."""
    return pdf([b"0.1 w " + b"0 0 m 300 200 300 0 0 200 c S " * 2_000_000])


def looping_pdf() -> bytes:
    """A page tree that is its own child."""
    return (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 1000000000>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )


def zip_bomb() -> bytes:
    """An archive that unpacks to a gigabyte."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(8):
            archive.writestr(f"{number}.bin", bytes(128 * 1024 * 1024))
    return out.getvalue()


def office(folder: str) -> bytes:
    """What an office program writes, as far as its beginning goes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(f"{folder}/document.xml", "<x/>")
    return out.getvalue()


def gif_script() -> bytes:
    """A GIF whose bytes are JavaScript too."""
    return b"GIF89a/*" + bytes(40) + b"*/=1;alert(document.domain)//" + SCRIPT


def pdf_html() -> bytes:
    """A PDF that is a web page too."""
    return b"%PDF-1.4\n%<html><body>" + SCRIPT + b"</body></html>\n" + pdf([page_saying("two")])[9:]


def jpeg_zip() -> bytes:
    """A picture with an archive behind it."""
    out = io.BytesIO(picture("JPEG"))
    out.seek(0, io.SEEK_END)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("payload.exe", b"MZ")
    return out.getvalue()


HTML = b"<!DOCTYPE html><html><body>" + SCRIPT + b"<img src=http://127.0.0.1:9/x></body></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + SCRIPT + b"</svg>"
HTML_CALLED_JPEG = b"\xff\xd8\xff" + HTML
BIDI_TEXT = (
    "invoice\u202egpj.exe\n\u200bhidden\u2066\x1b[31m</pre><script>alert(1)</script>".encode()
)


def wav() -> bytes:
    """One second of silence."""
    rate, samples = 8000, bytes(8000)
    head = struct.pack(
        "<4sI4s4sIHHIIHH", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", 16, 1, 1, rate, rate, 1, 8
    )
    return head + struct.pack("<4sI", b"data", len(samples)) + samples

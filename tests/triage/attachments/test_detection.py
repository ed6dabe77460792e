"""What a file is, its beginning says; its name and stated type are never asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.triage.attachments import hostile_files as hostile
from triage.attachments.detection import TYPES, Viewer, detect, text_encoding


def zipped(first: bytes) -> bytes:
    """An archive whose first entry is this, as far as its header goes."""
    return b"PK\x03\x04" + bytes(22) + len(first).to_bytes(2, "little") + bytes(2) + first


@pytest.mark.parametrize(
    ("beginning", "code"),
    [
        (hostile.picture("JPEG"), "jpeg"),
        (hostile.picture("PNG"), "png"),
        (hostile.picture("GIF"), "gif"),
        (hostile.picture("WEBP"), "webp"),
        (hostile.picture("BMP"), "bmp"),
        (hostile.picture("TIFF"), "tiff"),
        (hostile.pdf([b""]), "pdf"),
        (hostile.wav(), "wav"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
        (b"RIFF\0\0\0\0????", "unknown"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "mp4"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0", "m4a"),
        (b"\0\0\0\x18ftypqt  \0\0\0\0", "mov"),
        (b"\0\0\0\x18ftyp3gp5\0\0\0\0", "3gp"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "heic"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "avif"),
        (b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x82\x84webm", "webm"),
        (b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x82\x88matroska", "mkv"),
        (b"OggS\0\x02" + bytes(22) + b"\x01\x1eOpusHead", "ogg"),
        (b"OggS\0\x02" + bytes(22) + b"\x01\x2a\x80theora", "ogv"),
        (b"ID3\x04\0\0", "mp3"),
        (b"\xff\xfb\x90\x64" + bytes(400), "mp3"),
        (b"\xff\xf1\x50\x80" + bytes(400), "aac"),
        (b"fLaC\0\0", "flac"),
        (b"#!AMR\n", "amr"),
        (hostile.zip_bomb()[:65536], "zip"),
        (b"PK\x05\x06" + bytes(18), "zip"),
        (hostile.office("word"), "docx"),
        (hostile.office("xl"), "xlsx"),
        (hostile.office("ppt"), "pptx"),
        (hostile.office("other"), "zip"),
        (zipped(b"mimetypeapplication/vnd.oasis.opendocument.text"), "odt"),
        (zipped(b"mimetypeapplication/epub+zip"), "epub"),
        (zipped(b"mimetypesomething/else"), "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
        (b"{\\rtf1", "rtf"),
        (b"MZ\x90\0", "program"),
        (b"\x7fELF\x02", "program"),
        (bytes(257) + b"ustar", "tar"),
        ("中文".encode(), "text"),
        ("中文报告".encode("gb18030"), "text"),
        ("中文".encode("utf-16"), "text"),
        (hostile.HTML, "html"),
        (b"\xef\xbb\xbf\n <HTML>", "html"),
        (hostile.SVG, "svg"),
        (b"<?xml version='1.0'?><a/>", "xml"),
        (b"BM not a picture", "text"),
        (b"", "unknown"),
        (b"\0\x01\x02\x03", "unknown"),
        (b"\xff\xff\xff", "unknown"),
        (hostile.gif_script(), "gif"),
        (hostile.pdf_html(), "pdf"),
        (hostile.jpeg_zip(), "jpeg"),
        (hostile.HTML_CALLED_JPEG, "jpeg"),
    ],
)
def test_content_decides(beginning: bytes, code: str) -> None:
    """A file that is two things is what its beginning says."""
    assert detect(beginning).code == code


@given(st.binary(max_size=600))
def test_any_bytes_get_one_answer(beginning: bytes) -> None:
    """Nothing is parsed, so nothing can fail."""
    kind = detect(beginning)

    assert TYPES[kind.code] is kind


def test_what_can_run_is_shown_as_text_or_not_at_all() -> None:
    """Issue 3: SVG, HTML, office files and archives are never rendered."""
    shown = {code for code, kind in TYPES.items() if kind.viewer not in {Viewer.NONE, Viewer.TEXT}}

    assert shown.isdisjoint({"html", "svg", "xml", "zip", "docx", "ole", "rtf", "program", "heic"})
    assert all(kind.suffix.isalnum() and kind.suffix.isascii() for kind in TYPES.values())


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (b"plain", "utf-8"),
        ("报告".encode()[:-1], "utf-8"),
        ("报告".encode("gb18030"), "gb18030"),
        ("报告".encode("utf-16"), "utf-16"),
        (b"\xff\xfe", None),
        (b"a\0b", None),
        (b"\xff\xff\xff\xff\xff", None),
    ],
)
def test_text_is_read_in_the_encoding_that_fits(raw: bytes, encoding: str | None) -> None:
    """UTF-8 first; GB 18030, which fits nearly everything, last; a character may be cut."""
    assert text_encoding(raw) == encoding

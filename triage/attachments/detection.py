"""What a file is, by its content. Names and types that came with it are never looked at.

A table of our own: the console only has to know which viewer may try a file and what to call it,
so what matters is that every file gets one answer, that an unknown one gets none, and that nothing
is parsed here. The first bytes decide. A file that is two things at once (a GIF that is a script, a
picture with an archive behind it) is therefore what its beginning says, and is only ever handed to
that viewer.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Viewer(StrEnum):
    """How a file is shown."""

    PICTURE = "picture"
    PAGES = "pages"
    TEXT = "text"
    AUDIO = "audio"
    VIDEO = "video"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class FileType:
    """A kind of file.

    Attributes:
        code: how it is named here and in the catalogues.
        suffix: of the name that an exported file gets, without a dot.
        media_type: ours, sent where a browser plays the file.
    """

    code: str
    suffix: str
    viewer: Viewer = Viewer.NONE
    media_type: str = "application/octet-stream"


def _of(
    code: str, viewer: Viewer = Viewer.NONE, media_type: str = "", suffix: str = ""
) -> FileType:
    return FileType(code, suffix or code, viewer, media_type or "application/octet-stream")


JPEG: Final = _of("jpeg", Viewer.PICTURE, suffix="jpg")
PNG: Final = _of("png", Viewer.PICTURE)
GIF: Final = _of("gif", Viewer.PICTURE)
WEBP: Final = _of("webp", Viewer.PICTURE)
PDF: Final = _of("pdf", Viewer.PAGES)
MP4: Final = _of("mp4", Viewer.VIDEO, "video/mp4")
WEBM: Final = _of("webm", Viewer.VIDEO, "video/webm")
M4A: Final = _of("m4a", Viewer.AUDIO, "audio/mp4")
OGG: Final = _of("ogg", Viewer.AUDIO, "audio/ogg")
OGV: Final = _of("ogv", Viewer.VIDEO, "video/ogg")
MP3: Final = _of("mp3", Viewer.AUDIO, "audio/mpeg")
WAV: Final = _of("wav", Viewer.AUDIO, "audio/wav")
FLAC: Final = _of("flac", Viewer.AUDIO, "audio/flac")
AAC: Final = _of("aac", Viewer.AUDIO, "audio/aac")
TEXT: Final = _of("text", Viewer.TEXT, suffix="txt")
HTML: Final = _of("html", Viewer.TEXT)
SVG: Final = _of("svg", Viewer.TEXT)
XML: Final = _of("xml", Viewer.TEXT)
ZIP: Final = _of("zip")
DOCX, XLSX, PPTX = _of("docx"), _of("xlsx"), _of("pptx")
ODT, ODS, ODP, EPUB = _of("odt"), _of("ods"), _of("odp"), _of("epub")
UNKNOWN: Final = _of("unknown", suffix="bin")

TYPES: Final = {
    each.code: each
    for each in (
        *(JPEG, PNG, GIF, WEBP, PDF, MP4, WEBM, M4A, OGG, OGV, MP3, WAV, FLAC, AAC),
        *(TEXT, HTML, SVG, XML, ZIP, DOCX, XLSX, PPTX, ODT, ODS, ODP, EPUB, UNKNOWN),
        *(_of("heic"), _of("avif"), _of("tiff", suffix="tif"), _of("bmp"), _of("ico"), _of("psd")),
        *(_of("mov"), _of("3gp"), _of("mkv"), _of("avi"), _of("wmv"), _of("flv"), _of("amr")),
        *(_of("ole", suffix="bin"), _of("rtf"), _of("7z"), _of("rar"), _of("gzip", suffix="gz")),
        *(_of("bzip2", suffix="bz2"), _of("xz"), _of("program", suffix="bin"), _of("tar")),
        *(_of("sqlite"), _of("pcap"), _of("postscript", suffix="ps")),
    )
}

# Signatures at fixed places: position, bytes, code. The first that fits decides.
_SIGNATURES: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (0, b"%PDF-", "pdf"),
    (0, b"II*\0", "tiff"),
    (0, b"MM\0*", "tiff"),
    (0, b"8BPS", "psd"),
    (0, b"\0\0\x01\0", "ico"),
    (0, b"fLaC", "flac"),
    (0, b"ID3", "mp3"),
    (0, b"#!AMR", "amr"),
    (0, b"FLV\x01", "flv"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "wmv"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (0, b"{\\rtf", "rtf"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"BZh", "bzip2"),
    (0, b"\xfd7zXZ\0", "xz"),
    (0, b"\x7fELF", "program"),
    (0, b"MZ", "program"),
    (0, b"\xca\xfe\xba\xbe", "program"),
    (0, b"\xcf\xfa\xed\xfe", "program"),
    (0, b"SQLite format 3\0", "sqlite"),
    (0, b"\xd4\xc3\xb2\xa1", "pcap"),
    (0, b"\x0a\x0d\x0d\x0a", "pcap"),
    (0, b"%!PS", "postscript"),
    (257, b"ustar", "tar"),
)
_RIFF: Final = {b"WEBP": "webp", b"WAVE": "wav", b"AVI ": "avi"}
_BRANDS: Final = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis"), "heic"),
    **dict.fromkeys((b"avif", b"avis"), "avif"),
    **dict.fromkeys((b"M4A ", b"M4B "), "m4a"),
    b"qt  ": "mov",
}
_OFFICE: Final = ((b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx"))
_MIMETYPE_ENTRY: Final = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.presentation": "odp",
    b"application/epub+zip": "epub",
}
_ZIP_LOCAL: Final = b"PK\x03\x04"
_ZIP_EMPTY: Final = b"PK\x05\x06"
_ZIP_NAME_AT: Final = 30
# An MPEG audio frame: eleven set bits, a version and layer, bit rate and sampling rate that exist.
_MPEG_FRAME: Final = re.compile(rb"\xff[\xfa\xfb\xf2\xf3\xe2\xe3][\x10-\xeb]")
_ADTS_FRAME: Final = re.compile(rb"\xff[\xf0\xf1\xf8\xf9]")
_BMP_HEADERS: Final = frozenset({12, 40, 52, 56, 108, 124})
_OGG_VIDEO: Final = (b"\x80theora", b"BBCD\0")
_MARKUP_WITHIN: Final = 1024
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")


def detect(beginning: bytes) -> FileType:
    """What a file is.

    Args:
        beginning: its first 64 KiB, or all of it.
    """
    for recognise in (_by_signature, _by_container, _by_frame, _by_text):
        code = recognise(beginning)
        if code is not None:
            return TYPES[code]
    return UNKNOWN


def _by_signature(beginning: bytes) -> str | None:
    for position, mark, code in _SIGNATURES:
        if beginning.startswith(mark, position):
            return code
    is_bitmap = (
        beginning[:2] == b"BM" and int.from_bytes(beginning[14:18], "little") in _BMP_HEADERS
    )
    return "bmp" if is_bitmap else None


def _by_container(beginning: bytes) -> str | None:
    if beginning[:4] == b"RIFF":
        return _RIFF.get(beginning[8:12])
    if beginning[4:8] == b"ftyp":
        brand = beginning[8:12]
        return "3gp" if brand.startswith((b"3gp", b"3g2")) else _BRANDS.get(brand, "mp4")
    if beginning.startswith(b"\x1a\x45\xdf\xa3"):
        return "webm" if b"webm" in beginning[:64] else "mkv"
    if beginning.startswith(b"OggS"):
        return "ogv" if any(mark in beginning[:512] for mark in _OGG_VIDEO) else "ogg"
    if beginning.startswith((_ZIP_LOCAL, _ZIP_EMPTY)):
        return _kind_of_zip(beginning)
    return None


def _kind_of_zip(beginning: bytes) -> str:
    if beginning[_ZIP_NAME_AT : _ZIP_NAME_AT + 8] == b"mimetype":
        for media_type, code in _MIMETYPE_ENTRY.items():
            if beginning.startswith(media_type, _ZIP_NAME_AT + 8):
                return code
    if b"[Content_Types].xml" in beginning or b"_rels/.rels" in beginning:
        for folder, code in _OFFICE:
            if folder in beginning:
                return code
    return "zip"


def _by_frame(beginning: bytes) -> str | None:
    if _MPEG_FRAME.match(beginning):
        return "mp3"
    return "aac" if _ADTS_FRAME.match(beginning) else None


def _by_text(beginning: bytes) -> str | None:
    if not beginning or text_encoding(beginning) is None:
        return None
    head = beginning[:_MARKUP_WITHIN].lstrip(b"\xef\xbb\xbf\t\r\n\x0c ").lower()
    if head.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return "html"
    if b"<svg" in head:
        return "svg"
    return "xml" if head.startswith(b"<?xml") else "text"


def text_encoding(beginning: bytes) -> str | None:
    """In which encoding some bytes are text, or None where they are not.

    GB 18030 holds nearly every pair of bytes, so it is tried last.
    """
    if beginning.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16" if len(beginning) > 2 else None  # noqa: PLR2004 - more than the mark
    if _CONTROLS.search(beginning):
        return None
    for encoding in ("utf-8", "gb18030"):
        if _decodes(beginning, encoding):
            return encoding
    return None


def _decodes(beginning: bytes, encoding: str) -> bool:
    for cut in range(min(4, len(beginning))):
        try:
            beginning[: len(beginning) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False

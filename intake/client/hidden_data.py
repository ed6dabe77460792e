"""Which files may say more than they show: place, device, time or names. By their first bytes only.

This command changes no file; the report page removes such data from photographs.
"""

from pathlib import Path
from typing import Final

from intake.client.errors import WrongUseError
from intake.client.files import FileLabel, SourceFile
from intake.client.input_output import visible

_HEAD_BYTES: Final = 64
_PHOTO: Final = "a picture may say where, when and with which device it was taken"
_VIDEO: Final = "a recording may say where, when and with which device it was made"
_SOUND: Final = "a sound file may say when and with which device it was made"
_DOCUMENT: Final = "a document may name its author, its printer and its earlier versions"
_ARCHIVE: Final = "an archive or office document may hold names, dates and earlier versions"

# offset, first bytes, type, warning. An office document of today is a ZIP archive.
_SIGNATURES: Final = (
    (0, b"\xff\xd8\xff", "image/jpeg", _PHOTO),
    (0, b"\x89PNG\r\n\x1a\n", "image/png", _PHOTO),
    (8, b"WEBP", "image/webp", _PHOTO),
    (0, b"II*\0", "image/tiff", _PHOTO),
    (0, b"MM\0*", "image/tiff", _PHOTO),
    (0, b"GIF8", "image/gif", _PHOTO),
    (4, b"ftyphei", "image/heic", _PHOTO),
    (4, b"ftypmif1", "image/heif", _PHOTO),
    (4, b"ftypavif", "image/avif", _PHOTO),
    (4, b"ftypqt", "video/quicktime", _VIDEO),
    (4, b"ftypM4A", "audio/mp4", _SOUND),
    (4, b"ftyp", "video/mp4", _VIDEO),
    (8, b"AVI ", "video/x-msvideo", _VIDEO),
    (8, b"WAVE", "audio/x-wav", _SOUND),
    (0, b"\x1a\x45\xdf\xa3", "video/webm", _VIDEO),
    (0, b"ID3", "audio/mpeg", _SOUND),
    (0, b"OggS", "audio/ogg", _SOUND),
    (0, b"fLaC", "audio/flac", _SOUND),
    (0, b"%PDF-", "application/pdf", _DOCUMENT),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage", _DOCUMENT),
    (0, b"{\\rtf", "application/rtf", _DOCUMENT),
    (0, b"PK\x03\x04", "application/zip", _ARCHIVE),
)


def hidden_data_warning(head: bytes) -> str | None:
    """What a file that begins like this may give away; None where nothing is known of it."""
    for offset, signature, _, warning in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return warning
    return None


def read_head(path: Path) -> bytes:
    """The first bytes of a file."""
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)


def warnings_of(sources: tuple[SourceFile, ...]) -> list[str]:
    """One line for each file that may hold such data, by the name that the person knows."""
    lines = []
    for each in sources:
        warning = hidden_data_warning(read_head(each.path))
        if warning is not None:
            lines.append(f"{visible(each.path.name)}: {warning}")
    return lines


def label_of(source: SourceFile, *, keep_name: bool, keep_type: bool) -> FileLabel:
    """What the person wants to keep of a file's own name and type.

    Raises:
        WrongUseError: a name that is no text.
    """
    return FileLabel(
        name=_name_of(source.path) if keep_name else None,
        type=_type_of(source.path) if keep_type else None,
    )


def _name_of(path: Path) -> str:
    try:
        path.name.encode()
    except UnicodeEncodeError:
        raise WrongUseError("a file's name is no text; send it without --keep-name") from None
    return path.name


def _type_of(path: Path) -> str:
    """By its first bytes: what a name says of it is not believed."""
    head = read_head(path)
    for offset, signature, kind, _ in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return kind
    return "application/octet-stream"

"""Reading a file as text, a bounded page at a time; nothing in it is obeyed."""

from dataclasses import dataclass, field
from typing import Final

from triage.attachments.detection import FileType, Viewer, text_encoding
from triage.attachments.store import HeldFile
from triage.errors import PreviewError

# Every character may become a named code point, ten times as long, on a page.
PAGE_BYTES: Final = 32 * 1024
_LINE_FEED: Final = b"\n"


@dataclass(frozen=True, slots=True)
class TextPage:
    """A stretch of a text.

    Attributes:
        text: hostile; whatever could not be decoded is U+FFFD.
        pages: of the whole file.
        encoding: as which it was read.
    """

    text: str = field(repr=False)
    pages: int
    encoding: str


def read_text(held: HeldFile, kind: FileType, *, page: int) -> TextPage:
    """One page of a text.

    Args:
        held: the file.
        kind: as it was recognised.
        page: from 0.

    Raises:
        PreviewError: no text, or no such page.
        FileDamagedError, NotFetchedError: as `HeldFile.pieces`.
    """
    encoding = text_encoding(held.beginning())
    if kind.viewer is not Viewer.TEXT or encoding is None:
        raise PreviewError("type")
    pages = max(-(-held.entry.sealed.size_bytes // PAGE_BYTES), 1)
    if not 0 <= page < pages:
        raise PreviewError("no-such-page")
    start, end = (_place(held, number * PAGE_BYTES, encoding) for number in (page, page + 1))
    raw = b"".join(held.pieces(start, max(start, end)))
    if page and encoding == "utf-16":
        # The mark at the file's start says in which order bytes stand.
        raw = held.beginning()[:2] + raw
    return TextPage(raw.decode(encoding, "replace").removeprefix("\ufeff"), pages, encoding)


def _place(held: HeldFile, near: int, encoding: str) -> int:
    """Where a page begins: behind the line that reaches over its edge, so that none is cut."""
    if near == 0 or encoding == "utf-16":
        return near
    line = b"".join(held.pieces(near, near + PAGE_BYTES))
    return near + line.find(_LINE_FEED) + 1

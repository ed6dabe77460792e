"""Texts are read page by page, whatever their encoding, and nothing in them is obeyed."""

from pathlib import Path

import pytest

from tests.triage.attachments.sealed_files import seal
from triage.attachments.detection import JPEG, TEXT
from triage.attachments.text_page import PAGE_BYTES, read_text
from triage.errors import PreviewError

LINE = "第{}行：机房的门禁坏了两个月。\n"


def whole(folder: Path, raw: bytes) -> tuple[str, int]:
    """All pages of a text, and how many there are."""
    held = seal(raw).held(folder)
    pages = read_text(held, TEXT, page=0).pages
    return "".join(read_text(held, TEXT, page=page).text for page in range(pages)), pages


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_pages_together_are_the_text(tmp_path: Path, encoding: str) -> None:
    """No line is cut and none is lost between two pages."""
    text = "".join(LINE.format(number) for number in range(4000))

    read, pages = whole(tmp_path, text.encode(encoding))

    assert read == text
    assert pages > 2


def test_a_line_longer_than_any_page_is_cut(tmp_path: Path) -> None:
    """Nobody makes a page long by leaving out line feeds."""
    text = "x" * (5 * PAGE_BYTES)
    held = seal(text.encode()).held(tmp_path)

    assert whole(tmp_path, text.encode())[0] == text
    assert len(read_text(held, TEXT, page=1).text) <= 2 * PAGE_BYTES


def test_what_cannot_be_decoded_is_shown_as_such(tmp_path: Path) -> None:
    """The beginning decides the encoding; later bytes may not fit."""
    raw = b"plain\n" * 11_000 + b"\xff\xfe\xfd\n"

    assert whole(tmp_path, raw)[0].endswith("\ufffd\ufffd\ufffd\n")


@pytest.mark.parametrize("page", [-1, 1, 10_000])
def test_there_are_no_other_pages(tmp_path: Path, page: int) -> None:
    """An address may name any number."""
    with pytest.raises(PreviewError, match="no-such-page"):
        read_text(seal(b"short").held(tmp_path), TEXT, page=page)


def test_what_is_no_text_is_not_read_as_one(tmp_path: Path) -> None:
    """Content decides."""
    for raw, kind in ((b"text", JPEG), (b"\0\1\2", TEXT)):
        with pytest.raises(PreviewError, match="type"):
            read_text(seal(raw).held(tmp_path), kind, page=0)

"""The one file of a form, whatever the form looks like."""

from collections.abc import Callable
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from intake.server.errors import MalformedFormError
from intake.server.multipart import FORM_BLOCK_BYTES, form_boundary, form_file
from tests.intake.sealed_files import BOUNDARY, FORM, as_form

FILE_PART = (
    b"--" + BOUNDARY + b'\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\nx\r\n'
)
END = b"--" + BOUNDARY + b"--\r\n"


def in_pieces(raw: bytes, size: int) -> Callable[[int], bytes]:
    """Reads that give at most so many bytes."""
    stream = BytesIO(raw)
    return lambda most: stream.read(min(most, size))


def content_of(raw: bytes, size: int = FORM_BLOCK_BYTES) -> bytes:
    """The file of a form that comes in pieces."""
    return b"".join(form_file(in_pieces(raw, size), BOUNDARY))


# What looks like a boundary and is none.
LURES = (
    b"\r",
    b"\n",
    b"\r\n",
    b"-",
    b"--" + BOUNDARY,
    BOUNDARY[:-1],
    b"\r\n--" + BOUNDARY[:-1],
    b"x",
)


@given(
    content=st.binary(max_size=200) | st.lists(st.sampled_from(LURES)).map(b"".join),
    size=st.integers(1, 80),
)
@example(content=b"", size=2)  # werkzeug 3.1.9 gives one byte.
@example(content=b"\r\n--" + BOUNDARY[:-1], size=1)
@example(content=b"\r\n\r\n--", size=3)
@settings(max_examples=500)
def test_the_file_comes_whole_however_it_is_cut(content: bytes, size: int) -> None:
    """RFC 2046 §5.1.1: a boundary may lie across two reads, and what looks like one is content."""
    assume(b"\r\n--" + BOUNDARY not in content)

    assert content_of(as_form(content), size) == content


@given(raw=st.binary(max_size=300), size=st.integers(1, 64))
@settings(max_examples=200)
def test_any_bytes_are_a_form_or_the_declared_error(raw: bytes, size: int) -> None:
    """STYLE 7: one declared error."""
    for form in (raw, FILE_PART + raw, FILE_PART[:60] + raw, raw + END, FILE_PART + raw + END):
        with suppress(MalformedFormError):
            content_of(form, size)


def test_what_stands_before_and_behind_the_form_is_ignored() -> None:
    """RFC 2046 §5.1.1: preamble and epilogue."""
    assert content_of(b"preamble\r\n" + FILE_PART + END + b"epilogue") == b"x"


def test_what_a_form_says_of_the_file_is_skipped() -> None:
    """FILES: neither name nor type is looked at."""
    named = FILE_PART.replace(b'name="a"', b"\xff\xfe").replace(b"form-data", b"\x00")

    assert content_of(named + END) == content_of(FILE_PART.replace(b"Content", b"X") + END) == b"x"


@pytest.mark.parametrize(
    "form",
    [
        b"",
        END,
        FILE_PART,
        FILE_PART + b"--" + BOUNDARY,
        FILE_PART + FILE_PART + END,
        FILE_PART.replace(b"\r\n\r\n", b"\r\n") + END,
        FILE_PART.replace(b"\r\n", b"\n") + END,
        FILE_PART.replace(b"--" + BOUNDARY, b"--other") + END.replace(BOUNDARY, b"other"),
        b"--" + BOUNDARY + b"\r\nX: " + b"y" * 2**21 + b"\r\n\r\nx\r\n" + END,
        b"p" * 2**21 + b"\r\n" + FILE_PART + END,
        FILE_PART + END + b"e" * 2**21,
    ],
    ids=[
        "empty",
        "no part",
        "no end",
        "half an end",
        "two files",
        "no end of the header lines",
        "other line ends",
        "another boundary",
        "a header of 2 MiB",
        "a preamble of 2 MiB",
        "an epilogue of 2 MiB",
    ],
)
def test_a_form_without_exactly_one_whole_file_is_refused(form: bytes) -> None:
    """FILES: one part only, and no more memory than a block."""
    with pytest.raises(MalformedFormError):
        content_of(form)


def test_the_boundary_is_read_from_the_type() -> None:
    """RFC 7578 §4.1."""
    assert form_boundary(FORM["Content-Type"]) == BOUNDARY
    assert form_boundary('multipart/form-data; charset=x; boundary="a b"') == b"a b"


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/octet-stream",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/mixed; boundary=a",
        "multipart/form-data; boundary=é",
        f"multipart/form-data; boundary={'a' * 71}",
    ],
)
def test_a_type_without_a_boundary_is_refused(content_type: str) -> None:
    """RFC 2046 §5.1.1: 1 to 70 characters."""
    with pytest.raises(MalformedFormError):
        form_boundary(content_type)

"""SPEC §7, §17: a sealed file is read in any order, and nothing altered is ever handed out."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.custody.file_reader import ReadAt, SealedFile
from crypto.custody.opening import open_file
from crypto.errors import MalformedFileError, OpeningError
from crypto.sealing.stream import seal_file
from crypto.wire.files import FILE_CHUNK_BYTES, Upload, bucket_bytes

KEY = bytes(range(32))
# More than one part, and a last chunk that is shorter than the others.
PLAINTEXT = bytes(range(251)) * 10_500
SIZE = len(PLAINTEXT)
UPLOAD = Upload(bytes(16), bucket_bytes(SIZE))
RAW = b"".join(seal_file(KEY, [PLAINTEXT], SIZE))
FILE = SealedFile.of(KEY, UPLOAD, SIZE)


def reading(raw: bytes) -> ReadAt:
    """Like a file that holds these bytes."""
    return lambda start, length: raw[start : start + length]


def part(index: int, raw: bytes = RAW) -> bytes:
    """One part of the sealed file."""
    start = UPLOAD.part_start(index)
    return raw[start : start + UPLOAD.part_bytes(index)]


def test_the_whole_file_is_what_was_sealed_without_its_padding() -> None:
    """As `open_file` gives it, cut to its size."""
    assert b"".join(FILE.pieces(reading(RAW))) == PLAINTEXT
    whole = BytesIO(RAW)
    assert b"".join(open_file(KEY, whole.read))[:SIZE] == PLAINTEXT


@given(st.integers(0, SIZE + 70_000), st.integers(0, SIZE + 70_000))
def test_any_stretch_is_that_stretch(start: int, end: int) -> None:
    """A player asks for ranges; chunks in between are verified whole."""
    assert b"".join(FILE.pieces(reading(RAW), start, end)) == PLAINTEXT[start:end]


def test_an_altered_chunk_gives_nothing_and_others_stay_readable() -> None:
    """Tags are verified before any byte is released."""
    at = UPLOAD.part_start(1) + 5
    altered = RAW[:at] + bytes([RAW[at] ^ 1]) + RAW[at + 1 :]
    first = 32 * FILE_CHUNK_BYTES

    with pytest.raises(OpeningError):
        b"".join(FILE.pieces(reading(altered), first, first + 1))

    assert b"".join(FILE.pieces(reading(altered), 0, 1000)) == PLAINTEXT[:1000]


@pytest.mark.parametrize("cut", [1, 16, FILE_CHUNK_BYTES, UPLOAD.sealed_bytes - 10])
def test_a_file_that_was_cut_is_noticed(cut: int) -> None:
    """At its end as well as in its header."""
    with pytest.raises(OpeningError):
        b"".join(FILE.pieces(reading(RAW[:-cut])))


def test_a_file_that_is_cut_while_it_is_read_is_noticed() -> None:
    """Whole chunks that are missing can't pass for the end."""
    cut = UPLOAD.part_start(1)

    def shrinking(start: int, length: int) -> bytes:
        return RAW[start : start + length] if length <= 72 else RAW[start:cut][:length]

    with pytest.raises(OpeningError, match="while it was read"):
        b"".join(FILE.pieces(shrinking))


def test_a_file_that_is_longer_than_announced_is_refused() -> None:
    """SPEC 17.2: the length is that of the size's bucket."""
    with pytest.raises(OpeningError, match="longer"):
        b"".join(FILE.pieces(reading(RAW + b"x")))


def test_another_key_opens_nothing() -> None:
    """SPEC 6.2: the commitment in the header is checked first."""
    other = SealedFile.of(bytes(32), UPLOAD, SIZE)

    with pytest.raises(OpeningError, match="commitment"):
        b"".join(other.pieces(reading(RAW)))
    with pytest.raises(OpeningError, match="commitment"):
        other.check_part(0, part(0))
    with pytest.raises(OpeningError, match="altered"):
        other.check_part(1, part(1))


def test_each_part_is_verified_by_itself() -> None:
    """A part that arrives is known to be right before the others are there."""
    for index in range(UPLOAD.part_count):
        FILE.check_part(index, part(index))


@pytest.mark.parametrize("index", range(UPLOAD.part_count))
def test_a_part_that_is_another_or_altered_is_refused(index: int) -> None:
    """Length, place and every bit."""
    right = part(index)

    with pytest.raises(MalformedFileError):
        FILE.check_part(index, right[:-1])
    for at in (0, 80, len(right) - 1):
        altered = right[:at] + bytes([right[at] ^ 1]) + right[at + 1 :]
        with pytest.raises(OpeningError):
            FILE.check_part(index, altered)


def test_parts_do_not_fit_in_each_others_place() -> None:
    """The nonce counts the chunks."""
    upload = Upload(bytes(16), bucket_bytes(80 * FILE_CHUNK_BYTES))
    size = upload.bucket_bytes
    raw = b"".join(seal_file(KEY, [bytes(size)], size))
    start = upload.part_start(1)
    second = raw[start : start + upload.part_bytes(1)]

    with pytest.raises((OpeningError, MalformedFileError)):
        SealedFile.of(KEY, upload, size).check_part(2, second)
    with pytest.raises(MalformedFileError):
        SealedFile.of(KEY, upload, size).check_part(3, second)


@pytest.mark.parametrize("size", [-1, SIZE * 2, 0])
def test_a_size_of_another_bucket_is_refused(size: int) -> None:
    """SPEC 17.2: the length is compared with that of the entry's size."""
    with pytest.raises(MalformedFileError):
        SealedFile.of(KEY, UPLOAD, size)


def test_an_empty_file_is_empty() -> None:
    """Its bucket is full of padding, none of which comes out."""
    upload = Upload(bytes(16), bucket_bytes(0))
    raw = b"".join(seal_file(KEY, [], 0))

    assert list(SealedFile.of(KEY, upload, 0).pieces(reading(raw))) == []

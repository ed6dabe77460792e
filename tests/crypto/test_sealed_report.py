"""Reports in files and the parts of files (SPEC 17.3, 17.4, 22)."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import MalformedError, MalformedFileError, MalformedSealedReportError
from crypto.sealing.stream import seal_file
from crypto.wire.files import (
    MAX_BUCKET_BYTES,
    Upload,
    bucket_bytes,
    file_digest,
    parse_upload,
    part_hash,
)
from crypto.wire.sealed_report import (
    MAX_SEALED_FILES,
    CarriedFile,
    SealedReport,
    encode_head,
    parse_head,
)
from crypto.wire.submission import SUBMISSION_BYTES
from tests.authority import seed_of

_SUBMISSION = (seed_of("a submission") * 1362)[:SUBMISSION_BYTES]


def _carried(number: int) -> CarriedFile:
    upload = Upload(seed_of(f"capability {number}")[:16], bucket_bytes(number * 1_000_000))
    return CarriedFile(upload, seed_of(f"digest {number}"))


@pytest.mark.parametrize("size_bytes", [0, 65_536, 65_537, 2**21, 2**21 + 1, 5_000_000])
def test_parts_together_are_the_sealed_file(size_bytes: int) -> None:
    """SPEC 17.4: no byte of a sealed file is in two parts or in none."""
    upload = Upload(bytes(16), bucket_bytes(size_bytes))
    sealed = b"".join(seal_file(seed_of("file key"), [bytes(size_bytes)], size_bytes))

    starts = [upload.part_start(index) for index in range(upload.part_count)]
    sizes = [upload.part_bytes(index) for index in range(upload.part_count)]

    assert len(sealed) == upload.sealed_bytes == sum(sizes)
    assert starts == [sum(sizes[:index]) for index in range(upload.part_count)]


def test_a_digest_is_made_of_whole_parts() -> None:
    """SPEC 17.3: browsers hash natively only what they hold whole."""
    parts = [b"first", b"second"]

    digest = file_digest([part_hash(part) for part in parts])

    hashes = b"".join(hashlib.sha256(part).digest() for part in parts)
    assert digest == hashlib.sha256(b"sealed-intake/1 file\0" + hashes).digest()


@pytest.mark.parametrize(
    ("capability_bytes", "size_bytes"),
    [(15, 65_536), (17, 65_536), (16, 65_535), (16, 0), (16, MAX_BUCKET_BYTES * 2)],
)
def test_what_names_no_upload_is_refused(capability_bytes: int, size_bytes: int) -> None:
    """SPEC 17.4: one declared error."""
    with pytest.raises(MalformedFileError):
        Upload(bytes(capability_bytes), size_bytes)


def test_a_capability_is_not_shown() -> None:
    """Who knows it may add to the upload."""
    assert "capability" not in repr(_carried(1))


@given(st.integers(0, 4), st.sampled_from(range(4)))
def test_a_sealed_report_is_what_was_spelled(first: int, count: int) -> None:
    """SPEC 22.1: encode, then parse."""
    report = SealedReport(tuple(_carried(first + i) for i in range(count)), _SUBMISSION)

    raw = encode_head(report)

    assert parse_head(raw) == report
    assert len(raw) == report.head_bytes
    files = sum(each.upload.sealed_bytes for each in report.files)
    assert report.size_bytes == report.head_bytes + files


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_the_declared_error(raw: bytes) -> None:
    """SPEC 17.4, 22.1: nothing else escapes."""
    for parse in (parse_upload, parse_head):
        with pytest.raises(MalformedError):
            parse(raw.ljust(25, b"\0"))


def test_no_head_is_spelled_that_could_not_be_parsed() -> None:
    """SPEC 22.1: number of files, length of the submission."""
    many = tuple(_carried(number) for number in range(MAX_SEALED_FILES + 1))

    with pytest.raises(MalformedSealedReportError):
        encode_head(SealedReport(many, _SUBMISSION))
    with pytest.raises(MalformedSealedReportError):
        encode_head(SealedReport((), _SUBMISSION[:-1]))

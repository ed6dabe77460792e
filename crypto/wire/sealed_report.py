"""A report sealed away from any network, in one file. Source: SPEC §22."""

from dataclasses import dataclass, field
from typing import Final

from crypto.errors import MalformedSealedReportError
from crypto.wire.codec import Reader, labelled_hash
from crypto.wire.files import UPLOAD_BYTES, Upload, parse_upload
from crypto.wire.submission import SUBMISSION_BYTES

MAGIC: Final = b"sealed-intake/1 sealed\n"
COUNT_AT: Final = len(MAGIC)
MAX_SEALED_FILES: Final = 100
_DIGEST_BYTES: Final = 32
_ENTRY_BYTES: Final = UPLOAD_BYTES + _DIGEST_BYTES


@dataclass(frozen=True, slots=True)
class CarriedFile:
    """A sealed file that stands behind the report.

    Attributes:
        digest: of the sealed file, 32 bytes (SPEC §17.3).
    """

    upload: Upload
    digest: bytes


@dataclass(frozen=True, slots=True)
class SealedReport:
    """The head of a sealed report; the sealed files follow in the order of `files`.

    Attributes:
        submission: 43,582 bytes, not parsed further here.
    """

    files: tuple[CarriedFile, ...]
    submission: bytes = field(repr=False)

    @property
    def head_bytes(self) -> int:
        """Where the first sealed file begins."""
        return head_bytes(len(self.files))

    @property
    def size_bytes(self) -> int:
        """The length of the whole."""
        return self.head_bytes + sum(each.upload.sealed_bytes for each in self.files)


def head_bytes(file_count: int) -> int:
    """The length of everything before the first sealed file."""
    return COUNT_AT + 1 + file_count * _ENTRY_BYTES + SUBMISSION_BYTES + _DIGEST_BYTES


def parse_file_count(raw: bytes) -> int:
    """How many files follow, from the first 24 bytes; what is no sealed report shows here.

    Raises:
        MalformedSealedReportError: other first bytes, or too many files.
    """
    if raw[:COUNT_AT] != MAGIC or len(raw) <= COUNT_AT:
        raise MalformedSealedReportError("SPEC 22.1: not a sealed report")
    count = raw[COUNT_AT]
    if count > MAX_SEALED_FILES:
        raise MalformedSealedReportError(f"SPEC 22.1: want at most {MAX_SEALED_FILES} files")
    return count


def encode_head(report: SealedReport) -> bytes:
    """Spell everything before the first sealed file. Source: SPEC §22.1.

    Raises:
        MalformedSealedReportError: too many files, or a submission of another length.
    """
    if len(report.files) > MAX_SEALED_FILES or len(report.submission) != SUBMISSION_BYTES:
        raise MalformedSealedReportError("SPEC 22.1: no such sealed report")
    entries = b"".join(each.upload.encode() + each.digest for each in report.files)
    head = MAGIC + len(report.files).to_bytes(1) + entries + report.submission
    return head + labelled_hash("sealed-report", head)


def parse_head(raw: bytes) -> SealedReport:
    """Parse everything before the first sealed file.

    Raises:
        MalformedSealedReportError: cut, extended or damaged, or two files of one capability.
        MalformedFileError: a file whose size is no bucket.

    Source: SPEC §22.1.
    """
    count = parse_file_count(raw)
    if len(raw) != head_bytes(count):
        raise MalformedSealedReportError(
            f"SPEC 22.1: want {head_bytes(count)} bytes, got {len(raw)}"
        )
    if labelled_hash("sealed-report", raw[:-_DIGEST_BYTES]) != raw[-_DIGEST_BYTES:]:
        raise MalformedSealedReportError("SPEC 22.1: damaged")
    reader = Reader(raw, MalformedSealedReportError, "22.1", COUNT_AT + 1)
    files = tuple(
        CarriedFile(parse_upload(reader.take(UPLOAD_BYTES)), reader.take(_DIGEST_BYTES))
        for _ in range(count)
    )
    if len({each.upload.capability for each in files}) != count:
        raise MalformedSealedReportError("SPEC 22.1: two files of one capability")
    return SealedReport(files, reader.take(SUBMISSION_BYTES))

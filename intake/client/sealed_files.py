"""A report sealed into a file: written away from any network, read elsewhere. Source: SPEC §22."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from crypto.custody.reporter import Contents, ReporterKeys, seal_submission
from crypto.errors import MalformedSealedReportError
from crypto.wire.files import FILE_CHUNK_BYTES, Upload
from crypto.wire.key_set import KeySet
from crypto.wire.sealed_report import (
    COUNT_AT,
    CarriedFile,
    SealedReport,
    encode_head,
    head_bytes,
    parse_file_count,
    parse_head,
)
from crypto.wire.submission import parse_submission
from intake.client.attachments import Attachments
from intake.client.errors import FileChangedError, WrongUseError
from intake.client.files import Part, SealingFile, Transfer
from intake.client.progress import Progress

_OWNER_ONLY: Final = 0o600


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One sealed file inside a sealed report on the disk.

    Attributes:
        start: where it begins there.
    """

    path: Path
    start: int
    upload: Upload

    def parts(self) -> Iterator[Part]:
        """Read part after part.

        Raises:
            FileChangedError: the file ends too early.
            OSError: it cannot be read.
        """
        with self.path.open("rb") as file:
            file.seek(self.start)
            for index in range(self.upload.part_count):
                yield Part(self.upload, index, _read(file, self.upload.part_bytes(index)))


def _read(file: BinaryIO, size_bytes: int) -> tuple[bytes, ...]:
    pieces = []
    for left in range(size_bytes, 0, -FILE_CHUNK_BYTES):
        wanted = min(left, FILE_CHUNK_BYTES)
        piece = file.read(wanted)
        if len(piece) != wanted:
            raise FileChangedError("the sealed report ends too early")
        pieces.append(piece)
    return tuple(pieces)


# --- to be delivered ----------------------------------------------------------------------------


def read_sealed_report(path: Path) -> tuple[SealedReport, tuple[Transfer, ...]]:
    """Read and check all of a sealed report; what is none shows at its first bytes.

    Returns:
        The report, and its files with their parts known.

    Raises:
        MalformedSealedReportError: not one, or cut, extended or damaged anywhere.
        MalformedFileError, MalformedSubmissionError: what it holds is none.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        first = file.read(COUNT_AT + 1)
        report = parse_head(first + file.read(head_bytes(parse_file_count(first)) - len(first)))
        parse_submission(report.submission)
        size_bytes = os.fstat(file.fileno()).st_size
    if size_bytes != report.size_bytes:
        raise MalformedSealedReportError(
            f"SPEC 22.1: want {report.size_bytes} bytes, got {size_bytes}"
        )
    return report, tuple(_checked(path, report))


def _checked(path: Path, report: SealedReport) -> Iterator[Transfer]:
    start = report.head_bytes
    for carried in report.files:
        transfer = Transfer(StoredFile(path, start, carried.upload))
        for part in transfer.source.parts():
            transfer.note(part)
        if transfer.digest != carried.digest:
            raise MalformedSealedReportError("SPEC 22.1: a file in it is damaged")
        start += carried.upload.sealed_bytes
        yield transfer


# --- to be carried away -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sealing:
    """What is sealed into a file, and for whom."""

    keys: ReporterKeys
    key_set: KeySet
    contents: Contents
    attached: Attachments
    files: tuple[SealingFile, ...]


def write_sealed_report(path: Path, sealing: Sealing, progress: Progress) -> None:
    """Seal into a file that is there whole or not at all, and replaces nothing.

    Raises:
        SealedIntakeError: the contents cannot be sealed.
        FileChangedError: a file changed while it was read.
        WrongUseError: there is a file of that name, or no room, or no right to write.
    """
    sealing.attached.check_room(sealing.contents, sealing.files, sealing.keys, sealing.key_set)
    if os.path.lexists(path):
        raise WrongUseError("there is a file of that name already; nothing was written")
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    except OSError:
        raise WrongUseError("the sealed report cannot be written there") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            _write(file, sealing, progress)
            file.flush()
            os.fsync(file.fileno())
        _publish(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _write(file: BinaryIO, sealing: Sealing, progress: Progress) -> None:
    """First the files, whose digests stand in what comes before them."""
    file.seek(head_bytes(len(sealing.files)))
    transfers = tuple(map(Transfer, sealing.files))
    for transfer in transfers:
        for part in transfer.source.parts():
            transfer.note(part)
            for piece in part.pieces:
                _put(file, piece)
                progress.add(len(piece))
    digests = [each.digest for each in transfers]
    contents = sealing.attached.into(sealing.contents, sealing.files, digests)
    submission = seal_submission(sealing.keys, contents, sealing.key_set).raw
    carried = tuple(
        CarriedFile(each.upload, digest) for each, digest in zip(transfers, digests, strict=True)
    )
    file.seek(0)
    _put(file, encode_head(SealedReport(carried, submission)))


def _put(file: BinaryIO, piece: bytes) -> None:
    try:
        file.write(piece)
    except OSError:
        raise WrongUseError("the sealed report cannot be written: is there room?") from None


def _publish(draft: Path, path: Path) -> None:
    """Give the whole file its name, unless something has it.

    A stick's file system has no second names for a file; there an empty file takes the name first.
    """
    try:
        try:
            os.link(draft, path)
        except FileExistsError:
            raise
        except OSError:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY))
            draft.replace(path)
    except FileExistsError:
        raise WrongUseError("there is a file of that name already; nothing was written") from None
    with suppress(OSError):  # Not every file system lets a folder be synced.
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

"""Delivering a sealed report: files part by part as they come, the submission when all is there.

Nothing is kept of what is no sealed report. Of a damaged one the parts that it brought go again,
so that the undamaged one finds their places free; unless that one came meanwhile and has claimed
them. What a broken connection leaves behind serves
the next try, or expires. Source: SPEC §22.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

from crypto.errors import SealedIntakeError
from crypto.wire.files import file_digest, part_hash
from crypto.wire.sealed_report import (
    COUNT_AT,
    CarriedFile,
    SealedReport,
    head_bytes,
    parse_file_count,
    parse_head,
)
from crypto.wire.submission import Submission, parse_submission
from intake.server.errors import DamagedError, NotSealedError, PartTakenError
from intake.server.store.parts import REMOVED_AT_ONCE
from intake.server.uploads import PartStore

_FIRST_BYTES: Final = COUNT_AT + 1
_Value = TypeVar("_Value")


@dataclass(slots=True)
class Source:
    """Bytes that come in blocks, taken in other pieces."""

    blocks: Iterator[bytes]
    _rest: memoryview = field(default=memoryview(b""), init=False, repr=False)

    def take(self, size_bytes: int) -> bytearray:
        """The next bytes, fewer at the end."""
        taken = bytearray(size_bytes)
        filled = 0
        while filled < size_bytes and (self._rest or self._next()):
            piece = self._rest[: size_bytes - filled]
            taken[filled : filled + len(piece)] = piece
            self._rest = self._rest[len(piece) :]
            filled += len(piece)
        del taken[filled:]
        return taken

    def has_ended(self) -> bool:
        """Whether nothing follows."""
        return not (self._rest or self._next())

    def _next(self) -> bool:
        """Get the next block that is not empty, if there is one."""
        self._rest = memoryview(next((block for block in self.blocks if block), b""))
        return bool(self._rest)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery.

    Attributes:
        source: What is delivered.
        parts: Where its files go.
        admit: Raises when the sizes or the key set are none that we take.
        register: Keeps the submission.
    """

    source: Source
    parts: PartStore
    admit: Callable[[SealedReport, Submission], None]
    register: Callable[[Submission], object]
    _fresh: list[bytes] = field(default_factory=list, init=False, repr=False)

    def run(self) -> None:
        """Keep everything; returns only when a power cut could no longer lose it.

        Raises:
            NotSealedError: The first bytes are not those of a sealed report.
            DamagedError: What follows is cut, altered or too long.
            StoreFullError, StoreUnavailableError, SlotTakenError, RowTakenError: As elsewhere.
        """
        report = self._read_head()
        submission = _parse(parse_submission, report.submission)
        self.admit(report, submission)
        try:
            for carried in report.files:
                self._keep_file(carried)
            if not self.source.has_ended():
                raise DamagedError("SPEC 22.1: something follows")  # noqa: TRY301 - one way out
        except (DamagedError, PartTakenError):
            self._forget()
            raise
        self.register(submission)
        for carried in report.files:
            self.parts.claim(carried.upload)

    def _read_head(self) -> SealedReport:
        first = bytes(self.source.take(_FIRST_BYTES))
        try:
            count = parse_file_count(first)
        except SealedIntakeError as error:
            raise NotSealedError(str(error)) from None
        return _parse(parse_head, first + self.source.take(head_bytes(count) - _FIRST_BYTES))

    def _keep_file(self, carried: CarriedFile) -> None:
        upload, hashes = carried.upload, list[bytes]()
        for index in range(upload.part_count):
            part = self.source.take(upload.part_bytes(index))
            if len(part) != upload.part_bytes(index):
                raise DamagedError("SPEC 22.1: a file is cut")
            hashes.append(part_hash(part))
            if self.parts.keep(upload, index, part):
                self._fresh.append(upload.part_id(index))
        if file_digest(hashes) != carried.digest:
            raise DamagedError("SPEC 22.1: a file has another digest")

    def _forget(self) -> None:
        for start in range(0, len(self._fresh), REMOVED_AT_ONCE):
            self.parts.remove_unclaimed(self._fresh[start : start + REMOVED_AT_ONCE])


def _parse(parse: Callable[[bytes], _Value], raw: bytes) -> _Value:
    try:
        return parse(raw)
    except SealedIntakeError as error:
        raise DamagedError(str(error)) from None

"""Receiving parts of sealed files: few at once, each into one buffer, none that takes for ever."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final

from flask import request
from werkzeug.exceptions import ClientDisconnected

from crypto.wire.files import Upload
from crypto.wire.instants import minute_of
from intake.server.deadlines import Deadlines
from intake.server.errors import StoreFullError
from intake.server.problems import ProblemError
from intake.server.store.database import Database
from intake.server.store.parts import claim_parts, held_parts, keep_part, remove_unclaimed_parts

# gunicorn takes at most so much from the socket at once.
BLOCK_BYTES: Final = 2**20
# For a part of 2 MiB: 17 KiB a second, which a circuit of Tor gives on a bad day.
SECONDS_FOR_A_PART: Final = 120.0
# What is refused unread would reset the connection, and the sender would not see why.
SECONDS_TO_DRAIN: Final = 5.0
RETRY_BUSY_SECONDS: Final = 2
MINUTES_PER_HOUR: Final = 60


@dataclass(frozen=True, slots=True)
class Turns:
    """How many threads of a worker may receive files at once; the rest are for reports.

    Args:
        count: At least one.
    """

    count: int
    _free: threading.Semaphore = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """All are free."""
        object.__setattr__(self, "_free", threading.Semaphore(self.count))

    @contextmanager
    def take(self) -> Iterator[None]:
        """One turn, or none: who waited would hold a thread.

        Raises:
            ProblemError: 503; all are taken.
        """
        if not self._free.acquire(blocking=False):
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "unavailable",
                "Too many files are being received; nothing was kept, try again later.",
                headers={"Retry-After": str(RETRY_BUSY_SECONDS)},
            )
        try:
            yield
        finally:
            self._free.release()


@dataclass(frozen=True, slots=True)
class PartStore:
    """The parts database as uploads use it.

    Attributes:
        reserve_bytes: Room on its disk that is left to reports.
        clock: Gives the present instant, aware UTC.
    """

    database: Database
    reserve_bytes: int
    clock: Callable[[], datetime]

    def keep(self, upload: Upload, index: int, value: bytearray) -> bool:
        """Keep a part; returns only when a power cut could no longer lose it.

        Returns:
            Whether it is new.

        Raises:
            PartTakenError: Other bytes are kept under its id.
            StoreFullError, StoreUnavailableError: Not kept, or not known to be.
        """
        self.refuse_when_full(len(value))
        hour = minute_of(self.clock()) // MINUTES_PER_HOUR
        with self.database.write() as connection:
            return keep_part(connection, upload.part_id(index), value, hour=hour)

    def refuse_when_full(self, size_bytes: int) -> None:
        """Refuse what would take the room that is left to reports.

        Raises:
            StoreFullError: It would.
        """
        if not self.database.has_room(self.reserve_bytes + size_bytes):
            raise StoreFullError("what is left is for reports")

    def held(self, upload: Upload) -> bytes:
        """One byte for each part: 1 when it is kept."""
        ids = part_ids(upload)
        with self.database.read() as connection:
            there = held_parts(connection, ids)
        return bytes(part_id in there for part_id in ids)

    def claim(self, upload: Upload) -> None:
        """Keep all parts of a file for good.

        Raises:
            PartsMissingError: One is not there; none was marked.
        """
        with self.database.write() as connection:
            claim_parts(connection, part_ids(upload))

    def remove_unclaimed(self, ids: list[bytes]) -> None:
        """Remove those of a few parts that no report has claimed."""
        with self.database.write() as connection:
            remove_unclaimed_parts(connection, ids)


def part_ids(upload: Upload) -> list[bytes]:
    """The ids of all parts of a file."""
    return [upload.part_id(index) for index in range(upload.part_count)]


def read_block(size_bytes: int) -> bytearray:
    """Read so much of the body into one buffer; less when it ends before."""
    block = bytearray(size_bytes)
    filled = 0
    while filled < size_bytes and (read := read_some(min(BLOCK_BYTES, size_bytes - filled))):
        block[filled : filled + len(read)] = read
        filled += len(read)
    del block[filled:]
    return block


def read_some(most_bytes: int) -> bytes:
    """Read on in the body; nothing when it has ended or its sender is gone."""
    try:
        return request.stream.read(most_bytes)
    except (ClientDisconnected, OSError):
        return b""


def drain(deadlines: Deadlines, largest_bytes: int) -> None:
    """Read on and forget what a refused request still sends, within a few seconds."""
    with deadlines.within(request.environ, SECONDS_TO_DRAIN):
        left = largest_bytes
        while left > 0 and (read := read_some(min(left, BLOCK_BYTES))):
            left -= len(read)

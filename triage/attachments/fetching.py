"""Fetching one sealed file: parts in any order, several on their way, whole or not there.

A part is verified with its tags when it arrives and lies at its place in a `.part` file. After a
crash or a lock the tags tell again which parts are there, so nothing about progress is written
down. The digest that the reporter signed is compared before the file gets its name: who knows the
key could make other parts that open, but none with that digest. Source: SPEC §17.3, §17.4.
"""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from fcntl import LOCK_EX, LOCK_NB, flock
from http import HTTPStatus
from pathlib import Path
from typing import Final

from crypto.errors import MalformedFileError, OpeningError
from crypto.wire.files import file_digest, part_hash
from triage.attachments.entry import SealedEntry
from triage.attachments.store import Store, require_room
from triage.cases.report import FileState
from triage.courier.https import Courier, Signer
from triage.errors import (
    CancelledError,
    FileDamagedError,
    FileMissingError,
    LockedError,
    RefusedInputError,
    ServerRefusedError,
    ServerUnavailableError,
)
from triage.private_files import OWNER_ONLY

PARTS_READ_PATH: Final = "/desk/v1/parts/read"
# Over Tor one connection is slow; more than the courier keeps open would only wait.
PARTS_AT_ONCE: Final = 4
# A limit of the server is counted by the minute.
PAUSES_SECONDS: Final = (1.0, 4.0, 15.0, 45.0)
_BLOCK_BYTES: Final = 512  # stat(2), st_blocks

Progress = Callable[[int], None]


def _ignore(_held_bytes: int) -> None:
    pass


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class PartSource:
    """Where parts come from: a server, asked as an officer."""

    courier: Courier
    signer: Signer
    instance: bytes

    def read(self, entry: SealedEntry, index: int) -> bytes:
        """One part, verified.

        Raises:
            FileMissingError: the server does not have it.
            FileDamagedError: what came is not the part.
            ServerUnavailableError, ServerRefusedError: as the courier says.
        """
        try:
            part = self.courier.signed(
                "POST",
                PARTS_READ_PATH,
                signer=self.signer,
                instance=self.instance,
                body=entry.upload.part_id(index),
                max_bytes=entry.upload.part_bytes(index),
            )
        except ServerRefusedError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            raise FileMissingError("the server does not have a part of the file") from None
        except RefusedInputError:
            raise FileDamagedError("SPEC 17.4: a part of another length") from None
        try:
            entry.sealed.check_part(index, part)
        except (OpeningError, MalformedFileError) as error:
            raise FileDamagedError(str(error)) from None
        return part


@dataclass(slots=True)
class _Growing:
    """A file on its way.

    Attributes:
        hashes: of the parts that are there, by index.
    """

    entry: SealedEntry
    descriptor: int
    hashes: dict[int, bytes] = field(default_factory=dict)
    held_bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, index: int, part: bytes) -> int:
        """A part lies at its place; how many bytes are there now."""
        with self._lock:
            self.hashes[index] = part_hash(part)
            self.held_bytes += len(part)
            return self.held_bytes

    def look(self, index: int) -> None:
        """Note a part that an earlier try left whole."""
        upload = self.entry.upload
        part = os.pread(self.descriptor, upload.part_bytes(index), upload.part_start(index))
        try:
            self.entry.sealed.check_part(index, part)
        except (OpeningError, MalformedFileError):
            return
        self.note(index, part)

    def write(self, index: int, part: bytes) -> int:
        """Put a part at its place."""
        start, view = self.entry.upload.part_start(index), memoryview(part)
        while view:
            written = os.pwrite(self.descriptor, view, start)
            start, view = start + written, view[written:]
        return self.note(index, part)

    def require_digest(self) -> None:
        """Every part is there: is this what the reporter signed?

        Raises:
            FileDamagedError: no.
        """
        ordered = [self.hashes[index] for index in range(self.entry.upload.part_count)]
        if file_digest(ordered) != self.entry.digest:
            raise FileDamagedError("SPEC 17.3: the file has another digest")


@contextmanager
def _part_file(path: Path) -> Iterator[int]:
    """The growing file, which one process at a time may work on.

    Raises:
        LockedError: another one does.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, OWNER_ONLY)
    try:
        flock(descriptor, LOCK_EX | LOCK_NB)
        yield descriptor
    except BlockingIOError:
        raise LockedError("the file is being fetched already") from None
    finally:
        os.close(descriptor)


def fetch(
    entry: SealedEntry,
    store: Store,
    source: PartSource,
    *,
    progress: Progress = _ignore,
    is_cancelled: Callable[[], bool] = _never,
) -> None:
    """Have a file on this workstation, sealed.

    Args:
        entry: which.
        store: where it goes.
        source: where it comes from.
        progress: told how many of the sealed bytes are there.
        is_cancelled: asked before each part.

    Raises:
        NoRoomError: the disk is too full; nothing was fetched.
        FileMissingError, FileDamagedError: and the register says so from then on.
        CancelledError, ServerUnavailableError: what came stays for the next try.
        LockedError: another process fetches it.
    """
    if store.state(entry) is FileState.HERE:
        progress(entry.sealed_bytes)
        return
    kept = store.begin(entry)
    with _part_file(store.part_path(kept)) as descriptor:
        growing = _Growing(entry, descriptor)
        try:
            _fill(growing, store, source, progress, is_cancelled)
            growing.require_digest()
        except FileMissingError:
            store.settle(kept, FileState.MISSING)
            raise
        except FileDamagedError:
            store.settle(kept, FileState.DAMAGED)
            raise
        os.fsync(descriptor)
        store.settle(kept, FileState.HERE)


def _fill(
    growing: _Growing,
    store: Store,
    source: PartSource,
    progress: Progress,
    is_cancelled: Callable[[], bool],
) -> None:
    entry = growing.entry
    present = os.fstat(growing.descriptor)
    # The file has holes where parts are missing; only blocks take room.
    require_room(store.folder, max(entry.sealed_bytes - present.st_blocks * _BLOCK_BYTES, 0))
    for index in range(entry.upload.part_count if present.st_size else 0):
        growing.look(index)
    os.ftruncate(growing.descriptor, entry.sealed_bytes)
    progress(growing.held_bytes)
    stopped = threading.Event()

    def take(index: int) -> None:
        if stopped.is_set() or is_cancelled():
            return
        part = _patiently(lambda: source.read(entry, index), stopped, is_cancelled)
        progress(growing.write(index, part))

    wanted = (each for each in range(entry.upload.part_count) if each not in growing.hashes)
    with ThreadPoolExecutor(PARTS_AT_ONCE, thread_name_prefix="part") as pool:
        _work_off(pool, take, list(wanted), stopped)
    if len(growing.hashes) != entry.upload.part_count:
        raise CancelledError("fetching was called off; what came is kept")


def _patiently(
    read: Callable[[], bytes], stopped: threading.Event, is_cancelled: Callable[[], bool]
) -> bytes:
    """Ask again where the server is busy or a connection broke, a little later each time.

    Raises:
        ServerUnavailableError: it stays away, or nobody waits any longer.
    """
    for pause_seconds in PAUSES_SECONDS:
        try:
            return read()
        except ServerUnavailableError:
            if is_cancelled() or stopped.wait(pause_seconds):
                raise
    return read()


def _work_off(
    pool: ThreadPoolExecutor,
    take: Callable[[int], None],
    wanted: list[int],
    stopped: threading.Event,
) -> None:
    """Take every part; the first error ends the work and is raised."""
    tasks = [pool.submit(take, index) for index in wanted]
    try:
        wait(tasks, return_when=FIRST_EXCEPTION)
    finally:
        # At the first error, or a Ctrl-C, whatever has not begun is passed over.
        stopped.set()
    wait(tasks)
    errors = [task.exception() for task in tasks]
    found = [error for error in errors if error is not None]
    # What is wrong with the file itself says more than a connection that broke because of it.
    found.sort(key=lambda error: not isinstance(error, (FileDamagedError, FileMissingError)))
    for error in found:
        raise error

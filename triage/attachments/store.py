"""Sealed files on this workstation: `TRIAGE_HOME/attachments`.

Files lie there as they came, sealed, under random names; a file that is not whole yet ends in
`.part`. Their keys stay in the register, which is encrypted, so this folder alone opens nothing.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from nacl.utils import random

from crypto.custody.file_reader import ReadAt
from crypto.errors import OpeningError
from crypto.wire.files import FILE_CHUNK_BYTES
from triage.attachments.entry import SealedEntry
from triage.cases.report import FileState
from triage.errors import FileDamagedError, NoRoomError, NotFetchedError
from triage.private_files import make_private_folder, sync_folder
from triage.register.attachments import Attachments, Kept

# Whatever else the workstation does must still find room on the disk.
RESERVE_BYTES: Final = 256 * 1024 * 1024
# A file that nobody opened for so long is fetched again when somebody wants it.
FORGET_AFTER: Final = timedelta(days=30)
_NAME_BYTES: Final = 16
_PART_SUFFIX: Final = ".part"


def require_room(folder: Path, wanted_bytes: int) -> None:
    """Refuse what would fill the disk.

    Raises:
        NoRoomError: too little room.
    """
    disk = os.statvfs(folder)
    if disk.f_bavail * disk.f_frsize < wanted_bytes + RESERVE_BYTES:
        mebibytes = (wanted_bytes + RESERVE_BYTES) >> 20
        raise NoRoomError(f"the disk has less than {mebibytes} MiB of room")


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A whole sealed file on the disk."""

    entry: SealedEntry
    path: Path

    @contextmanager
    def reading(self) -> Iterator[ReadAt]:
        """How to read the sealed bytes while the block runs.

        Raises:
            NotFetchedError: it is not there.
        """
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            raise NotFetchedError("the file is not here yet: triage fetch") from None
        # One buffer for all of it: making one for each run takes as long as decrypting it.
        buffer = bytearray()

        def read_at(start: int, length: int) -> memoryview:
            nonlocal buffer
            if len(buffer) < length:
                buffer = bytearray(length)
            view = memoryview(buffer)[:length]
            return view[: os.preadv(descriptor, [view], start)]

        try:
            yield read_at
        finally:
            os.close(descriptor)

    def pieces(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """What was sealed, verified chunk by chunk.

        Raises:
            NotFetchedError: it is not there.
            FileDamagedError: altered since it was fetched.
        """
        try:
            with self.reading() as read_at:
                yield from self.entry.sealed.pieces(read_at, start, end)
        except OpeningError:
            raise FileDamagedError("the file was altered or cut") from None

    def beginning(self) -> bytes:
        """At most one chunk from the start."""
        return b"".join(self.pieces(0, FILE_CHUNK_BYTES))


@dataclass(frozen=True, slots=True)
class Store:
    """The attachments folder and what the register knows of it."""

    folder: Path
    register: Attachments = field(repr=False)
    today: date

    def _path(self, kept: Kept) -> Path:
        return self.folder / kept.name

    def part_path(self, kept: Kept) -> Path:
        """Where a file grows until it is whole."""
        return self.folder / f"{kept.name}{_PART_SUFFIX}"

    def state(self, entry: SealedEntry) -> FileState:
        """Where a file is."""
        kept = self.register.one(entry.id)
        if kept is None:
            return FileState.NOT_FETCHED
        if kept.state is FileState.HERE and not self._path(kept).is_file():
            return FileState.NOT_FETCHED
        return kept.state

    def begin(self, entry: SealedEntry) -> Kept:
        """A place for a file that is going to be fetched, the old one where it began before."""
        make_private_folder(self.folder)
        kept = self.register.one(entry.id)
        if kept is None:
            name = random(_NAME_BYTES).hex()
            kept = Kept(entry.id, entry.case_ref, name, FileState.PARTLY, self.today)
        kept = replace(kept, state=FileState.PARTLY, used_on=self.today)
        self.register.keep(kept)
        return kept

    def settle(self, kept: Kept, state: FileState) -> None:
        """Remember how fetching ended; what is whole gets its name, what is damaged goes."""
        part = self.part_path(kept)
        if state is FileState.HERE:
            part.replace(self._path(kept))
            sync_folder(self.folder)
        if state is FileState.DAMAGED:
            part.unlink(missing_ok=True)
            self._path(kept).unlink(missing_ok=True)
        self.register.keep(replace(kept, state=state, used_on=self.today))

    def held(self, entry: SealedEntry) -> HeldFile:
        """A file that is here; opening it counts as use.

        Raises:
            NotFetchedError: it is not here.
            FileDamagedError: what came was not the file.
        """
        kept = self.register.one(entry.id)
        if kept is not None and kept.state is FileState.DAMAGED:
            raise FileDamagedError("what the server holds is not the file that was sealed")
        if kept is None or self.state(entry) is not FileState.HERE:
            raise NotFetchedError("the file is not here yet: triage fetch")
        if kept.used_on != self.today:
            self.register.keep(replace(kept, used_on=self.today))
        return HeldFile(entry, self._path(kept))

    def mark_damaged(self, entry: SealedEntry) -> None:
        """The disk altered a file that was whole: it has to be fetched again."""
        kept = self.register.one(entry.id)
        if kept is not None:
            self.settle(kept, FileState.DAMAGED)

    def forget(self, entry: SealedEntry) -> bool:
        """Delete a file from this workstation; whether there was one."""
        kept = self.register.one(entry.id)
        if kept is not None:
            self._delete(kept)
        return kept is not None

    def forget_case(self, case_ref: bytes) -> None:
        """Delete every file of a case from this workstation."""
        for kept in self.register.of_case(case_ref):
            self._delete(kept)
        if self.folder.is_dir():
            sync_folder(self.folder)

    def _delete(self, kept: Kept) -> None:
        # The file first: what a crash leaves of the register's row is cleaned by the next try.
        self.part_path(kept).unlink(missing_ok=True)
        self._path(kept).unlink(missing_ok=True)
        self.register.forget(kept.id)

    def clean(self) -> int:
        """Delete what was not used for `FORGET_AFTER`, and what the register does not know.

        Returns:
            How many files were deleted.
        """
        every = self.register.every()
        overdue = [kept for kept in every if self.today - kept.used_on > FORGET_AFTER]
        for kept in overdue:
            self._delete(kept)
        known = {kept.name for kept in every}
        strangers = [
            path
            for path in _listed(self.folder)
            if path.name.removesuffix(_PART_SUFFIX) not in known
        ]
        for path in strangers:
            with suppress(OSError):
                path.unlink()
        return len(overdue) + len(strangers)


def _listed(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if not path.is_dir()]
    except FileNotFoundError:
        return []

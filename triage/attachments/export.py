"""Writing a case into a new folder: the report as sealed, its files, and their digests.

All names are ours. The folder is made beside its place and renamed when everything is in it, so
that a crash leaves nothing half-written under the name that was asked for.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from nacl.utils import random

from crypto.errors import SealedIntakeError
from crypto.wire.strict_json import encode_json
from triage.attachments.clean_copy import clean_pieces
from triage.attachments.detection import FileType
from triage.attachments.store import HeldFile, require_room
from triage.cases.report import FileEntry, FileState, OpenedReport
from triage.errors import CleanCopyError, FileDamagedError, NoSuchThingError, WrongUseError
from triage.private_files import OWNER_ONLY, OWNER_ONLY_FOLDER, sync_folder

SUMS_NAME: Final = "SHA256SUMS"
REPORT_NAME: Final = "report.json"
_NAME_BYTES: Final = 8

Hold = Callable[[int], tuple[HeldFile, FileType]]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Exported:
    """One file of the case, written or not.

    Attributes:
        entry: as the report names it.
        file: its name in the folder; None where it was not written.
        kind: by content; None where it could not be read.
        size_bytes, sha256: of what was written.
        fault: the name of the error; empty for none.
    """

    entry: FileEntry
    file: str | None = None
    kind: FileType | None = None
    size_bytes: int = 0
    sha256: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Export:
    """A finished export."""

    folder: Path
    files: tuple[Exported, ...]


class _NewFolder:
    """A folder being filled, with the digests of what is in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sums: list[str] = []

    def write(self, name: str, pieces: Iterable[bytes]) -> tuple[int, str]:
        """Write a new file; its size and SHA-256 in hexadecimal."""
        hashed, size_bytes = hashlib.sha256(), 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        descriptor = os.open(self.folder / name, flags, OWNER_ONLY)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for piece in pieces:
                    hashed.update(piece)
                    size_bytes += len(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            (self.folder / name).unlink(missing_ok=True)
            raise
        self.sums.append(f"{hashed.hexdigest()}  {name}\n")
        return size_bytes, hashed.hexdigest()


@contextmanager
def _new_folder(out: Path) -> Iterator[_NewFolder]:
    """A folder that gets its name when the block ends well, and is gone otherwise.

    Raises:
        WrongUseError: something lies there already.
        NoSuchThingError: there is no folder to make it in.
    """
    if out.is_symlink() or (out.exists() and (not out.is_dir() or any(out.iterdir()))):
        raise WrongUseError("the folder exists and is not empty: name a new one")
    beside = out.parent / f".{out.name[:64]}.{random(_NAME_BYTES).hex()}"
    try:
        beside.mkdir(mode=OWNER_ONLY_FOLDER)
    except FileNotFoundError:
        raise NoSuchThingError("there is no folder to make the new one in") from None
    try:
        yield _NewFolder(beside)
        sync_folder(beside)
        try:
            beside.rename(out)
        except OSError:
            raise WrongUseError("the folder exists and is not empty: name a new one") from None
        sync_folder(out.parent)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def export(
    opened: OpenedReport, out: Path, hold: Hold, *, clean: bool, tell: Tell = lambda _: None
) -> Export:
    """Write a case into a new folder.

    Args:
        opened: the case, whose files say where they are.
        out: the folder to make, for its owner only.
        hold: gives a file by its number, if it is here.
        clean: write clean copies instead of the files; what can't be cleaned is left out.
        tell: told what is being written.

    Raises:
        WrongUseError: `out` is there already and not empty.
        NoRoomError: the disk is too full.
    """
    out = out.absolute()
    with _new_folder(out) as new:
        require_room(new.folder, sum(each.size_bytes for each in opened.files if _is_here(each)))
        new.write(REPORT_NAME, [encode_json(dict(opened.report))])
        for number, message in enumerate(opened.messages, 1):
            new.write(f"message-{number:02}.json", [encode_json(dict(message.content))])
        files = []
        for entry in opened.files:
            tell(f"file {entry.number} of {len(opened.files)}")
            files.append(_exported(new, entry, hold, clean=clean))
        sums = "".join(new.sums).encode()
        new.write(SUMS_NAME, [sums])
    return Export(out, tuple(files))


def _is_here(entry: FileEntry) -> bool:
    return entry.state is FileState.HERE


def _exported(new: _NewFolder, entry: FileEntry, hold: Hold, *, clean: bool) -> Exported:
    """Write one file; what is wrong with it leaves the others alone."""
    found = Exported(entry)
    try:
        held, kind = hold(entry.number)
        found = replace(found, kind=kind)
        name = f"file-{entry.number:02}{'-clean' if clean else ''}.{kind.suffix}"
        pieces = clean_pieces(held, kind) if clean else held.pieces()
        size_bytes, sha256 = new.write(name, pieces)
    except CleanCopyError as error:
        return replace(found, fault=f"{type(error).__name__}: {error.reason}")
    except (NoSuchThingError, FileDamagedError, SealedIntakeError) as error:
        return replace(found, fault=type(error).__name__)
    return replace(found, file=name, size_bytes=size_bytes, sha256=sha256)

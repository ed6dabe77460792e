"""Files that only their owner may read, written whole or not at all.

A new file is written beside its place, synced, and then linked to its name, so that a crash leaves
either nothing or everything, and an existing file is never overwritten by `write_new_file`.
"""

import fcntl
import glob
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nacl.utils import random

from triage.errors import LockedError, NoSuchThingError, RefusedInputError, WrongUseError

OWNER_ONLY = 0o600
OWNER_ONLY_FOLDER = 0o700
PUBLIC = 0o644
_NAME_BYTES = 8


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it, that only its owner may enter.

    Raises:
        WrongUseError: it exists and others may enter it.
    """
    folder.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    require_private_folder(folder)


def require_private_folder(folder: Path) -> None:
    """A folder that holds secrets is its owner's alone.

    Raises:
        WrongUseError: others may enter it.
    """
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        raise WrongUseError(f"others may enter the folder; run: chmod 700 {folder}")


def sync_folder(folder: Path) -> None:
    """Have a folder's names survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _written_beside(path: Path, content: bytes, mode: int) -> Iterator[Path]:
    """A synced temporary file in the same folder, gone afterwards unless it was renamed."""
    beside = path.with_name(f".{path.name}.{random(_NAME_BYTES).hex()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield beside
    finally:
        beside.unlink(missing_ok=True)


def write_new_file(path: Path, content: bytes, mode: int = OWNER_ONLY) -> None:
    """Write a file that must not exist yet.

    Raises:
        WrongUseError: something lies there already.
    """
    with _written_beside(path, content, mode) as beside:
        try:
            os.link(beside, path)
        except FileExistsError:
            raise WrongUseError(f"{path.name} exists and is never overwritten") from None
    sync_folder(path.parent)


def replace_file(path: Path, content: bytes, mode: int = OWNER_ONLY) -> None:
    """Write a file, in place of an older one if there is one."""
    with _written_beside(path, content, mode) as beside:
        beside.replace(path)
    sync_folder(path.parent)


def sweep_unfinished(path: Path) -> None:
    """Delete what a killed process left beside a file; nobody else may be writing it now."""
    for beside in path.parent.glob(f".{glob.escape(path.name)}.*"):
        beside.unlink(missing_ok=True)
    sync_folder(path.parent)


def read_file(path: Path, *, max_bytes: int) -> bytes:
    """Read a whole file of at most `max_bytes`.

    Raises:
        NoSuchThingError: there is none.
        RefusedInputError: it is larger, or no file.
    """
    try:
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except FileNotFoundError:
        raise NoSuchThingError(f"no file {path.name}") from None
    except IsADirectoryError:
        raise RefusedInputError(f"{path.name} is a folder") from None
    if len(content) > max_bytes:
        raise RefusedInputError(f"{path.name} has more than {max_bytes} bytes")
    return content


def read_secret_file(path: Path, *, max_bytes: int) -> bytes:
    """Read a file that nobody but its owner may read.

    Raises:
        NoSuchThingError: there is none.
        WrongUseError: others may read it.
        RefusedInputError: it is too large.
    """
    content = read_file(path, max_bytes=max_bytes)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise WrongUseError(f"others may read the file; run: chmod 600 {path}")
    return content


@contextmanager
def made_whole(folder: Path) -> Iterator[Path]:
    """A folder that appears with everything in it, or not at all; what a crash left is made anew.

    Yields:
        The folder to fill, which takes its name when the block ends.

    Raises:
        WrongUseError: something of that name exists.
    """
    if folder.exists():
        raise WrongUseError(f"{folder.name} exists and is never overwritten")
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    make_private_folder(unfinished)
    yield unfinished
    unfinished.rename(folder)
    sync_folder(folder.parent)


@contextmanager
def only_one(lock: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold a lock file, so that two processes never do the same work at once.

    Raises:
        LockedError: `wait` is false and somebody else holds it.
    """
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, OWNER_ONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise LockedError("another command is at work on the same folder") from None
        yield
    finally:
        os.close(descriptor)

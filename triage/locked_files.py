"""Secrets behind a passphrase, in files that only a new lock may replace. Source: SPEC §21."""

from pathlib import Path

from crypto.custody.keyring import LIGHT, MODERATE, LockCost, lock_secret, unlock_secret
from crypto.errors import OpeningError
from triage.errors import LockedError
from triage.private_files import (
    read_secret_file,
    replace_file,
    sweep_unfinished,
    write_new_file,
)

MAX_LOCKED_BYTES = 4096

Cost = LockCost
# What a workstation uses, and what throw-away keys of demos and tests use.
MEASURED = MODERATE
THROW_AWAY = LIGHT


def write_locked(path: Path, secret: bytes, passphrase: bytes, cost: Cost = MEASURED) -> None:
    """Lock a secret into a new file for its owner only.

    Raises:
        WrongUseError: something lies there already.
    """
    write_new_file(path, lock_secret(secret, passphrase, cost))


def replace_locked(path: Path, secret: bytes, passphrase: bytes, cost: Cost = MEASURED) -> None:
    """Lock a secret anew, in place of the file that held it; at no moment are there two or none.

    What an earlier, interrupted replacement left beside it goes too.
    """
    sweep_unfinished(path)
    replace_file(path, lock_secret(secret, passphrase, cost))


def change_passphrase(path: Path, old: bytes, new: bytes, cost: Cost = MEASURED) -> None:
    """Lock the secret of a file with another passphrase; finds its work done after a crash.

    Raises:
        LockedError: neither passphrase fits.
        NoSuchThingError, WrongUseError, MalformedTextError: as `open_locked`.
    """
    try:
        secret = open_locked(path, old)
    except LockedError:
        open_locked(path, new)
        sweep_unfinished(path)
        return
    replace_locked(path, secret, new, cost)


def open_locked(path: Path, passphrase: bytes) -> bytes:
    """The secret in a locked file.

    Raises:
        NoSuchThingError: no such file.
        LockedError: another passphrase, or an altered file.
        WrongUseError: others may read the file.
        MalformedTextError: not a locked file.
    """
    locked = read_secret_file(path, max_bytes=MAX_LOCKED_BYTES)
    try:
        return unlock_secret(locked, passphrase)
    except OpeningError:
        raise LockedError("the passphrase does not fit") from None

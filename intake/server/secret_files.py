"""Small files of the data folder, readable by their owner alone; secrets are never overwritten."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from nacl.utils import random

from crypto.signing.sign import SigningKey
from intake.server.errors import StartError

SECRET_BYTES: Final = 32
ACKNOWLEDGEMENT_KEY_FILE: Final = "acknowledgement.key"
NONCE_SECRET_FILE: Final = "nonce.secret"  # noqa: S105 - a file's name
_OWNER_ONLY: Final = 0o600
_DRAFT_NAME_BYTES: Final = 8
_OWNER_ONLY_FOLDER: Final = 0o700
_OTHERS: Final = 0o077
_WRITABLE_BY_OTHERS: Final = 0o022


def prepare_folder(folder: Path) -> None:
    """Make a folder for its owner alone, unless it is there.

    Raises:
        StartError: It cannot be made, or others may write to the one that is there: they could
            put in databases and secrets of their own.
    """
    try:
        folder.mkdir(mode=_OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        mode = folder.stat().st_mode
    except OSError:
        raise StartError("data_dir (INTAKE_DATA_DIR): cannot be made") from None
    if mode & _WRITABLE_BY_OTHERS:
        raise StartError("data_dir (INTAKE_DATA_DIR): others may write to it; want mode 0700")


def write_once(path: Path, raw: bytes) -> bool:
    """Write a file whole, or leave the one that is there.

    The name appears only when the bytes are on the disk, so that no other process reads half.

    Returns:
        Whether this call made the file.

    Raises:
        StartError: The folder cannot be written to.
    """
    return _write_whole(path, raw, _link)


def replace_whole(path: Path, raw: bytes) -> None:
    """Write a file whole, in the place of one that is there.

    Raises:
        StartError: The folder cannot be written to.
    """
    _write_whole(path, raw, _rename)


def _write_whole(path: Path, raw: bytes, put: Callable[[Path, Path], bool]) -> bool:
    draft = path.with_name(f"{path.name}.{random(_DRAFT_NAME_BYTES).hex()}.draft")
    try:
        # A file of our own making: never what somebody left at a name that could be foreseen.
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _OWNER_ONLY)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            made = put(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError:
        raise StartError(f"{path.name}: cannot be written into the data folder") from None
    return made


def _rename(draft: Path, path: Path) -> bool:
    draft.replace(path)
    return True


def _link(draft: Path, path: Path) -> bool:
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    return True


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read_secret(path: Path) -> bytes:
    try:
        mode, raw = path.stat().st_mode, path.read_bytes()
    except OSError:
        raise StartError(f"{path.name}: cannot be read") from None
    if mode & _OTHERS:
        raise StartError(f"{path.name}: others may read it; want mode 0600")
    if len(raw) != SECRET_BYTES:
        raise StartError(f"{path.name}: want {SECRET_BYTES} bytes")
    return raw


def make_acknowledgement_key(data_dir: Path) -> SigningKey:
    """The acknowledgement signing key, made on the first call and never replaced."""
    prepare_folder(data_dir)
    write_once(data_dir / ACKNOWLEDGEMENT_KEY_FILE, random(SECRET_BYTES))
    return SigningKey(_read_secret(data_dir / ACKNOWLEDGEMENT_KEY_FILE))


def read_acknowledgement_key(data_dir: Path) -> SigningKey:
    """The acknowledgement signing key.

    Raises:
        StartError: There is none; `intake acknowledgement-key` makes it.
    """
    path = data_dir / ACKNOWLEDGEMENT_KEY_FILE
    if not path.exists():
        raise StartError(f"{path.name}: missing; 'intake acknowledgement-key' makes it")
    return SigningKey(_read_secret(path))


def nonce_secret(data_dir: Path) -> bytes:
    """The secret that request nonces are made with, the same for all workers."""
    path = data_dir / NONCE_SECRET_FILE
    if not path.exists():
        write_once(path, random(SECRET_BYTES))
    return _read_secret(path)

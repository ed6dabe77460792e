"""Secrets on disk, locked with a passphrase. Source: SPEC §21; RFC 9106 (Argon2id).

Opening limits may be read from the file, so they are bounded before a byte of memory is taken.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from nacl.bindings import crypto_pwhash_alg, crypto_pwhash_ALG_ARGON2ID13
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from nacl.utils import random

from crypto.errors import MalformedTextError, OpeningError
from crypto.wire.codec import Reader

MAGIC = b"sealed-intake/1 secret\n"
SALT_BYTES = 16
MAX_MEMORY_BYTES = 1 << 30
MAX_PASSES = 10
_PRIVATE = 0o600
_KIBIBYTE = 1024


@dataclass(frozen=True, slots=True)
class LockCost:
    """What one guess of a passphrase costs.

    Attributes:
        passes: over memory.
        memory_bytes: a multiple of 1024.
    """

    passes: int
    memory_bytes: int


# libsodium's MODERATE: about 0.7 s and 256 MiB on a workstation.
MODERATE = LockCost(passes=3, memory_bytes=256 * _KIBIBYTE * _KIBIBYTE)
# The least that RFC 9106 §4 recommends where memory is short; for throw-away demo keys and tests.
LIGHT = LockCost(passes=3, memory_bytes=64 * _KIBIBYTE * _KIBIBYTE)


def _key(passphrase: bytes, salt: bytes, cost: LockCost) -> bytes:
    return crypto_pwhash_alg(
        SecretBox.KEY_SIZE,
        passphrase,
        salt,
        cost.passes,
        cost.memory_bytes,
        crypto_pwhash_ALG_ARGON2ID13,
    )


def lock_secret(secret: bytes, passphrase: bytes, cost: LockCost = MODERATE) -> bytes:
    """Lock a secret of any length: magic, cost, salt, secretbox."""
    salt = random(SALT_BYTES)
    box = SecretBox(_key(passphrase, salt, cost)).encrypt(secret)
    return (
        MAGIC
        + cost.passes.to_bytes(1)
        + (cost.memory_bytes // _KIBIBYTE).to_bytes(4)
        + salt
        + bytes(box)
    )


def unlock_secret(locked: bytes, passphrase: bytes) -> bytes:
    """Unlock what `lock_secret` made.

    Raises:
        MalformedTextError: not such a file, or a cost out of bounds.
        OpeningError: another passphrase, or an altered file.
    """
    reader = Reader(locked, MalformedTextError, "21")
    if reader.take(len(MAGIC)) != MAGIC:
        raise MalformedTextError("SPEC 21: not a locked secret")
    cost = LockCost(reader.number(1), reader.number(4) * _KIBIBYTE)
    if not (
        1 <= cost.passes <= MAX_PASSES and _KIBIBYTE * 8 <= cost.memory_bytes <= MAX_MEMORY_BYTES
    ):
        raise MalformedTextError("SPEC 21: cost out of bounds")
    salt = reader.take(SALT_BYTES)
    try:
        return SecretBox(_key(passphrase, salt, cost)).decrypt(locked[reader.offset :])
    except (CryptoError, ValueError):
        raise OpeningError("SPEC 21: wrong passphrase or altered file") from None


def write_secret_file(path: Path, raw: bytes) -> None:
    """Write a new file that only its owner reads, and have it on the disk before returning.

    Raises:
        FileExistsError: a secret is never overwritten.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

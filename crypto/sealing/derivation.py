"""Keys from keys. Source: SPEC §1.4; RFC 5869."""

import hashlib

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto.wire.codec import label
from crypto.wire.envelope import Purpose


def derive(ikm: bytes, salt: bytes, name: str, extra: bytes, length_bytes: int) -> bytes:
    """KDF of SPEC §1.4: HKDF-SHA256 with a label.

    Args:
        ikm: input key material.
        salt: perhaps empty.
        name: label name.
        extra: context that follows the label in HKDF's info.
        length_bytes: of the result.
    """
    return HKDF(SHA256(), length_bytes, salt or None, label(name) + extra).derive(ikm)


def row_key(case_ref: bytes, purpose: Purpose, n: int) -> bytes:
    """Whose hash is the vault row id of one envelope of one submission; 32 bytes. SPEC §10.3."""
    return derive(case_ref, b"", "row", purpose.to_bytes(1) + n.to_bytes(4), 32)


def row_id(case_ref: bytes, purpose: Purpose, n: int) -> bytes:
    """Where an envelope lies in the vault, 32 bytes. Source: SPEC §10.3."""
    return hashlib.sha256(row_key(case_ref, purpose, n)).digest()


def destruction_key(slot_key: bytes, n: int) -> bytes:
    """What allows submission n's report to be destroyed, 32 bytes. Source: SPEC §12.5.

    Args:
        slot_key: of the desk that reads the report, as its document carries it.
        n: number of the submission in its case.
    """
    return derive(slot_key, b"", "destruction", n.to_bytes(4), 32)


def chain_id(case_ref: bytes, chain_kind: int) -> bytes:
    """Where the case events of one kind lie, 32 bytes. Source: SPEC §16.1."""
    key = derive(case_ref, b"", "chain", chain_kind.to_bytes(1), 32)
    return hashlib.sha256(key).digest()

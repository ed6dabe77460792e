"""The envelope: a header with wrapped keys and a sealed body. Source: SPEC §6."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

from crypto.errors import MalformedEnvelopeError

SUITE = 1
WRAPPED_KEY_BYTES = 1184
PLACE_BYTES = 32
COMMITMENT_BYTES = 32
TAG_BYTES = 16
NO_PLACE = bytes(PLACE_BYTES)
FILE_KEY_SET_VERSION = 1  # A file's key lies in a report, so it names no key set.
MAX_EVENT_READERS = 8
_START = struct.Struct(f">HIBB{PLACE_BYTES}s")  # suite, key set version, purpose, slots, place
_FIXED_HEADER_BYTES = _START.size + COMMITMENT_BYTES


class Purpose(IntEnum):
    """What an envelope is for; the number enters header and wrapped keys."""

    REPORT = 1
    IDENTITY_LOCK = 2
    IDENTITY = 3
    PROTECTION = 4
    REWARD = 5
    REPLY = 6
    ACKNOWLEDGEMENT = 7
    GRANT = 8
    RELEASE = 9
    EVENT = 10
    AUDIT = 11
    FILE = 12


PLAINTEXT_BYTES: Mapping[Purpose, int] = MappingProxyType(
    {
        Purpose.REPORT: 16384,
        Purpose.IDENTITY_LOCK: 3072,
        Purpose.IDENTITY: 4096,
        Purpose.PROTECTION: 8192,
        Purpose.REWARD: 4096,
        Purpose.REPLY: 4096,
        Purpose.ACKNOWLEDGEMENT: 207,
        Purpose.GRANT: 64,
        Purpose.RELEASE: 2048,
        Purpose.EVENT: 8192,
        Purpose.AUDIT: 512,
    }
)

_SLOTS: Mapping[Purpose, int] = MappingProxyType(
    {
        Purpose.REPORT: 2,
        Purpose.IDENTITY_LOCK: 1,
        Purpose.IDENTITY: 0,
        Purpose.PROTECTION: 1,
        Purpose.REWARD: 1,
        Purpose.REPLY: 1,
        Purpose.ACKNOWLEDGEMENT: 1,
        Purpose.GRANT: 1,
        Purpose.RELEASE: 1,
        Purpose.AUDIT: 1,
        Purpose.FILE: 0,
    }
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A parsed envelope; nothing in it is trusted yet.

    Attributes:
        header: the bytes before the body, which salt the payload key.
        body: STREAM ciphertext with tags.
        place: 32 bytes saying where it lies (SPEC §6.1).
    """

    key_set_version: int
    purpose: Purpose
    place: bytes
    wrapped_keys: tuple[bytes, ...]
    commitment: bytes
    header: bytes
    body: bytes


def header_bytes(slots: int) -> int:
    """Length of a header with `slots` wrapped keys."""
    return _FIXED_HEADER_BYTES + WRAPPED_KEY_BYTES * slots


def slot_count(purpose: Purpose, readers: int | None = None) -> int:
    """How many wrapped keys an envelope of this purpose has.

    Args:
        purpose: any.
        readers: 1 to 8, for case events only.

    Raises:
        MalformedEnvelopeError: no such number of readers.
    """
    if purpose is not Purpose.EVENT:
        return _SLOTS[purpose]
    if readers is None or not 1 <= readers <= MAX_EVENT_READERS:
        raise MalformedEnvelopeError("SPEC 6.3: want 1 to 8 readers")
    return readers


def envelope_bytes(purpose: Purpose, readers: int | None = None) -> int:
    """Length of a whole envelope; not defined for files, which have any bucket's."""
    return header_bytes(slot_count(purpose, readers)) + PLAINTEXT_BYTES[purpose] + TAG_BYTES


def encode_header(
    purpose: Purpose,
    *,
    key_set_version: int,
    place: bytes,
    wrapped_keys: tuple[bytes, ...],
    commitment: bytes,
) -> bytes:
    """Spell a header. Source: SPEC §6.1.

    Raises:
        MalformedEnvelopeError: a slot count that the purpose doesn't have, or version 0.
    """
    slots = len(wrapped_keys)
    if slot_count(purpose, slots) != slots or key_set_version < 1:
        raise MalformedEnvelopeError("SPEC 6.3: wrong slot count or version")
    return b"".join(
        (
            SUITE.to_bytes(2),
            key_set_version.to_bytes(4),
            purpose.to_bytes(1),
            slots.to_bytes(1),
            place,
            *wrapped_keys,
            commitment,
        )
    )


def parse_header(raw: bytes, purpose: Purpose) -> Envelope:
    """Parse the header at the start of `raw`; the body is whatever follows it.

    Raises:
        MalformedEnvelopeError: anything but a header of this purpose.
    """
    if len(raw) < _FIXED_HEADER_BYTES:
        raise MalformedEnvelopeError(f"SPEC 6.1: want {_FIXED_HEADER_BYTES} bytes, got {len(raw)}")
    suite, version, number, slots, place = _START.unpack_from(raw)
    if suite != SUITE or number != purpose:
        raise MalformedEnvelopeError("SPEC 6.1: wrong suite or purpose")
    if version < 1 or slot_count(purpose, slots) != slots:
        raise MalformedEnvelopeError("SPEC 6.3: wrong slot count or version")
    end = header_bytes(slots)
    if len(raw) < end:
        raise MalformedEnvelopeError(f"SPEC 6.1: want {end} bytes, got {len(raw)}")
    keys_end = end - COMMITMENT_BYTES
    wrapped = tuple(
        raw[start : start + WRAPPED_KEY_BYTES]
        for start in range(_START.size, keys_end, WRAPPED_KEY_BYTES)
    )
    return Envelope(version, purpose, place, wrapped, raw[keys_end:end], raw[:end], raw[end:])


def parse_envelope(raw: bytes, purpose: Purpose) -> Envelope:
    """Parse an envelope of fixed size (every purpose but files).

    Raises:
        MalformedEnvelopeError: anything but an envelope of this purpose.

    Source: SPEC §6.3.
    """
    envelope = parse_header(raw, purpose)
    want = PLAINTEXT_BYTES[purpose] + TAG_BYTES
    if len(envelope.body) != want:
        raise MalformedEnvelopeError(f"SPEC 6.3: want {want} bytes, got {len(envelope.body)}")
    return envelope

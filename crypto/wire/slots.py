"""Slots: where replies and acknowledgements lie, found only by preimage. Source: SPEC §11.3."""

import hashlib

from crypto.errors import MalformedEnvelopeError
from crypto.wire.codec import labelled_mac
from crypto.wire.envelope import Purpose, envelope_bytes
from crypto.wire.roles import Role

PREIMAGE_BYTES = 32
SLOT_ID_BYTES = 32
SLOT_WINDOW = 8
SLOT_VALUE_BYTES = envelope_bytes(Purpose.REPLY)
SLOTS_ANSWER_BYTES = SLOT_WINDOW * (1 + SLOT_VALUE_BYTES)


def slot_preimage(slot_key: bytes, role: Role, i: int) -> bytes:
    """What the reporter shows to read reply i of a desk; 32 bytes."""
    return labelled_mac(slot_key, "slot", role.to_bytes(1) + i.to_bytes(4))


def slot_id(preimage: bytes) -> bytes:
    """Where the desk writes, 32 bytes; it tells nothing about its preimage."""
    return hashlib.sha256(preimage).digest()


def parse_slots(raw: bytes) -> tuple[bytes | None, ...]:
    """What lies in a window of slots, in the order asked; None where nothing does.

    Returns:
        Eight values of 5368 bytes; what is shorter still has the zero bytes behind it.

    Raises:
        MalformedEnvelopeError: another length, a flag that is neither 0 nor 1, or bytes in an
            empty slot.

    Source: SPEC §11.4.
    """
    if len(raw) != SLOTS_ANSWER_BYTES:
        raise MalformedEnvelopeError(f"SPEC 11.4: want {SLOTS_ANSWER_BYTES} bytes, got {len(raw)}")
    size = 1 + SLOT_VALUE_BYTES
    return tuple(_parse_slot(raw[at : at + size]) for at in range(0, len(raw), size))


def _parse_slot(raw: bytes) -> bytes | None:
    filled, value = raw[0], raw[1:]
    if filled == 1:
        return value
    if filled or any(value):
        raise MalformedEnvelopeError("SPEC 11.4: neither filled nor empty")
    return None


def trim_value(value: bytes, purpose: Purpose) -> bytes:
    """A slot's value without the zero bytes behind it.

    Raises:
        MalformedEnvelopeError: other bytes stand there.
    """
    size = envelope_bytes(purpose)
    if any(value[size:]):
        raise MalformedEnvelopeError("SPEC 11.4: bytes behind a value")
    return value[:size]

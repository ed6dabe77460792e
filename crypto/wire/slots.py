"""Slots: where replies and acknowledgements lie, found only by preimage. Source: SPEC §11.3."""

import hashlib

from crypto.wire.codec import labelled_mac
from crypto.wire.envelope import Purpose, envelope_bytes
from crypto.wire.roles import Role

PREIMAGE_BYTES = 32
SLOT_ID_BYTES = 32
SLOT_WINDOW = 8
SLOT_VALUE_BYTES = envelope_bytes(Purpose.REPLY)


def slot_preimage(slot_key: bytes, role: Role, i: int) -> bytes:
    """What the reporter shows to read reply i of a desk; 32 bytes."""
    return labelled_mac(slot_key, "slot", role.to_bytes(1) + i.to_bytes(4))


def slot_id(preimage: bytes) -> bytes:
    """Where the desk writes, 32 bytes; it tells nothing about its preimage."""
    return hashlib.sha256(preimage).digest()

"""Wrapping a content key for one recipient: a sealed box round a post-quantum one. SPEC §5."""

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from nacl.bindings import (
    crypto_box_keypair,
    crypto_box_seal,
    crypto_secretbox,
    crypto_secretbox_NONCEBYTES,
)
from nacl.utils import random

from crypto.sealing.derivation import derive
from crypto.wire.envelope import SUITE, Purpose
from crypto.wire.keys import X25519_KEY_BYTES, parse_recipient_key

CONTENT_KEY_BYTES = 32
KEM_CIPHERTEXT_BYTES = 1088
WRAP_NONCE = bytes(crypto_secretbox_NONCEBYTES)


class SealingKey:
    """A recipient key made ready: build it once, seal to it often.

    Args:
        recipient_key: 1216 bytes.

    Raises:
        MalformedKeyError: not a key that can be sealed to.
    """

    __slots__ = ("kem", "recipient_key", "x25519")

    def __init__(self, recipient_key: bytes) -> None:
        self.recipient_key = parse_recipient_key(recipient_key)
        self.x25519 = recipient_key[:X25519_KEY_BYTES]
        self.kem = MLKEM768PublicKey.from_public_bytes(recipient_key[X25519_KEY_BYTES:])

    @classmethod
    def throw_away(cls) -> "SealingKey":
        """A key for which nobody has the opening key. Source: SPEC §6.5."""
        x25519, _ = crypto_box_keypair()
        return cls(x25519 + MLKEM768PrivateKey.generate().public_key().public_bytes_raw())


def wrap_context(
    instance: bytes, purpose: Purpose, key_set_version: int, recipient_key: bytes
) -> bytes:
    """What a wrapped key is bound to. Source: SPEC §5.1."""
    return b"".join(
        (
            instance,
            SUITE.to_bytes(2),
            purpose.to_bytes(1),
            key_set_version.to_bytes(4),
            recipient_key,
        )
    )


def wrap_key(
    content_key: bytes, key: SealingKey, *, instance: bytes, purpose: Purpose, key_set_version: int
) -> bytes:
    """Wrap a 32-byte content key for one recipient; 1184 bytes.

    Source: SPEC §5.2; libsodium `crypto_box_seal`; FIPS 203.
    """
    shared, ciphertext = key.kem.encapsulate()
    context = wrap_context(instance, purpose, key_set_version, key.recipient_key)
    kek = derive(shared, b"", "wrap", context, CONTENT_KEY_BYTES)
    inner = crypto_secretbox(content_key, WRAP_NONCE, kek)
    return crypto_box_seal(ciphertext + inner, key.x25519)


def random_content_key() -> bytes:
    """A fresh content key, 32 bytes."""
    return random(CONTENT_KEY_BYTES)

"""Key pairs from one seed: opening and signing halves. Source: SPEC §4."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from nacl.bindings import crypto_scalarmult_base
from nacl.utils import random

from crypto.sealing.derivation import derive
from crypto.signing.sign import SigningKey

SEED_BYTES = 32
_KEM_SEED_BYTES = 64


@dataclass(frozen=True, slots=True)
class OpeningKey:
    """The private half of a recipient key, with the ML-KEM key object ready for use.

    Building that object costs four times as much as using it, so it is built once.
    """

    x25519: bytes = field(repr=False)
    kem: MLKEM768PrivateKey = field(repr=False)
    recipient_key: bytes


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Everything that derives from one seed.

    Attributes:
        seed: 32 bytes.
        opening: opens what is sealed to `recipient_key`.
        signing: signs for `verification_key`.
    """

    seed: bytes = field(repr=False)
    opening: OpeningKey
    signing: SigningKey

    @classmethod
    def from_seed(cls, seed: bytes) -> "KeyPair":
        """Derive all keys. Source: SPEC §4.1."""
        x25519 = derive(seed, b"", "key/x25519", b"", 32)
        kem = MLKEM768PrivateKey.from_seed_bytes(
            derive(seed, b"", "key/mlkem768", b"", _KEM_SEED_BYTES)
        )
        recipient = crypto_scalarmult_base(x25519) + kem.public_key().public_bytes_raw()
        signing = SigningKey(derive(seed, b"", "key/ed25519", b"", 32))
        return cls(seed, OpeningKey(x25519, kem, recipient), signing)

    @classmethod
    def generate(cls) -> "KeyPair":
        """A key pair from a fresh random seed."""
        return cls.from_seed(random(SEED_BYTES))

    @property
    def recipient_key(self) -> bytes:
        """1216 bytes, public."""
        return self.opening.recipient_key

    @property
    def verification_key(self) -> bytes:
        """32 bytes, public."""
        return self.signing.verification_key

"""Signing, always under a purpose label. Source: SPEC §1.2, §3.2, §13.1; RFC 8032."""

from dataclasses import dataclass, field

from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from crypto.wire.codec import label
from crypto.wire.signed_note import SIGNATURE_BYTES, SignedNote, encode_note, note_key_id


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key pair made from a 32-byte seed."""

    seed: bytes = field(repr=False)
    verification_key: bytes = field(init=False)
    _secret: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        public, secret = crypto_sign_seed_keypair(self.seed)
        object.__setattr__(self, "verification_key", public)
        object.__setattr__(self, "_secret", secret)

    def _sign(self, message: bytes) -> bytes:
        return crypto_sign(message, self._secret)[:SIGNATURE_BYTES]

    def sign(self, name: str, instance: bytes, body: bytes) -> bytes:
        """Sign `body` for one purpose and one instance; 64 bytes."""
        return self._sign(label(name) + instance + body)

    def sign_note(self, text: str, name: str) -> str:
        """Sign a note text, which begins with its own purpose line. Source: SPEC §13.1."""
        key_id = note_key_id(name, self.verification_key)
        return encode_note(SignedNote(text, name, key_id, self._sign(text.encode())))

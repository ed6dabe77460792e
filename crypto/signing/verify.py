"""Verifying, with one verdict: libsodium's. Source: SPEC §19.1; ATTACKS finding 5."""

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from crypto.errors import SignatureError
from crypto.wire.codec import label
from crypto.wire.keys import VERIFICATION_KEY_BYTES
from crypto.wire.signed_note import SIGNATURE_BYTES, SignedNote, note_key_id


def verify_ed25519(public_key: bytes, message: bytes, signature: bytes) -> None:
    """Verify a bare Ed25519 signature as libsodium does.

    Args:
        public_key: 32 bytes.
        message: any length.
        signature: 64 bytes.

    Raises:
        SignatureError: wrong lengths, a key or R of small order, S not reduced, or no match.
    """
    if len(public_key) != VERIFICATION_KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        raise SignatureError("SPEC 19.1: wrong length")
    try:
        crypto_sign_open(signature + message, public_key)
    except BadSignatureError:
        raise SignatureError("SPEC 19.1: signature refused") from None


def verify_labelled(key: bytes, name: str, instance: bytes, body: bytes, signature: bytes) -> None:
    """Verify a signature made for one purpose and one instance.

    Raises:
        SignatureError: as `verify_ed25519`.
    """
    verify_ed25519(key, label(name) + instance + body, signature)


def verify_note(note: SignedNote, name: str, key: bytes) -> None:
    """Verify a signed note by the named key. Source: SPEC §13.1.

    Raises:
        SignatureError: another name, key id or signature.
    """
    if note.name != name or note.key_id != note_key_id(name, key):
        raise SignatureError("SPEC 13.1: signed by another key")
    verify_ed25519(key, note.text.encode(), note.signature)

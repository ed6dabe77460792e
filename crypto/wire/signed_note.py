"""Signed notes: a text, an empty line, one signature line. Source: SPEC §13.1; C2SP signed-note."""

import base64
import hashlib
import re
from dataclasses import dataclass

from crypto.errors import MalformedNoteError
from crypto.wire.keys import parse_verification_key

ROOT_NAME = "sealed-intake-root"
DIRECTORY_NAME = "sealed-intake-directory"
KEY_ID_BYTES = 4
SIGNATURE_BYTES = 64
_ED25519 = b"\x01"
_LINE = re.compile(r"— ([a-z-]{1,64}) ([A-Za-z0-9+/]{91}=)\n")
_VERIFIER_KEY = re.compile(r"([a-z-]{1,64})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A parsed note; the signature isn't verified yet.

    Attributes:
        text: with its final newline; what is signed.
        key_id: 4 bytes that name the signer's key.
    """

    text: str
    name: str
    key_id: bytes
    signature: bytes


def note_key_id(name: str, key: bytes) -> bytes:
    """The 4 bytes by which a signature line names its key."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + key).digest()[:KEY_ID_BYTES]


def encode_note(note: SignedNote) -> str:
    """Spell a note."""
    signature = base64.b64encode(note.key_id + note.signature).decode("ascii")
    return f"{note.text}\n— {note.name} {signature}\n"


def parse_note(raw: str) -> SignedNote:
    """Parse a note with exactly one signature line.

    Raises:
        MalformedNoteError: anything else.
    """
    text, separator, line = raw.rpartition("\n\n")
    match = _LINE.fullmatch(line)
    if not separator or match is None or _CONTROL.search(raw):
        raise MalformedNoteError("SPEC 13.1: not a signed note")
    blob = base64.b64decode(match[2])
    note = SignedNote(text + "\n", match[1], blob[:KEY_ID_BYTES], blob[KEY_ID_BYTES:])
    if encode_note(note) != raw:
        raise MalformedNoteError("SPEC 13.1: not canonical")
    return note


def encode_verifier_key(name: str, key: bytes) -> str:
    """Spell a verification key as people pin it: name, key id, key."""
    encoded = base64.b64encode(_ED25519 + key).decode("ascii")
    return f"{name}+{note_key_id(name, key).hex()}+{encoded}"


def parse_verifier_key(text: str, name: str) -> bytes:
    """The 32-byte key in a verifier key of the given name.

    Raises:
        MalformedNoteError: another name or spelling.
        MalformedKeyError: not a verification key.
    """
    match = _VERIFIER_KEY.fullmatch(text)
    if match is None or match[1] != name:
        raise MalformedNoteError("SPEC 13.1: not a verifier key of this name")
    raw = base64.b64decode(match[3])
    key = raw[1:]
    if encode_verifier_key(name, key) != text:
        raise MalformedNoteError("SPEC 13.1: key id differs")
    return parse_verification_key(key)

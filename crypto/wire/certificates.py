"""Three-line notes, and the certificates made of them. Source: SPEC §13.1, §13.2, §13.4."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from crypto.errors import (
    MalformedError,
    MalformedKeyError,
    MalformedKeySetError,
    MalformedNoteError,
)
from crypto.wire.codec import decode_base64url, encode_base64url
from crypto.wire.instance import parse_origin
from crypto.wire.instants import encode_instant
from crypto.wire.members import Members
from crypto.wire.signed_note import SignedNote, parse_note
from crypto.wire.strict_json import JsonObject, encode_json, parse_json_object

CERTIFICATE_LABEL = "sealed-intake/1 directory-certificate"
ACKNOWLEDGEMENT_KEY_LABEL = "sealed-intake/1 acknowledgement-key"
MAX_CERTIFICATE_LIFE = timedelta(days=400)
MAX_CERTIFICATE_BYTES = 4096
HASH_BYTES = 32
_NOTE_LINES = 3

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Certificate:
    """Who may sign what, for how long: of a directory key or an acknowledgement key.

    Attributes:
        note_text: the whole note, as it is passed on in acknowledgement texts.
        authority: 32 bytes, as the note says; compared when it is verified.
        origin: of acknowledgement keys; None for directory keys.
    """

    note: SignedNote
    note_text: str
    authority: bytes
    verification_key: bytes
    origin: str | None
    valid_from: datetime
    valid_until: datetime


def encode_note_text(label: str, authority: bytes, body: JsonObject) -> str:
    """The three lines that get signed. Source: SPEC §13.1."""
    return f"{label}\n{encode_base64url(authority)}\n{encode_json(body).decode()}\n"


def parse_note_text(note: SignedNote, label: str, *, max_bytes: int) -> tuple[bytes, Members]:
    """The authority and the members of a note with this purpose label.

    Raises:
        MalformedKeySetError: another label or shape.
        MalformedError: what the parsers of the parts raise.
    """
    lines = note.text.removesuffix("\n").split("\n")
    if len(lines) != _NOTE_LINES or lines[0] != label:
        raise MalformedKeySetError("SPEC 13.1: want purpose, authority and one line of JSON")
    authority = decode_base64url(lines[1])
    if len(authority) != HASH_BYTES:
        raise MalformedKeySetError(f"SPEC 13.1: want {HASH_BYTES} bytes, got {len(authority)}")
    body = parse_json_object(lines[2].encode(), max_bytes=max_bytes)
    return authority, Members(body, MalformedKeySetError, "13")


def as_key_set_error(parse: Callable[[], _T]) -> _T:
    """Let errors of keys and notes through; bad text or JSON inside a note is the note's fault."""
    try:
        return parse()
    except (MalformedKeyError, MalformedNoteError, MalformedKeySetError):
        raise
    except MalformedError:
        raise MalformedKeySetError("SPEC 13: malformed text or JSON inside a note") from None


def _parse(text: str, label: str, *, with_origin: bool) -> Certificate:
    note = parse_note(text)
    authority, members = parse_note_text(note, label, max_bytes=MAX_CERTIFICATE_BYTES)
    members.exactly("verification_key", "from", "until", *(["origin"] if with_origin else []))
    origin = parse_origin(members.text("origin")) if with_origin else None
    start, end = members.span(None if with_origin else MAX_CERTIFICATE_LIFE)
    return Certificate(note, text, authority, members.verification_key(), origin, start, end)


def parse_directory_certificate(text: str) -> Certificate:
    """Parse the note by which the root names a directory key. Source: SPEC §13.2.

    Raises:
        MalformedNoteError, MalformedKeySetError, MalformedKeyError: as the section says.
    """
    return as_key_set_error(lambda: _parse(text, CERTIFICATE_LABEL, with_origin=False))


def parse_acknowledgement_certificate(text: str) -> Certificate:
    """Parse the note that names an acknowledgement key. Source: SPEC §13.4.

    Raises:
        MalformedNoteError, MalformedKeySetError, MalformedKeyError: as the section says.
    """
    return as_key_set_error(lambda: _parse(text, ACKNOWLEDGEMENT_KEY_LABEL, with_origin=True))


def certificate_json(
    key: bytes, valid_from: datetime, valid_until: datetime, origin: str | None
) -> JsonObject:
    """The JSON line of a directory or acknowledgement key certificate. Source: SPEC §13.2, 13.4."""
    return {
        "verification_key": encode_base64url(key),
        **({} if origin is None else {"origin": origin}),
        "from": encode_instant(valid_from),
        "until": encode_instant(valid_until),
    }

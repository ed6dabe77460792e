"""What the authority signs about an offline page. Source: SPEC §13.8."""

from dataclasses import dataclass
from datetime import datetime

from crypto.errors import MalformedKeySetError
from crypto.wire.certificates import (
    HASH_BYTES,
    MAX_CERTIFICATE_BYTES,
    Certificate,
    as_key_set_error,
    parse_directory_certificate,
    parse_note_text,
)
from crypto.wire.codec import encode_base64url
from crypto.wire.instants import encode_instant
from crypto.wire.key_set import MAX_KEY_SET_LIFE, KeySetBody
from crypto.wire.members import Members
from crypto.wire.signed_note import SignedNote, parse_note
from crypto.wire.strict_json import JsonObject, encode_json, parse_json_object

OFFLINE_PAGE_LABEL = "sealed-intake/1 offline-page"
MAX_OFFLINE_PAGE_BYTES = 4_194_304
MAX_PUBLISHED_BYTES = 16384


@dataclass(frozen=True, slots=True)
class OfflinePageNote:
    """A parsed note; verified by `crypto.signing.trust.verify_offline_page`.

    Attributes:
        certificate: by which the root names the directory key that signed.
        sha256: of the page's bytes.
        key_set_version: of the key set in the page.
        valid_from: from when on the page seals.
        valid_until: when it stops, with its key set.
    """

    certificate: Certificate
    note: SignedNote
    authority: bytes
    sha256: bytes
    key_set_version: int
    valid_from: datetime
    valid_until: datetime


def offline_page_json(sha256: bytes, key_set: KeySetBody) -> JsonObject:
    """The JSON line of an offline page's note. Source: SPEC §13.8."""
    return {
        "sha256": encode_base64url(sha256),
        "key_set_version": key_set.version,
        "from": encode_instant(key_set.valid_from),
        "until": encode_instant(key_set.valid_until),
    }


def encode_offline_page_note(certificate_text: str, note_text: str) -> bytes:
    """Spell what is published beside an offline page. Source: SPEC §13.8."""
    return encode_json({"certificate": certificate_text, "offline_page": note_text})


def _parse(raw: bytes) -> OfflinePageNote:
    published = Members(
        parse_json_object(raw, max_bytes=MAX_PUBLISHED_BYTES), MalformedKeySetError, "13.8"
    )
    published.exactly("certificate", "offline_page")
    note = parse_note(published.text("offline_page"))
    authority, members = parse_note_text(note, OFFLINE_PAGE_LABEL, max_bytes=MAX_CERTIFICATE_BYTES)
    members.exactly("sha256", "key_set_version", "from", "until")
    start, end = members.span(MAX_KEY_SET_LIFE)
    return OfflinePageNote(
        certificate=parse_directory_certificate(published.text("certificate")),
        note=note,
        authority=authority,
        sha256=members.raw("sha256", HASH_BYTES),
        key_set_version=members.number("key_set_version"),
        valid_from=start,
        valid_until=end,
    )


def parse_offline_page_note(raw: bytes) -> OfflinePageNote:
    """Parse what is published beside an offline page.

    Raises:
        MalformedKeySetError, MalformedNoteError, MalformedKeyError: as the section says.
    """
    return as_key_set_error(lambda: _parse(raw))

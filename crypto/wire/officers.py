"""The officers note, for consoles and the officers' faces only. Source: SPEC §13.5."""

from dataclasses import dataclass

from crypto.errors import MalformedKeySetError
from crypto.wire.certificates import as_key_set_error, parse_note_text
from crypto.wire.codec import encode_base64url, labelled_hash
from crypto.wire.keys import officer_id
from crypto.wire.members import Members
from crypto.wire.roles import Role, parse_role
from crypto.wire.signed_note import SignedNote, parse_note
from crypto.wire.strict_json import JsonObject

OFFICERS_LABEL = "sealed-intake/1 officers"
MAX_OFFICERS_BYTES = 8_388_608


@dataclass(frozen=True, slots=True)
class Officer:
    """Someone listed in the officers note. The label is a service name, not a person's."""

    label: str
    roles: frozenset[Role]
    recipient_key: bytes
    verification_key: bytes

    @property
    def officer_id(self) -> bytes:
        """32 bytes (SPEC §4.4)."""
        return officer_id(self.verification_key, self.recipient_key)


@dataclass(frozen=True, slots=True)
class OfficersNote:
    """A parsed officers note; verified by `crypto.signing.trust`."""

    note: SignedNote
    note_text: str
    authority: bytes
    version: int
    officers: tuple[Officer, ...]


def officers_hash(note_text: str) -> bytes:
    """What the key set names as `directory_hash`."""
    return labelled_hash("officers", note_text.encode())


def officers_json(version: int, officers: tuple[Officer, ...]) -> JsonObject:
    """The JSON line of an officers note. Source: SPEC §13.5."""
    return {
        "version": version,
        "officers": [
            {
                "label": officer.label,
                "roles": [role.wire_name for role in sorted(officer.roles)],
                "recipient_key": encode_base64url(officer.recipient_key),
                "verification_key": encode_base64url(officer.verification_key),
            }
            for officer in officers
        ],
    }


def _parse_officer(members: Members) -> Officer:
    members.exactly("label", "roles", "recipient_key", "verification_key")
    roles = frozenset(parse_role(name) for name in members.texts("roles"))
    label = members.text("label")
    return Officer(label, roles, members.recipient_key(), members.verification_key())


def _parse(text: str) -> OfficersNote:
    note = parse_note(text)
    authority, members = parse_note_text(note, OFFICERS_LABEL, max_bytes=MAX_OFFICERS_BYTES)
    members.exactly("version", "officers")
    officers = tuple(_parse_officer(members.nested(value)) for value in members.items("officers"))
    if len({officer.verification_key for officer in officers}) != len(officers):
        raise MalformedKeySetError("SPEC 13.5: an officer stands twice")
    return OfficersNote(note, text, authority, members.number("version"), officers)


def parse_officers(text: str) -> OfficersNote:
    """Parse an officers note.

    Raises:
        MalformedKeySetError, MalformedNoteError, MalformedKeyError: as the section says.
    """
    return as_key_set_error(lambda: _parse(text))

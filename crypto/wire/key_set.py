"""The key set: signed, numbered directory of desks. Source: SPEC §13; DESIGN §3.

`parse_key_set` gives an `UnverifiedKeySet`; only `crypto.signing.trust` makes a `KeySet` of it,
and only to a `KeySet` can anything be sealed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from crypto.errors import MalformedKeySetError
from crypto.wire.certificates import (
    HASH_BYTES,
    Certificate,
    as_key_set_error,
    parse_acknowledgement_certificate,
    parse_directory_certificate,
    parse_note_text,
)
from crypto.wire.codec import encode_base64url, labelled_hash
from crypto.wire.instance import parse_origin
from crypto.wire.instants import encode_instant
from crypto.wire.members import Members
from crypto.wire.roles import REQUIRED_DESKS, Role, parse_role
from crypto.wire.signed_note import SignedNote, parse_note
from crypto.wire.strict_json import JsonObject, encode_json, parse_json_object

KEY_SET_LABEL = "sealed-intake/1 key-set"
MAX_KEY_SET_BYTES = 262_144
MAX_KEY_SET_LIFE = timedelta(days=14)  # DESIGN §3
_LANGUAGES = ("zh-CN", "en")


@dataclass(frozen=True, slots=True)
class Desk:
    """A reading role in one epoch."""

    role: Role
    epoch: int
    recipient_key: bytes
    verification_key: bytes
    current: bool


@dataclass(frozen=True, slots=True)
class KeySetBody:
    """The members of a key set (SPEC §13.3), each well formed."""

    version: int
    previous: bytes | None
    origin: str
    body_name: Mapping[str, str]
    valid_from: datetime
    valid_until: datetime
    desks: tuple[Desk, ...]
    acknowledgement_keys: tuple[str, ...]
    directory_hash: bytes


@dataclass(frozen=True, slots=True)
class UnverifiedKeySet:
    """A parsed key set that nobody has vouched for."""

    certificate: Certificate
    note: SignedNote
    note_text: str
    authority: bytes
    body: KeySetBody
    acknowledgement_keys: tuple[Certificate, ...]


@dataclass(frozen=True, slots=True)
class KeySet:
    """A key set that the pinned root vouches for; made only by `crypto.signing.trust`.

    Attributes:
        hash: of the key set note (SPEC §13.3, `previous`).
        instance_id: authority and origin in 32 bytes.
        certificate: by which the root names the directory key.
        acknowledgement_keys: verified certificates, newest first.
    """

    body: KeySetBody
    hash: bytes
    authority_id: bytes
    instance_id: bytes
    certificate: Certificate
    acknowledgement_keys: tuple[Certificate, ...]

    @property
    def version(self) -> int:
        """The number of this key set."""
        return self.body.version

    def current_desk(self, role: Role) -> Desk | None:
        """The desk that new envelopes for `role` are sealed to, or None."""
        return next((d for d in self.body.desks if d.role is role and d.current), None)

    def desk(self, role: Role, epoch: int) -> Desk | None:
        """The desk of one epoch, or None where the key set doesn't list it."""
        return next((d for d in self.body.desks if (d.role, d.epoch) == (role, epoch)), None)

    def require_desk(self, role: Role) -> Desk:
        """The current desk of a role that every key set has.

        Raises:
            MalformedKeySetError: `role` is not among the required ones.
        """
        desk = self.current_desk(role)
        if desk is None:
            raise MalformedKeySetError("SPEC 13.3: no current desk of this role")
        return desk


def key_set_hash(note_text: str) -> bytes:
    """What the next version names as `previous`."""
    return labelled_hash("key-set", note_text.encode())


def _parse_desk(members: Members) -> Desk:
    members.exactly("role", "epoch", "recipient_key", "verification_key", "current")
    return Desk(
        role=parse_role(members.text("role")),
        epoch=members.number("epoch"),
        recipient_key=members.recipient_key(),
        verification_key=members.verification_key(),
        current=members.flag("current"),
    )


def _check_desks(desks: tuple[Desk, ...]) -> None:
    if len({(desk.role, desk.epoch) for desk in desks}) != len(desks):
        raise MalformedKeySetError("SPEC 13.3: an epoch stands twice")
    current = [desk.role for desk in desks if desk.current]
    if len(set(current)) != len(current) or not set(current) >= REQUIRED_DESKS:
        raise MalformedKeySetError("SPEC 13.3: want one current epoch of every required desk")
    recipient = [desk.recipient_key[:32] for desk in desks]
    kem = [desk.recipient_key[32:] for desk in desks]
    signing = [desk.verification_key for desk in desks]
    if any(len(set(keys)) != len(keys) for keys in (recipient, kem, signing)):
        raise MalformedKeySetError("SPEC 13.6: a key stands twice")


def _parse_name(members: Members) -> Mapping[str, str]:
    members.exactly(*_LANGUAGES)
    return MappingProxyType({language: members.text(language) for language in _LANGUAGES})


def _parse_body(members: Members) -> KeySetBody:
    members.exactly(
        *("version", "previous", "origin", "body_name", "from", "until", "desks"),
        *("acknowledgement_keys", "directory_hash"),
    )
    version = members.number("version")
    if version == 1 and members.text("previous"):
        raise MalformedKeySetError("SPEC 13.3: version 1 has no predecessor")
    start, end = members.span(MAX_KEY_SET_LIFE)
    desks = tuple(_parse_desk(members.nested(value)) for value in members.items("desks"))
    _check_desks(desks)
    keys = members.texts("acknowledgement_keys")
    if not keys:
        raise MalformedKeySetError("SPEC 13.3: want acknowledgement key certificates")
    return KeySetBody(
        version=version,
        previous=members.raw("previous", HASH_BYTES) if version > 1 else None,
        origin=parse_origin(members.text("origin")),
        body_name=_parse_name(members.nested(members.members["body_name"])),
        valid_from=start,
        valid_until=end,
        desks=desks,
        acknowledgement_keys=keys,
        directory_hash=members.raw("directory_hash", HASH_BYTES),
    )


def _parse_published(raw: bytes) -> UnverifiedKeySet:
    published = Members(
        parse_json_object(raw, max_bytes=MAX_KEY_SET_BYTES), MalformedKeySetError, "13.6"
    )
    published.exactly("certificate", "key_set")
    note_text = published.text("key_set")
    note = parse_note(note_text)
    authority, members = parse_note_text(note, KEY_SET_LABEL, max_bytes=MAX_KEY_SET_BYTES)
    body = _parse_body(members)
    return UnverifiedKeySet(
        certificate=parse_directory_certificate(published.text("certificate")),
        note=note,
        note_text=note_text,
        authority=authority,
        body=body,
        acknowledgement_keys=tuple(
            parse_acknowledgement_certificate(text) for text in body.acknowledgement_keys
        ),
    )


def parse_key_set(raw: bytes) -> UnverifiedKeySet:
    """Parse a published key set (SPEC §13.6).

    Raises:
        MalformedKeySetError, MalformedNoteError, MalformedKeyError: as the sections say.
    """
    return as_key_set_error(lambda: _parse_published(raw))


def encode_key_set(certificate_text: str, note_text: str) -> bytes:
    """Spell a published key set. Source: SPEC §13.6."""
    return encode_json({"certificate": certificate_text, "key_set": note_text})


def key_set_json(body: KeySetBody) -> JsonObject:
    """The JSON line of a key set note. Source: SPEC §13.3."""
    return {
        "version": body.version,
        "previous": "" if body.previous is None else encode_base64url(body.previous),
        "origin": body.origin,
        "body_name": dict(body.body_name),
        "from": encode_instant(body.valid_from),
        "until": encode_instant(body.valid_until),
        "desks": [
            {
                "role": desk.role.wire_name,
                "epoch": desk.epoch,
                "recipient_key": encode_base64url(desk.recipient_key),
                "verification_key": encode_base64url(desk.verification_key),
                "current": desk.current,
            }
            for desk in body.desks
        ],
        "acknowledgement_keys": list(body.acknowledgement_keys),
        "directory_hash": encode_base64url(body.directory_hash),
    }

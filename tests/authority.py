"""A throw-away authority with every desk; each actor's keys come from a seed of its own name.

Nothing here is secret, and nothing here is ever random: two runs give the same bytes.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from crypto.custody.key_pair import KeyPair, OpeningKey
from crypto.signing.sign import SigningKey
from crypto.signing.trust import verify_key_set, verify_officers
from crypto.wire.certificates import (
    ACKNOWLEDGEMENT_KEY_LABEL,
    CERTIFICATE_LABEL,
    certificate_json,
    encode_note_text,
)
from crypto.wire.instance import authority_id
from crypto.wire.key_set import (
    KEY_SET_LABEL,
    Desk,
    KeySet,
    KeySetBody,
    encode_key_set,
    key_set_json,
    parse_key_set,
)
from crypto.wire.officers import (
    OFFICERS_LABEL,
    Officer,
    OfficersNote,
    officers_hash,
    officers_json,
    parse_officers,
)
from crypto.wire.offline_page import (
    OFFLINE_PAGE_LABEL,
    encode_offline_page_note,
    offline_page_json,
)
from crypto.wire.roles import Role
from crypto.wire.signed_note import DIRECTORY_NAME, ROOT_NAME
from crypto.wire.strict_json import JsonObject

NOW = datetime(2026, 3, 2, 8, 0, 0, tzinfo=UTC)
ORIGIN = "https://report.example"
DESK_ROLES = tuple(role for role in Role if role is not Role.APPROVER)


def seed_of(actor: str) -> bytes:
    """32 bytes that belong to one named actor and to no other."""
    return hashlib.sha256(b"sealed-intake test seed: " + actor.encode()).digest()


@dataclass(frozen=True, slots=True)
class Authority:
    """Root, directory, desks and officers of one body at one address.

    Attributes:
        desks: the one current epoch of each role.
        members: one officer for each role.
        version: of the key set that it publishes.
        previous: hash of the key set before it, None for version 1.
    """

    name: str
    origin: str
    now: datetime
    root: SigningKey
    directory: SigningKey
    acknowledgement: SigningKey
    desks: Mapping[Role, KeyPair]
    members: Mapping[Role, KeyPair]
    version: int = 1
    previous: bytes | None = None

    @property
    def root_key(self) -> bytes:
        """What people pin."""
        return self.root.verification_key

    @property
    def authority_id(self) -> bytes:
        """32 bytes."""
        return authority_id(self.root_key)

    def root_note(self, label: str, body: JsonObject) -> str:
        """A note signed by the root."""
        return self.root.sign_note(encode_note_text(label, self.authority_id, body), ROOT_NAME)

    def directory_note(self, label: str, body: JsonObject) -> str:
        """A note signed by the directory key."""
        text = encode_note_text(label, self.authority_id, body)
        return self.directory.sign_note(text, DIRECTORY_NAME)

    @property
    def certificate(self) -> str:
        """The directory certificate."""
        key, start = self.directory.verification_key, self.now - timedelta(days=30)
        body = certificate_json(key, start, self.now + timedelta(days=300), None)
        return self.root_note(CERTIFICATE_LABEL, body)

    @property
    def acknowledgement_certificate(self) -> str:
        """The acknowledgement key certificate."""
        key, start = self.acknowledgement.verification_key, self.now - timedelta(days=20)
        body = certificate_json(key, start, self.now + timedelta(days=200), self.origin)
        return self.directory_note(ACKNOWLEDGEMENT_KEY_LABEL, body)

    def officer(self, role: Role) -> Officer:
        """The one officer of a role, as listed."""
        pair = self.members[role]
        return Officer(role.wire_name, frozenset({role}), pair.recipient_key, pair.verification_key)

    @property
    def officers_note(self) -> str:
        """The officers note."""
        officers = tuple(self.officer(role) for role in self.members)
        return self.directory_note(OFFICERS_LABEL, officers_json(self.version, officers))

    @property
    def body(self) -> KeySetBody:
        """The members of the key set."""
        return KeySetBody(
            version=self.version,
            previous=self.previous,
            origin=self.origin,
            body_name={"zh-CN": "示例机关", "en": "Example authority"},
            valid_from=self.now - timedelta(hours=1),
            valid_until=self.now + timedelta(days=13),
            desks=tuple(
                Desk(role, 1, pair.recipient_key, pair.verification_key, current=True)
                for role, pair in self.desks.items()
            ),
            acknowledgement_keys=(self.acknowledgement_certificate,),
            directory_hash=officers_hash(self.officers_note),
        )

    def publish(self, body: JsonObject, certificate: str | None = None) -> bytes:
        """Sign any key set members and publish them, sound or not."""
        return encode_key_set(
            certificate or self.certificate, self.directory_note(KEY_SET_LABEL, body)
        )

    @property
    def published(self) -> bytes:
        """The key set as the server hands it out."""
        return self.publish(key_set_json(self.body))

    def offline_page_note(self, page: bytes) -> bytes:
        """What is published beside an offline page with this key set in it."""
        body = offline_page_json(hashlib.sha256(page).digest(), self.body)
        note = self.directory_note(OFFLINE_PAGE_LABEL, body)
        return encode_offline_page_note(self.certificate, note)

    @property
    def key_set(self) -> KeySet:
        """The key set, verified."""
        return verify_key_set(parse_key_set(self.published), self.root_key, now=self.now)

    @property
    def officers(self) -> OfficersNote:
        """The officers note, verified."""
        return verify_officers(parse_officers(self.officers_note), self.key_set)

    @property
    def instance_id(self) -> bytes:
        """32 bytes."""
        return self.key_set.instance_id

    def opening(self, role: Role) -> OpeningKey:
        """What opens envelopes for one desk."""
        return self.desks[role].opening


def make_authority(
    name: str = "north",
    origin: str = ORIGIN,
    now: datetime = NOW,
    roles: tuple[Role, ...] = DESK_ROLES,
) -> Authority:
    """An authority whose every key differs from every other and from those of other names."""
    return Authority(
        name=name,
        origin=origin,
        now=now,
        root=SigningKey(seed_of(f"{name}/root")),
        directory=SigningKey(seed_of(f"{name}/directory")),
        acknowledgement=SigningKey(seed_of(f"{name}/acknowledgement")),
        desks=MappingProxyType(
            {role: KeyPair.from_seed(seed_of(f"{name}/desk/{role.wire_name}")) for role in roles}
        ),
        members=MappingProxyType(
            {role: KeyPair.from_seed(seed_of(f"{name}/officer/{role.wire_name}")) for role in Role}
        ),
    )

"""A throw-away authority: every actor has keys of their own, so that a wrong reader is noticed."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from crypto.custody.key_pair import KeyPair
from crypto.signing.sign import SigningKey
from crypto.signing.trust import verify_key_set
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
    key_set_hash,
    key_set_json,
    parse_key_set,
)
from crypto.wire.officers import OFFICERS_LABEL, Officer, officers_hash, officers_json
from crypto.wire.offline_page import (
    OFFLINE_PAGE_LABEL,
    encode_offline_page_note,
    offline_page_json,
)
from crypto.wire.roles import REQUIRED_DESKS, Role
from crypto.wire.signed_note import DIRECTORY_NAME, ROOT_NAME, encode_verifier_key
from crypto.wire.strict_json import JsonObject

ORIGIN = "http://127.0.0.1:8080"


def seed(name: str) -> bytes:
    """A seed that a test can make again."""
    return name.encode().ljust(32, b".")[:32]


@dataclass(frozen=True)
class Publication:
    """One version as it is handed out."""

    version: int
    raw: bytes
    officers: str
    hash: bytes


@dataclass(frozen=True)
class Authority:
    """Root, directory, desks and officers; publishes numbered key sets."""

    name: str = "test"
    origin: str = ORIGIN
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    @property
    def root(self) -> SigningKey:
        """The offline root."""
        return SigningKey(seed(f"{self.name} root"))

    @property
    def root_text(self) -> str:
        """The pinned verifier key."""
        return encode_verifier_key(ROOT_NAME, self.root.verification_key)

    @property
    def directory(self) -> SigningKey:
        """The short-lived directory key."""
        return SigningKey(seed(f"{self.name} directory"))

    def desk_pair(self, role: Role) -> KeyPair:
        """A desk's key pair."""
        return KeyPair.from_seed(seed(f"{self.name} desk {role.wire_name}"))

    def officer_pair(self, role: Role) -> KeyPair:
        """The key pair of the one officer of a role."""
        return KeyPair.from_seed(seed(f"{self.name} officer {role.wire_name}"))

    def officer(self, role: Role) -> Officer:
        """The one officer of a role."""
        pair = self.officer_pair(role)
        return Officer(role.wire_name, frozenset({role}), pair.recipient_key, pair.verification_key)

    def _note(self, key: SigningKey, name: str, label: str, line: JsonObject) -> str:
        text = encode_note_text(label, authority_id(self.root.verification_key), line)
        return key.sign_note(text, name)

    def publish(
        self,
        acknowledgement_key: bytes,
        *,
        previous: Publication | None = None,
        starts: timedelta = timedelta(hours=-1),
        life: timedelta = timedelta(days=10),
    ) -> Publication:
        """Sign the next version."""
        start, end = self.now + starts, self.now + starts + life
        version = previous.version + 1 if previous else 1
        officers = self._note(
            self.directory,
            DIRECTORY_NAME,
            OFFICERS_LABEL,
            officers_json(version, tuple(self.officer(role) for role in Role)),
        )
        certificate = self._note(
            self.root,
            ROOT_NAME,
            CERTIFICATE_LABEL,
            certificate_json(
                self.directory.verification_key,
                self.now - timedelta(days=30),
                self.now + timedelta(days=300),
                None,
            ),
        )
        acknowledgement = self._note(
            self.directory,
            DIRECTORY_NAME,
            ACKNOWLEDGEMENT_KEY_LABEL,
            certificate_json(
                acknowledgement_key,
                self.now - timedelta(days=30),
                self.now + timedelta(days=300),
                self.origin,
            ),
        )
        body = KeySetBody(
            version=version,
            previous=previous.hash if previous else None,
            origin=self.origin,
            body_name={"zh-CN": "示例机关", "en": "Example body"},
            valid_from=start,
            valid_until=end,
            desks=tuple(
                Desk(
                    role,
                    1,
                    self.desk_pair(role).recipient_key,
                    self.desk_pair(role).verification_key,
                    current=True,
                )
                for role in sorted(REQUIRED_DESKS)
            ),
            acknowledgement_keys=(acknowledgement,),
            directory_hash=officers_hash(officers),
        )
        note = self._note(self.directory, DIRECTORY_NAME, KEY_SET_LABEL, key_set_json(body))
        return Publication(version, encode_key_set(certificate, note), officers, key_set_hash(note))

    def offline_page_note(self, page: bytes, publication: Publication) -> bytes:
        """What is published beside an offline page with this key set in it."""
        key_set = self.verified(publication)
        body = offline_page_json(hashlib.sha256(page).digest(), key_set.body)
        note = self._note(self.directory, DIRECTORY_NAME, OFFLINE_PAGE_LABEL, body)
        return encode_offline_page_note(key_set.certificate.note_text, note)

    def verified(self, publication: Publication) -> KeySet:
        """The key set as a reporter trusts it."""
        unverified = parse_key_set(publication.raw)
        return verify_key_set(unverified, self.root.verification_key, now=None)

    def elsewhere(self, origin: str) -> "Authority":
        """The same authority with another service."""
        return replace(self, origin=origin)

"""What a workstation hands to the authority: an officer's or a desk's public keys.

Both are small JSON files, signed by the key that they carry: that proves possession. That the keys
are the right person's is proved by comparing fingerprints by voice. Source: SPEC §4, §13.
"""

from dataclasses import dataclass

from crypto.errors import MalformedJsonError
from crypto.signing.sign import SigningKey
from crypto.signing.verify import verify_labelled
from crypto.wire.codec import encode_base64url, length_prefixed
from crypto.wire.instance import fingerprint
from crypto.wire.keys import officer_id
from crypto.wire.members import Members
from crypto.wire.roles import Role, parse_role
from crypto.wire.signed_note import SIGNATURE_BYTES
from crypto.wire.strict_json import JsonObject, encode_json, parse_json_object
from triage.errors import WrongUseError

ENROLMENT_LABEL = "sign/enrolment"
DESK_LABEL = "sign/desk"
MAX_FILE_BYTES = 16384
MAX_LABEL_CHARACTERS = 64
_ENROLMENT_TYPE = "sealed-intake/1 enrolment"
_DESK_TYPE = "sealed-intake/1 desk"
_NO_INSTANCE = b""  # the authority may not be known yet when keys are made
_KEYS = ("recipient_key", "verification_key", "fingerprint", "signature")


@dataclass(frozen=True, slots=True)
class Enrolment:
    """An officer's public keys with the service name they are listed under."""

    label: str
    recipient_key: bytes
    verification_key: bytes

    @property
    def officer_id(self) -> bytes:
        """32 bytes (SPEC §4.4)."""
        return officer_id(self.verification_key, self.recipient_key)

    @property
    def fingerprint(self) -> str:
        """To be compared by voice (SPEC §3.3)."""
        return fingerprint(self.verification_key)

    def signed(self) -> bytes:
        """What the signature covers."""
        return length_prefixed(self.label.encode()) + self.recipient_key + self.verification_key

    def encode(self, key: SigningKey) -> bytes:
        """The enrolment file, signed by the officer's key."""
        return encode_json(
            {
                "type": _ENROLMENT_TYPE,
                "label": self.label,
                **_encode_keys(self.recipient_key, self.verification_key),
                "signature": encode_base64url(
                    key.sign(ENROLMENT_LABEL, _NO_INSTANCE, self.signed())
                ),
            }
        )


@dataclass(frozen=True, slots=True)
class DeskKeys:
    """A desk's public keys of one epoch, as its founder made them."""

    role: Role
    epoch: int
    recipient_key: bytes
    verification_key: bytes

    @property
    def fingerprint(self) -> str:
        """To be compared by voice (SPEC §3.3)."""
        return fingerprint(self.verification_key)

    def signed(self) -> bytes:
        """What the signature covers."""
        place = self.role.to_bytes(1) + self.epoch.to_bytes(4)
        return place + self.recipient_key + self.verification_key

    def encode(self, key: SigningKey) -> bytes:
        """The desk file, signed by the desk's key."""
        return encode_json(
            {
                "type": _DESK_TYPE,
                "role": self.role.wire_name,
                "epoch": self.epoch,
                **_encode_keys(self.recipient_key, self.verification_key),
                "signature": encode_base64url(key.sign(DESK_LABEL, _NO_INSTANCE, self.signed())),
            }
        )


def _encode_keys(recipient_key: bytes, verification_key: bytes) -> JsonObject:
    return {
        "recipient_key": encode_base64url(recipient_key),
        "verification_key": encode_base64url(verification_key),
        "fingerprint": fingerprint(verification_key),
    }


def check_label(label: str) -> str:
    """A service name: 1 to 64 printable characters, no spaces round it.

    Raises:
        WrongUseError: another text.
    """
    if not label.isprintable() or label.strip() != label:
        raise WrongUseError("a label is printable text without spaces round it")
    if not 1 <= len(label) <= MAX_LABEL_CHARACTERS:
        raise WrongUseError(f"a label has 1 to {MAX_LABEL_CHARACTERS} characters")
    return label


def _members(raw: bytes, kind: str, *names: str) -> Members:
    members = Members(parse_json_object(raw, max_bytes=MAX_FILE_BYTES), MalformedJsonError, "2.3")
    members.exactly("type", *names, *_KEYS)
    if members.text("type") != kind:
        raise members.refuse("another type of file")
    if members.text("fingerprint") != fingerprint(members.verification_key()):
        raise members.refuse("the fingerprint is another key's")
    return members


def parse_enrolment(raw: bytes) -> Enrolment:
    """Parse an enrolment file and verify that its maker holds the key.

    Raises:
        MalformedJsonError, MalformedTextError, MalformedKeyError, SignatureError: as they say.
        WrongUseError: the label is none.
    """
    members = _members(raw, _ENROLMENT_TYPE, "label")
    enrolment = Enrolment(
        check_label(members.text("label")), members.recipient_key(), members.verification_key()
    )
    signature = members.raw("signature", SIGNATURE_BYTES)
    verify_labelled(
        enrolment.verification_key, ENROLMENT_LABEL, _NO_INSTANCE, enrolment.signed(), signature
    )
    return enrolment


def parse_desk(raw: bytes) -> DeskKeys:
    """Parse a desk file and verify that its maker holds the key.

    Raises:
        MalformedJsonError, MalformedTextError, MalformedKeyError, SignatureError: as they say.
        MalformedKeySetError: no such role.
    """
    members = _members(raw, _DESK_TYPE, "role", "epoch")
    desk = DeskKeys(
        parse_role(members.text("role")),
        members.number("epoch"),
        members.recipient_key(),
        members.verification_key(),
    )
    signature = members.raw("signature", SIGNATURE_BYTES)
    verify_labelled(desk.verification_key, DESK_LABEL, _NO_INSTANCE, desk.signed(), signature)
    return desk

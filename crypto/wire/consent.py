"""Consent and its revocation, signed with the claim key.

Source: SPEC §14; Order 2021 No. 1, Article 19.
"""

from dataclasses import dataclass
from datetime import datetime

from crypto.errors import MalformedConsentError, MalformedError
from crypto.wire.codec import Reader, decode_base64url, encode_base64url
from crypto.wire.contents import DISCLOSABLE_FIELDS
from crypto.wire.envelope import SUITE
from crypto.wire.instants import encode_instant, parse_instant
from crypto.wire.members import Members
from crypto.wire.signed_note import SIGNATURE_BYTES
from crypto.wire.strict_json import JsonObject, encode_json, parse_json_object

CONSENT_LABEL = "sign/consent"
REVOCATION_LABEL = "sign/revocation"
_CONSENT, _REVOCATION = 20, 21
_MAX_BYTES = 8192
_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Consent:
    """A reporter's permission to disclose some fields to one recipient for one purpose.

    Attributes:
        consent_id: 16 bytes.
        fields: at least one of `DISCLOSABLE_FIELDS`, none twice.
        text_shown: what the reporter read when they agreed.
    """

    consent_id: bytes
    fields: tuple[str, ...]
    purpose: str
    recipient: str
    text_shown: str
    given_at: datetime
    expires_at: datetime
    one_time: bool


@dataclass(frozen=True, slots=True)
class Revocation:
    """The end of one consent, or of all that the reporter gave before.

    Attributes:
        consent_id: 16 bytes; None ends every consent of the case.
    """

    consent_id: bytes | None
    at: datetime


@dataclass(frozen=True, slots=True)
class SignedObject:
    """A parsed consent or revocation; the signature isn't verified yet."""

    value: Consent | Revocation
    signed: bytes
    signature: bytes


def _json(value: Consent | Revocation) -> JsonObject:
    if isinstance(value, Revocation):
        at = encode_instant(value.at)
        if value.consent_id is None:
            return {"all": True, "at": at}
        return {"id": encode_base64url(value.consent_id), "at": at}
    return {
        "id": encode_base64url(value.consent_id),
        "fields": list(value.fields),
        "purpose": value.purpose,
        "recipient": value.recipient,
        "text_shown": value.text_shown,
        "from": encode_instant(value.given_at),
        "until": encode_instant(value.expires_at),
        "one_time": value.one_time,
    }


def encode_signed_part(value: Consent | Revocation) -> bytes:
    """Everything that the claim key signs, under the label of its kind."""
    body = encode_json(_json(value))
    kind = _CONSENT if isinstance(value, Consent) else _REVOCATION
    return SUITE.to_bytes(2) + kind.to_bytes(1) + len(body).to_bytes(4) + body


def encode_consent(signed: bytes, signature: bytes) -> str:
    """The object as it stands in documents."""
    return encode_base64url(signed + signature)


def _parse_value(kind: int, raw: bytes) -> Consent | Revocation:
    members = Members(parse_json_object(raw, max_bytes=_MAX_BYTES), MalformedConsentError, "14")
    if kind == _REVOCATION:
        return _parse_revocation(members)
    members.exactly(
        *("id", "fields", "purpose", "recipient", "text_shown", "from", "until", "one_time")
    )
    start, end = members.span(None)
    fields = members.texts("fields")
    if not fields or not DISCLOSABLE_FIELDS.issuperset(fields):
        raise members.refuse("want names of identity members")
    return Consent(
        consent_id=members.raw("id", _ID_BYTES),
        fields=fields,
        purpose=members.filled_text("purpose"),
        recipient=members.filled_text("recipient"),
        text_shown=members.filled_text("text_shown"),
        given_at=start,
        expires_at=end,
        one_time=members.flag("one_time"),
    )


def _parse_revocation(members: Members) -> Revocation:
    if "all" not in members.members:
        members.exactly("id", "at")
        return Revocation(members.raw("id", _ID_BYTES), parse_instant(members.text("at")))
    members.exactly("all", "at")
    if not members.flag("all"):
        raise members.refuse("want true")
    return Revocation(None, parse_instant(members.text("at")))


def _parse(raw: bytes) -> SignedObject:
    reader = Reader(raw, MalformedConsentError, "14")
    reader.expect(2, SUITE, "suite")
    kind = reader.number(1)
    if kind not in {_CONSENT, _REVOCATION}:
        raise MalformedConsentError("SPEC 14: no such kind")
    value = _parse_value(kind, reader.take(reader.number(4)))
    signed = raw[: reader.offset]
    signature = reader.take(SIGNATURE_BYTES)
    reader.end()
    return SignedObject(value, signed, signature)


def parse_consent(text: str) -> SignedObject:
    """Parse a consent or revocation object.

    Raises:
        MalformedConsentError: anything else.
    """
    try:
        return _parse(decode_base64url(text))
    except MalformedConsentError:
        raise
    except MalformedError:
        raise MalformedConsentError("SPEC 14: malformed text or JSON") from None

"""Consents and their end, as `intake mailbox send` takes them. Source: SPEC §14; DOMAIN §4.

Identifier, times and signature are added when a submission is sealed, so that the same words are
the same submission however often they are tried.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from crypto.custody.reporter import ReporterKeys, sign_consent
from crypto.errors import MalformedDocumentError, MalformedTextError
from crypto.wire.codec import decode_base64url, encode_base64url
from crypto.wire.consent import Consent, Revocation
from crypto.wire.contents import DISCLOSABLE_FIELDS
from crypto.wire.strict_json import JsonObject, JsonValue

DEFAULT_DAYS: Final = 30  # DOMAIN §4
MAX_DAYS: Final = 366
ALL: Final = "all"
_ID_BYTES: Final = 16
_MAX_NUMBER: Final = 65_535  # more than a case ever has (SPEC 11.5)
_MEMBERS: Final = frozenset({"fields", "purpose", "recipient", "days", "one_time", "text_shown"})


@dataclass(frozen=True, slots=True)
class ConsentTerms:
    """What a reporter agrees to.

    Attributes:
        fields: at least one of `DISCLOSABLE_FIELDS`.
        text_shown: what they read before they agreed.
    """

    fields: tuple[str, ...]
    purpose: str
    recipient: str
    days: int
    one_time: bool
    text_shown: str

    @property
    def spelled(self) -> JsonObject:
        """The terms as JSON; without times, which differ from one try to the next."""
        return {
            "fields": list(self.fields),
            "purpose": self.purpose,
            "recipient": self.recipient,
            "days": self.days,
            "one_time": self.one_time,
            "text_shown": self.text_shown,
        }

    def content(self, keys: ReporterKeys, n: int, now: datetime) -> JsonObject:
        """What stands in the protection document of submission n."""
        given_at = now.replace(second=0, microsecond=0)
        consent = Consent(
            consent_id=keys.consent_id(n),
            fields=self.fields,
            purpose=self.purpose,
            recipient=self.recipient,
            text_shown=self.text_shown,
            given_at=given_at,
            expires_at=given_at + timedelta(days=self.days),
            one_time=self.one_time,
        )
        return {"consents": [sign_consent(keys, consent)]}


@dataclass(frozen=True, slots=True)
class ConsentEnding:
    """The end of a consent.

    Attributes:
        of: the number of the submission that gave it, its id of 16 bytes, or None for all.
    """

    of: int | bytes | None

    @property
    def spelled(self) -> JsonObject:
        """Which it is, as JSON."""
        return {"of": encode_base64url(self.of) if isinstance(self.of, bytes) else self.of}

    def content(self, keys: ReporterKeys, _n: int, now: datetime) -> JsonObject:
        """What stands in the protection document."""
        ended = keys.consent_id(self.of) if isinstance(self.of, int) else self.of
        at = now.replace(second=0, microsecond=0)
        return {"revocations": [sign_consent(keys, Revocation(ended, at))]}


Permission = ConsentTerms | ConsentEnding


def parse_terms(document: JsonObject) -> ConsentTerms:
    """Parse what `--consent` names.

    Raises:
        MalformedDocumentError: members that are missing, unknown or of a wrong type.
    """
    if not document.keys() <= _MEMBERS:
        raise MalformedDocumentError("the consent has an unknown member")
    days = document.get("days", DEFAULT_DAYS)
    if type(days) is not int or not 1 <= days <= MAX_DAYS:
        raise MalformedDocumentError(f"days is a number from 1 to {MAX_DAYS}")
    one_time = document.get("one_time", True)
    if not isinstance(one_time, bool):
        raise MalformedDocumentError("one_time is true or false")
    fields = _fields(document.get("fields"))
    purpose, recipient = _text(document, "purpose"), _text(document, "recipient")
    terms = ConsentTerms(fields, purpose, recipient, days, one_time, "")
    shown = _text(document, "text_shown") if "text_shown" in document else _sentence(terms)
    return ConsentTerms(fields, purpose, recipient, days, one_time, shown)


def _fields(value: JsonValue) -> tuple[str, ...]:
    names = value if isinstance(value, list) else []
    fields = tuple(name for name in names if isinstance(name, str))
    if not fields or len(set(fields)) != len(names) or not DISCLOSABLE_FIELDS.issuperset(fields):
        raise MalformedDocumentError(f"fields are some of {', '.join(sorted(DISCLOSABLE_FIELDS))}")
    return fields


def _text(document: Mapping[str, JsonValue], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value.strip():
        raise MalformedDocumentError(f"{name} is a text that is not empty")
    return value.strip()


def _sentence(terms: ConsentTerms) -> str:
    names = ", ".join(field.replace("_", " ") for field in terms.fields)
    often = "once" if terms.one_time else "as often as the purpose needs"
    return (
        f"I agree that these details about me are given to \u201c{terms.recipient}\u201d: {names}."
        f" Purpose: {terms.purpose}. The permission holds for {terms.days} days from now."
        f" It may be used {often}."
    )


def parse_ending(text: str) -> ConsentEnding:
    """Parse what `--revoke` names: `all`, the number of a submission, or an id.

    Raises:
        MalformedTextError: none of these.
    """
    if text == ALL:
        return ConsentEnding(None)
    if text.isascii() and text.isdigit() and len(text) <= len(str(_MAX_NUMBER)):
        if not 1 <= int(text) <= _MAX_NUMBER:
            raise MalformedTextError("no consent has this number: the report itself is 0")
        return ConsentEnding(int(text))
    raw = decode_base64url(text)
    if len(raw) != _ID_BYTES:
        raise MalformedTextError(f"a consent's id has {_ID_BYTES} bytes")
    return ConsentEnding(raw)

"""What stands in a document: strict JSON with known members. Source: SPEC §9; DOMAIN §3.

Each schema below is a table of member → kind of value, in the order of SPEC §9.
"""

import re
from collections.abc import Callable, Mapping
from enum import IntEnum
from types import MappingProxyType

from crypto.errors import MalformedDocumentError, MalformedTextError
from crypto.wire.codec import decode_base64url
from crypto.wire.envelope import Purpose
from crypto.wire.instants import parse_day
from crypto.wire.strict_json import MAX_INTEGER, JsonObject, JsonValue


class DocumentKind(IntEnum):
    """What a document says. Source: SPEC §8.3."""

    EMPTY = 0
    FIRST = 1
    MESSAGE = 2
    CONSENT = 3
    WITHDRAWAL = 4
    CORRECTION = 5
    PREFERENCE = 6


CATEGORIES = (
    *("E1", "E2", "E3", "E4", "E5", "E6", "E7", "S1", "S2", "O"),
    *("D1", "D2", "D3", "D4", "D5", "D6", "D7", "X1", "X2", "X3", "X4", "X0"),
)
CHANNELS = ("web", "api", "offline", "phone", "letter", "walk-in", "organisation", "relay")
URGENCIES = ("now", "24h", "7d", "none", "unknown")
ANONYMITIES = ("anonymous", "reachable", "named")
IMMINENCES = ("now", "24h", "days", "weeks", "unclear")

_REGION = re.compile(r"CN-[A-Z0-9]{2,3}|abroad|unknown", re.ASCII)
_MAX_LIST = 100

_Check = Callable[[JsonValue], bool]


def _text(value: JsonValue) -> bool:
    return isinstance(value, str) and bool(value)


def _flag(value: JsonValue) -> bool:
    return isinstance(value, bool)


def _true(value: JsonValue) -> bool:
    return value is True


def _day(value: JsonValue) -> bool:
    if not isinstance(value, str):
        return False
    try:
        parse_day(value)
    except MalformedTextError:
        return False
    return True


def _size(value: JsonValue) -> bool:
    return type(value) is int and 0 <= value <= MAX_INTEGER


def _region(value: JsonValue) -> bool:
    return isinstance(value, str) and _REGION.fullmatch(value) is not None


def _one_of(*codes: str) -> _Check:
    return lambda value: isinstance(value, str) and value in codes


def _bytes(size_bytes: int | None) -> _Check:
    def check(value: JsonValue) -> bool:
        if not isinstance(value, str):
            return False
        try:
            raw = decode_base64url(value)
        except MalformedTextError:
            return False
        return size_bytes is None or len(raw) == size_bytes

    return check


def _list_of(check: _Check, *, distinct: bool = False) -> _Check:
    def check_list(value: JsonValue) -> bool:
        return (
            isinstance(value, list)
            and 0 < len(value) <= _MAX_LIST
            and all(map(check, value))
            and (not distinct or len(set(map(str, value))) == len(value))
        )

    return check_list


def _object(schema: Mapping[str, _Check], required: tuple[str, ...] = ()) -> _Check:
    needed = frozenset(required)

    def check(value: JsonValue) -> bool:
        if not isinstance(value, dict) or not value or not value.keys() >= needed:
            return False
        for name, member in value.items():
            fits = schema.get(name)
            if fits is None or not fits(member):
                return False
        return True

    return check


def _texts(*names: str) -> dict[str, _Check]:
    return dict.fromkeys(names, _text)


fits_files = _list_of(  # Replies hold such a list too (SPEC §11.5).
    _object(
        {
            "upload": _bytes(16),
            "key": _bytes(32),
            "digest": _bytes(32),
            "size_bytes": _size,
            "type": _text,
            "name": _text,
        },
        required=("upload", "key", "digest", "size_bytes"),
    )
)
_CONSENTS = _list_of(_bytes(None), distinct=True)

_REPORT: Mapping[str, _Check] = MappingProxyType(
    {
        "language": _one_of("zh-CN", "en"),
        "channel": _one_of(*CHANNELS),
        "about_staff": _flag,
        "category": _one_of(*CATEGORIES),
        "narrative": _text,
        "when": _object({"text": _text, "continuing": _one_of("yes", "no", "unknown")}),
        "where": _object({"region": _region, "text": _text}),
        "who": _list_of(_object(_texts("name", "unit", "description"))),
        "how_known": _list_of(
            _one_of("saw", "told", "document", "online", "inference", "other"), distinct=True
        ),
        "how_known_text": _text,
        "who_else_knows": _object(
            {"number": _one_of("nobody", "few", "many", "unknown"), "text": _text}
        ),
        "files": fits_files,
        "urgency": _one_of(*URGENCIES),
        "urgency_text": _text,
        "reported_elsewhere": _object({"text": _text, "on": _day}),
        "handling_limits": _text,
        "no_secrets_confirmed": _true,
        "truthful_confirmed": _true,
    }
)

_IDENTITY: Mapping[str, _Check] = MappingProxyType(
    {
        "anonymity": _one_of(*ANONYMITIES),
        **_texts("chosen_name", "legal_name", "document_type", "document_number", "region"),
        **_texts("access_needs", "relation_to_subject", "note", "language"),
        "contacts": _list_of(
            _object(_texts("method", "address", "note"), required=("method", "address"))
        ),
        "unit_knows": _flag,
        "consents": _CONSENTS,
    }
)

# What a consent may name. Source: SPEC §14.
DISCLOSABLE_FIELDS = frozenset(_IDENTITY) - {"anonymity", "consents"}

_PROTECTION: Mapping[str, _Check] = MappingProxyType(
    {
        "persons": _list_of(
            _object(
                {
                    **_texts("pseudonym", "relationship"),
                    **dict.fromkeys(("near_relative", "minor", "informed"), _flag),
                }
            )
        ),
        "threats": _list_of(
            _one_of(
                *("violence", "stalking", "detention", "property"),
                *("job", "digital", "smear", "other"),
            ),
            distinct=True,
        ),
        "imminence": _one_of(*IMMINENCES),
        **_texts("source", "evidence", "past_incidents", "who_knows", "present_safety", "needs"),
        **_texts("wishes", "refusals", "not_involve", "consent_scope", "note"),
        "safe_contact": _object(
            _texts(
                *("method", "address", "window", "pretext"),
                *("code_word", "duress_word", "never"),
            )
        ),
        "consents": _CONSENTS,
    }
)

_REWARD: Mapping[str, _Check] = MappingProxyType(
    {
        "interest": _true,
        "sharing": _one_of("sole", "joint", "unknown"),
        **_texts("joint_with", "prior_claims", "delegate", "pickup", "note"),
        "duty_staff": _one_of("yes", "no"),
        "form": _one_of("cash", "certificate", "undecided"),
        "ceremony_consent": _flag,
        "reminder": _flag,
        "claim_commitment": _bytes(32),
    }
)

_CONSENT = _object({"consents": _CONSENTS, "revocations": _CONSENTS})
_FIRST: Mapping[Purpose, _Check] = MappingProxyType(
    {
        Purpose.REPORT: _object(_REPORT, required=("narrative",)),
        Purpose.IDENTITY: _object(_IDENTITY, required=("anonymity",)),
        Purpose.PROTECTION: _object(_PROTECTION),
        Purpose.REWARD: _object(_REWARD, required=("interest",)),
    }
)

CONTENTS: Mapping[tuple[Purpose, DocumentKind], _Check] = MappingProxyType(
    {
        **{(purpose, DocumentKind.FIRST): check for purpose, check in _FIRST.items()},
        **{
            (purpose, DocumentKind.MESSAGE): check
            for purpose, check in _FIRST.items()
            if purpose is not Purpose.REPORT
        },
        (Purpose.REPORT, DocumentKind.MESSAGE): _object(
            {"text": _text, "files": fits_files}, required=("text",)
        ),
        (Purpose.IDENTITY, DocumentKind.CONSENT): _CONSENT,
        (Purpose.PROTECTION, DocumentKind.CONSENT): _CONSENT,
        (Purpose.REPORT, DocumentKind.WITHDRAWAL): _object({"destroy": _flag, "text": _text}),
        (Purpose.REPORT, DocumentKind.CORRECTION): _object(_REPORT),
        (Purpose.REPORT, DocumentKind.PREFERENCE): _object({"acknowledgements": _flag}),
    }
)


def check_content(purpose: Purpose, kind: DocumentKind, content: JsonObject) -> None:
    """Refuse content that the table of SPEC §9 doesn't allow.

    Raises:
        MalformedDocumentError: unknown members, wrong types or codes, or a kind that this
            purpose doesn't have.
    """
    check = CONTENTS.get((purpose, kind))
    if check is None or not check(dict(content)):
        raise MalformedDocumentError("SPEC 9: content does not fit the table")

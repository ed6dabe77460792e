"""What documents say, every member of it, and what they must not say. Source: SPEC §9."""

from collections.abc import Mapping
from typing import Any, Final

from crypto.errors import (
    MalformedDocumentError,
)
from crypto.wire.codec import encode_base64url
from tests.authority import seed_of
from tests.vectors.makers.vector_file import VectorFile

FILE: Final = {
    "upload": encode_base64url(seed_of("upload")[:16]),
    "key": encode_base64url(seed_of("file key")),
    "digest": encode_base64url(seed_of("file digest")),
    "size_bytes": 150000,
    "type": "application/pdf",
    "name": "\u5408\u540c.pdf",
}


_CONSENTS: Final = [encode_base64url(b"one"), encode_base64url(b"two")]


REPORT: Final[Mapping[str, Any]] = {
    "language": "zh-CN",
    "channel": "web",
    "about_staff": False,
    "category": "S1",
    "narrative": "\u6211\u770b\u89c1\u6709\u4eba\u628a\u56fe\u7eb8\u5e26\u51fa\u4e86\u5382\u3002",
    "when": {"text": "last week", "continuing": "unknown"},
    "where": {"region": "CN-11", "text": "by the gate"},
    "who": [{"name": "Zhang", "unit": "a plant", "description": "tall"}, {"name": "Li"}],
    "how_known": ["saw", "told"],
    "how_known_text": "I stood there.",
    "who_else_knows": {"number": "few", "text": "two colleagues"},
    "files": [FILE, {k: v for k, v in FILE.items() if k not in {"type", "name"}}],
    "urgency": "24h",
    "urgency_text": "they leave soon",
    "reported_elsewhere": {"text": "to the police", "on": "2026-02-27"},
    "handling_limits": "do not call the plant",
    "no_secrets_confirmed": True,
    "truthful_confirmed": True,
}


IDENTITY: Final[Mapping[str, Any]] = {
    "anonymity": "named",
    "chosen_name": "a reader",
    "legal_name": "\u738b\u5c0f\u660e",
    "document_type": "resident identity card",
    "document_number": "000000000000000000",
    "region": "CN-31",
    "access_needs": "large print",
    "relation_to_subject": "colleague",
    "note": "after six",
    "contacts": [{"method": "phone", "address": "000", "note": "ask for no one"}],
    "language": "zh-CN",
    "unit_knows": False,
    "consents": _CONSENTS,
}


PROTECTION: Final[Mapping[str, Any]] = {
    "persons": [
        {
            "pseudonym": "A",
            "relationship": "daughter",
            "near_relative": True,
            "minor": True,
            "informed": False,
        }
    ],
    "threats": ["job", "smear"],
    "imminence": "weeks",
    **{
        name: f"{name} in words"
        for name in (
            *("source", "evidence", "past_incidents", "who_knows", "present_safety", "needs"),
            *("wishes", "refusals", "not_involve", "consent_scope", "note"),
        )
    },
    "safe_contact": {
        "method": "letter",
        "address": "a box",
        "window": "mornings",
        "pretext": "a survey",
        "code_word": "plum",
        "duress_word": "pear",
        "never": "home",
    },
    "consents": _CONSENTS,
}


REWARD: Final[Mapping[str, Any]] = {
    "interest": True,
    "sharing": "joint",
    "joint_with": "a colleague",
    "prior_claims": "none",
    "delegate": "a lawyer",
    "pickup": "by post",
    "note": "no ceremony",
    "duty_staff": "no",
    "form": "certificate",
    "ceremony_consent": False,
    "reminder": True,
    "claim_commitment": encode_base64url(seed_of("claim commitment")),
}


FIRST: Final = {1: REPORT, 3: IDENTITY, 4: PROTECTION, 5: REWARD}


def _content() -> VectorFile:
    file = VectorFile("content", "SPEC 9")
    for purpose, whole in FIRST.items():
        file.accept(f"full_{purpose}", purpose=purpose, kind=1, content=whole)
    file.accept("least_report", purpose=1, kind=1, content={"narrative": "x"})
    file.accept("least_identity", purpose=3, kind=1, content={"anonymity": "anonymous"})
    file.accept("least_protection", purpose=4, kind=1, content={"note": "x"})
    file.accept("least_reward", purpose=5, kind=1, content={"interest": True})
    for purpose in (3, 4, 5):
        file.accept(f"message_{purpose}", purpose=purpose, kind=2, content=FIRST[purpose])
    file.accept("message_1", purpose=1, kind=2, content={"text": "x", "files": [FILE]})
    for purpose in (3, 4):
        content = {"consents": _CONSENTS, "revocations": _CONSENTS}
        file.accept(f"consent_{purpose}", purpose=purpose, kind=3, content=content)
    file.accept("withdrawal", purpose=1, kind=4, content={"destroy": True, "text": "x"})
    file.accept("correction", purpose=1, kind=5, content={"category": "X0"})
    file.accept("preference", purpose=1, kind=6, content={"acknowledgements": False})
    _accepted_codes(file)
    _refused_kinds(file)
    _refused_members(file)
    return file


_CODES: Final[Mapping[tuple[int, str], tuple[str, ...]]] = {
    (1, "language"): ("zh-CN", "en"),
    (1, "channel"): (
        "web",
        "api",
        "offline",
        "phone",
        "letter",
        "walk-in",
        "organisation",
        "relay",
    ),
    (1, "category"): ("E1", "E7", "S1", "S2", "O", "D1", "D7", "X1", "X4", "X0"),
    (1, "urgency"): ("now", "24h", "7d", "none", "unknown"),
    (3, "anonymity"): ("anonymous", "reachable", "named"),
    (4, "imminence"): ("now", "24h", "days", "weeks", "unclear"),
    (5, "sharing"): ("sole", "joint", "unknown"),
    (5, "duty_staff"): ("yes", "no"),
    (5, "form"): ("cash", "certificate", "undecided"),
}


def _accepted_codes(file: VectorFile) -> None:
    for (purpose, member), codes in _CODES.items():
        for code in codes:
            content = {**FIRST[purpose], member: code}
            file.accept(f"{member}_{code}", purpose=purpose, kind=1, content=content)
        for name, wrong in (("unknown", "other-code"), ("empty", ""), ("number", 1)):
            content = {**FIRST[purpose], member: wrong}
            fault = f"{member}_{name}" if (member, name) != ("urgency", "unknown") else "urgency_x"
            if fault == "sharing_unknown":
                fault = "sharing_x"
            file.refuse(fault, MalformedDocumentError, purpose=purpose, kind=1, content=content)
    for region in ("CN-11", "CN-HK", "CN-ABC", "abroad", "unknown"):
        content = {"narrative": "x", "where": {"region": region}}
        file.accept(f"region_{region}", purpose=1, kind=1, content=content)
    for region in ("CN-1", "CN-1111", "cn-11", "CN11", "US-CA", "CN-11\n", ""):
        content = {"narrative": "x", "where": {"region": region}}
        file.refuse(
            f"region_{region!r}", MalformedDocumentError, purpose=1, kind=1, content=content
        )


def _refused_kinds(file: VectorFile) -> None:
    allowed = {(1, 1), (1, 2), (1, 4), (1, 5), (1, 6)} | {
        *((3, 1), (3, 2), (3, 3), (4, 1), (4, 2), (4, 3), (5, 1), (5, 2))
    }
    for purpose in (1, 2, 3, 4, 5):
        for kind in range(7):
            if (purpose, kind) not in allowed:
                file.refuse(
                    f"purpose_{purpose}_has_no_kind_{kind}",
                    MalformedDocumentError,
                    purpose=purpose,
                    kind=kind,
                    content={"note": "x"},
                )
    for purpose, kind in sorted(allowed):
        members = {"purpose": purpose, "kind": kind}
        name = f"{purpose}_{kind}"
        file.refuse(f"nothing_said_{name}", MalformedDocumentError, **members, content={})
        content = {**_least(purpose, kind), "unknown": "x"}
        file.refuse(f"unknown_member_{name}", MalformedDocumentError, **members, content=content)
        content = {**_least(purpose, kind), "constructor": "x"}
        file.refuse(f"inherited_member_{name}", MalformedDocumentError, **members, content=content)


def _least(purpose: int, kind: int) -> Mapping[str, Any]:
    if kind in {1, 2} and (purpose, kind) != (1, 2):
        return FIRST[purpose]
    least: Mapping[int, Mapping[str, Any]] = {
        2: {"text": "x"},
        3: {"consents": _CONSENTS},
        4: {"destroy": False},
        5: REPORT,
        6: {"acknowledgements": True},
    }
    return least[kind]


_FAULTS: Final[tuple[tuple[str, int, Mapping[str, Any]], ...]] = (
    ("narrative_empty", 1, {"narrative": ""}),
    ("narrative_null", 1, {"narrative": None}),
    ("narrative_list", 1, {"narrative": ["x"]}),
    ("about_staff_number", 1, {"about_staff": 1}),
    ("about_staff_text", 1, {"about_staff": "true"}),
    ("confirmation_false", 1, {"no_secrets_confirmed": False}),
    ("other_confirmation_false", 1, {"truthful_confirmed": False}),
    ("confirmation_number", 1, {"truthful_confirmed": 1}),
    ("when_empty", 1, {"when": {}}),
    ("when_text", 1, {"when": "today"}),
    ("when_list", 1, {"when": []}),
    ("when_unknown_member", 1, {"when": {"text": "x", "at": "x"}}),
    ("continuing_unknown_code", 1, {"when": {"continuing": "maybe"}}),
    ("where_empty", 1, {"where": {}}),
    ("who_empty", 1, {"who": []}),
    ("who_object", 1, {"who": {"name": "x"}}),
    ("who_without_member", 1, {"who": [{}]}),
    ("who_empty_text", 1, {"who": [{"name": ""}]}),
    ("who_unknown_member", 1, {"who": [{"name": "x", "age": "x"}]}),
    ("who_of_101", 1, {"who": [{"name": "x"}] * 101}),
    ("how_known_empty", 1, {"how_known": []}),
    ("how_known_text_for_list", 1, {"how_known": "saw"}),
    ("how_known_twice", 1, {"how_known": ["saw", "saw"]}),
    ("how_known_unknown_code", 1, {"how_known": ["guess"]}),
    ("who_else_number", 1, {"who_else_knows": {"number": 3}}),
    ("who_else_unknown_code", 1, {"who_else_knows": {"number": "three"}}),
    ("files_empty", 1, {"files": []}),
    ("file_without_key", 1, {"files": [{k: v for k, v in FILE.items() if k != "key"}]}),
    ("file_without_upload", 1, {"files": [{k: v for k, v in FILE.items() if k != "upload"}]}),
    ("file_without_digest", 1, {"files": [{k: v for k, v in FILE.items() if k != "digest"}]}),
    ("file_without_size", 1, {"files": [{k: v for k, v in FILE.items() if k != "size_bytes"}]}),
    ("file_key_short", 1, {"files": [{**FILE, "key": encode_base64url(bytes(31))}]}),
    ("file_upload_long", 1, {"files": [{**FILE, "upload": encode_base64url(bytes(17))}]}),
    ("file_digest_not_base64url", 1, {"files": [{**FILE, "digest": "=" * 43}]}),
    ("file_key_not_canonical", 1, {"files": [{**FILE, "key": "A" * 42 + "B"}]}),
    ("file_size_negative", 1, {"files": [{**FILE, "size_bytes": -1}]}),
    ("file_size_text", 1, {"files": [{**FILE, "size_bytes": "1"}]}),
    ("file_size_boolean", 1, {"files": [{**FILE, "size_bytes": True}]}),
    ("file_name_empty", 1, {"files": [{**FILE, "name": ""}]}),
    ("file_unknown_member", 1, {"files": [{**FILE, "path": "x"}]}),
    ("elsewhere_no_day", 1, {"reported_elsewhere": {"on": "yesterday"}}),
    ("elsewhere_no_such_day", 1, {"reported_elsewhere": {"on": "2026-02-30"}}),
    ("elsewhere_instant", 1, {"reported_elsewhere": {"on": "2026-02-27T00:00:00Z"}}),
    ("elsewhere_number", 1, {"reported_elsewhere": {"on": 20260227}}),
    ("contact_without_address", 3, {"contacts": [{"method": "phone"}]}),
    ("contact_without_method", 3, {"contacts": [{"address": "000"}]}),
    ("contacts_empty", 3, {"contacts": []}),
    ("legal_name_empty", 3, {"legal_name": ""}),
    ("unit_knows_text", 3, {"unit_knows": "no"}),
    ("consents_empty", 3, {"consents": []}),
    ("consent_twice", 3, {"consents": [_CONSENTS[0], _CONSENTS[0]]}),
    ("consent_not_base64url", 3, {"consents": ["A"]}),
    ("consent_number", 3, {"consents": [1]}),
    ("persons_empty", 4, {"persons": []}),
    ("person_without_member", 4, {"persons": [{}]}),
    ("person_minor_text", 4, {"persons": [{"minor": "yes"}]}),
    ("person_unknown_member", 4, {"persons": [{"legal_name": "x"}]}),
    ("threat_twice", 4, {"threats": ["job", "job"]}),
    ("threat_unknown_code", 4, {"threats": ["weather"]}),
    ("safe_contact_empty", 4, {"safe_contact": {}}),
    ("safe_contact_unknown_member", 4, {"safe_contact": {"phone": "x"}}),
    ("needs_empty", 4, {"needs": ""}),
    ("interest_false", 5, {"interest": False}),
    ("interest_number", 5, {"interest": 1}),
    ("ceremony_text", 5, {"ceremony_consent": "no"}),
    ("commitment_short", 5, {"claim_commitment": encode_base64url(bytes(31))}),
    ("commitment_number", 5, {"claim_commitment": 1}),
)


_MISSING: Final = ((1, "narrative"), (3, "anonymity"), (5, "interest"))


def _refused_members(file: VectorFile) -> None:
    for name, purpose, fault in _FAULTS:
        content = {**_least_first(purpose), **fault}
        file.refuse(name, MalformedDocumentError, purpose=purpose, kind=1, content=content)
    for purpose, member in _MISSING:
        content = {k: v for k, v in FIRST[purpose].items() if k != member}
        file.refuse(
            f"without_{member}", MalformedDocumentError, purpose=purpose, kind=1, content=content
        )
    for name, kind, content in (
        ("message_without_text", 2, {"files": [FILE]}),
        ("message_with_narrative", 2, {"text": "x", "narrative": "x"}),
        ("withdrawal_text_for_flag", 4, {"destroy": "yes"}),
        ("preference_number", 6, {"acknowledgements": 0}),
    ):
        file.refuse(name, MalformedDocumentError, purpose=1, kind=kind, content=content)
    content = {"consents": _CONSENTS, "revocations": []}
    file.refuse("revocations_empty", MalformedDocumentError, purpose=3, kind=3, content=content)
    file.accept(
        "who_of_100", purpose=1, kind=1, content={"narrative": "x", "who": [{"name": "x"}] * 100}
    )


def _least_first(purpose: int) -> Mapping[str, Any]:
    least: Mapping[int, Mapping[str, Any]] = {
        1: {"narrative": "x"},
        3: {"anonymity": "named"},
        4: {"note": "x"},
        5: {"interest": True},
    }
    return least[purpose]


def files() -> list[VectorFile]:
    """Every file of this module."""
    return [_content()]

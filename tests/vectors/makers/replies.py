"""What desks answer and what reporters permit. Source: SPEC §11.5, §14."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from crypto.errors import (
    MalformedConsentError,
    MalformedDocumentError,
    MalformedJsonError,
    MalformedTextError,
    SignatureError,
)
from crypto.signing.sign import SigningKey
from crypto.wire.codec import encode_base64url
from crypto.wire.consent import CONSENT_LABEL, REVOCATION_LABEL, Consent, Revocation, encode_consent
from crypto.wire.consent import encode_signed_part as encode_consent_part
from crypto.wire.envelope import PLAINTEXT_BYTES, Purpose
from crypto.wire.reply import CASE_STATES, REPLY_LABEL, Reply, ReplyKind
from crypto.wire.reply import encode_signed_part as encode_reply
from crypto.wire.roles import Role
from crypto.wire.strict_json import encode_json
from tests.authority import NOW, seed_of
from tests.vectors.makers.actors import (
    CASE,
    CLAIM,
    INSTANCE,
    NORTH,
    OTHER_INSTANCE,
    SOUTH,
    Fault,
    Members,
    refuse_each,
)
from tests.vectors.makers.contents import FILE
from tests.vectors.makers.vector_file import VectorFile


def _reply() -> VectorFile:
    desk = NORTH.desks[Role.TRIAGE].signing
    content: Members = {
        "text": "\u8c22\u8c22\uff0c\u8bf7\u8865\u5145\u65f6\u95f4\u3002",
        "sent_on": "2026-03-03",
        "state": "examining",
        "about_n": 0,
    }
    reply = Reply(ReplyKind.REPLY, Role.TRIAGE, 1, 2, CASE, content)
    signed = encode_reply(reply)
    length = len(signed) + 64
    size = PLAINTEXT_BYTES[Purpose.REPLY]
    raw = signed + desk.sign(REPLY_LABEL, INSTANCE, signed)
    file = VectorFile("reply", "SPEC 11.5")
    file.bases["sound"] = {"pad": raw.hex(), "size_bytes": size}
    members = {"instance": INSTANCE.hex(), "key": desk.verification_key.hex()}
    base = {"base": "sound"}
    file.accept("sound", raw=base, **members)
    wrong = MalformedDocumentError
    faults: tuple[Fault, ...] = (
        ("suite", wrong, {"offset": 1, "xor": 3}),
        ("purpose", wrong, {"offset": 2, "xor": 1}),
        ("kind_0", wrong, {"offset": 3, "set": "00"}),
        ("kind_7", wrong, {"offset": 3, "set": "07"}),
        ("role_0", wrong, {"offset": 4, "set": "00"}),
        ("role_11", wrong, {"offset": 4, "set": "0b"}),
        ("other_kind", SignatureError, {"offset": 3, "set": "02"}),
        ("other_role", SignatureError, {"offset": 4, "set": "02"}),
        ("other_epoch", SignatureError, {"offset": 8, "xor": 3}),
        ("other_i", SignatureError, {"offset": 12, "xor": 1}),
        ("other_case", SignatureError, {"offset": 13, "xor": 1}),
        ("content_too_long", wrong, {"offset": 45, "set": "00001000"}),
        ("r_changed", SignatureError, {"offset": length - 64, "xor": 1}),
        ("s_changed", SignatureError, {"offset": length - 32, "xor": 1}),
        ("padding_first", wrong, {"offset": length, "xor": 1}),
        ("padding_last", wrong, {"offset": size - 1, "xor": 1}),
    )
    refuse_each(file, "sound", faults, members)
    file.refuse(
        "other_instance", SignatureError, raw=base, **{**members, "instance": OTHER_INSTANCE}
    )
    other = NORTH.desks[Role.OVERSIGHT].verification_key.hex()
    file.refuse("other_desk", SignatureError, raw=base, **{**members, "key": other})
    other = SOUTH.desks[Role.TRIAGE].verification_key.hex()
    file.refuse("desk_of_another_authority", SignatureError, raw=base, **{**members, "key": other})
    _reply_contents(file, members, signed[:45], desk)
    _reply_members(file, members, signed[:45], desk)
    return file


_LEAST_FILE: Final[Mapping[str, Any]] = {k: v for k, v in FILE.items() if k not in {"type", "name"}}
_REPLY_ACCEPTED: Final[tuple[tuple[str, Members], ...]] = (
    ("files", {"files": [FILE, _LEAST_FILE]}),
    ("about_largest", {"about_n": 2**32 - 1}),
    *((f"state_{state}", {"state": state}) for state in CASE_STATES),
)
_REPLY_REFUSED: Final[tuple[tuple[str, Members], ...]] = (
    ("files_empty", {"files": []}),
    ("files_null", {"files": None}),
    ("files_text", {"files": "x"}),
    ("file_for_files", {"files": FILE}),
    ("file_text", {"files": ["x"]}),
    ("file_without_key", {"files": [{k: v for k, v in FILE.items() if k != "key"}]}),
    ("file_digest_short", {"files": [{**FILE, "digest": encode_base64url(bytes(31))}]}),
    ("file_size_negative", {"files": [{**FILE, "size_bytes": -1}]}),
    ("file_name_empty", {"files": [{**FILE, "name": ""}]}),
    ("file_unknown_member", {"files": [{**FILE, "path": "x"}]}),
    ("about_negative", {"about_n": -1}),
    ("about_too_large", {"about_n": 2**32}),
    ("about_text", {"about_n": "0"}),
    ("about_boolean", {"about_n": True}),
    ("about_null", {"about_n": None}),
    ("text_null", {"text": None}),
    ("state_null", {"state": None}),
    ("state_empty", {"state": ""}),
)


def _reply_members(
    file: VectorFile, members: Mapping[str, Any], frame: bytes, desk: SigningKey
) -> None:
    """Files and the number of the submission that is answered."""
    for name, change in (*_REPLY_ACCEPTED, *_REPLY_REFUSED):
        body = encode_json({"sent_on": "2026-03-03", **change})
        signed = frame + len(body).to_bytes(4) + body
        raw = signed + desk.sign(REPLY_LABEL, INSTANCE, signed)
        written = {"pad": raw.hex(), "size_bytes": PLAINTEXT_BYTES[Purpose.REPLY]}
        if (name, change) in _REPLY_ACCEPTED:
            file.accept(name, raw=written, **members)
        else:
            file.refuse(name, MalformedDocumentError, raw=written, **members)


def _reply_contents(
    file: VectorFile, members: Mapping[str, Any], frame: bytes, desk: SigningKey
) -> None:
    wrong = MalformedDocumentError
    for name, error, body in (
        ("least", None, b'{"sent_on":"2026-03-03"}'),
        ("white_space", None, b' {"sent_on" : "2026-03-03"}'),
        ("without_day", wrong, b'{"text":"x"}'),
        ("unknown_member", wrong, b'{"sent_on":"2026-03-03","more":1}'),
        ("unknown_state", wrong, b'{"sent_on":"2026-03-03","state":"lost"}'),
        ("state_number", wrong, b'{"sent_on":"2026-03-03","state":1}'),
        ("text_number", wrong, b'{"sent_on":"2026-03-03","text":1}'),
        ("day_number", wrong, b'{"sent_on":20260303}'),
        ("text_empty", wrong, b'{"sent_on":"2026-03-03","text":""}'),
        ("no_such_day", MalformedTextError, b'{"sent_on":"2026-02-30"}'),
        ("empty", MalformedJsonError, b""),
        ("list", MalformedJsonError, b"[]"),
        ("duplicate", MalformedJsonError, b'{"sent_on":"2026-03-03","sent_on":"2026-03-03"}'),
    ):
        signed = frame + len(body).to_bytes(4) + body
        raw = signed + desk.sign(REPLY_LABEL, INSTANCE, signed)
        written = {"pad": raw.hex(), "size_bytes": PLAINTEXT_BYTES[Purpose.REPLY]}
        if error is None:
            file.accept(f"content_{name}", raw=written, **members)
        else:
            file.refuse(f"content_{name}", error, raw=written, **members)


_CONSENT: Final = Consent(
    consent_id=seed_of("consent id")[:16],
    fields=("legal_name", "contacts"),
    purpose="to thank them in person",
    recipient="the district office",
    text_shown="\u6211\u540c\u610f\u628a\u59d3\u540d\u544a\u8bc9\u533a\u5c40\u3002",
    given_at=NOW,
    expires_at=NOW + timedelta(days=30),
    one_time=True,
)


def _consent_text(label: str, kind: int, body: bytes) -> str:
    signed = b"\0\1" + kind.to_bytes(1) + len(body).to_bytes(4) + body
    return encode_consent(signed, CLAIM.sign(label, INSTANCE + CASE, signed))


def _consent() -> VectorFile:
    file = VectorFile("consent", "SPEC 14")
    members = {
        "instance": INSTANCE.hex(),
        "case_ref": CASE.hex(),
        "key": CLAIM.verification_key.hex(),
    }
    signed = encode_consent_part(_CONSENT)
    raw = signed + CLAIM.sign(CONSENT_LABEL, INSTANCE + CASE, signed)
    revoked = encode_consent_part(Revocation(_CONSENT.consent_id, NOW + timedelta(days=1)))
    revocation = revoked + CLAIM.sign(REVOCATION_LABEL, INSTANCE + CASE, revoked)
    text = encode_base64url(raw)
    file.accept("consent", text=text, **members)
    file.accept("revocation", text=encode_base64url(revocation), **members)
    of_all = encode_consent_part(Revocation(None, NOW + timedelta(days=1)))
    all_text = encode_base64url(of_all + CLAIM.sign(REVOCATION_LABEL, INSTANCE + CASE, of_all))
    file.accept("revocation_of_all", text=all_text, **members)
    crossed = revoked + CLAIM.sign(CONSENT_LABEL, INSTANCE + CASE, revoked)
    wrong = MalformedConsentError
    for name, error, altered in (
        ("empty", wrong, b""),
        ("suite", wrong, b"\0\2" + raw[2:]),
        ("kind_22", wrong, raw[:2] + b"\x16" + raw[3:]),
        ("kind_of_a_revocation", wrong, raw[:2] + b"\x15" + raw[3:]),
        ("cut", wrong, raw[:-1]),
        ("more_behind", wrong, raw + b"\0"),
        ("length_beyond_all", wrong, raw[:3] + b"\xff\xff\xff\xff" + raw[7:]),
        ("signature_changed", SignatureError, raw[:-1] + bytes([raw[-1] ^ 1])),
        ("text_changed", SignatureError, raw.replace(b"district", b"District")),
        ("revocation_signed_as_consent", SignatureError, crossed),
    ):
        file.refuse(name, error, text=encode_base64url(altered), **members)
    for name, change in (
        ("other_instance", {"instance": OTHER_INSTANCE}),
        ("other_case", {"case_ref": seed_of("other case").hex()}),
        ("other_claim_key", {"key": NORTH.root_key.hex()}),
    ):
        file.refuse(name, SignatureError, text=text, **{**members, **change})
    file.refuse("padded", wrong, text=text + "=", **members)
    _consent_members(file, members)
    return file


_FIELDS: Final = (
    *("chosen_name", "legal_name", "document_type", "document_number", "region", "access_needs"),
    *("relation_to_subject", "note", "contacts", "language", "unit_knows"),
)


_CONSENT_FAULTS: Final[tuple[tuple[str, Members], ...]] = (
    ("id_short", {"id": encode_base64url(bytes(15))}),
    ("id_number", {"id": 1}),
    ("fields_text", {"fields": "legal_name"}),
    ("fields_twice", {"fields": ["note", "note"]}),
    ("field_number", {"fields": [1]}),
    ("fields_empty", {"fields": []}),
    ("fields_null", {"fields": None}),
    ("field_empty", {"fields": [""]}),
    ("field_unknown", {"fields": ["legal_name", "shoe_size"]}),
    ("field_of_protection", {"fields": ["threats"]}),
    ("field_inherited", {"fields": ["constructor"]}),
    ("field_in_other_case", {"fields": ["Legal_name"]}),
    ("field_anonymity", {"fields": ["anonymity"]}),
    ("field_consents", {"fields": ["consents"]}),
    ("purpose_empty", {"purpose": ""}),
    ("recipient_empty", {"recipient": ""}),
    ("recipient_null", {"recipient": None}),
    ("text_shown_empty", {"text_shown": ""}),
    ("text_shown_list", {"text_shown": ["x"]}),
    ("purpose_number", {"purpose": 1}),
    ("ends_when_it_starts", {"until": "2026-03-02T08:00:00Z"}),
    ("ends_first", {"until": "2026-03-01T08:00:00Z"}),
    ("from_is_a_day", {"from": "2026-03-02"}),
    ("one_time_number", {"one_time": 0}),
    ("unknown_member", {"more": 1}),
)


def _consent_members(file: VectorFile, members: Mapping[str, Any]) -> None:
    body: Members = {
        "id": encode_base64url(_CONSENT.consent_id),
        "fields": ["legal_name"],
        "purpose": "x",
        "recipient": "x",
        "text_shown": "x",
        "from": "2026-03-02T08:00:00Z",
        "until": "2026-03-03T08:00:00Z",
        "one_time": False,
    }
    sound = _consent_text(CONSENT_LABEL, 20, encode_json(body))
    file.accept("least", text=sound, **members)
    every = _consent_text(CONSENT_LABEL, 20, encode_json({**body, "fields": _FIELDS}))
    file.accept("every_field", text=every, **members)
    for name, change in _CONSENT_FAULTS:
        altered = _consent_text(CONSENT_LABEL, 20, encode_json({**body, **change}))
        file.refuse(name, MalformedConsentError, text=altered, **members)
    for name in body:
        less = encode_json({k: v for k, v in body.items() if k != name})
        altered = _consent_text(CONSENT_LABEL, 20, less)
        file.refuse(f"without_{name}", MalformedConsentError, text=altered, **members)
    for name, raw in (
        ("json_duplicate", b'{"id":"","id":""}'),
        ("json_list", b"[]"),
        ("json_too_long", b'{"id":"' + b"x" * 8192 + b'"}'),
    ):
        altered = _consent_text(CONSENT_LABEL, 20, raw)
        file.refuse(name, MalformedConsentError, text=altered, **members)
    for name, content in (
        ("without_at", {"id": body["id"]}),
        ("at_day", {"id": body["id"], "at": "2026-03-02"}),
        ("of_all_false", {"all": False, "at": body["from"]}),
        ("of_all_number", {"all": 1, "at": body["from"]}),
        ("of_all_and_one", {"all": True, "id": body["id"], "at": body["from"]}),
        ("of_all_without_at", {"all": True}),
        ("of_nothing", {"at": body["from"]}),
    ):
        less = encode_json(content)
        altered = _consent_text(REVOCATION_LABEL, 21, less)
        file.refuse(f"revocation_{name}", MalformedConsentError, text=altered, **members)


def files() -> list[VectorFile]:
    """Every file of this module."""
    return [_reply(), _consent()]

"""What desks, officers and reporters sign, and the feed. Source: SPEC §11.5, §12.2, §14 to §18."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from crypto.errors import (
    FeedGapError,
    FeedRewrittenError,
    MalformedConsentError,
    MalformedDocumentError,
    MalformedEventError,
    MalformedGrantError,
    MalformedJsonError,
    MalformedReleaseError,
    MalformedSubmissionError,
    MalformedTextError,
    SealedIntakeError,
    SignatureError,
)
from crypto.signing.sign import SigningKey
from crypto.wire.case_event import (
    AUDIT_LABEL,
    EVENT_LABEL,
    AuditRecord,
    CaseEvent,
    ChainHead,
    ChainKind,
    encode_audit_part,
)
from crypto.wire.case_event import encode_signed_part as encode_event
from crypto.wire.codec import encode_base64url
from crypto.wire.consent import CONSENT_LABEL, REVOCATION_LABEL, Consent, Revocation, encode_consent
from crypto.wire.consent import encode_signed_part as encode_consent_part
from crypto.wire.envelope import PLAINTEXT_BYTES, Purpose, envelope_bytes
from crypto.wire.feed import head_zero, next_head
from crypto.wire.grant import GRANT_LABEL, DeskSeed, encode_desk_seed
from crypto.wire.instants import minute_of
from crypto.wire.release import RELEASE_LABEL, Release
from crypto.wire.release import encode_signed_part as encode_release
from crypto.wire.reply import REPLY_LABEL, Reply, ReplyKind
from crypto.wire.reply import encode_signed_part as encode_reply
from crypto.wire.roles import Role
from crypto.wire.strict_json import encode_json
from crypto.wire.submission import REPORT_BYTES, case_ref, submission_digest
from tests.authority import NOW, make_authority, seed_of
from tests.vectors.makers.vector_file import VectorFile

_NORTH: Final = make_authority("north")
_SOUTH: Final = make_authority("south")
_INSTANCE: Final = _NORTH.instance_id
_OTHER_INSTANCE: Final = _SOUTH.instance_id.hex()
_CLAIM: Final = SigningKey(seed_of("claim"))
_CASE: Final = case_ref(_CLAIM.verification_key)

Members = dict[str, Any]
Fault = tuple[str, type[SealedIntakeError], Members]


def _refuse_each(
    file: VectorFile, base: str, faults: tuple[Fault, ...], members: Mapping[str, Any]
) -> None:
    for name, error, op in faults:
        file.refuse(name, error, raw={"base": base, "mutate": [op]}, **members)


def _reply() -> VectorFile:
    desk = _NORTH.desks[Role.TRIAGE].signing
    content = {
        "text": "\u8c22\u8c22\uff0c\u8bf7\u8865\u5145\u65f6\u95f4\u3002",
        "sent_on": "2026-03-03",
        "state": "examining",
        "about_n": 0,
    }
    reply = Reply(ReplyKind.REPLY, Role.TRIAGE, 1, 2, _CASE, content)
    signed = encode_reply(reply)
    length = len(signed) + 64
    size = PLAINTEXT_BYTES[Purpose.REPLY]
    raw = signed + desk.sign(REPLY_LABEL, _INSTANCE, signed)
    file = VectorFile("reply", "SPEC 11.5")
    file.bases["sound"] = {"pad": raw.hex(), "size_bytes": size}
    members = {"instance": _INSTANCE.hex(), "key": desk.verification_key.hex()}
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
    _refuse_each(file, "sound", faults, members)
    file.refuse("other_instance", SignatureError, raw=base, **{**members, "instance": _OTHER_INSTANCE})
    other = _NORTH.desks[Role.OVERSIGHT].verification_key.hex()
    file.refuse("other_desk", SignatureError, raw=base, **{**members, "key": other})
    other = _SOUTH.desks[Role.TRIAGE].verification_key.hex()
    file.refuse("desk_of_another_authority", SignatureError, raw=base, **{**members, "key": other})
    _reply_contents(file, members, signed[:45], desk)
    return file


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
        ("no_such_day", MalformedTextError, b'{"sent_on":"2026-02-30"}'),
        ("empty", MalformedJsonError, b""),
        ("list", MalformedJsonError, b"[]"),
        ("duplicate", MalformedJsonError, b'{"sent_on":"2026-03-03","sent_on":"2026-03-03"}'),
    ):
        signed = frame + len(body).to_bytes(4) + body
        raw = signed + desk.sign(REPLY_LABEL, _INSTANCE, signed)
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
    return encode_consent(signed, _CLAIM.sign(label, _INSTANCE + _CASE, signed))


def _consent() -> VectorFile:
    file = VectorFile("consent", "SPEC 14")
    members = {
        "instance": _INSTANCE.hex(),
        "case_ref": _CASE.hex(),
        "key": _CLAIM.verification_key.hex(),
    }
    signed = encode_consent_part(_CONSENT)
    raw = signed + _CLAIM.sign(CONSENT_LABEL, _INSTANCE + _CASE, signed)
    revoked = encode_consent_part(Revocation(_CONSENT.consent_id, NOW + timedelta(days=1)))
    revocation = revoked + _CLAIM.sign(REVOCATION_LABEL, _INSTANCE + _CASE, revoked)
    text = encode_base64url(raw)
    file.accept("consent", text=text, **members)
    file.accept("revocation", text=encode_base64url(revocation), **members)
    crossed = revoked + _CLAIM.sign(CONSENT_LABEL, _INSTANCE + _CASE, revoked)
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
        ("other_instance", {"instance": _OTHER_INSTANCE}),
        ("other_case", {"case_ref": seed_of("other case").hex()}),
        ("other_claim_key", {"key": _NORTH.root_key.hex()}),
    ):
        file.refuse(name, SignatureError, text=text, **{**members, **change})
    file.refuse("padded", wrong, text=text + "=", **members)
    _consent_members(file, members)
    return file


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
    faults: tuple[tuple[str, Members], ...] = (
        ("id_short", {"id": encode_base64url(bytes(15))}),
        ("id_number", {"id": 1}),
        ("fields_text", {"fields": "legal_name"}),
        ("fields_twice", {"fields": ["note", "note"]}),
        ("field_number", {"fields": [1]}),
        ("purpose_number", {"purpose": 1}),
        ("ends_when_it_starts", {"until": "2026-03-02T08:00:00Z"}),
        ("ends_first", {"until": "2026-03-01T08:00:00Z"}),
        ("from_is_a_day", {"from": "2026-03-02"}),
        ("one_time_number", {"one_time": 0}),
        ("unknown_member", {"more": 1}),
    )
    sound = _consent_text(CONSENT_LABEL, 20, encode_json(body))
    file.accept("least", text=sound, **members)
    for name, change in faults:
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
    for name, change in (("without_at", {}), ("at_day", {"at": "2026-03-02"})):
        less = encode_json({"id": body["id"], **change})
        altered = _consent_text(REVOCATION_LABEL, 21, less)
        file.refuse(f"revocation_{name}", MalformedConsentError, text=altered, **members)


# --- officers' objects --------------------------------------------------------------------------


def _grant() -> list[VectorFile]:
    seeds = VectorFile("desk_seed", "SPEC 15.1")
    raw = encode_desk_seed(DeskSeed(Role.PROTECTION, 3, seed_of("desk seed")))
    seeds.bases["sound"] = raw.hex()
    seeds.accept("sound", raw={"base": "sound"})
    wrong = MalformedGrantError
    faults: tuple[Fault, ...] = (
        ("suite", wrong, {"offset": 1, "xor": 3}),
        ("purpose", wrong, {"offset": 2, "xor": 1}),
        ("role_0", wrong, {"offset": 3, "set": "00"}),
        ("role_11", wrong, {"offset": 3, "set": "0b"}),
        ("padding", wrong, {"offset": 63, "xor": 1}),
        ("cut", wrong, {"truncate": 39}),
    )
    _refuse_each(seeds, "sound", faults, {})
    file = VectorFile("grant", "SPEC 15.1")
    member = _NORTH.members[Role.PROTECTION]
    granter = _NORTH.officer(Role.PROTECTION).officer_id
    envelope = seed_of("grant envelope") * 42
    envelope = envelope[: envelope_bytes(Purpose.GRANT)]
    signature = member.signing.sign(GRANT_LABEL, _INSTANCE, envelope + granter)
    file.bases["sound"] = (envelope + granter + signature).hex()
    members = {"instance": _INSTANCE.hex(), "key": member.verification_key.hex()}
    file.accept("sound", raw={"base": "sound"}, **members)
    faults = (
        ("cut", wrong, {"truncate": 1431}),
        ("more_behind", wrong, {"append": "00"}),
        ("empty", wrong, {"truncate": 0}),
        ("envelope_changed", SignatureError, {"offset": 100, "xor": 1}),
        ("granter_changed", SignatureError, {"offset": 1336, "xor": 1}),
        ("signature_changed", SignatureError, {"offset": 1368, "xor": 1}),
    )
    _refuse_each(file, "sound", faults, members)
    base = {"base": "sound"}
    file.refuse("other_instance", SignatureError, raw=base, **{**members, "instance": _OTHER_INSTANCE})
    other = _NORTH.members[Role.CUSTODIAN].verification_key.hex()
    file.refuse("other_granter", SignatureError, raw=base, **{**members, "key": other})
    return [seeds, file]


def _release() -> VectorFile:
    custodian = _NORTH.members[Role.CUSTODIAN].signing
    handler = _NORTH.officer(Role.PROTECTION).officer_id
    request = seed_of("request hash")
    release = Release(
        row_id=seed_of("row id"),
        part_digest=seed_of("part digest"),
        not_after=minute_of(NOW) + 60,
        inner_wrapped_key=seed_of("inner") * 37,
        custodian=_NORTH.officer(Role.CUSTODIAN).officer_id,
    )
    signed = encode_release(release)
    raw = signed + custodian.sign(RELEASE_LABEL, _INSTANCE + request + handler, signed)
    file = VectorFile("release", "SPEC 15.2")
    file.bases["sound"] = {"pad": raw.hex(), "size_bytes": PLAINTEXT_BYTES[Purpose.RELEASE]}
    members = {
        "instance": _INSTANCE.hex(),
        "key": custodian.verification_key.hex(),
        "request": request.hex(),
        "handler": handler.hex(),
    }
    base = {"base": "sound"}
    file.accept("sound", raw=base, **members)
    wrong = MalformedReleaseError
    faults: tuple[Fault, ...] = (
        ("suite", wrong, {"offset": 1, "xor": 3}),
        ("purpose", wrong, {"offset": 2, "xor": 1}),
        ("kind", wrong, {"offset": 3, "xor": 1}),
        ("row_changed", SignatureError, {"offset": 4, "xor": 1}),
        ("digest_changed", SignatureError, {"offset": 36, "xor": 1}),
        ("longer", SignatureError, {"offset": 68, "set": "ffffffff"}),
        ("inner_changed", SignatureError, {"offset": 72, "xor": 1}),
        ("custodian_changed", SignatureError, {"offset": 1256, "xor": 1}),
        ("signature_changed", SignatureError, {"offset": 1288, "xor": 1}),
        ("padding_first", wrong, {"offset": 1352, "xor": 1}),
        ("padding_last", wrong, {"offset": 2047, "xor": 1}),
        ("cut", wrong, {"truncate": 1351}),
    )
    _refuse_each(file, "sound", faults, members)
    for name, change in (
        ("other_instance", {"instance": _OTHER_INSTANCE}),
        ("other_request", {"request": seed_of("other request").hex()}),
        ("other_handler", {"handler": _NORTH.officer(Role.AUDITOR).officer_id.hex()}),
        ("other_custodian", {"key": _SOUTH.members[Role.CUSTODIAN].verification_key.hex()}),
    ):
        file.refuse(name, SignatureError, raw=base, **{**members, **change})
    return file


def _event() -> list[VectorFile]:
    author = _NORTH.members[Role.TRIAGE].signing
    officer = _NORTH.officer(Role.TRIAGE).officer_id
    heads = tuple(
        ChainHead(kind, int(kind) + 4, seed_of(f"head {kind}")) for kind in list(ChainKind)[1:]
    )
    event = CaseEvent(
        kind=ChainKind.TRIAGE,
        case_ref=_CASE,
        sequence=5,
        previous=seed_of("previous event"),
        heads=heads,
        author=officer,
        minute=minute_of(NOW),
        content={"type": "note", "text": "\u5df2\u8bfb"},
    )
    signed = encode_event(event)
    raw = signed + author.sign(EVENT_LABEL, _INSTANCE, signed)
    file = VectorFile("event", "SPEC 16.2")
    file.bases["sound"] = {"pad": raw.hex(), "size_bytes": PLAINTEXT_BYTES[Purpose.EVENT]}
    first = CaseEvent(ChainKind.TRIAGE, _CASE, 0, bytes(32), (), officer, 0, {"type": "opened"})
    signed_first = encode_event(first)
    raw_first = signed_first + author.sign(EVENT_LABEL, _INSTANCE, signed_first)
    file.bases["first"] = {"pad": raw_first.hex(), "size_bytes": PLAINTEXT_BYTES[Purpose.EVENT]}
    members = {"instance": _INSTANCE.hex(), "key": author.verification_key.hex()}
    base = {"base": "sound"}
    file.accept("sound", raw=base, **members)
    file.accept("first", raw={"base": "first"}, **members)
    wrong, length = MalformedEventError, len(raw)
    faults: tuple[Fault, ...] = (
        ("suite", wrong, {"offset": 1, "xor": 3}),
        ("purpose", wrong, {"offset": 2, "xor": 1}),
        ("kind_0", wrong, {"offset": 3, "set": "00"}),
        ("kind_5", wrong, {"offset": 3, "set": "05"}),
        ("other_kind", SignatureError, {"offset": 3, "set": "02"}),
        ("case_changed", SignatureError, {"offset": 4, "xor": 1}),
        ("sequence_changed", SignatureError, {"offset": 39, "xor": 1}),
        ("previous_changed", SignatureError, {"offset": 40, "xor": 1}),
        ("head_of_kind_9", wrong, {"offset": 73, "set": "09"}),
        ("head_changed", SignatureError, {"offset": 78, "xor": 1}),
        ("author_changed", SignatureError, {"offset": 184, "xor": 1}),
        ("minute_changed", SignatureError, {"offset": 219, "xor": 1}),
        ("content_beyond_all", wrong, {"offset": 220, "set": "ffffffff"}),
        ("content_no_json", MalformedJsonError, {"offset": 224, "set": "5b"}),
        ("signature_changed", SignatureError, {"offset": length - 64, "xor": 1}),
        ("padding_first", wrong, {"offset": length, "xor": 1}),
        ("padding_last", wrong, {"offset": 8191, "xor": 1}),
        ("cut", wrong, {"truncate": length - 1}),
    )
    _refuse_each(file, "sound", faults, members)
    file.refuse("other_instance", SignatureError, raw=base, **{**members, "instance": _OTHER_INSTANCE})
    other = _NORTH.members[Role.AUDITOR].verification_key.hex()
    file.refuse("other_author", SignatureError, raw=base, **{**members, "key": other})
    return [file, _audit(author), _stored()]


def _audit(author: SigningKey) -> VectorFile:
    record = AuditRecord(
        kind=ChainKind.RELEASE,
        author=_NORTH.officer(Role.TRIAGE).officer_id,
        minute=minute_of(NOW),
        chain_id=seed_of("chain id"),
        sequence=5,
        event_digest=seed_of("event digest"),
    )
    signed = encode_audit_part(record)
    raw = signed + author.sign(AUDIT_LABEL, _INSTANCE, signed)
    file = VectorFile("audit", "SPEC 16.3")
    file.bases["sound"] = {"pad": raw.hex(), "size_bytes": PLAINTEXT_BYTES[Purpose.AUDIT]}
    members = {"instance": _INSTANCE.hex(), "key": author.verification_key.hex()}
    file.accept("sound", raw={"base": "sound"}, **members)
    as_event = signed + author.sign(EVENT_LABEL, _INSTANCE, signed)
    written = {"pad": as_event.hex(), "size_bytes": PLAINTEXT_BYTES[Purpose.AUDIT]}
    file.refuse("signed_as_event", SignatureError, raw=written, **members)
    wrong = MalformedEventError
    faults: tuple[Fault, ...] = (
        ("suite", wrong, {"offset": 1, "xor": 3}),
        ("purpose", wrong, {"offset": 2, "xor": 1}),
        ("kind_0", wrong, {"offset": 3, "set": "00"}),
        ("kind_5", wrong, {"offset": 3, "set": "05"}),
        ("author_changed", SignatureError, {"offset": 4, "xor": 1}),
        ("minute_changed", SignatureError, {"offset": 39, "xor": 1}),
        ("chain_changed", SignatureError, {"offset": 40, "xor": 1}),
        ("sequence_changed", SignatureError, {"offset": 75, "xor": 1}),
        ("digest_changed", SignatureError, {"offset": 76, "xor": 1}),
        ("signature_changed", SignatureError, {"offset": 108, "xor": 1}),
        ("padding_first", wrong, {"offset": 172, "xor": 1}),
        ("padding_last", wrong, {"offset": 511, "xor": 1}),
        ("cut", wrong, {"truncate": 171}),
    )
    _refuse_each(file, "sound", faults, members)
    return file


def _stored() -> VectorFile:
    file = VectorFile("stored_event", "SPEC 16.4")

    def written(readers: int, said: int | None = None) -> Members:
        head = b"\0\1" + seed_of("chain id") + (5).to_bytes(4) + seed_of("previous event")
        event = {"repeat": "e1", "size_bytes": envelope_bytes(Purpose.EVENT, max(readers, 1))}
        audit = {"repeat": "a1", "size_bytes": envelope_bytes(Purpose.AUDIT)}
        number = (readers if said is None else said).to_bytes(1)
        return {"parts": [(head + number).hex(), event, audit]}

    for readers in (1, 2, 8):
        file.accept(f"readers_{readers}", raw=written(readers))
    file.bases["sound"] = written(2)
    for name, said in (("readers_0", 0), ("readers_9", 9), ("one_said_for_two", 1), ("three", 3)):
        file.refuse(name, MalformedEventError, raw=written(2, said))
    faults: tuple[Fault, ...] = (
        ("suite", MalformedEventError, {"offset": 1, "xor": 3}),
        ("cut", MalformedEventError, {"truncate": 5000}),
        ("more_behind", MalformedEventError, {"append": "00"}),
        ("empty", MalformedEventError, {"truncate": 0}),
    )
    _refuse_each(file, "sound", faults, {})
    return file


def _signatures() -> list[VectorFile]:
    signature = VectorFile("signature", "SPEC 1.2, 8.1")
    for label in (
        *("sign/document", "sign/reply", "sign/acknowledgement", "sign/consent"),
        *("sign/revocation", "sign/grant", "sign/release", "sign/event", "sign/audit"),
        *("sign/request",),
    ):
        signature.accept(
            label,
            seed=seed_of("signer").hex(),
            label=label,
            instance=_INSTANCE.hex(),
            body=seed_of("body").hex(),
        )
    request = VectorFile("request", "SPEC 18")
    members = {
        "method": "GET",
        "path": "/desk/feed",
        "query": "after=12&limit=100",
        "body": "",
        "officer_id": _NORTH.officer(Role.TRIAGE).officer_id.hex(),
        "nonce": {"repeat": "0f", "size_bytes": 56},
    }
    request.accept("get", **members)
    request.accept("no_query", **{**members, "query": ""})
    request.accept("post", **{**members, "method": "POST", "body": "00ff"})
    request.accept("moved_border", **{**members, "path": "/desk/fee", "query": "dafter=12&limit=100"})
    return [signature, request]


# --- the feed -----------------------------------------------------------------------------------


def _items(count: int) -> list[Members]:
    """A sound feed from its first item; reports are patterns of the right length."""
    items, head = [], head_zero(_INSTANCE)
    for sequence in range(1, count + 1):
        rest, hashed = seed_of(f"rest {sequence}"), seed_of(f"hash {sequence}")
        pattern = f"{sequence:02x}ff"
        report = (bytes.fromhex(pattern) * (REPORT_BYTES // 2))[:REPORT_BYTES]
        head = next_head(head, submission_digest(report, rest), hashed)
        items.append(
            {
                "sequence": sequence,
                "hour": 492_344 + sequence,
                "rest": rest.hex(),
                "acknowledgement_hash": hashed.hex(),
                "head": head.hex(),
                "report": {"repeat": pattern, "size_bytes": REPORT_BYTES},
            }
        )
    return items


def _feed() -> list[VectorFile]:
    heads = VectorFile("feed_head", "SPEC 12.2")
    heads.accept(
        "first",
        instance=_INSTANCE.hex(),
        report={"repeat": "01ff", "size_bytes": REPORT_BYTES},
        rest=seed_of("rest 1").hex(),
        hash=seed_of("hash 1").hex(),
    )
    file = VectorFile("feed", "SPEC 12.2")
    items, zero = _items(4), head_zero(_INSTANCE).hex()
    second = {"last_sequence": 2, "last_head": items[1]["head"]}
    start = {"last_sequence": 0, "last_head": zero}
    file.accept("from_the_start", **start, items=items)
    file.accept("nothing_new", **start, items=[])
    file.accept("one", **start, items=items[:1])
    file.accept("from_the_middle", **second, items=items[2:])
    for name, members, altered in (
        ("first_left_out", start, items[1:]),
        ("middle_left_out", start, [items[0], *items[2:]]),
        ("repeated", start, [items[0], items[0]]),
        ("swapped", start, [items[1], items[0]]),
        ("already_seen", second, items[1:]),
        ("starts_at_zero", start, [{**items[0], "sequence": 0}]),
    ):
        file.refuse(name, FeedGapError, **members, items=altered)
    other = {"repeat": "aa", "size_bytes": REPORT_BYTES}
    flipped = seed_of("other").hex()
    for name, members, altered in (
        ("report_changed", start, [{**items[0], "report": other}]),
        ("rest_changed", start, [{**items[0], "rest": flipped}]),
        ("hash_changed", start, [{**items[0], "acknowledgement_hash": flipped}]),
        ("head_changed", start, [{**items[0], "head": flipped}]),
        ("last_head_changed", start, [*items[:3], {**items[3], "head": flipped}]),
        ("reports_swapped", start, [{**items[0], "report": items[1]["report"]}]),
        ("renumbered", start, [{**items[1], "sequence": 1}]),
        ("other_last_head", {**second, "last_head": flipped}, items[2:]),
        ("other_instance", {**start, "last_head": head_zero(_SOUTH.instance_id).hex()}, items),
    ):
        file.refuse(name, FeedRewrittenError, **members, items=altered)
    return [heads, file, _feed_page(items)]


def _record(item: Members) -> list[Any]:
    numbers = item["sequence"].to_bytes(8) + item["hour"].to_bytes(4)
    length = (8 + 4 + 96 + REPORT_BYTES).to_bytes(4)
    hashes = item["rest"] + item["acknowledgement_hash"] + item["head"]
    return [(length + numbers).hex() + hashes, item["report"]]


def _feed_page(items: list[Members]) -> VectorFile:
    file = VectorFile("feed_page", "SPEC 12.2")
    file.bases["two"] = {"parts": [*_record(items[0]), *_record(items[1])]}
    file.accept("none", raw="")
    file.accept("one", raw={"parts": _record(items[0])})
    file.accept("two", raw={"base": "two"})
    record = 4 + 8 + 4 + 96 + REPORT_BYTES
    faults: tuple[Fault, ...] = (
        ("length_short", MalformedSubmissionError, {"offset": 3, "xor": 1}),
        ("length_huge", MalformedSubmissionError, {"offset": 0, "set": "ffffffff"}),
        ("cut", MalformedSubmissionError, {"truncate": 2 * record - 1}),
        ("cut_in_length", MalformedSubmissionError, {"truncate": record + 2}),
        ("more_behind", MalformedSubmissionError, {"append": "00"}),
        ("second_length", MalformedSubmissionError, {"offset": record + 3, "xor": 1}),
    )
    _refuse_each(file, "two", faults, {})
    return file


def files() -> list[VectorFile]:
    """Every file of this module."""
    return [_reply(), _consent(), *_grant(), _release(), *_event(), *_signatures(), *_feed()]



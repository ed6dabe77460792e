"""What officers sign. Source: SPEC §15, §16, §18."""

from crypto.errors import (
    MalformedEventError,
    MalformedGrantError,
    MalformedJsonError,
    MalformedReleaseError,
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
from crypto.wire.envelope import PLAINTEXT_BYTES, Purpose, envelope_bytes
from crypto.wire.grant import GRANT_LABEL, DeskSeed, encode_desk_seed
from crypto.wire.instants import minute_of
from crypto.wire.release import RELEASE_LABEL, Release
from crypto.wire.release import encode_signed_part as encode_release
from crypto.wire.roles import Role
from tests.authority import NOW, seed_of
from tests.vectors.makers.actors import (
    CASE,
    INSTANCE,
    NORTH,
    OTHER_INSTANCE,
    SOUTH,
    Fault,
    Members,
    refuse_each,
)
from tests.vectors.makers.vector_file import VectorFile


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
    refuse_each(seeds, "sound", faults, {})
    file = VectorFile("grant", "SPEC 15.1")
    member = NORTH.members[Role.PROTECTION]
    granter = NORTH.officer(Role.PROTECTION).officer_id
    envelope = seed_of("grant envelope") * 42
    envelope = envelope[: envelope_bytes(Purpose.GRANT)]
    signature = member.signing.sign(GRANT_LABEL, INSTANCE, envelope + granter)
    file.bases["sound"] = (envelope + granter + signature).hex()
    members = {"instance": INSTANCE.hex(), "key": member.verification_key.hex()}
    file.accept("sound", raw={"base": "sound"}, **members)
    faults = (
        ("cut", wrong, {"truncate": 1431}),
        ("more_behind", wrong, {"append": "00"}),
        ("empty", wrong, {"truncate": 0}),
        ("envelope_changed", SignatureError, {"offset": 100, "xor": 1}),
        ("granter_changed", SignatureError, {"offset": 1336, "xor": 1}),
        ("signature_changed", SignatureError, {"offset": 1368, "xor": 1}),
    )
    refuse_each(file, "sound", faults, members)
    base = {"base": "sound"}
    file.refuse(
        "other_instance", SignatureError, raw=base, **{**members, "instance": OTHER_INSTANCE}
    )
    other = NORTH.members[Role.CUSTODIAN].verification_key.hex()
    file.refuse("other_granter", SignatureError, raw=base, **{**members, "key": other})
    return [seeds, file]


def _release() -> VectorFile:
    custodian = NORTH.members[Role.CUSTODIAN].signing
    handler = NORTH.officer(Role.PROTECTION).officer_id
    request = seed_of("request hash")
    release = Release(
        row_id=seed_of("row id"),
        part_digest=seed_of("part digest"),
        not_after=minute_of(NOW) + 60,
        inner_wrapped_key=seed_of("inner") * 37,
        custodian=NORTH.officer(Role.CUSTODIAN).officer_id,
    )
    signed = encode_release(release)
    raw = signed + custodian.sign(RELEASE_LABEL, INSTANCE + request + handler, signed)
    file = VectorFile("release", "SPEC 15.2")
    file.bases["sound"] = {"pad": raw.hex(), "size_bytes": PLAINTEXT_BYTES[Purpose.RELEASE]}
    members = {
        "instance": INSTANCE.hex(),
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
    refuse_each(file, "sound", faults, members)
    for name, change in (
        ("other_instance", {"instance": OTHER_INSTANCE}),
        ("other_request", {"request": seed_of("other request").hex()}),
        ("other_handler", {"handler": NORTH.officer(Role.AUDITOR).officer_id.hex()}),
        ("other_custodian", {"key": SOUTH.members[Role.CUSTODIAN].verification_key.hex()}),
    ):
        file.refuse(name, SignatureError, raw=base, **{**members, **change})
    return file


def _event() -> list[VectorFile]:
    author = NORTH.members[Role.TRIAGE].signing
    officer = NORTH.officer(Role.TRIAGE).officer_id
    heads = tuple(
        ChainHead(kind, int(kind) + 4, seed_of(f"head {kind}")) for kind in list(ChainKind)[1:]
    )
    event = CaseEvent(
        kind=ChainKind.TRIAGE,
        case_ref=CASE,
        sequence=5,
        previous=seed_of("previous event"),
        heads=heads,
        author=officer,
        minute=minute_of(NOW),
        content={"type": "note", "text": "\u5df2\u8bfb"},
    )
    signed = encode_event(event)
    raw = signed + author.sign(EVENT_LABEL, INSTANCE, signed)
    file = VectorFile("event", "SPEC 16.2")
    file.bases["sound"] = {"pad": raw.hex(), "size_bytes": PLAINTEXT_BYTES[Purpose.EVENT]}
    first = CaseEvent(ChainKind.TRIAGE, CASE, 0, bytes(32), (), officer, 0, {"type": "opened"})
    signed_first = encode_event(first)
    raw_first = signed_first + author.sign(EVENT_LABEL, INSTANCE, signed_first)
    file.bases["first"] = {"pad": raw_first.hex(), "size_bytes": PLAINTEXT_BYTES[Purpose.EVENT]}
    members = {"instance": INSTANCE.hex(), "key": author.verification_key.hex()}
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
    refuse_each(file, "sound", faults, members)
    file.refuse(
        "other_instance", SignatureError, raw=base, **{**members, "instance": OTHER_INSTANCE}
    )
    other = NORTH.members[Role.AUDITOR].verification_key.hex()
    file.refuse("other_author", SignatureError, raw=base, **{**members, "key": other})
    _event_contents(file, members, signed_first, author)
    return [file, _audit(author), _stored()]


def _event_contents(
    file: VectorFile, members: Members, signed_first: bytes, author: SigningKey
) -> None:
    """Every event says what it is."""
    frame = signed_first[: 2 + 1 + 1 + 32 + 4 + 32 + 1 + 32 + 4]
    for name, error, body in (
        ("type_alone", None, b'{"type":"x"}'),
        ("without_type", MalformedEventError, b"{}"),
        ("note_without_type", MalformedEventError, b'{"text":"x"}'),
        ("type_empty", MalformedEventError, b'{"type":""}'),
        ("type_number", MalformedEventError, b'{"type":1}'),
        ("type_null", MalformedEventError, b'{"type":null}'),
        ("type_list", MalformedEventError, b'{"type":["opened"]}'),
        ("type_twice", MalformedJsonError, b'{"type":"x","type":"x"}'),
        ("nothing", MalformedJsonError, b""),
    ):
        signed = frame + len(body).to_bytes(4) + body
        raw = signed + author.sign(EVENT_LABEL, INSTANCE, signed)
        written = {"pad": raw.hex(), "size_bytes": PLAINTEXT_BYTES[Purpose.EVENT]}
        if error is None:
            file.accept(f"content_{name}", raw=written, **members)
        else:
            file.refuse(f"content_{name}", error, raw=written, **members)


def _audit(author: SigningKey) -> VectorFile:
    record = AuditRecord(
        kind=ChainKind.RELEASE,
        author=NORTH.officer(Role.TRIAGE).officer_id,
        minute=minute_of(NOW),
        chain_id=seed_of("chain id"),
        sequence=5,
        event_digest=seed_of("event digest"),
    )
    signed = encode_audit_part(record)
    raw = signed + author.sign(AUDIT_LABEL, INSTANCE, signed)
    file = VectorFile("audit", "SPEC 16.3")
    file.bases["sound"] = {"pad": raw.hex(), "size_bytes": PLAINTEXT_BYTES[Purpose.AUDIT]}
    members = {"instance": INSTANCE.hex(), "key": author.verification_key.hex()}
    file.accept("sound", raw={"base": "sound"}, **members)
    as_event = signed + author.sign(EVENT_LABEL, INSTANCE, signed)
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
    refuse_each(file, "sound", faults, members)
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
    refuse_each(file, "sound", faults, {})
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
            instance=INSTANCE.hex(),
            body=seed_of("body").hex(),
        )
    request = VectorFile("request", "SPEC 18")
    members = {
        "method": "GET",
        "path": "/desk/feed",
        "query": "after=12&limit=100",
        "body": "",
        "officer_id": NORTH.officer(Role.TRIAGE).officer_id.hex(),
        "nonce": {"repeat": "0f", "size_bytes": 56},
    }
    request.accept("get", **members)
    request.accept("no_query", **{**members, "query": ""})
    request.accept("post", **{**members, "method": "POST", "body": "00ff"})
    request.accept(
        "moved_border", **{**members, "path": "/desk/fee", "query": "dafter=12&limit=100"}
    )
    return [signature, request]


def files() -> list[VectorFile]:
    """Every file of this module."""
    return [*_grant(), _release(), *_event(), *_signatures()]

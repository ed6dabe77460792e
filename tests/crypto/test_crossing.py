"""What TypeScript seals Python opens, and the other way round (STYLE 8; ATTACKS A1)."""

from typing import Any

import pytest

from crypto.custody.opening import open_identity, open_lock, open_report, open_row
from crypto.custody.reporter import Contents, ReporterKeys, seal_submission
from crypto.sealing.acknowledge import register
from crypto.sealing.derivation import destruction_key
from crypto.sealing.seal import seal_envelope
from crypto.sealing.sealed_box import SealingKey
from crypto.signing.trust import (
    verify_acknowledgement_text,
)
from crypto.wire.codec import decode_base64url, encode_base64url
from crypto.wire.contents import DocumentKind
from crypto.wire.documents import Document
from crypto.wire.envelope import Purpose
from crypto.wire.feed import head_zero
from crypto.wire.instants import encode_instant, minute_of
from crypto.wire.key_set import KeySet
from crypto.wire.reply import REPLY_LABEL, Reply, ReplyKind, encode_signed_part, pad_reply
from crypto.wire.roles import Role
from crypto.wire.signed_note import ROOT_NAME, encode_verifier_key
from crypto.wire.slots import slot_id, slot_preimage
from crypto.wire.submission import Submission, destruction_id, parse_submission
from tests.authority import NOW, Authority
from tests.crypto.typescript import Ask


def _trusted(authority: Authority) -> dict[str, Any]:
    return {
        "key_set": authority.published.decode(),
        "root_key": encode_verifier_key(ROOT_NAME, authority.root_key),
        "now": encode_instant(authority.now),
    }


def _contents(contents: Contents) -> dict[str, Any]:
    parts = {name: getattr(contents, name) for name in ("report", "identity", "protection")}
    return {"about_staff": contents.about_staff, **parts, "reward": contents.reward}


def _documents(sub: Submission, north: Authority, *, about_staff: bool) -> list[Document]:
    """All five documents, each by its one reading desk."""
    roles = (
        (Role.OVERSIGHT, Role.INDEPENDENT_CUSTODIAN, Role.INDEPENDENT_PROTECTION)
        if about_staff
        else (Role.TRIAGE, Role.CUSTODIAN, Role.PROTECTION)
    )
    triage, custodian, handler = (north.opening(role) for role in roles)
    reward = north.opening(Role.INDEPENDENT_REWARD if about_staff else Role.REWARD)
    instance, rows = north.instance_id, sub.row_ids
    lock = open_lock(sub.identity, rows[0], (custodian,), instance=instance)
    inner = lock.lock.inner_wrapped_key if lock.lock else b""
    return [
        open_report(sub.report, (triage,), instance=instance),
        lock,
        open_identity(sub.identity, rows[0], inner, handler, instance=instance),
        open_row(sub.protection, Purpose.PROTECTION, rows[1], (handler,), instance=instance),
        open_row(sub.reward, Purpose.REWARD, rows[2], (reward,), instance=instance),
    ]


@pytest.mark.parametrize("about_staff", [False, True])
def test_python_opens_what_typescript_seals(
    ask: Ask, north: Authority, keys: ReporterKeys, contents: Contents, *, about_staff: bool
) -> None:
    """STYLE 8: all four envelopes and the identity inside the lock."""
    parts = {**_contents(contents), "about_staff": about_staff}
    job = {"op": "seal_submission", "code": keys.code.symbols, "contents": parts, "n": 4, "kind": 1}

    (answer,) = ask([{**job, **_trusted(north)}])
    sub = parse_submission(decode_base64url(answer["raw"]))
    documents = _documents(sub, north, about_staff=about_staff)

    key = destruction_key(documents[0].slot_key, 4)
    assert sub.destruction_id == destruction_id(key)
    assert [document.content for document in documents] == [
        *(contents.report, None, contents.identity, contents.protection, contents.reward),
    ]
    assert {(d.n, d.claim_key, d.reply_key) for d in documents} == {
        (4, keys.claim.verification_key, keys.reply.recipient_key)
    }
    assert decode_base64url(answer["digest"]) == sub.digest
    assert decode_base64url(answer["case_ref"]) == keys.case_ref
    assert slot_id(decode_base64url(answer["ack_preimage"])) == sub.acknowledgement_slot
    assert sub.acknowledgement_key == keys.acknowledgement(4).pair.recipient_key


def test_python_opens_typescripts_empty_envelopes(
    ask: Ask, north: Authority, keys: ReporterKeys
) -> None:
    """SPEC 8.3: an unused envelope is a real one to the real reader."""
    parts = _contents(Contents(report={"text": "more"}))
    kind = int(DocumentKind.MESSAGE)
    job = {"op": "seal_submission", "code": keys.code.digits, "contents": parts, "n": 1}

    (answer,) = ask([{**job, "kind": kind, **_trusted(north)}])
    sub = parse_submission(decode_base64url(answer["raw"]))
    documents = _documents(sub, north, about_staff=False)

    assert [int(document.kind) for document in documents] == [kind, 0, 0, 0, 0]


@pytest.mark.parametrize("about_staff", [False, True])
def test_typescript_opens_what_python_seals(
    ask: Ask,
    north: Authority,
    keys: ReporterKeys,
    contents: Contents,
    key_set: KeySet,
    *,
    about_staff: bool,
) -> None:
    """STYLE 8: the other way round, by the same desks."""
    parts = Contents(about_staff=about_staff, **_parts(contents))
    sub = parse_submission(seal_submission(keys, parts, key_set).raw)
    custodian = Role.INDEPENDENT_CUSTODIAN if about_staff else Role.CUSTODIAN
    handler = Role.INDEPENDENT_PROTECTION if about_staff else Role.PROTECTION
    reward = Role.INDEPENDENT_REWARD if about_staff else Role.REWARD
    triage = Role.OVERSIGHT if about_staff else Role.TRIAGE

    def job(purpose: Purpose, role: Role, raw: bytes, row: bytes = b"") -> dict[str, Any]:
        seed, instance = north.desks[role].seed, north.instance_id
        fields = {"raw": raw, "seed": seed, "instance": instance, "row_id": row}
        encoded = {name: encode_base64url(value) for name, value in fields.items()}
        return {"op": "open_document", "purpose": int(purpose), **encoded}

    identity, protection_row, reward_row = sub.row_ids
    opened = ask(
        [
            job(Purpose.REPORT, triage, sub.report),
            job(Purpose.IDENTITY_LOCK, custodian, sub.identity, identity),
            job(Purpose.PROTECTION, handler, sub.protection, protection_row),
            job(Purpose.REWARD, reward, sub.reward, reward_row),
            job(Purpose.REPORT, handler, sub.report),
        ]
    )
    inner = {"inner_wrapped_key": opened[1]["inner_wrapped_key"]}
    (known,) = ask([{**job(Purpose.IDENTITY, handler, sub.identity, identity), **inner}])

    assert [answer.get("content") for answer in opened] == [
        *(contents.report, None, contents.protection, contents.reward, None),
    ]
    assert opened[4] == {"error": "NotForReaderError"}
    assert known["content"] == contents.identity


def _parts(contents: Contents) -> dict[str, Any]:
    return {name: value for name, value in _contents(contents).items() if name != "about_staff"}


def test_typescript_opens_pythons_acknowledgement_and_python_its_text(
    ask: Ask, north: Authority, keys: ReporterKeys, submission: Submission, key_set: KeySet
) -> None:
    """SPEC 12: sealed by the server, kept by the reporter, verified by anyone."""
    registered = register(
        submission,
        digest=submission.digest,
        sequence=7,
        previous_head=head_zero(key_set.instance_id),
        minute=minute_of(NOW),
        key=north.acknowledgement,
        instance=key_set.instance_id,
    )
    sealed = encode_base64url(registered.sealed)
    job = {"op": "open_acknowledgement", "code": keys.code.symbols, "sealed": sealed}

    right, wrong = ask([{**job, "n": 0, **_trusted(north)}, {**job, "n": 1, **_trusted(north)}])
    verified = verify_acknowledgement_text(right["text"], north.root_key)

    assert (right["sequence"], right["minute"]) == (7, minute_of(NOW))
    assert decode_base64url(right["digest"]) == submission.digest
    assert verified.acknowledgement.raw == decode_base64url(right["raw"])
    assert wrong == {"error": "NotForReaderError"}


def _sealed_reply(
    north: Authority, keys: ReporterKeys, *, signer: Role = Role.TRIAGE, i: int = 0, place: int = 0
) -> str:
    content = {"text": "\u8bf7\u8865\u5145\u3002", "sent_on": "2026-03-03"}
    reply = Reply(ReplyKind.REPLY, Role.TRIAGE, 1, i, keys.case_ref, content)
    signed = encode_signed_part(reply)
    signature = north.desks[signer].signing.sign(REPLY_LABEL, north.instance_id, signed)
    preimage = slot_preimage(keys.slot_key(Role.TRIAGE), Role.TRIAGE, place)
    return encode_base64url(
        seal_envelope(
            pad_reply(signed, signature),
            purpose=Purpose.REPLY,
            place=slot_id(preimage),
            key_set_version=1,
            instance=north.instance_id,
            readers=(SealingKey(keys.reply.recipient_key),),
        )
    )


def test_typescript_reads_pythons_replies_and_no_forged_one(
    ask: Ask, north: Authority, south: Authority, keys: ReporterKeys
) -> None:
    """SPEC 11.5: desk, slot, number and case are all bound (ATTACKS A13)."""
    stranger = ReporterKeys.derive(keys.code, south.instance_id)

    def job(sealed: str, i: int = 0) -> dict[str, Any]:
        asked = {"op": "open_reply", "code": keys.code.symbols, "role": "triage", "i": i}
        return {**asked, "sealed": sealed, **_trusted(north)}

    answers = ask(
        [
            job(_sealed_reply(north, keys)),
            job(_sealed_reply(north, keys, signer=Role.OVERSIGHT)),
            job(_sealed_reply(south, keys)),
            job(_sealed_reply(north, stranger)),
            job(_sealed_reply(north, keys, i=1)),
            job(_sealed_reply(north, keys, place=1)),
            job(_sealed_reply(north, keys), i=1),
        ]
    )

    assert answers[0]["content"]["text"] == "\u8bf7\u8865\u5145\u3002"
    assert [answer.get("error") for answer in answers] == [
        *(None, "SignatureError", "OpeningError", "NotForReaderError"),
        *("WrongPlaceError", "WrongPlaceError", "WrongPlaceError"),
    ]

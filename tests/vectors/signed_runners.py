"""Runners of acknowledgements, feeds, notes, key sets and what people sign."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from crypto.signing.request import request_body
from crypto.signing.sign import SigningKey
from crypto.signing.trust import (
    KeySetMemory,
    accept_key_set,
    accept_officers,
    check_minimum_version,
    verify_acknowledgement,
    verify_acknowledgement_text,
    verify_key_set,
    verify_officers,
    verify_offline_page,
)
from crypto.signing.verify import verify_labelled, verify_note
from crypto.wire.acknowledgement import acknowledgement_hash, parse_acknowledgement
from crypto.wire.case_event import (
    AUDIT_LABEL,
    EVENT_LABEL,
    parse_audit_record,
    parse_event,
    parse_stored_event,
)
from crypto.wire.consent import CONSENT_LABEL, REVOCATION_LABEL, Consent, parse_consent
from crypto.wire.feed import FeedItem, Tombstone, head_zero, next_head, parse_feed_page, verify_feed
from crypto.wire.grant import GRANT_LABEL, parse_desk_seed, parse_grant
from crypto.wire.instants import encode_instant, parse_instant
from crypto.wire.key_set import parse_key_set
from crypto.wire.officers import parse_officers
from crypto.wire.offline_page import parse_offline_page_note
from crypto.wire.release import RELEASE_LABEL, parse_release
from crypto.wire.reply import REPLY_LABEL, parse_reply
from crypto.wire.signed_note import parse_note, parse_verifier_key
from crypto.wire.submission import submission_digest
from tests.vectors.given import Given, Json, sha256_hex
from tests.vectors.notation import Written


def _acknowledgement(given: Given, *, raw: Written, instance: Written, key: Written) -> Json:
    acknowledgement = parse_acknowledgement(given.raw(raw))
    verify_acknowledgement(acknowledgement, given.raw(instance), given.raw(key))
    return {
        "submission_digest": acknowledgement.submission_digest.hex(),
        "sequence": acknowledgement.sequence,
        "previous_head": acknowledgement.previous_head.hex(),
        "minute": acknowledgement.minute,
        "hash": acknowledgement_hash(acknowledgement.raw).hex(),
    }


def _acknowledgement_text(given: Given, *, text: Written, root_key: Written) -> Json:
    verified = verify_acknowledgement_text(given.text(text), given.raw(root_key))
    return {
        "submission_digest": verified.acknowledgement.submission_digest.hex(),
        "sequence": verified.acknowledgement.sequence,
        "origin": verified.origin,
        "registered_at": encode_instant(verified.registered_at),
    }


def _feed_head(
    given: Given,
    *,
    instance: Written,
    report: Written,
    rest: Written,
    hash: Written,  # noqa: A002
) -> Json:
    zero = head_zero(given.raw(instance))
    digest = submission_digest(given.raw(report), given.raw(rest))
    return {
        "head_zero": zero.hex(),
        "digest": digest.hex(),
        "head_one": next_head(zero, digest, given.raw(hash)).hex(),
    }


def _feed(
    given: Given, *, last_sequence: int, last_head: Written, items: Sequence[Mapping[str, Any]]
) -> Json:
    parsed = [
        FeedItem(
            sequence=item["sequence"],
            hour=item["hour"],
            rest=given.raw(item["rest"]),
            acknowledgement_hash=given.raw(item["acknowledgement_hash"]),
            head=given.raw(item["head"]),
            report=_left(given, item),
        )
        for item in items
    ]
    verify_feed(parsed, last_sequence=last_sequence, last_head=given.raw(last_head))
    return "continues"


def _left(given: Given, item: Mapping[str, Any]) -> bytes | Tombstone:
    """The report, or `tombstone`: digest and destruction key."""
    if "tombstone" in item:
        digest, key = item["tombstone"]
        return Tombstone(given.raw(digest), given.raw(key))
    return given.raw(item["report"])


def _feed_page(given: Given, *, raw: Written) -> Json:
    return [
        {
            "sequence": item.sequence,
            "hour": item.hour,
            "head": item.head.hex(),
            "report_digest": item.report_digest.hex(),
            "destruction_id": (
                item.report.destruction_id.hex() if isinstance(item.report, Tombstone) else None
            ),
        }
        for item in parse_feed_page(given.raw(raw))
    ]


def _signed_note(given: Given, *, note: Written, signer: str, key: Written) -> Json:
    parsed = parse_note(given.text(note))
    verify_note(parsed, signer, given.raw(key))
    return parsed.text


def _verifier_key(_given: Given, *, text: str, signer: str) -> Json:
    return parse_verifier_key(text, signer).hex()


def _key_set(
    given: Given, *, published: Written, root_key: Written, now: str, minimum_version: int
) -> Json:
    unverified = parse_key_set(given.text(published).encode())
    key_set = verify_key_set(unverified, given.raw(root_key), now=parse_instant(now))
    check_minimum_version(key_set, minimum_version)
    return {
        "version": key_set.version,
        "hash": key_set.hash.hex(),
        "authority_id": key_set.authority_id.hex(),
        "instance_id": key_set.instance_id.hex(),
        "current_roles": sorted(int(desk.role) for desk in key_set.body.desks if desk.current),
    }


def _succession(
    given: Given, *, memory: Mapping[str, Any] | None, published: Written, root_key: Written
) -> Json:
    unverified = parse_key_set(given.text(published).encode())
    key_set = verify_key_set(unverified, given.raw(root_key), now=None)
    known = KeySetMemory(memory["version"], given.raw(memory["hash"])) if memory else None
    accepted = accept_key_set(known, key_set)
    return {"version": accepted.version, "hash": accepted.hash.hex()}


def _officers(given: Given, *, note: Written, published: Written, root_key: Written) -> Json:
    unverified = parse_key_set(given.text(published).encode())
    key_set = verify_key_set(unverified, given.raw(root_key), now=None)
    officers = verify_officers(parse_officers(given.text(note)), key_set)
    return [officer.officer_id.hex() for officer in officers.officers]


def _offline_page(
    given: Given, *, page: Written, published: Written, root_key: Written, now: str
) -> Json:
    note = parse_offline_page_note(given.text(published).encode())
    verified = verify_offline_page(
        given.raw(page), note, given.raw(root_key), now=parse_instant(now)
    )
    return {
        "sha256": verified.sha256.hex(),
        "key_set_version": verified.key_set_version,
        "until": encode_instant(verified.valid_until),
    }


def _officers_succession(given: Given, *, notes: Sequence[Written]) -> Json:
    memory = KeySetMemory(1, bytes(32))
    for note in notes:
        memory = accept_officers(memory, parse_officers(given.text(note)))
    return {"custodians": len(memory.custodians), "handlers": len(memory.handlers)}


def _reply(given: Given, *, raw: Written, instance: Written, key: Written) -> Json:
    parsed = parse_reply(given.raw(raw))
    verify_labelled(
        given.raw(key), REPLY_LABEL, given.raw(instance), parsed.signed, parsed.signature
    )
    reply = parsed.reply
    return {
        "kind": int(reply.kind),
        "role": int(reply.role),
        "epoch": reply.epoch,
        "i": reply.i,
        "case_ref": reply.case_ref.hex(),
        "content": reply.content,
    }


def _consent(
    given: Given,
    *,
    text: Written,
    instance: Written,
    case_ref: Written,
    key: Written,
) -> Json:
    parsed = parse_consent(given.text(text))
    bound = given.raw(instance) + given.raw(case_ref)
    value = parsed.value
    name = CONSENT_LABEL if isinstance(value, Consent) else REVOCATION_LABEL
    verify_labelled(given.raw(key), name, bound, parsed.signed, parsed.signature)
    if not isinstance(value, Consent):
        ended = "all" if value.consent_id is None else value.consent_id.hex()
        return {"id": ended, "at": encode_instant(value.at)}
    return {
        "id": value.consent_id.hex(),
        "fields": list(value.fields),
        "until": encode_instant(value.expires_at),
        "one_time": value.one_time,
    }


def _desk_seed(given: Given, *, raw: Written) -> Json:
    seed = parse_desk_seed(given.raw(raw))
    return {"role": int(seed.role), "epoch": seed.epoch, "seed": seed.seed.hex()}


def _grant(given: Given, *, raw: Written, instance: Written, key: Written) -> Json:
    grant = parse_grant(given.raw(raw))
    verify_labelled(given.raw(key), GRANT_LABEL, given.raw(instance), grant.signed, grant.signature)
    return {"granter": grant.granter.hex(), "envelope_sha256": sha256_hex(grant.envelope)}


def _release(
    given: Given,
    *,
    raw: Written,
    instance: Written,
    key: Written,
    request: Written,
    handler: Written,
) -> Json:
    parsed = parse_release(given.raw(raw))
    bound = given.raw(instance) + given.raw(request) + given.raw(handler)
    verify_labelled(given.raw(key), RELEASE_LABEL, bound, parsed.signed, parsed.signature)
    release = parsed.release
    return {
        "row_id": release.row_id.hex(),
        "part_digest": release.part_digest.hex(),
        "not_after": release.not_after,
        "inner_wrapped_key_sha256": sha256_hex(release.inner_wrapped_key),
        "custodian": release.custodian.hex(),
    }


def _event(given: Given, *, raw: Written, instance: Written, key: Written) -> Json:
    parsed = parse_event(given.raw(raw))
    verify_labelled(
        given.raw(key), EVENT_LABEL, given.raw(instance), parsed.signed, parsed.signature
    )
    event = parsed.event
    return {
        "kind": int(event.kind),
        "sequence": event.sequence,
        "previous": event.previous.hex(),
        "heads": [[int(head.kind), head.sequence, head.hash.hex()] for head in event.heads],
        "author": event.author.hex(),
        "minute": event.minute,
        "content": event.content,
    }


def _audit(given: Given, *, raw: Written, instance: Written, key: Written) -> Json:
    parsed = parse_audit_record(given.raw(raw))
    verify_labelled(
        given.raw(key), AUDIT_LABEL, given.raw(instance), parsed.signed, parsed.signature
    )
    record = parsed.record
    return {
        "kind": int(record.kind),
        "author": record.author.hex(),
        "minute": record.minute,
        "chain_id": record.chain_id.hex(),
        "sequence": record.sequence,
        "event_digest": record.event_digest.hex(),
    }


def _stored_event(given: Given, *, raw: Written) -> Json:
    stored = parse_stored_event(given.raw(raw))
    return {
        "chain_id": stored.chain_id.hex(),
        "sequence": stored.sequence,
        "readers": stored.readers,
        "hash": stored.hash.hex(),
    }


def _signature(
    given: Given, *, seed: Written, label: str, instance: Written, body: Written
) -> Json:
    return SigningKey(given.raw(seed)).sign(label, given.raw(instance), given.raw(body)).hex()


def _request(
    given: Given,
    *,
    method: str,
    path: str,
    query: str,
    body: Written,
    officer_id: Written,
    nonce: Written,
) -> Json:
    return request_body(
        method=method,
        path=path,
        query=query,
        body=given.raw(body),
        officer_id=given.raw(officer_id),
        nonce=given.raw(nonce),
    ).hex()


RUNNERS: Final[Mapping[str, Callable[..., Json]]] = {
    function.__name__.removeprefix("_"): function
    for function in (
        _acknowledgement,
        _acknowledgement_text,
        _feed_head,
        _feed,
        _feed_page,
        _signed_note,
        _verifier_key,
        _key_set,
        _succession,
        _officers,
        _officers_succession,
        _offline_page,
        _reply,
        _consent,
        _desk_seed,
        _grant,
        _release,
        _event,
        _audit,
        _stored_event,
        _signature,
        _request,
    )
}

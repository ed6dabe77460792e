"""What each vector format does: one function a format, its arguments the vector's members.

A function takes `given`, which expands the notation of `notation.py`, and the members by name; a
missing or unknown member is therefore a TypeError. It returns a JSON value or raises what the
formats raise. `generate.py` computes expectations with these functions, pytest compares with
them, and `intake/web/src/tests/vectors.test.ts` has the same list.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from crypto.custody.key_pair import KeyPair
from crypto.custody.opening import (
    open_envelope,
    open_file,
    open_identity,
    open_lock,
    open_report,
    open_row,
    open_wrapped_key,
)
from crypto.custody.reporter import ReporterKeys
from crypto.sealing.derivation import chain_id, derive, row_id, row_key
from crypto.sealing.stream import bucket_bytes, seal_file
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
from crypto.wire.codec import (
    decode_base64url,
    encode_crockford,
    labelled_hash,
)
from crypto.wire.consent import CONSENT_LABEL, REVOCATION_LABEL, Consent, parse_consent
from crypto.wire.contents import DocumentKind, check_content
from crypto.wire.documents import DOCUMENT_LABEL, Document, parse_document
from crypto.wire.envelope import (
    Purpose,
    encode_header,
    envelope_bytes,
    header_bytes,
    parse_envelope,
)
from crypto.wire.feed import FeedItem, head_zero, next_head, parse_feed_page, verify_feed
from crypto.wire.grant import GRANT_LABEL, parse_desk_seed, parse_grant
from crypto.wire.instance import authority_id, fingerprint, instance_id, parse_origin
from crypto.wire.instants import encode_instant, instant_of_minute, parse_day, parse_instant
from crypto.wire.key_set import parse_key_set
from crypto.wire.keys import officer_id, parse_recipient_key, parse_verification_key
from crypto.wire.officers import parse_officers
from crypto.wire.receipt import ReceiptCode, parse_receipt_code
from crypto.wire.release import RELEASE_LABEL, parse_release
from crypto.wire.reply import REPLY_LABEL, parse_reply
from crypto.wire.roles import Role, parse_role
from crypto.wire.signed_note import parse_note, parse_verifier_key
from crypto.wire.slots import slot_id, slot_preimage
from crypto.wire.strict_json import parse_json_object
from crypto.wire.submission import case_ref, parse_submission, submission_digest
from tests.vectors.notation import Bases, Written, expand, expand_text, mutated

Json = Any


@dataclass(frozen=True, slots=True)
class Given:
    """Turns what a vector writes down into bytes and texts."""

    bases: Bases

    def raw(self, written: Written) -> bytes:
        """Bytes."""
        return expand(written, self.bases)

    def text(self, written: Written) -> str:
        """Text."""
        return expand_text(written, self.bases)


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


# --- text, hashes, derivation -------------------------------------------------------------------


def _base64url(_given: Given, *, text: str) -> Json:
    return decode_base64url(text).hex()


def _crockford(given: Given, *, raw: Written) -> Json:
    return encode_crockford(given.raw(raw))


def _labelled_hash(given: Given, *, label: str, data: Written) -> Json:
    return labelled_hash(label, given.raw(data)).hex()


def _kdf(
    given: Given, *, ikm: Written, salt: Written, label: str, extra: Written, length_bytes: int
) -> Json:
    raw = derive(given.raw(ikm), given.raw(salt), label, given.raw(extra), length_bytes)
    return raw.hex()


def _instant(_given: Given, *, text: str) -> Json:
    return int(parse_instant(text).timestamp())


def _day(_given: Given, *, text: str) -> Json:
    return parse_day(text).isoformat()


def _minute(_given: Given, *, minute: int) -> Json:
    return encode_instant(instant_of_minute(minute))


def _origin(_given: Given, *, text: str) -> Json:
    return parse_origin(text)


def _strict_json(given: Given, *, raw: Written, max_bytes: int) -> Json:
    return parse_json_object(given.raw(raw), max_bytes=max_bytes)


def _role(_given: Given, *, text: str) -> Json:
    return int(parse_role(text))


def _authority_id(given: Given, *, root_key: Written) -> Json:
    return authority_id(given.raw(root_key)).hex()


def _instance_id(given: Given, *, authority: Written, origin: str) -> Json:
    return instance_id(given.raw(authority), origin).hex()


def _fingerprint(given: Given, *, verification_key: Written) -> Json:
    return fingerprint(given.raw(verification_key))


def _officer_id(given: Given, *, verification_key: Written, recipient_key: Written) -> Json:
    return officer_id(given.raw(verification_key), given.raw(recipient_key)).hex()


# --- keys, codes, places ------------------------------------------------------------------------


def _key_pair(given: Given, *, seed: Written) -> Json:
    pair = KeyPair.from_seed(given.raw(seed))
    return {
        "recipient_key": pair.recipient_key.hex(),
        "verification_key": pair.verification_key.hex(),
    }


def _recipient_key(given: Given, *, raw: Written) -> Json:
    return _sha256(parse_recipient_key(given.raw(raw)))


def _verification_key(given: Given, *, raw: Written) -> Json:
    return parse_verification_key(given.raw(raw)).hex()


def _receipt_code(_given: Given, *, typed: str) -> Json:
    code = parse_receipt_code(typed)
    return {"value": str(code.value), "symbols": code.symbols, "digits": code.digits}


def _reporter_keys(given: Given, *, value: str, instance: Written) -> Json:
    keys = ReporterKeys.derive(ReceiptCode(int(value)), given.raw(instance))
    return {
        "secret": keys.code.secret.hex(),
        "claim_key": keys.claim.verification_key.hex(),
        "reply_key_sha256": _sha256(keys.reply.recipient_key),
        "case_ref": keys.case_ref.hex(),
        "slot_keys": [keys.slot_key(role).hex() for role in Role],
        "acknowledgements": [
            {
                "preimage": keys.acknowledgement(n).preimage.hex(),
                "slot": keys.acknowledgement(n).slot.hex(),
                "recipient_key_sha256": _sha256(keys.acknowledgement(n).pair.recipient_key),
            }
            for n in (0, 1, 65536)
        ],
    }


def _slot(given: Given, *, slot_key: Written, role: int, i: int) -> Json:
    preimage = slot_preimage(given.raw(slot_key), Role(role), i)
    return {"preimage": preimage.hex(), "slot": slot_id(preimage).hex()}


def _row(given: Given, *, case_ref: Written, purpose: int, n: int) -> Json:  # noqa: F811
    case = given.raw(case_ref)
    return {
        "row_key": row_key(case, Purpose(purpose), n).hex(),
        "row_id": row_id(case, Purpose(purpose), n).hex(),
    }


def _chain(given: Given, *, case_ref: Written, kind: int) -> Json:  # noqa: F811
    return chain_id(given.raw(case_ref), kind).hex()


def _case_reference(given: Given, *, claim_key: Written) -> Json:
    case = case_ref(given.raw(claim_key))
    return {"case_ref": case.hex(), "ref": encode_crockford(labelled_hash("ref", case))[:8]}


# --- envelopes ----------------------------------------------------------------------------------


def _header(
    given: Given,
    *,
    purpose: int,
    key_set_version: int,
    place: Written,
    wrapped_keys: Sequence[Written],
    commitment: Written,
) -> Json:
    header = encode_header(
        Purpose(purpose),
        key_set_version=key_set_version,
        place=given.raw(place),
        wrapped_keys=tuple(given.raw(key) for key in wrapped_keys),
        commitment=given.raw(commitment),
    )
    return {"size_bytes": len(header), "sha256": _sha256(header)}


def _envelope_bytes(_given: Given, *, purpose: int, readers: int) -> Json:
    return envelope_bytes(Purpose(purpose), readers)


def _envelope(given: Given, *, raw: Written, purpose: int) -> Json:
    envelope = parse_envelope(given.raw(raw), Purpose(purpose))
    return {
        "key_set_version": envelope.key_set_version,
        "place": envelope.place.hex(),
        "slots": len(envelope.wrapped_keys),
        "commitment": envelope.commitment.hex(),
        "header_bytes": len(envelope.header),
    }


def _wrapped_key(
    given: Given,
    *,
    wrapped_key: Written,
    seed: Written,
    instance: Written,
    purpose: int,
    key_set_version: int,
) -> Json:
    return open_wrapped_key(
        given.raw(wrapped_key),
        KeyPair.from_seed(given.raw(seed)).opening,
        instance=given.raw(instance),
        purpose=Purpose(purpose),
        key_set_version=key_set_version,
    ).hex()


def _open_envelope(
    given: Given, *, raw: Written, purpose: int, seed: Written, instance: Written
) -> Json:
    envelope = parse_envelope(given.raw(raw), Purpose(purpose))
    key = KeyPair.from_seed(given.raw(seed)).opening
    return _sha256(open_envelope(envelope, (key,), instance=given.raw(instance)).plaintext)


def _said(document: Document) -> Json:
    return {
        "kind": int(document.kind),
        "n": document.n,
        "claim_key": document.claim_key.hex(),
        "slot_key": document.slot_key.hex(),
        "reply_key_sha256": _sha256(document.reply_key),
        "siblings": document.siblings and [digest.hex() for digest in document.siblings],
        "lock": document.lock
        and {
            "inner_wrapped_key_sha256": _sha256(document.lock.inner_wrapped_key),
            "row_key": document.lock.row_key.hex(),
            "part_digest": document.lock.part_digest.hex(),
        },
        "content": document.content,
    }


def _document(given: Given, *, raw: Written, purpose: int, instance: Written) -> Json:
    parsed = parse_document(given.raw(raw), Purpose(purpose))
    key = parsed.document.claim_key
    verify_labelled(key, DOCUMENT_LABEL, given.raw(instance), parsed.signed, parsed.signature)
    return _said(parsed.document)


def _content(_given: Given, *, purpose: int, kind: int, content: Mapping[str, Json]) -> Json:
    check_content(Purpose(purpose), DocumentKind(kind), content)
    return "accepted"


def _open_report(given: Given, *, raw: Written, seed: Written, instance: Written) -> Json:
    key = KeyPair.from_seed(given.raw(seed)).opening
    return _said(open_report(given.raw(raw), (key,), instance=given.raw(instance)))


def _open_row(
    given: Given, *, raw: Written, purpose: int, row_id: Written, seed: Written, instance: Written
) -> Json:
    key, place = KeyPair.from_seed(given.raw(seed)).opening, given.raw(row_id)
    document = open_row(
        given.raw(raw), Purpose(purpose), place, (key,), instance=given.raw(instance)
    )
    return _said(document)


def _open_lock(
    given: Given, *, raw: Written, row_id: Written, seed: Written, instance: Written
) -> Json:
    key, place = KeyPair.from_seed(given.raw(seed)).opening, given.raw(row_id)
    return _said(open_lock(given.raw(raw), place, (key,), instance=given.raw(instance)))


def _open_identity(
    given: Given,
    *,
    raw: Written,
    row_id: Written,
    inner_wrapped_key: Written,
    seed: Written,
    instance: Written,
) -> Json:
    key, place = KeyPair.from_seed(given.raw(seed)).opening, given.raw(row_id)
    inner = given.raw(inner_wrapped_key)
    return _said(
        open_identity(given.raw(raw), place, inner, key, instance=given.raw(instance))
    )


def _submission(given: Given, *, raw: Written) -> Json:
    submission = parse_submission(given.raw(raw))
    return {
        "key_set_version": submission.key_set_version,
        "acknowledgement_slot": submission.acknowledgement_slot.hex(),
        "row_ids": [row.hex() for row in submission.row_ids],
        "rest": submission.rest.hex(),
        "digest": submission.digest.hex(),
        "retry_tag": submission.retry_tag.hex(),
    }


# --- acknowledgements and the feed --------------------------------------------------------------


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
    given: Given, *, instance: Written, report: Written, rest: Written, hash: Written  # noqa: A002
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
            report=given.raw(item["report"]),
        )
        for item in items
    ]
    verify_feed(parsed, last_sequence=last_sequence, last_head=given.raw(last_head))
    return "continues"


def _feed_page(given: Given, *, raw: Written) -> Json:
    return [
        {
            "sequence": item.sequence,
            "hour": item.hour,
            "head": item.head.hex(),
            "report_sha256": _sha256(item.report),
        }
        for item in parse_feed_page(given.raw(raw))
    ]


# --- notes, key sets, officers ------------------------------------------------------------------


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
    known = memory and KeySetMemory(memory["version"], given.raw(memory["hash"]))
    accepted = accept_key_set(known, key_set)
    return {"version": accepted.version, "hash": accepted.hash.hex()}


def _officers(given: Given, *, note: Written, published: Written, root_key: Written) -> Json:
    unverified = parse_key_set(given.text(published).encode())
    key_set = verify_key_set(unverified, given.raw(root_key), now=None)
    officers = verify_officers(parse_officers(given.text(note)), key_set)
    return [officer.officer_id.hex() for officer in officers.officers]


def _officers_succession(given: Given, *, notes: Sequence[Written]) -> Json:
    memory = KeySetMemory(1, bytes(32))
    for note in notes:
        memory = accept_officers(memory, parse_officers(given.text(note)))
    return {"custodians": len(memory.custodians), "handlers": len(memory.handlers)}


# --- what desks and officers sign ---------------------------------------------------------------


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
    given: Given, *, text: Written, instance: Written, case_ref: Written, key: Written  # noqa: F811
) -> Json:
    parsed = parse_consent(given.text(text))
    bound = given.raw(instance) + given.raw(case_ref)
    value = parsed.value
    name = CONSENT_LABEL if isinstance(value, Consent) else REVOCATION_LABEL
    verify_labelled(given.raw(key), name, bound, parsed.signed, parsed.signature)
    if not isinstance(value, Consent):
        return {"id": value.consent_id.hex(), "at": encode_instant(value.at)}
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
    verify_labelled(
        given.raw(key), GRANT_LABEL, given.raw(instance), grant.signed, grant.signature
    )
    return {"granter": grant.granter.hex(), "envelope_sha256": _sha256(grant.envelope)}


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
        "inner_wrapped_key_sha256": _sha256(release.inner_wrapped_key),
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


def _signature(given: Given, *, seed: Written, label: str, instance: Written, body: Written) -> Json:
    return SigningKey(given.raw(seed)).sign(label, given.raw(instance), given.raw(body)).hex()


def _request(
    given: Given,
    *,
    method: str,
    path: str,
    query: str,
    body: Written,
    officer_id: Written,  # noqa: F811
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


# --- files --------------------------------------------------------------------------------------


def _bucket(_given: Given, *, size_bytes: int) -> Json:
    return bucket_bytes(size_bytes)


def _file(
    given: Given,
    *,
    content_key: Written,
    plaintext: Written,
    mutate: list[Mapping[str, Any]],
    opening_key: Written,
) -> Json:
    """Seal under `content_key`, mutate what was sealed, open it with `opening_key`."""
    plain = given.raw(plaintext)
    sealed = b"".join(seal_file(given.raw(content_key), [plain], len(plain)))
    altered = mutated(sealed, mutate)
    offset = 0

    def read(size_bytes: int) -> bytes:
        nonlocal offset
        piece = altered[offset : offset + size_bytes]
        offset += len(piece)
        return piece

    opened = b"".join(open_file(given.raw(opening_key), read))
    return {
        "sealed_bytes": len(sealed),
        "sealed_sha256": _sha256(sealed),
        "opened_sha256": _sha256(opened),
    }


assert header_bytes(0) == 72  # the offsets in `file.json` count on it

RUNNERS: Final[Mapping[str, Callable[..., Json]]] = {
    function.__name__.removeprefix("_"): function
    for function in (
        *(_base64url, _crockford, _labelled_hash, _kdf, _instant, _day, _minute, _origin),
        *(_strict_json, _role, _authority_id, _instance_id, _fingerprint, _officer_id),
        *(_key_pair, _recipient_key, _verification_key, _receipt_code, _reporter_keys),
        *(_slot, _row, _chain, _case_reference, _header, _envelope_bytes, _envelope),
        *(_wrapped_key, _open_envelope, _document, _content, _open_report, _open_row),
        *(_open_lock, _open_identity, _submission, _acknowledgement, _acknowledgement_text),
        *(_feed_head, _feed, _feed_page, _signed_note, _verifier_key, _key_set, _succession),
        *(_officers, _officers_succession, _reply, _consent, _desk_seed, _grant, _release),
        *(_event, _audit, _stored_event, _signature, _request, _bucket, _file),
    )
}

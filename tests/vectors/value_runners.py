"""Runners of texts, hashes, keys, codes and places."""

from collections.abc import Callable, Mapping
from typing import Final

from crypto.custody.destruction import verify_destruction
from crypto.custody.key_pair import KeyPair
from crypto.custody.reporter import ReporterKeys
from crypto.sealing.derivation import chain_id, derive, destruction_key, row_id, row_key
from crypto.wire.codec import (
    decode_base64url,
    encode_crockford,
    labelled_hash,
)
from crypto.wire.envelope import (
    Purpose,
)
from crypto.wire.instance import authority_id, fingerprint, instance_id, parse_origin
from crypto.wire.instants import encode_instant, instant_of_minute, parse_day, parse_instant
from crypto.wire.keys import officer_id, parse_recipient_key, parse_verification_key
from crypto.wire.receipt import ReceiptCode, parse_receipt_code
from crypto.wire.roles import Role, parse_role
from crypto.wire.slots import slot_id, slot_preimage
from crypto.wire.strict_json import parse_json_object
from crypto.wire.submission import case_ref, destruction_id
from tests.vectors.given import Given, Json, sha256_hex
from tests.vectors.notation import Written


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


def _key_pair(given: Given, *, seed: Written) -> Json:
    pair = KeyPair.from_seed(given.raw(seed))
    return {
        "recipient_key": pair.recipient_key.hex(),
        "verification_key": pair.verification_key.hex(),
    }


def _recipient_key(given: Given, *, raw: Written) -> Json:
    return sha256_hex(parse_recipient_key(given.raw(raw)))


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
        "reply_key_sha256": sha256_hex(keys.reply.recipient_key),
        "case_ref": keys.case_ref.hex(),
        "slot_keys": [keys.slot_key(role).hex() for role in Role],
        "acknowledgements": [
            {
                "preimage": keys.acknowledgement(n).preimage.hex(),
                "slot": keys.acknowledgement(n).slot.hex(),
                "recipient_key_sha256": sha256_hex(keys.acknowledgement(n).pair.recipient_key),
            }
            for n in (0, 1, 65536)
        ],
        "consent_ids": [keys.consent_id(n).hex() for n in (1, 65536)],
    }


def _slot(given: Given, *, slot_key: Written, role: int, i: int) -> Json:
    preimage = slot_preimage(given.raw(slot_key), Role(role), i)
    return {"preimage": preimage.hex(), "slot": slot_id(preimage).hex()}


def _destruction(given: Given, *, slot_key: Written, n: int, shown: Written) -> Json:
    """Key and id; `shown` is compared with the key."""
    key = destruction_key(given.raw(slot_key), n)
    verify_destruction(given.raw(shown), given.raw(slot_key), n)
    return {"key": key.hex(), "id": destruction_id(key).hex()}


def _row(given: Given, *, case_ref: Written, purpose: int, n: int) -> Json:
    case = given.raw(case_ref)
    return {
        "row_key": row_key(case, Purpose(purpose), n).hex(),
        "row_id": row_id(case, Purpose(purpose), n).hex(),
    }


def _chain(given: Given, *, case_ref: Written, kind: int) -> Json:
    return chain_id(given.raw(case_ref), kind).hex()


def _case_reference(given: Given, *, claim_key: Written) -> Json:
    case = case_ref(given.raw(claim_key))
    return {"case_ref": case.hex(), "ref": encode_crockford(labelled_hash("ref", case))[:8]}


RUNNERS: Final[Mapping[str, Callable[..., Json]]] = {
    function.__name__.removeprefix("_"): function
    for function in (
        _base64url,
        _crockford,
        _labelled_hash,
        _kdf,
        _instant,
        _day,
        _minute,
        _origin,
        _strict_json,
        _role,
        _authority_id,
        _instance_id,
        _fingerprint,
        _officer_id,
        _key_pair,
        _recipient_key,
        _verification_key,
        _receipt_code,
        _reporter_keys,
        _slot,
        _row,
        _destruction,
        _chain,
        _case_reference,
    )
}

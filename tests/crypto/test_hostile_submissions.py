"""Well sealed and well signed, and still refused (SPEC 8.2; ATTACKS A7, A8)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from crypto.custody.opening import (
    open_envelope,
    open_lock,
    open_report,
    open_row,
)
from crypto.custody.reporter import ReporterKeys
from crypto.errors import (
    OpeningError,
    SealedIntakeError,
    WrongPlaceError,
)
from crypto.sealing.derivation import row_id, row_key
from crypto.sealing.seal import seal_envelope, seal_with_key
from crypto.sealing.sealed_box import SealingKey, wrap_key
from crypto.signing.sign import SigningKey
from crypto.wire.contents import DocumentKind
from crypto.wire.documents import (
    DOCUMENT_LABEL,
    Document,
    IdentityLock,
    encode_signed_part,
    pad_document,
)
from crypto.wire.envelope import NO_PLACE, PLAINTEXT_BYTES, Purpose, parse_envelope
from crypto.wire.roles import Role
from crypto.wire.submission import LOCK_BYTES, Submission, value_digest
from tests.authority import Authority, seed_of


def _verdict(call: Callable[[], object]) -> str:
    try:
        call()
    except SealedIntakeError as refused:
        return type(refused).__name__
    return "opened"


def test_one_ciphertext_never_opens_under_two_keys(north: Authority) -> None:
    """ATTACKS A7: the commitment is compared before anything is decrypted."""
    one, other = seed_of("one key"), seed_of("other key")
    reader, plaintext = north.desks[Role.AUDITOR], bytes(PLAINTEXT_BYTES[Purpose.AUDIT])
    wrapped = wrap_key(
        other,
        SealingKey(reader.recipient_key),
        instance=north.instance_id,
        purpose=Purpose.AUDIT,
        key_set_version=1,
    )
    raw = seal_with_key(
        plaintext,
        one,
        purpose=Purpose.AUDIT,
        place=NO_PLACE,
        key_set_version=1,
        wrapped_keys=(wrapped,),
    )

    with pytest.raises(OpeningError, match="commitment"):
        open_envelope(
            parse_envelope(raw, Purpose.AUDIT), (reader.opening,), instance=north.instance_id
        )


def _signed(document: Document, keys: ReporterKeys) -> bytes:
    signed = encode_signed_part(document)
    signature = keys.claim.sign(DOCUMENT_LABEL, keys.instance, signed)
    return pad_document(signed, signature, document.purpose)


def _empty(purpose: Purpose, keys: ReporterKeys, n: int = 0) -> Document:
    return Document(
        purpose=purpose,
        kind=DocumentKind.EMPTY,
        n=n,
        claim_key=keys.claim.verification_key,
        slot_key=keys.slot_key(Role.REWARD),
        reply_key=keys.reply.recipient_key,
        siblings=(bytes(32), bytes(32), bytes(32)) if purpose is Purpose.REPORT else None,
    )


def _to(
    north: Authority, role: Role, document: Document, place: bytes, keys: ReporterKeys
) -> bytes:
    reader = SealingKey(north.desks[role].recipient_key)
    readers = (reader, None) if document.purpose is Purpose.REPORT else (reader,)
    return seal_envelope(
        _signed(document, keys),
        purpose=document.purpose,
        place=place,
        key_set_version=1,
        instance=north.instance_id,
        readers=readers,
    )


def test_a_report_that_claims_a_place_is_refused(north: Authority, keys: ReporterKeys) -> None:
    """SPEC 6.1: reports have none."""
    raw = _to(north, Role.TRIAGE, _empty(Purpose.REPORT, keys), b"\1" * 32, keys)

    with pytest.raises(WrongPlaceError):
        open_report(raw, (north.opening(Role.TRIAGE),), instance=north.instance_id)


@pytest.mark.parametrize(
    ("place_n", "asked_n", "document_n"), [(0, 0, 1), (0, 1, 0), (1, 0, 0), (1, 1, 0)]
)
def test_a_row_lies_where_its_document_says(
    north: Authority, keys: ReporterKeys, place_n: int, asked_n: int, document_n: int
) -> None:
    """SPEC 8.2: row id, header's place and document agree."""

    def place(n: int) -> bytes:
        return row_id(keys.case_ref, Purpose.REWARD, n)

    document = _empty(Purpose.REWARD, keys, n=document_n)
    raw = _to(north, Role.REWARD, document, place(place_n), keys)

    with pytest.raises(WrongPlaceError):
        open_row(
            raw,
            Purpose.REWARD,
            place(asked_n),
            (north.opening(Role.REWARD),),
            instance=north.instance_id,
        )


@pytest.mark.parametrize("fault", ["part_digest", "row_key", "none"])
def test_a_lock_belongs_to_one_identity(
    north: Authority, keys: ReporterKeys, submission: Submission, fault: str
) -> None:
    """SPEC 10.5: it names the row and the digest of the identity part."""
    place = row_id(keys.case_ref, Purpose.IDENTITY, 0)
    sound = {
        "inner_wrapped_key": bytes(1184),
        "row_key": row_key(keys.case_ref, Purpose.IDENTITY, 0),
        "part_digest": value_digest(submission.identity[LOCK_BYTES:]),
    }
    lock = IdentityLock(**{**sound, **({} if fault == "none" else {fault: seed_of("wrong")})})
    document = replace(_empty(Purpose.IDENTITY_LOCK, keys), lock=lock)
    value = _to(north, Role.CUSTODIAN, document, place, keys) + submission.identity[LOCK_BYTES:]

    verdict = _verdict(
        lambda: open_lock(
            value, place, (north.opening(Role.CUSTODIAN),), instance=north.instance_id
        )
    )

    assert verdict == ("opened" if fault == "none" else "WrongPlaceError")


def test_a_document_of_another_instance_is_refused(
    north: Authority, south: Authority, keys: ReporterKeys
) -> None:
    """SPEC 8.1: the claim signature names the instance, were the envelope sealed anew."""
    signed = encode_signed_part(_empty(Purpose.REWARD, keys))
    signature = SigningKey(keys.claim.seed).sign(DOCUMENT_LABEL, south.instance_id, signed)
    place = row_id(keys.case_ref, Purpose.REWARD, 0)
    raw = seal_envelope(
        pad_document(signed, signature, Purpose.REWARD),
        purpose=Purpose.REWARD,
        place=place,
        key_set_version=1,
        instance=north.instance_id,
        readers=(SealingKey(north.desks[Role.REWARD].recipient_key),),
    )

    verdict = _verdict(
        lambda: open_row(
            raw,
            Purpose.REWARD,
            place,
            (north.opening(Role.REWARD),),
            instance=north.instance_id,
        )
    )

    assert verdict == "SignatureError"

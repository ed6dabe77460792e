"""Who opens what, and nobody else (SPEC 5, 6.4, 8.2, 10.7; ATTACKS A5, A8, A15)."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from crypto.custody.key_pair import KeyPair, OpeningKey
from crypto.custody.opening import (
    open_envelope,
    open_identity,
    open_lock,
    open_report,
    open_row,
    open_wrapped_key,
)
from crypto.custody.reporter import Contents, ReporterKeys, SealedSubmission, seal_submission
from crypto.errors import (
    MalformedEnvelopeError,
    NotForReaderError,
    OpeningError,
    SealedIntakeError,
    WrongPlaceError,
)
from crypto.sealing.derivation import row_id, row_key
from crypto.sealing.sealed_box import SealingKey, wrap_key
from crypto.wire.contents import DocumentKind
from crypto.wire.documents import (
    Document,
)
from crypto.wire.envelope import Purpose, envelope_bytes, parse_envelope
from crypto.wire.key_set import KeySet
from crypto.wire.roles import Role
from crypto.wire.submission import Submission, parse_submission, value_digest
from tests.authority import DESK_ROLES, Authority, seed_of

Opener = Callable[[Submission, OpeningKey, bytes], Document]


def _report(sub: Submission, key: OpeningKey, instance: bytes) -> Document:
    return open_report(sub.report, (key,), instance=instance)


def _lock(sub: Submission, key: OpeningKey, instance: bytes) -> Document:
    return open_lock(sub.identity, sub.row_ids[0], (key,), instance=instance)


def _protection(sub: Submission, key: OpeningKey, instance: bytes) -> Document:
    return open_row(sub.protection, Purpose.PROTECTION, sub.row_ids[1], (key,), instance=instance)


def _reward(sub: Submission, key: OpeningKey, instance: bytes) -> Document:
    return open_row(sub.reward, Purpose.REWARD, sub.row_ids[2], (key,), instance=instance)


_OPENERS: dict[str, tuple[Opener, Role, Role]] = {
    "report": (_report, Role.TRIAGE, Role.OVERSIGHT),
    "lock": (_lock, Role.CUSTODIAN, Role.INDEPENDENT_CUSTODIAN),
    "protection": (_protection, Role.PROTECTION, Role.INDEPENDENT_PROTECTION),
    "reward": (_reward, Role.REWARD, Role.INDEPENDENT_REWARD),
}


@pytest.fixture(scope="session")
def staff(keys: ReporterKeys, contents: Contents, key_set: KeySet) -> Submission:
    """A submission about the authority's own staff."""
    return parse_submission(
        seal_submission(keys, replace(contents, about_staff=True), key_set, n=1).raw
    )


@pytest.mark.parametrize("role", DESK_ROLES)
@pytest.mark.parametrize("part", _OPENERS)
@pytest.mark.parametrize("about_staff", [False, True])
def test_each_envelope_has_exactly_one_reading_desk(
    north: Authority,
    submission: Submission,
    staff: Submission,
    *,
    part: str,
    role: Role,
    about_staff: bool,
) -> None:
    """SPEC 10.7: the whole matrix of desks, envelopes and both kinds of submission."""
    opener, *readers = _OPENERS[part]
    sub = staff if about_staff else submission

    verdict = _verdict(lambda: opener(sub, north.opening(role), north.instance_id))

    assert verdict == ("opened" if role is readers[about_staff] else "NotForReaderError")


def _verdict(call: Callable[[], object]) -> str:
    try:
        call()
    except SealedIntakeError as refused:
        return type(refused).__name__
    return "opened"


@pytest.mark.parametrize("role", DESK_ROLES)
@pytest.mark.parametrize("about_staff", [False, True])
def test_a_released_inner_key_serves_one_protection_desk(
    north: Authority, submission: Submission, staff: Submission, *, role: Role, about_staff: bool
) -> None:
    """SPEC 10.5: the custodian cannot read the identity, the handler cannot reach it alone."""
    sub = staff if about_staff else submission
    custodian = (Role.CUSTODIAN, Role.INDEPENDENT_CUSTODIAN)[about_staff]
    handler = (Role.PROTECTION, Role.INDEPENDENT_PROTECTION)[about_staff]
    lock = _lock(sub, north.opening(custodian), north.instance_id).lock
    assert lock is not None

    verdict = _verdict(
        lambda: open_identity(
            sub.identity,
            sub.row_ids[0],
            lock.inner_wrapped_key,
            north.opening(role),
            instance=north.instance_id,
        )
    )

    assert verdict == ("opened" if role is handler else "NotForReaderError")


def test_no_one_opens_a_submission_without_a_report(
    north: Authority, keys: ReporterKeys, key_set: KeySet
) -> None:
    """SPEC 6.5, 11.2: both slots are for keys that were thrown away."""
    raw = seal_submission(keys, Contents(reward={"interest": True}), key_set, n=2).raw
    sub = parse_submission(raw)

    verdicts = {
        _verdict(partial(_report, sub, north.opening(role), north.instance_id))
        for role in DESK_ROLES
    }

    assert verdicts == {"NotForReaderError"}
    assert _reward(sub, north.opening(Role.REWARD), north.instance_id).content == {"interest": True}


def test_what_was_sealed_is_what_is_opened(
    north: Authority, keys: ReporterKeys, contents: Contents, submission: Submission
) -> None:
    """SPEC 8, 10.4, 11.2: contents, siblings, slot keys and the reply key."""
    instance = north.instance_id

    report = _report(submission, north.opening(Role.TRIAGE), instance)
    protection = _protection(submission, north.opening(Role.PROTECTION), instance)
    reward = _reward(submission, north.opening(Role.REWARD), instance)
    lock = _lock(submission, north.opening(Role.CUSTODIAN), instance)

    assert (report.content, protection.content, reward.content, lock.content) == (
        *(contents.report, contents.protection, contents.reward, None),
    )
    assert report.siblings == tuple(map(value_digest, submission.row_values))
    assert [d.slot_key for d in (report, lock, protection, reward)] == [
        keys.slot_key(role) for role in (Role.TRIAGE, Role.CUSTODIAN, Role.PROTECTION, Role.REWARD)
    ]
    assert {d.claim_key for d in (report, lock, protection, reward)} == {
        keys.claim.verification_key
    }
    assert {d.reply_key for d in (report, lock, protection, reward)} == {keys.reply.recipient_key}
    assert {d.kind for d in (report, protection, reward)} == {DocumentKind.FIRST}
    assert lock.kind is DocumentKind.EMPTY


def test_keys_are_tried_in_turn_and_the_right_one_is_named(
    north: Authority, submission: Submission
) -> None:
    """SPEC 6.4: each slot with each key."""
    envelope = parse_envelope(submission.report, Purpose.REPORT)
    stranger, reader = north.opening(Role.REWARD), north.opening(Role.TRIAGE)

    opened = open_envelope(envelope, (stranger, reader), instance=north.instance_id)

    assert (opened.slot, opened.reader, len(opened.content_key)) == (0, 1, 32)
    with pytest.raises(NotForReaderError):
        open_envelope(envelope, (), instance=north.instance_id)


@given(offset=st.integers(0, envelope_bytes(Purpose.REWARD) - 1), bit=st.integers(0, 7))
def test_no_altered_bit_is_opened(
    north: Authority, submission: Submission, offset: int, bit: int
) -> None:
    """ATTACKS A5: header, wrapped key, commitment, body and tag alike."""
    raw = bytearray(submission.reward)
    raw[offset] ^= 1 << bit

    with pytest.raises((OpeningError, NotForReaderError, MalformedEnvelopeError)):
        open_row(
            bytes(raw),
            Purpose.REWARD,
            submission.row_ids[2],
            (north.opening(Role.REWARD),),
            instance=north.instance_id,
        )


@given(st.binary(max_size=100) | st.integers(0, 5367).map(bytes))
def test_any_bytes_open_or_are_refused(north: Authority, raw: bytes) -> None:
    """SPEC 1.6: never anything but the declared errors."""
    with pytest.raises(SealedIntakeError):
        open_report(raw, (north.opening(Role.TRIAGE),), instance=north.instance_id)


def test_neither_half_of_an_opening_key_opens_alone(
    north: Authority, submission: Submission
) -> None:
    """ATTACKS A15: without the X25519 or without the ML-KEM secret nothing opens."""
    own, other = north.opening(Role.TRIAGE), KeyPair.from_seed(seed_of("thief")).opening
    without_kem = OpeningKey(own.x25519, other.kem, own.recipient_key)
    without_x25519 = OpeningKey(other.x25519, own.kem, own.recipient_key)

    with pytest.raises(OpeningError):
        _report(submission, without_kem, north.instance_id)
    with pytest.raises(NotForReaderError):
        _report(submission, without_x25519, north.instance_id)
    assert isinstance(own.kem, MLKEM768PrivateKey)


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("authority", ["north", "south"])
@pytest.mark.parametrize("role", [Role.TRIAGE, Role.PROTECTION])
def test_a_wrapped_key_opens_only_in_its_context(
    north: Authority,
    south: Authority,
    *,
    purpose: Purpose,
    version: int,
    authority: str,
    role: Role,
) -> None:
    """ATTACKS A8: purpose, version, instance and recipient are all bound."""
    bound = (Purpose.IDENTITY, 1, "north", Role.PROTECTION)
    instances = {"north": north.instance_id, "south": south.instance_id}
    wrapped = wrap_key(
        seed_of("content key"),
        SealingKey(north.desks[Role.PROTECTION].recipient_key),
        instance=north.instance_id,
        purpose=Purpose.IDENTITY,
        key_set_version=1,
    )

    verdict = _verdict(
        lambda: open_wrapped_key(
            wrapped,
            north.opening(role),
            instance=instances[authority],
            purpose=purpose,
            key_set_version=version,
        )
    )

    assert (verdict == "opened") == ((purpose, version, authority, role) == bound)


def test_envelopes_of_two_submissions_are_not_exchanged(
    north: Authority, submission: Submission, staff: Submission
) -> None:
    """SPEC 6.1: a moved envelope no longer opens where it was put."""
    with pytest.raises(WrongPlaceError):
        open_row(
            staff.protection,
            Purpose.PROTECTION,
            submission.row_ids[1],
            (north.opening(Role.INDEPENDENT_PROTECTION),),
            instance=north.instance_id,
        )


def test_another_authority_opens_nothing(
    south: Authority, north: Authority, submission: Submission
) -> None:
    """SPEC 3.2: neither its desks nor its instance."""
    for opener, reader, _ in _OPENERS.values():
        with pytest.raises(NotForReaderError):
            opener(submission, south.opening(reader), north.instance_id)
        with pytest.raises(OpeningError):
            opener(submission, north.opening(reader), south.instance_id)


def test_the_row_id_is_the_hash_of_its_key(keys: ReporterKeys) -> None:
    """SPEC 10.3."""
    key = row_key(keys.case_ref, Purpose.IDENTITY, 3)

    assert row_id(keys.case_ref, Purpose.IDENTITY, 3) == hashlib.sha256(key).digest()


def test_the_sealed_digest_is_the_parsed_one(
    sealed: SealedSubmission, submission: Submission, keys: ReporterKeys
) -> None:
    """SPEC 10.8: what the reporter keeps is what the server acknowledges."""
    assert sealed.digest == submission.digest
    assert sealed.case_ref == keys.case_ref

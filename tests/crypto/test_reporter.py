"""Sealing a submission and being acknowledged (SPEC 10 to 12; ATTACKS A14)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from crypto.custody.key_pair import KeyPair
from crypto.custody.reporter import (
    Contents,
    ReporterKeys,
    SealedSubmission,
    open_acknowledgement,
    reading_desk,
    seal_submission,
    sign_consent,
)
from crypto.errors import (
    DocumentTooLargeError,
    KeySetUntrustedError,
    MalformedDocumentError,
    MalformedEnvelopeError,
    MalformedKeyError,
    MalformedKeySetError,
    NotForReaderError,
    SignatureError,
    WrongPlaceError,
)
from crypto.sealing.acknowledge import Registration, register
from crypto.sealing.seal import seal_envelope
from crypto.sealing.sealed_box import SealingKey
from crypto.signing.sign import SigningKey
from crypto.signing.trust import ACKNOWLEDGEMENT_LABEL, verify_acknowledgement_text
from crypto.signing.verify import verify_labelled
from crypto.wire.acknowledgement import (
    AcknowledgementText,
    acknowledgement_body,
    acknowledgement_hash,
    encode_acknowledgement_text,
)
from crypto.wire.consent import (
    CONSENT_LABEL,
    REVOCATION_LABEL,
    Consent,
    Revocation,
    parse_consent,
)
from crypto.wire.contents import DocumentKind
from crypto.wire.documents import content_room_bytes
from crypto.wire.envelope import Purpose
from crypto.wire.feed import head_zero, next_head
from crypto.wire.instants import minute_of
from crypto.wire.key_set import KeySet
from crypto.wire.roles import REQUIRED_DESKS, Role
from crypto.wire.strict_json import encode_json
from crypto.wire.submission import (
    SUBMISSION_BYTES,
    Submission,
    encode_submission,
    parse_submission,
)
from tests.authority import NOW, Authority, make_authority, seed_of

MINUTE = minute_of(NOW)


def _register(
    submission: Submission, authority: Authority, *, key: SigningKey | None = None
) -> Registration:
    return register(
        submission,
        digest=submission.digest,
        sequence=1,
        previous_head=head_zero(authority.instance_id),
        minute=MINUTE,
        key=key or authority.acknowledgement,
        instance=authority.instance_id,
    )


# --- sealing ------------------------------------------------------------------------------------


def test_a_submission_has_one_size_whatever_it_says(
    keys: ReporterKeys, sealed: SealedSubmission, key_set: KeySet
) -> None:
    """SPEC 10.6: 43,582 bytes."""
    empty = seal_submission(keys, Contents(), key_set)

    assert len(sealed.raw) == len(empty.raw) == SUBMISSION_BYTES == 43_582


def test_a_submission_is_spelled_in_one_way(sealed: SealedSubmission) -> None:
    """SPEC 10.6: parse, then encode."""
    assert encode_submission(parse_submission(sealed.raw)) == sealed.raw


def test_nothing_repeats_between_two_sealings(
    keys: ReporterKeys, contents: Contents, key_set: KeySet
) -> None:
    """ATTACKS A14: fresh content keys, ephemeral keys and KEM ciphertexts every time."""
    seen: set[bytes] = set()
    count = 5
    for _ in range(count):
        submission = parse_submission(seal_submission(keys, contents, key_set).raw)
        for raw in (submission.report, *submission.row_values):
            slots = 2 if raw is submission.report else 1
            seen |= {raw[40 + 1184 * i :][:32] for i in range(slots)}
            seen |= {raw[40 + 1184 * slots :][:32], raw[-16:]}

    assert len(seen) == count * (4 * 3 + 1)


_LEAST: Final[dict[str, dict[str, Any]]] = {
    "report": {"narrative": "x"},
    "identity": {"anonymity": "named", "note": "x"},
    "protection": {"note": "x"},
    "reward": {"interest": True, "note": "x"},
}


@pytest.mark.parametrize("part", _LEAST)
def test_content_may_fill_its_room_and_not_a_byte_more(
    keys: ReporterKeys, key_set: KeySet, part: str
) -> None:
    """SPEC 8.4: the sealer says how many bytes too many."""
    least: dict[str, Any] = _LEAST[part]
    name = list(least)[-1]
    room = content_room_bytes(Purpose[part.upper()]) - len(encode_json({**least, name: ""}))

    def sealing(size_bytes: int) -> SealedSubmission:
        parts: dict[str, Any] = {part: {**least, name: "x" * size_bytes}}
        return seal_submission(keys, Contents(**parts), key_set)

    assert len(sealing(room).raw) == SUBMISSION_BYTES
    with pytest.raises(DocumentTooLargeError) as refused:
        sealing(room + 7)
    assert refused.value.excess_bytes == 7


def test_the_rooms_are_those_of_the_specification() -> None:
    """SPEC 8.4."""
    purposes = (Purpose.REPORT, Purpose.IDENTITY, Purpose.PROTECTION, Purpose.REWARD)

    assert [content_room_bytes(p) for p in purposes] == [14_932, 2_740, 6_836, 2_740]


@pytest.mark.parametrize(
    "contents",
    [
        Contents(report={"narrative": ""}),
        Contents(identity={"name": "x"}),
        Contents(protection={}),
        Contents(reward={"interest": False}),
    ],
)
def test_content_outside_the_table_is_not_sealed(
    keys: ReporterKeys, key_set: KeySet, contents: Contents
) -> None:
    """SPEC 9: what a reader would quarantine is never sent."""
    with pytest.raises(MalformedDocumentError):
        seal_submission(keys, contents, key_set)


def test_contents_are_asked_for_by_purpose(contents: Contents) -> None:
    """SPEC 9: a lock says nothing of its own."""
    assert contents.of(Purpose.REPORT) == contents.report
    assert contents.of(Purpose.IDENTITY) == contents.identity
    assert contents.of(Purpose.PROTECTION) == contents.protection
    assert contents.of(Purpose.REWARD) == contents.reward
    assert contents.of(Purpose.IDENTITY_LOCK) is None


def test_a_later_submission_has_other_rows_and_another_slot(
    keys: ReporterKeys, key_set: KeySet, submission: Submission
) -> None:
    """SPEC 10.2, 10.3: nothing public ties the two together."""
    contents = Contents(report={"text": "more"})
    later = parse_submission(
        seal_submission(keys, contents, key_set, n=1, kind=DocumentKind.MESSAGE).raw
    )

    assert not {later.acknowledgement_slot, *later.row_ids} & {
        *(submission.acknowledgement_slot, *submission.row_ids)
    }
    assert later.acknowledgement_key != submission.acknowledgement_key


_CONSENT = Consent(
    consent_id=bytes(16),
    fields=("legal_name",),
    purpose="a hearing",
    recipient="the court",
    text_shown="\u6211\u540c\u610f\u3002",
    given_at=NOW,
    expires_at=NOW + timedelta(days=30),
    one_time=True,
)


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (_CONSENT, CONSENT_LABEL),
        (Revocation(bytes(16), NOW), REVOCATION_LABEL),
        (Revocation(None, NOW), REVOCATION_LABEL),
    ],
    ids=["consent", "revocation", "revocation of all"],
)
def test_a_permission_is_signed_for_one_case_of_one_instance(
    keys: ReporterKeys, value: Consent | Revocation, label: str
) -> None:
    """SPEC 14: by the claim key, under the label of its kind."""
    parsed = parse_consent(sign_consent(keys, value))
    key = keys.claim.verification_key

    verify_labelled(key, label, keys.instance + keys.case_ref, parsed.signed, parsed.signature)
    assert parsed.value == value
    with pytest.raises(SignatureError):
        verify_labelled(key, label, keys.instance + bytes(32), parsed.signed, parsed.signature)


def test_each_submission_gives_a_consent_of_its_own(keys: ReporterKeys) -> None:
    """SPEC 11.2: so that the code alone names every one of them."""
    assert len({keys.consent_id(n) for n in range(50)}) == 50


@pytest.mark.parametrize("role", [Role.CUSTODIAN, Role.PROTECTION, Role.REWARD])
def test_an_authority_without_independent_desks_reads_with_the_ordinary_ones(role: Role) -> None:
    """SPEC 10.7: and the form says so before it asks."""
    small = make_authority("small", roles=tuple(REQUIRED_DESKS)).key_set
    whole = make_authority("whole").key_set

    assert reading_desk(small, role, about_staff=True).role is role
    assert reading_desk(whole, role, about_staff=False).role is role
    assert reading_desk(whole, role, about_staff=True).role is Role[f"INDEPENDENT_{role.name}"]


def test_a_key_set_is_asked_for_a_desk_by_role_and_epoch(key_set: KeySet) -> None:
    """SPEC 13.3."""
    triage = key_set.require_desk(Role.TRIAGE)

    assert key_set.desk(Role.TRIAGE, 1) == triage == key_set.current_desk(Role.TRIAGE)
    assert key_set.desk(Role.TRIAGE, 2) is None
    assert key_set.current_desk(Role.APPROVER) is None
    with pytest.raises(MalformedKeySetError):
        key_set.require_desk(Role.APPROVER)


@pytest.mark.parametrize("size_bytes", [0, 206, 208])
def test_a_plaintext_of_another_size_is_not_sealed(key_set: KeySet, size_bytes: int) -> None:
    """SPEC 6.3: sizes are fixed, so that they tell nothing."""
    desk = SealingKey(key_set.require_desk(Role.TRIAGE).recipient_key)

    with pytest.raises(MalformedEnvelopeError):
        seal_envelope(
            bytes(size_bytes),
            purpose=Purpose.ACKNOWLEDGEMENT,
            place=bytes(32),
            key_set_version=1,
            instance=key_set.instance_id,
            readers=(desk,),
        )


def test_nothing_is_sealed_to_a_key_of_small_order(key_set: KeySet) -> None:
    """SPEC 4.3."""
    sound = key_set.require_desk(Role.TRIAGE).recipient_key

    with pytest.raises(MalformedKeyError):
        SealingKey(bytes(32) + sound[32:])


# --- acknowledgements ---------------------------------------------------------------------------


def test_the_acknowledgement_names_the_submission_and_its_place_in_the_feed(
    keys: ReporterKeys, key_set: KeySet, submission: Submission, north: Authority
) -> None:
    """SPEC 12.1, 12.2: what the reporter reads is what the feed binds."""
    zero = head_zero(north.instance_id)

    registered = _register(submission, north)
    opened = open_acknowledgement(registered.sealed, keys, key_set, digest=submission.digest)

    assert opened.submission_digest == submission.digest
    assert (opened.sequence, opened.minute, opened.previous_head) == (1, MINUTE, zero)
    assert acknowledgement_hash(opened.raw) == registered.acknowledgement_hash
    assert registered.head == next_head(zero, submission.digest, registered.acknowledgement_hash)


def test_two_registrations_of_one_submission_differ(
    submission: Submission, north: Authority
) -> None:
    """SPEC 12.1: the nonce is fresh, so nobody guesses the hash that the feed shows."""
    one, other = _register(submission, north), _register(submission, north)

    assert one.acknowledgement_hash != other.acknowledgement_hash
    assert one.sealed != other.sealed


def test_the_text_that_a_reporter_keeps_proves_itself(
    keys: ReporterKeys, key_set: KeySet, submission: Submission, north: Authority, south: Authority
) -> None:
    """SPEC 12.4: verified with the root key alone."""
    opened = open_acknowledgement(_register(submission, north).sealed, keys, key_set)
    text = encode_acknowledgement_text(
        AcknowledgementText(
            opened, key_set.certificate.note_text, key_set.acknowledgement_keys[0].note_text
        )
    )

    verified = verify_acknowledgement_text(text, north.root_key)

    assert verified.acknowledgement == opened
    assert (verified.registered_at, verified.origin) == (NOW, north.origin)
    with pytest.raises(SignatureError):
        verify_acknowledgement_text(text, south.root_key)


def test_a_key_certificate_of_another_authority_vouches_for_nothing(
    keys: ReporterKeys, key_set: KeySet, submission: Submission, north: Authority, south: Authority
) -> None:
    """SPEC 12.4: signed by the right directory, for the wrong authority."""
    opened = open_acknowledgement(_register(submission, north).sealed, keys, key_set)
    foreign = replace(south, directory=north.directory, acknowledgement=north.acknowledgement)
    text = encode_acknowledgement_text(
        AcknowledgementText(opened, north.certificate, foreign.acknowledgement_certificate)
    )

    with pytest.raises(KeySetUntrustedError):
        verify_acknowledgement_text(text, north.root_key)


def test_an_acknowledgement_by_an_unlisted_key_is_refused(
    keys: ReporterKeys, key_set: KeySet, submission: Submission, north: Authority
) -> None:
    """SPEC 13.3: only keys that the key set lists."""
    sealed = _register(submission, north, key=SigningKey(seed_of("thief"))).sealed

    with pytest.raises(SignatureError):
        open_acknowledgement(sealed, keys, key_set)


def test_an_acknowledgement_for_another_submission_is_not_opened(
    keys: ReporterKeys, key_set: KeySet, submission: Submission, north: Authority
) -> None:
    """SPEC 11.2: each submission has a key pair of its own."""
    sealed = _register(submission, north).sealed

    with pytest.raises(NotForReaderError):
        open_acknowledgement(sealed, keys, key_set, n=1)


def test_an_acknowledgement_of_other_bytes_than_were_sent_is_refused(
    keys: ReporterKeys, key_set: KeySet, submission: Submission, north: Authority
) -> None:
    """SPEC 12.1: the right slot, signed by the right key, for something else."""
    sealed = _register(submission, north).sealed
    sent = seal_submission(keys, Contents(report={"narrative": "x"}), key_set)

    with pytest.raises(WrongPlaceError):
        open_acknowledgement(sealed, keys, key_set, digest=sent.digest)


def test_an_acknowledgement_moved_to_another_slot_is_refused(
    keys: ReporterKeys, key_set: KeySet, submission: Submission, north: Authority
) -> None:
    """SPEC 12.1: the place is bound."""
    moved = replace(submission, acknowledgement_slot=seed_of("another slot"))
    sealed = _register(moved, north).sealed

    with pytest.raises(WrongPlaceError):
        open_acknowledgement(sealed, keys, key_set)


def test_an_acknowledgement_of_another_instance_is_refused(
    keys: ReporterKeys, key_set: KeySet, submission: Submission, north: Authority
) -> None:
    """SPEC 3.2: the same server at two addresses signs two different things."""
    body = acknowledgement_body(
        submission_digest=submission.digest,
        sequence=1,
        previous_head=bytes(32),
        minute=MINUTE,
        nonce=bytes(32),
        verification_key=north.acknowledgement.verification_key,
    )
    signature = north.acknowledgement.sign(ACKNOWLEDGEMENT_LABEL, seed_of("elsewhere"), body)
    sealed = seal_envelope(
        body + signature,
        purpose=Purpose.ACKNOWLEDGEMENT,
        place=submission.acknowledgement_slot,
        key_set_version=1,
        instance=north.instance_id,
        readers=(SealingKey(submission.acknowledgement_key),),
    )

    with pytest.raises(SignatureError):
        open_acknowledgement(sealed, keys, key_set)


def test_a_generated_key_pair_is_a_new_one() -> None:
    """SPEC 4.1: from a fresh seed."""
    one, other = KeyPair.generate(), KeyPair.generate()

    assert one.seed != other.seed
    assert len(one.seed) == 32
    assert KeyPair.from_seed(one.seed).recipient_key == one.recipient_key

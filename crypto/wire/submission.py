"""What a reporter sends: four envelopes of one public shape. Source: SPEC §10."""

import hashlib
from dataclasses import dataclass

from crypto.errors import MalformedSubmissionError
from crypto.wire.codec import Reader, labelled_hash
from crypto.wire.envelope import (
    NO_PLACE,
    SUITE,
    Purpose,
    envelope_bytes,
    parse_envelope,
)
from crypto.wire.keys import RECIPIENT_KEY_BYTES, parse_recipient_key
from crypto.wire.slots import SLOT_ID_BYTES

ROW_ID_BYTES = 32
DESTRUCTION_ID_BYTES = 32
REPORT_BYTES = envelope_bytes(Purpose.REPORT)
LOCK_BYTES = envelope_bytes(Purpose.IDENTITY_LOCK)
IDENTITY_BYTES = LOCK_BYTES + envelope_bytes(Purpose.IDENTITY)
PROTECTION_BYTES = envelope_bytes(Purpose.PROTECTION)
REWARD_BYTES = envelope_bytes(Purpose.REWARD)
SUBMISSION_BYTES = (
    2
    + 4
    + SLOT_ID_BYTES
    + RECIPIENT_KEY_BYTES
    + DESTRUCTION_ID_BYTES
    + 3 * ROW_ID_BYTES
    + REPORT_BYTES
    + IDENTITY_BYTES
    + PROTECTION_BYTES
    + REWARD_BYTES
)

VAULT_PURPOSES = (Purpose.IDENTITY, Purpose.PROTECTION, Purpose.REWARD)


def case_ref(claim_key: bytes) -> bytes:
    """The 32-byte name of a case, known only to who opened one of its documents. SPEC §10.1."""
    return labelled_hash("case", claim_key)


def value_digest(value: bytes) -> bytes:
    """Digest of an envelope or row value, 32 bytes. Source: SPEC §10.4."""
    return labelled_hash("digest", value)


def submission_digest(report: bytes, rest: bytes) -> bytes:
    """Digest of a submission from its report envelope and `rest`, 32 bytes. Source: SPEC §10.8."""
    return submission_digest_with(value_digest(report), rest)


def submission_digest_with(report_digest: bytes, rest: bytes) -> bytes:
    """The same from the digest of the report envelope, which outlives the envelope. SPEC §12.5."""
    return labelled_hash("submission", report_digest + rest)


def destruction_id(destruction_key: bytes) -> bytes:
    """What a submission names, 32 bytes; it tells nothing about its key. Source: SPEC §12.5."""
    return hashlib.sha256(destruction_key).digest()


@dataclass(frozen=True, slots=True)
class Submission:
    """A parsed submission; ciphertext throughout.

    Attributes:
        acknowledgement_slot: 32 bytes.
        acknowledgement_key: one-time recipient key, 1216 bytes, kept nowhere.
        destruction_id: 32 bytes; who shows its preimage may destroy the report.
        row_ids: of identity, protection and reward, 32 bytes each.
        identity: lock envelope and identity part, 8528 bytes.
    """

    key_set_version: int
    acknowledgement_slot: bytes
    acknowledgement_key: bytes
    destruction_id: bytes
    row_ids: tuple[bytes, bytes, bytes]
    report: bytes
    identity: bytes
    protection: bytes
    reward: bytes

    @property
    def row_values(self) -> tuple[bytes, bytes, bytes]:
        """What the vault keeps, in the order of `row_ids`."""
        return self.identity, self.protection, self.reward

    @property
    def row_digests(self) -> tuple[bytes, bytes, bytes]:
        """The digest of each row value, in the order of `row_ids`. Source: SPEC §10.4."""
        return value_digest(self.identity), value_digest(self.protection), value_digest(self.reward)

    @property
    def rest(self) -> bytes:
        """Everything but the report, hashed with the one-time key as a blind. SPEC §10.8."""
        return self.rest_with(self.row_digests)

    def rest_with(self, row_digests: tuple[bytes, bytes, bytes]) -> bytes:
        """`rest`, for who has the digests of the rows already."""
        return labelled_hash(
            "submission-rest",
            self.acknowledgement_slot
            + self.acknowledgement_key
            + self.destruction_id
            + b"".join(self.row_ids)
            + b"".join(row_digests),
        )

    @property
    def digest(self) -> bytes:
        """What the acknowledgement signs. Source: SPEC §10.8."""
        return submission_digest(self.report, self.rest)

    @property
    def retry_tag(self) -> bytes:
        """Tells a retry from a second use of the slot. Source: SPEC §12.3."""
        return labelled_hash(
            "retry", self.acknowledgement_slot + self.acknowledgement_key + self.digest
        )


def encode_submission(submission: Submission) -> bytes:
    """Spell a submission, 43,582 bytes. Source: SPEC §10.6."""
    return b"".join(
        (
            SUITE.to_bytes(2),
            submission.key_set_version.to_bytes(4),
            submission.acknowledgement_slot,
            submission.acknowledgement_key,
            submission.destruction_id,
            *submission.row_ids,
            submission.report,
            *submission.row_values,
        )
    )


def parse_submission(raw: bytes) -> Submission:
    """Parse a submission and the header of each envelope in it.

    Raises:
        MalformedSubmissionError: wrong length, suite, version, place or equal row ids.
        MalformedEnvelopeError: an envelope that is none of its purpose.
        MalformedKeyError: an acknowledgement key that can't be sealed to.

    Source: SPEC §10.6.
    """
    if len(raw) != SUBMISSION_BYTES:
        raise MalformedSubmissionError(f"SPEC 10.6: want {SUBMISSION_BYTES} bytes, got {len(raw)}")
    reader = Reader(raw, MalformedSubmissionError, "10.6")
    reader.expect(2, SUITE, "suite")
    version = reader.number(4)
    slot = reader.take(SLOT_ID_BYTES)
    key = parse_recipient_key(reader.take(RECIPIENT_KEY_BYTES))
    destruction = reader.take(DESTRUCTION_ID_BYTES)
    row_ids = (reader.take(32), reader.take(32), reader.take(32))
    report, identity = reader.take(REPORT_BYTES), reader.take(IDENTITY_BYTES)
    protection, reward = reader.take(PROTECTION_BYTES), reader.take(REWARD_BYTES)
    if len(set(row_ids)) != len(row_ids):
        raise MalformedSubmissionError("SPEC 10.6: row ids are equal")
    submission = Submission(
        version, slot, key, destruction, row_ids, report, identity, protection, reward
    )
    _check_envelopes(submission)
    return submission


def _check_envelopes(submission: Submission) -> None:
    identity_row, protection_row, reward_row = submission.row_ids
    for raw, purpose, place in (
        (submission.report, Purpose.REPORT, NO_PLACE),
        (submission.identity[:LOCK_BYTES], Purpose.IDENTITY_LOCK, identity_row),
        (submission.identity[LOCK_BYTES:], Purpose.IDENTITY, identity_row),
        (submission.protection, Purpose.PROTECTION, protection_row),
        (submission.reward, Purpose.REWARD, reward_row),
    ):
        envelope = parse_envelope(raw, purpose)
        if envelope.key_set_version != submission.key_set_version or envelope.place != place:
            raise MalformedSubmissionError("SPEC 10.6: another version or place in an envelope")

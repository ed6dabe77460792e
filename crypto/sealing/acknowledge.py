"""What the server signs and seals when it has registered a submission. Source: SPEC §12."""

from dataclasses import dataclass, field

from nacl.utils import random

from crypto.sealing.seal import seal_envelope
from crypto.sealing.sealed_box import SealingKey
from crypto.signing.sign import SigningKey
from crypto.signing.trust import ACKNOWLEDGEMENT_LABEL
from crypto.wire.acknowledgement import acknowledgement_body, acknowledgement_hash
from crypto.wire.envelope import Purpose
from crypto.wire.feed import next_head
from crypto.wire.submission import Submission

_NONCE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Registration:
    """What registering one submission gives: the next head and the sealed acknowledgement.

    Attributes:
        sealed: 1479 bytes, for the reporter alone.
    """

    acknowledgement_hash: bytes
    head: bytes
    sealed: bytes = field(repr=False)


def register(
    submission: Submission,
    *,
    digest: bytes,
    sequence: int,
    previous_head: bytes,
    minute: int,
    key: SigningKey,
    instance: bytes,
) -> Registration:
    """Sign and seal the acknowledgement of a submission that takes `sequence` in the feed.

    Args:
        submission: parsed; its one-time key can be sealed to.
        digest: `submission.digest`, computed once by the caller.
        sequence: from 1.
        previous_head: 32 bytes.
        minute: whole minutes since 1970.
        key: the acknowledgement signing key.
        instance: 32 bytes.
    """
    body = acknowledgement_body(
        submission_digest=digest,
        sequence=sequence,
        previous_head=previous_head,
        minute=minute,
        nonce=random(_NONCE_BYTES),
        verification_key=key.verification_key,
    )
    raw = body + key.sign(ACKNOWLEDGEMENT_LABEL, instance, body)
    sealed = seal_envelope(
        raw,
        purpose=Purpose.ACKNOWLEDGEMENT,
        place=submission.acknowledgement_slot,
        key_set_version=submission.key_set_version,
        instance=instance,
        readers=(SealingKey(submission.acknowledgement_key),),
    )
    hashed = acknowledgement_hash(raw)
    return Registration(hashed, next_head(previous_head, digest, hashed), sealed)

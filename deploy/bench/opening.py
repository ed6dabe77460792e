"""Opening reports from the feed, beside the library calls that it cannot do without."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nacl.bindings import crypto_box_seal_open, crypto_secretbox_open, crypto_sign_open

from crypto.custody.key_pair import OpeningKey
from crypto.custody.opening import open_body, open_report, open_wrapped_key
from crypto.sealing.sealed_box import KEM_CIPHERTEXT_BYTES, WRAP_NONCE, wrap_context
from crypto.sealing.stream import COMMITMENT_LABEL, StreamKey
from crypto.wire.codec import label
from crypto.wire.documents import DOCUMENT_LABEL, parse_document
from crypto.wire.envelope import Purpose, parse_envelope
from crypto.wire.feed import (
    FeedItem,
    encode_feed_page,
    head_zero,
    next_head,
    parse_feed_page,
    verify_feed,
)
from crypto.wire.roles import Role
from crypto.wire.submission import Submission, parse_submission
from deploy.bench.figures import Figure, compared
from deploy.bench.throw_away import Authority
from deploy.bench.timing import compare, compare_in_processes

GOAL = 0.70
PROCESSES = 2
_COMMIT_INFO = label(COMMITMENT_LABEL)
_PAYLOAD_INFO = label("payload")
_PAYLOAD_BYTES = 39


@dataclass(frozen=True, slots=True)
class _Pieces:
    """One report cut up beforehand, so that nothing but library calls is left to do."""

    wrapped_key: bytes
    wrap_info: bytes
    header: bytes
    nonce: bytes = field(repr=False)
    body: bytes
    signed: bytes = field(repr=False)
    claim_key: bytes


def _cut(raw: bytes, key: OpeningKey, instance: bytes) -> _Pieces:
    envelope = parse_envelope(raw, Purpose.REPORT)
    version, wrapped_key = envelope.key_set_version, envelope.wrapped_keys[0]
    content_key = open_wrapped_key(
        wrapped_key, key, instance=instance, purpose=Purpose.REPORT, key_set_version=version
    )
    plaintext = open_body(envelope, content_key)
    parsed = parse_document(plaintext, Purpose.REPORT)
    context = wrap_context(instance, Purpose.REPORT, version, key.recipient_key)
    return _Pieces(
        wrapped_key,
        label("wrap") + context,
        envelope.header,
        StreamKey.of(content_key, envelope.header).nonce(0, last=True),
        envelope.body,
        parsed.signature + label(DOCUMENT_LABEL) + instance + parsed.signed,
        parsed.document.claim_key,
    )


def _derive(ikm: bytes, salt: bytes | None, info: bytes, length_bytes: int) -> bytes:
    return HKDF(SHA256(), length_bytes, salt, info).derive(ikm)


def _open_bare(reports: Sequence[_Pieces], key: OpeningKey) -> int:
    public = key.recipient_key[:32]
    for pieces in reports:
        box = crypto_box_seal_open(pieces.wrapped_key, public, key.x25519)
        shared = key.kem.decapsulate(box[:KEM_CIPHERTEXT_BYTES])
        kek = _derive(shared, None, pieces.wrap_info, 32)
        content_key = crypto_secretbox_open(box[KEM_CIPHERTEXT_BYTES:], WRAP_NONCE, kek)
        _derive(content_key, None, _COMMIT_INFO, 32)
        salt = hashlib.sha256(pieces.header).digest()
        okm = _derive(content_key, salt, _PAYLOAD_INFO, _PAYLOAD_BYTES)
        AESGCM(okm[:32]).decrypt(pieces.nonce, pieces.body, None)
        crypto_sign_open(pieces.signed, pieces.claim_key)
    return len(reports)


def feed_of(submissions: Sequence[Submission], instance: bytes) -> tuple[FeedItem, ...]:
    """A feed that chains as the server's does."""
    head, items = head_zero(instance), []
    for sequence, submission in enumerate(submissions, 1):
        acknowledgement_hash = hashlib.sha256(submission.digest).digest()
        head = next_head(head, submission.digest, acknowledgement_hash)
        items.append(
            FeedItem(sequence, 0, submission.rest, acknowledgement_hash, head, submission.report)
        )
    return tuple(items)


def measure(authority: Authority, raws: Sequence[bytes]) -> list[Figure]:
    """Opening on one core and on two, and whole feed pages on one.

    Args:
        authority: whose triage desk reads.
        raws: submissions with a report.
    """
    key, instance = authority.desks[Role.TRIAGE].opening, authority.key_set.instance_id
    feed = feed_of([parse_submission(raw) for raw in raws], instance)
    reports = [item.report for item in feed if isinstance(item.report, bytes)]
    pieces = [_cut(report, key, instance) for report in reports]
    page = encode_feed_page(feed)
    chained = [label("digest") + report for report in reports]

    def open_ours() -> int:
        for report in reports:
            open_report(report, (key,), instance=instance)
        return len(reports)

    def open_page() -> int:
        items = parse_feed_page(page)
        verify_feed(items, last_sequence=0, last_head=head_zero(instance))
        return open_ours()

    def open_bare() -> int:
        return _open_bare(pieces, key)

    def open_and_hash_bare() -> int:
        for report in chained:
            hashlib.sha256(report).digest()
        return open_bare()

    one = compare(open_ours, open_bare)
    both = compare_in_processes(open_ours, open_bare, PROCESSES)
    whole = compare(open_page, open_and_hash_bare)
    return [
        compared("opening reports, one core", one.ours, one.bare, unit="/s", goal=GOAL),
        compared("opening reports, two processes", both.ours, both.bare, unit="/s", goal=GOAL),
        compared("feed page read, checked, opened", whole.ours, whole.bare, unit="/s", goal=None),
    ]

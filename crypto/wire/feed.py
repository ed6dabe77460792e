"""The feed: a chain that nobody can quietly rewrite. Source: SPEC §12.2."""

from collections.abc import Iterable
from dataclasses import dataclass

from crypto.errors import FeedGapError, FeedRewrittenError, MalformedSubmissionError
from crypto.wire.codec import Reader, labelled_hash
from crypto.wire.submission import (
    REPORT_BYTES,
    destruction_id,
    submission_digest_with,
    value_digest,
)

_HASH_BYTES = 32
_PREFIX_BYTES = 8 + 4 + 3 * _HASH_BYTES
_RECORD_BYTES = _PREFIX_BYTES + REPORT_BYTES
_TOMBSTONE_BYTES = _PREFIX_BYTES + 2 * _HASH_BYTES


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a report that was destroyed. Source: SPEC §12.5.

    Attributes:
        report_digest: of the envelope that lay here, 32 bytes.
        destruction_key: shown by who had it destroyed, 32 bytes.
    """

    report_digest: bytes
    destruction_key: bytes

    @property
    def destruction_id(self) -> bytes:
        """What the submission had named."""
        return destruction_id(self.destruction_key)


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One submission as the desk face hands it out.

    Attributes:
        sequence: from 1, without gaps.
        hour: whole hours since 1970-01-01T00:00Z; the server keeps nothing finer.
        rest: hash of all but the report (SPEC §10.8).
        head: of the chain up to and with this item.
        report: the sealed report envelope, or what is left of it.
    """

    sequence: int
    hour: int
    rest: bytes
    acknowledgement_hash: bytes
    head: bytes
    report: bytes | Tombstone

    @property
    def report_digest(self) -> bytes:
        """Digest of the report envelope, 32 bytes."""
        if isinstance(self.report, Tombstone):
            return self.report.report_digest
        return value_digest(self.report)


def head_zero(instance: bytes) -> bytes:
    """The head of an empty feed."""
    return labelled_hash("feed", instance)


def next_head(previous_head: bytes, digest: bytes, acknowledgement_hash: bytes) -> bytes:
    """The head after one more submission."""
    return labelled_hash("feed-head", previous_head + digest + acknowledgement_hash)


def verify_feed(items: Iterable[FeedItem], *, last_sequence: int, last_head: bytes) -> None:
    """Check that items continue what was seen, one by one.

    Raises:
        FeedGapError: a sequence number is left out, repeated or out of order.
        FeedRewrittenError: a head doesn't follow from its predecessor and its item.
    """
    sequence, head = last_sequence, last_head
    for item in items:
        sequence += 1
        if item.sequence != sequence:
            raise FeedGapError(f"SPEC 12.2: want item {sequence}, got {item.sequence}")
        digest = submission_digest_with(item.report_digest, item.rest)
        head = next_head(head, digest, item.acknowledgement_hash)
        if item.head != head:
            raise FeedRewrittenError(f"SPEC 12.2: item {sequence} does not continue the chain")


def encode_feed_page(items: Iterable[FeedItem]) -> bytes:
    """Spell items, each as u32 length and record; zero items give no bytes."""
    return b"".join(part for item in items for part in _record(item))


def _record(item: FeedItem) -> tuple[bytes, ...]:
    if isinstance(item.report, Tombstone):
        length, left = _TOMBSTONE_BYTES, item.report.report_digest + item.report.destruction_key
    else:
        length, left = _RECORD_BYTES, item.report
    numbers = length.to_bytes(4) + item.sequence.to_bytes(8) + item.hour.to_bytes(4)
    return numbers, item.rest, item.acknowledgement_hash, item.head, left


def parse_feed_page(raw: bytes) -> tuple[FeedItem, ...]:
    """Parse a page of the feed.

    Raises:
        MalformedSubmissionError: records of another length, or cut.
    """
    reader = Reader(raw, MalformedSubmissionError, "12.2")
    items = []
    while reader.offset < len(raw):
        length = reader.number(4)
        if length not in {_RECORD_BYTES, _TOMBSTONE_BYTES}:
            raise MalformedSubmissionError("SPEC 12.2: wrong record length")
        sequence, hour = reader.number(8), reader.number(4)
        rest, acknowledgement_hash, head = (reader.take(_HASH_BYTES) for _ in range(3))
        report: bytes | Tombstone
        if length == _TOMBSTONE_BYTES:
            report = Tombstone(reader.take(_HASH_BYTES), reader.take(_HASH_BYTES))
        else:
            report = reader.take(REPORT_BYTES)
        items.append(FeedItem(sequence, hour, rest, acknowledgement_hash, head, report))
    return tuple(items)

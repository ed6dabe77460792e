"""Case events, blind to the server, and the auditor's records of them. Source: SPEC §16."""

from dataclasses import dataclass, field
from enum import IntEnum

from crypto.errors import DocumentTooLargeError, MalformedEventError
from crypto.wire.codec import Reader, labelled_hash
from crypto.wire.envelope import PLAINTEXT_BYTES, SUITE, Purpose, envelope_bytes
from crypto.wire.members import Members
from crypto.wire.signed_note import SIGNATURE_BYTES
from crypto.wire.strict_json import JsonObject, encode_json, parse_json_object

EVENT_LABEL = "sign/event"
AUDIT_LABEL = "sign/audit"
NO_PREDECESSOR = bytes(32)
_FRAME_BYTES = 2 + 1 + 1 + 32 + 4 + 32 + 1 + 32 + 4 + 4 + SIGNATURE_BYTES
_HEAD_BYTES = 1 + 4 + 32


class ChainKind(IntEnum):
    """Which work a chain of events records."""

    TRIAGE = 1
    PROTECTION = 2
    RELEASE = 3
    REWARD = 4


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The last event of another chain that the author had seen."""

    kind: ChainKind
    sequence: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One signed step of work on a case. Source: SPEC §16.2."""

    kind: ChainKind
    case_ref: bytes
    sequence: int
    previous: bytes
    heads: tuple[ChainHead, ...]
    author: bytes
    minute: int
    content: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedEvent:
    """A parsed event with what its author signed."""

    event: CaseEvent
    signed: bytes = field(repr=False)
    signature: bytes


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """Who did something, when, on which chain; no content. Source: SPEC §16.3."""

    kind: ChainKind
    author: bytes
    minute: int
    chain_id: bytes
    sequence: int
    event_digest: bytes


@dataclass(frozen=True, slots=True)
class SignedAuditRecord:
    """A parsed audit record with what its author signed."""

    record: AuditRecord
    signed: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as the server keeps it. Source: SPEC §16.4."""

    chain_id: bytes
    sequence: int
    previous: bytes
    readers: int
    event: bytes = field(repr=False)
    audit: bytes = field(repr=False)

    @property
    def hash(self) -> bytes:
        """What the next event of the chain names as its predecessor."""
        return labelled_hash("event", encode_stored_event(self))


def _parse_chain_kind(number: int) -> ChainKind:
    try:
        return ChainKind(number)
    except ValueError:
        raise MalformedEventError("SPEC 16.1: no such chain kind") from None


def _check_content(content: JsonObject) -> None:
    Members(content, MalformedEventError, "16.2").filled_text("type")


def encode_signed_part(event: CaseEvent) -> bytes:
    """Everything of an event that its signature covers.

    Raises:
        MalformedEventError: content without a type.
        DocumentTooLargeError: more content than the fixed size holds.
    """
    _check_content(event.content)
    content = encode_json(event.content)
    size = _FRAME_BYTES + len(event.heads) * _HEAD_BYTES + len(content)
    if size > PLAINTEXT_BYTES[Purpose.EVENT]:
        raise DocumentTooLargeError(size - PLAINTEXT_BYTES[Purpose.EVENT])
    heads = (head.kind.to_bytes(1) + head.sequence.to_bytes(4) + head.hash for head in event.heads)
    return b"".join(
        (
            SUITE.to_bytes(2),
            Purpose.EVENT.to_bytes(1),
            event.kind.to_bytes(1),
            event.case_ref,
            event.sequence.to_bytes(4),
            event.previous,
            len(event.heads).to_bytes(1),
            *heads,
            event.author,
            event.minute.to_bytes(4),
            len(content).to_bytes(4),
            content,
        )
    )


def pad_event(signed: bytes, signature: bytes) -> bytes:
    """An event of its fixed size."""
    return (signed + signature).ljust(PLAINTEXT_BYTES[Purpose.EVENT], b"\0")


def parse_event(raw: bytes) -> SignedEvent:
    """Parse an opened event.

    Raises:
        MalformedEventError, MalformedJsonError: anything else.
    """
    reader = Reader(raw, MalformedEventError, "16.2")
    reader.expect(2, SUITE, "suite")
    reader.expect(1, Purpose.EVENT, "purpose")
    kind, case = _parse_chain_kind(reader.number(1)), reader.take(32)
    sequence, previous = reader.number(4), reader.take(32)
    heads = tuple(
        ChainHead(_parse_chain_kind(reader.number(1)), reader.number(4), reader.take(32))
        for _ in range(reader.number(1))
    )
    author, minute = reader.take(32), reader.number(4)
    content = parse_json_object(
        reader.take(reader.number(4)), max_bytes=PLAINTEXT_BYTES[Purpose.EVENT]
    )
    _check_content(content)
    signed = raw[: reader.offset]
    signature = reader.take(SIGNATURE_BYTES)
    reader.zeros_to_end()
    event = CaseEvent(kind, case, sequence, previous, heads, author, minute, content)
    return SignedEvent(event, signed, signature)


def encode_audit_part(record: AuditRecord) -> bytes:
    """Everything of an audit record that its signature covers."""
    return b"".join(
        (
            SUITE.to_bytes(2),
            Purpose.AUDIT.to_bytes(1),
            record.kind.to_bytes(1),
            record.author,
            record.minute.to_bytes(4),
            record.chain_id,
            record.sequence.to_bytes(4),
            record.event_digest,
        )
    )


def pad_audit(signed: bytes, signature: bytes) -> bytes:
    """An audit record of its fixed size."""
    return (signed + signature).ljust(PLAINTEXT_BYTES[Purpose.AUDIT], b"\0")


def parse_audit_record(raw: bytes) -> SignedAuditRecord:
    """Parse an opened audit record.

    Raises:
        MalformedEventError: anything else.
    """
    reader = Reader(raw, MalformedEventError, "16.3")
    reader.expect(2, SUITE, "suite")
    reader.expect(1, Purpose.AUDIT, "purpose")
    kind, author, minute = _parse_chain_kind(reader.number(1)), reader.take(32), reader.number(4)
    chain, sequence, digest = reader.take(32), reader.number(4), reader.take(32)
    signed = raw[: reader.offset]
    signature = reader.take(SIGNATURE_BYTES)
    reader.zeros_to_end()
    record = AuditRecord(kind, author, minute, chain, sequence, digest)
    return SignedAuditRecord(record, signed, signature)


def encode_stored_event(stored: StoredEvent) -> bytes:
    """What the server keeps, and what the event hash covers."""
    return b"".join(
        (
            SUITE.to_bytes(2),
            stored.chain_id,
            stored.sequence.to_bytes(4),
            stored.previous,
            stored.readers.to_bytes(1),
            stored.event,
            stored.audit,
        )
    )


def parse_stored_event(raw: bytes) -> StoredEvent:
    """Parse a stored event; its envelopes are parsed by whoever opens them.

    Raises:
        MalformedEventError: wrong suite, reader count or length.
    """
    reader = Reader(raw, MalformedEventError, "16.4")
    reader.expect(2, SUITE, "suite")
    chain, sequence, previous = reader.take(32), reader.number(4), reader.take(32)
    readers = reader.number(1)
    if not 1 <= readers <= 8:  # noqa: PLR2004 - SPEC §6.3
        raise MalformedEventError("SPEC 16.4: want 1 to 8 readers")
    event = reader.take(envelope_bytes(Purpose.EVENT, readers))
    audit = reader.take(envelope_bytes(Purpose.AUDIT))
    reader.end()
    return StoredEvent(chain, sequence, previous, readers, event, audit)

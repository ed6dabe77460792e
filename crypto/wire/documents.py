"""The documents inside the four envelopes of a submission. Source: SPEC §8."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from crypto.errors import DocumentTooLargeError, MalformedDocumentError
from crypto.wire.codec import Reader
from crypto.wire.contents import DocumentKind, check_content
from crypto.wire.envelope import PLAINTEXT_BYTES, SUITE, WRAPPED_KEY_BYTES, Purpose
from crypto.wire.keys import (
    RECIPIENT_KEY_BYTES,
    VERIFICATION_KEY_BYTES,
    parse_recipient_key,
    parse_verification_key,
)
from crypto.wire.signed_note import SIGNATURE_BYTES
from crypto.wire.strict_json import JsonObject, encode_json, parse_json_object

DOCUMENT_LABEL = "sign/document"
_HASH_BYTES = 32
_SIBLINGS = 3
_EXTRA_BYTES: Mapping[Purpose, int] = MappingProxyType(
    {
        Purpose.REPORT: _SIBLINGS * _HASH_BYTES,
        Purpose.IDENTITY_LOCK: WRAPPED_KEY_BYTES + 2 * _HASH_BYTES,
        Purpose.IDENTITY: 0,
        Purpose.PROTECTION: 0,
        Purpose.REWARD: 0,
    }
)
# suite, purpose, kind, n, claim key, slot key, reply key
_START = struct.Struct(f">HBBI{VERIFICATION_KEY_BYTES}s{_HASH_BYTES}s{RECIPIENT_KEY_BYTES}s")
_FRAME_BYTES = _START.size + 4 + SIGNATURE_BYTES


@dataclass(frozen=True, slots=True)
class IdentityLock:
    """What the custodian's layer holds: the handler's wrapped key and what it belongs to."""

    inner_wrapped_key: bytes = field(repr=False)
    row_key: bytes = field(repr=False)
    part_digest: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """One of the five documents of a submission. Source: SPEC §8.1.

    Attributes:
        n: number of the submission in its case, from 0.
        claim_key: verification key of the case.
        slot_key: of the reading desk, for replies.
        reply_key: recipient key that replies are sealed to.
        siblings: digests of identity, protection and reward; reports only.
        lock: identity locks only.
        content: None in empty documents and locks.
    """

    purpose: Purpose
    kind: DocumentKind
    n: int
    claim_key: bytes
    slot_key: bytes = field(repr=False)
    reply_key: bytes = field(repr=False)
    siblings: tuple[bytes, bytes, bytes] | None = None
    lock: IdentityLock | None = field(default=None, repr=False)
    content: JsonObject | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """A parsed document with what its claim key signed; the signature isn't verified yet."""

    document: Document
    signed: bytes = field(repr=False)
    signature: bytes


def content_room_bytes(purpose: Purpose) -> int:
    """How many bytes of JSON a document holds. Source: SPEC §8.4."""
    return PLAINTEXT_BYTES[purpose] - _FRAME_BYTES - _EXTRA_BYTES[purpose]


def _extra(document: Document) -> bytes:
    if document.siblings is not None:
        return b"".join(document.siblings)
    if document.lock is not None:
        lock = document.lock
        return lock.inner_wrapped_key + lock.row_key + lock.part_digest
    return b""


def encode_signed_part(document: Document) -> bytes:
    """Everything of a document that its signature covers. Source: SPEC §8.1.

    Raises:
        MalformedDocumentError: content that SPEC §9 doesn't allow.
        DocumentTooLargeError: more content than the fixed size holds.
    """
    content = b""
    if document.content is not None:
        check_content(document.purpose, document.kind, document.content)
        content = encode_json(document.content)
    excess = len(content) - content_room_bytes(document.purpose)
    if excess > 0:
        raise DocumentTooLargeError(excess)
    return b"".join(
        (
            SUITE.to_bytes(2),
            document.purpose.to_bytes(1),
            document.kind.to_bytes(1),
            document.n.to_bytes(4),
            document.claim_key,
            document.slot_key,
            document.reply_key,
            _extra(document),
            len(content).to_bytes(4),
            content,
        )
    )


def pad_document(signed: bytes, signature: bytes, purpose: Purpose) -> bytes:
    """A document of its fixed size: what is signed, the signature, zero bytes."""
    return (signed + signature).ljust(PLAINTEXT_BYTES[purpose], b"\0")


def _parse_kind(number: int, purpose: Purpose) -> DocumentKind:
    try:
        kind = DocumentKind(number)
    except ValueError:
        raise MalformedDocumentError("SPEC 8.3: no such kind") from None
    if purpose is Purpose.IDENTITY_LOCK and kind is not DocumentKind.EMPTY:
        raise MalformedDocumentError("SPEC 8.3: a lock has kind 0")
    return kind


def _parse_content(raw: bytes, purpose: Purpose, kind: DocumentKind) -> JsonObject | None:
    if kind is DocumentKind.EMPTY:
        if raw:
            raise MalformedDocumentError("SPEC 8.3: an empty document has content")
        return None
    content = parse_json_object(raw, max_bytes=content_room_bytes(purpose))
    check_content(purpose, kind, content)
    return content


def parse_document(raw: bytes, purpose: Purpose) -> SignedDocument:
    """Parse an opened plaintext.

    Args:
        raw: of the purpose's fixed size.
        purpose: report, identity lock, identity, protection or reward.

    Raises:
        MalformedDocumentError, MalformedJsonError, MalformedKeyError: as SPEC §8.2 says.
    """
    if len(raw) != PLAINTEXT_BYTES[purpose]:
        raise MalformedDocumentError("SPEC 8.2: wrong length")
    suite, number, kind_number, n, claim_key, slot_key, reply_key = _START.unpack_from(raw)
    if suite != SUITE or number != purpose:
        raise MalformedDocumentError("SPEC 8.2: wrong suite or purpose")
    kind = _parse_kind(kind_number, purpose)
    parse_verification_key(claim_key)
    parse_recipient_key(reply_key)
    reader = Reader(raw, MalformedDocumentError, "8.2", _START.size)
    siblings, lock = _parse_extra(reader, purpose)
    content = _parse_content(reader.take(reader.number(4)), purpose, kind)
    signed = raw[: reader.offset]
    signature = reader.take(SIGNATURE_BYTES)
    reader.zeros_to_end()
    document = Document(purpose, kind, n, claim_key, slot_key, reply_key, siblings, lock, content)
    return SignedDocument(document, signed, signature)


def _parse_extra(
    reader: Reader, purpose: Purpose
) -> tuple[tuple[bytes, bytes, bytes] | None, IdentityLock | None]:
    if purpose is Purpose.REPORT:
        take = reader.take
        return (take(_HASH_BYTES), take(_HASH_BYTES), take(_HASH_BYTES)), None
    if purpose is Purpose.IDENTITY_LOCK:
        wrapped = reader.take(WRAPPED_KEY_BYTES)
        return None, IdentityLock(wrapped, reader.take(_HASH_BYTES), reader.take(_HASH_BYTES))
    return None, None

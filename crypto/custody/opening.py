"""Opening envelopes: opened, not for this reader, or a fault. Source: SPEC §5.3, §6.4, §7, §8.2."""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from nacl.bindings import crypto_box_seal_open, crypto_secretbox_open
from nacl.exceptions import CryptoError

from crypto.custody.key_pair import OpeningKey
from crypto.errors import MalformedFileError, NotForReaderError, OpeningError, WrongPlaceError
from crypto.sealing.derivation import derive, row_key
from crypto.sealing.sealed_box import KEM_CIPHERTEXT_BYTES, WRAP_NONCE, wrap_context
from crypto.sealing.stream import StreamKey, commitment
from crypto.signing.verify import verify_labelled
from crypto.wire.documents import DOCUMENT_LABEL, Document, parse_document
from crypto.wire.envelope import (
    FILE_KEY_SET_VERSION,
    NO_PLACE,
    TAG_BYTES,
    Envelope,
    Purpose,
    header_bytes,
    parse_envelope,
    parse_header,
)
from crypto.wire.files import FILE_CHUNK_BYTES
from crypto.wire.submission import LOCK_BYTES, case_ref, value_digest

Read = Callable[[int], bytes | memoryview]


@dataclass(frozen=True, slots=True)
class OpenedEnvelope:
    """An opened envelope.

    Attributes:
        slot: which wrapped key opened, from 0.
        reader: which of the keys opened it, from 0.
    """

    plaintext: bytes = field(repr=False)
    content_key: bytes = field(repr=False)
    slot: int
    reader: int


def _open_box(wrapped_key: bytes, key: OpeningKey) -> bytes | None:
    """The sealed box's plaintext, or None where it is for another key."""
    try:
        return crypto_box_seal_open(wrapped_key, key.recipient_key[:32], key.x25519)
    except (CryptoError, RuntimeError):  # a point of small order is a RuntimeError in PyNaCl
        return None


def _open_inner(
    box: bytes, key: OpeningKey, *, instance: bytes, purpose: Purpose, key_set_version: int
) -> bytes:
    ciphertext, inner = box[:KEM_CIPHERTEXT_BYTES], box[KEM_CIPHERTEXT_BYTES:]
    context = wrap_context(instance, purpose, key_set_version, key.recipient_key)
    try:
        kek = derive(key.kem.decapsulate(ciphertext), b"", "wrap", context, 32)
        return crypto_secretbox_open(inner, WRAP_NONCE, kek)
    except (CryptoError, ValueError):
        raise OpeningError("SPEC 5.3: wrapped key altered or bound elsewhere") from None


def open_wrapped_key(
    wrapped_key: bytes,
    key: OpeningKey,
    *,
    instance: bytes,
    purpose: Purpose,
    key_set_version: int,
) -> bytes:
    """The content key in a wrapped key, 32 bytes.

    Raises:
        NotForReaderError: sealed to another key.
        OpeningError: sealed to this key, and altered or bound to another context.
    """
    box = _open_box(wrapped_key, key)
    if box is None:
        raise NotForReaderError("SPEC 5.3: sealed to another key")
    return _open_inner(
        box, key, instance=instance, purpose=purpose, key_set_version=key_set_version
    )


def open_body(envelope: Envelope, content_key: bytes) -> bytes:
    """Open a document body with its content key.

    Raises:
        OpeningError: another key, or any altered bit of header or body.
    """
    if not hmac.compare_digest(commitment(content_key), envelope.commitment):
        raise OpeningError("SPEC 6.2: commitment differs")
    key = StreamKey.of(content_key, envelope.header)
    try:
        return key.cipher.decrypt(key.nonce(0, last=True), envelope.body, None)
    except InvalidTag:
        raise OpeningError("SPEC 7.2: body altered") from None


def open_envelope(
    envelope: Envelope, keys: Sequence[OpeningKey], *, instance: bytes
) -> OpenedEnvelope:
    """Try every slot with every key, in the order given.

    Raises:
        NotForReaderError: no slot opens.
        OpeningError: a slot opens and what follows fails.
    """
    for slot, wrapped_key in enumerate(envelope.wrapped_keys):
        for reader, key in enumerate(keys):
            box = _open_box(wrapped_key, key)
            if box is None:
                continue
            content_key = _open_inner(
                box,
                key,
                instance=instance,
                purpose=envelope.purpose,
                key_set_version=envelope.key_set_version,
            )
            return OpenedEnvelope(open_body(envelope, content_key), content_key, slot, reader)
    raise NotForReaderError("SPEC 6.4: no slot opens")


def _verified(plaintext: bytes, purpose: Purpose, instance: bytes) -> Document:
    parsed = parse_document(plaintext, purpose)
    key = parsed.document.claim_key
    verify_labelled(key, DOCUMENT_LABEL, instance, parsed.signed, parsed.signature)
    return parsed.document


def _check_row(document: Document, purpose: Purpose, place: bytes, row_id: bytes) -> None:
    key = row_key(case_ref(document.claim_key), purpose, document.n)
    if not hashlib.sha256(key).digest() == row_id == place:
        raise WrongPlaceError("SPEC 8.2: lies under another row")


def open_report(raw: bytes, keys: Sequence[OpeningKey], *, instance: bytes) -> Document:
    """Open a report envelope and check everything of SPEC §8.2.

    Raises:
        NotForReaderError: not for this desk; to be shown nowhere.
        SealedIntakeError: any other is a fault, to be quarantined.
    """
    envelope = parse_envelope(raw, Purpose.REPORT)
    opened = open_envelope(envelope, keys, instance=instance)
    if envelope.place != NO_PLACE:
        raise WrongPlaceError("SPEC 6.1: a report has no place")
    return _verified(opened.plaintext, Purpose.REPORT, instance)


def open_row(
    value: bytes, purpose: Purpose, row_id: bytes, keys: Sequence[OpeningKey], *, instance: bytes
) -> Document:
    """Open a protection or reward row.

    Raises:
        NotForReaderError: not for this desk.
        SealedIntakeError: any other is a fault.
    """
    envelope = parse_envelope(value, purpose)
    opened = open_envelope(envelope, keys, instance=instance)
    document = _verified(opened.plaintext, purpose, instance)
    _check_row(document, purpose, envelope.place, row_id)
    return document


def open_lock(
    value: bytes, row_id: bytes, keys: Sequence[OpeningKey], *, instance: bytes
) -> Document:
    """Open the custodian's layer of an identity row; the identity itself stays shut.

    Args:
        value: the whole row value, lock and identity part.
        row_id: where it lies.
        keys: the custodian desk's.
        instance: 32 bytes.

    Raises:
        NotForReaderError: not for this desk.
        SealedIntakeError: any other is a fault; WrongPlaceError also where lock and part differ.
    """
    envelope = parse_envelope(value[:LOCK_BYTES], Purpose.IDENTITY_LOCK)
    opened = open_envelope(envelope, keys, instance=instance)
    document = _verified(opened.plaintext, Purpose.IDENTITY_LOCK, instance)
    _check_row(document, Purpose.IDENTITY, envelope.place, row_id)
    lock = document.lock
    if lock is None or lock.part_digest != value_digest(value[LOCK_BYTES:]):
        raise WrongPlaceError("SPEC 10.5: the lock belongs to another identity")
    if hashlib.sha256(lock.row_key).digest() != row_id:
        raise WrongPlaceError("SPEC 10.5: the lock names another row")
    return document


def open_identity(
    value: bytes, row_id: bytes, inner_wrapped_key: bytes, key: OpeningKey, *, instance: bytes
) -> Document:
    """Open an identity with the inner wrapped key that a custodian released.

    Args:
        value: the whole row value, lock and identity part.
        row_id: where it lies.
        inner_wrapped_key: 1184 bytes, from the lock.
        key: the protection desk's.
        instance: 32 bytes.

    Raises:
        NotForReaderError: the inner key is for another desk.
        SealedIntakeError: any other is a fault.
    """
    envelope = parse_envelope(value[LOCK_BYTES:], Purpose.IDENTITY)
    content_key = open_wrapped_key(
        inner_wrapped_key,
        key,
        instance=instance,
        purpose=Purpose.IDENTITY,
        key_set_version=envelope.key_set_version,
    )
    document = _verified(open_body(envelope, content_key), Purpose.IDENTITY, instance)
    _check_row(document, Purpose.IDENTITY, envelope.place, row_id)
    return document


def _read_exactly(read: Read, size_bytes: int) -> bytes | memoryview:
    piece = read(size_bytes)
    if len(piece) == size_bytes or not piece:
        return piece  # As a file answers; nothing is copied.
    held = bytearray(piece)
    while len(held) < size_bytes and (piece := read(size_bytes - len(held))):
        held += piece
    return bytes(held)


def _sealed_chunks(read: Read) -> Iterator[tuple[bytes | memoryview, bool]]:
    size = FILE_CHUNK_BYTES + TAG_BYTES
    chunk = _read_exactly(read, size)
    while True:
        following = _read_exactly(read, size)
        yield chunk, not following
        if not following:
            return
        chunk = following


def open_file(content_key: bytes, read: Read) -> Iterator[bytes]:
    """Open a sealed file chunk by chunk; padding is still on it.

    Args:
        content_key: 32 bytes.
        read: hands out up to that many bytes, none at the end; views of memory spare a copy.

    Yields:
        Verified plaintext. Only a run that ends without an error gave the whole file.

    Raises:
        MalformedEnvelopeError: not the header of a file.
        MalformedFileError: one with a key set version or a place, which files don't have.
        OpeningError: another key, or anything altered, dropped, swapped or added.
    """
    envelope = parse_header(bytes(_read_exactly(read, header_bytes(0))), Purpose.FILE)
    if (envelope.key_set_version, envelope.place) != (FILE_KEY_SET_VERSION, NO_PLACE):
        raise MalformedFileError("SPEC 17.2: a file has version 1 and no place")
    if not hmac.compare_digest(commitment(content_key), envelope.commitment):
        raise OpeningError("SPEC 6.2: commitment differs")
    key = StreamKey.of(content_key, envelope.header)
    for counter, (chunk, last) in enumerate(_sealed_chunks(read)):
        if len(chunk) <= TAG_BYTES:
            raise OpeningError("SPEC 7.1: an empty chunk")
        try:
            yield key.cipher.decrypt(key.nonce(counter, last=last), chunk, None)
        except InvalidTag:
            raise OpeningError("SPEC 7.2: file altered or cut") from None

"""STREAM bodies over AES-256-GCM. Source: SPEC §7; Hoang, Reyhanitabar, Rogaway, Vizár 2015."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto.errors import MalformedFileError
from crypto.sealing.derivation import derive
from crypto.wire.envelope import NO_PLACE, Purpose, encode_header

FILE_CHUNK_BYTES = 65_536
COMMITMENT_LABEL = "commit"
_PREFIX_BYTES = 7
_KEY_BYTES = 32
_COUNTER_LIMIT = 1 << 32
_SMALLEST_BUCKET = 65_536
_QUARTERS = (4, 5, 6, 7)


def commitment(content_key: bytes) -> bytes:
    """What binds an envelope to one key, 32 bytes. Source: SPEC §6.2."""
    return derive(content_key, b"", COMMITMENT_LABEL, b"", 32)


@dataclass(frozen=True, slots=True)
class StreamKey:
    """Payload key and nonce prefix of one body."""

    cipher: AESGCM = field(repr=False)
    prefix: bytes = field(repr=False)

    @classmethod
    def of(cls, content_key: bytes, header: bytes) -> "StreamKey":
        """Derive both from the content key and the header. Source: SPEC §6.2."""
        salt = hashlib.sha256(header).digest()
        okm = derive(content_key, salt, "payload", b"", _KEY_BYTES + _PREFIX_BYTES)
        return cls(AESGCM(okm[:_KEY_BYTES]), okm[_KEY_BYTES:])

    def nonce(self, counter: int, *, last: bool) -> bytes:
        """The nonce of one chunk.

        Raises:
            MalformedFileError: more than 2³² chunks.
        """
        if counter >= _COUNTER_LIMIT:
            raise MalformedFileError("SPEC 7.1: too many chunks")
        return self.prefix + counter.to_bytes(4) + last.to_bytes(1)


def seal_document_body(content_key: bytes, header: bytes, plaintext: bytes) -> bytes:
    """Seal a plaintext as one chunk, 16 bytes longer. Source: SPEC §7.1."""
    key = StreamKey.of(content_key, header)
    return key.cipher.encrypt(key.nonce(0, last=True), plaintext, None)


def bucket_bytes(size_bytes: int) -> int:
    """The padded length of a file: at most 25 % more. Source: SPEC §17.1."""
    bucket = _SMALLEST_BUCKET
    while bucket < size_bytes:
        for quarter in _QUARTERS[1:]:
            if size_bytes <= bucket // 4 * quarter:
                return bucket // 4 * quarter
        bucket *= 2
    return bucket


def _padded_chunks(pieces: Iterable[bytes], size_bytes: int) -> Iterator[tuple[bytes, bool]]:
    """Regroup pieces into padded chunks, each with whether it is the last."""
    total = bucket_bytes(size_bytes)
    held, given, taken = bytearray(), 0, 0
    for piece in pieces:
        taken += len(piece)
        if taken > size_bytes:
            raise MalformedFileError("SPEC 17.1: file grew while it was read")
        held += piece
        while len(held) >= FILE_CHUNK_BYTES and given + FILE_CHUNK_BYTES < total:
            yield bytes(held[:FILE_CHUNK_BYTES]), False
            del held[:FILE_CHUNK_BYTES]
            given += FILE_CHUNK_BYTES
    if taken != size_bytes:
        raise MalformedFileError("SPEC 17.1: file shrank while it was read")
    while given < total:
        chunk = bytes(held[:FILE_CHUNK_BYTES])
        del held[:FILE_CHUNK_BYTES]
        size = min(FILE_CHUNK_BYTES, total - given)
        given += size
        yield chunk.ljust(size, b"\0"), given == total


def seal_file(content_key: bytes, pieces: Iterable[bytes], size_bytes: int) -> Iterator[bytes]:
    """Seal a file of known size, piece by piece: first the header, then chunks. Source: SPEC §17.

    Args:
        content_key: fresh, 32 bytes, used for nothing else.
        pieces: the file's bytes in any grouping.
        size_bytes: their total, from 0.

    Raises:
        MalformedFileError: the pieces don't add up to `size_bytes`, or too many chunks.
    """
    header = encode_header(
        Purpose.FILE,
        key_set_version=1,
        place=NO_PLACE,
        wrapped_keys=(),
        commitment=commitment(content_key),
    )
    key = StreamKey.of(content_key, header)
    yield header
    for counter, (chunk, last) in enumerate(_padded_chunks(pieces, size_bytes)):
        yield key.cipher.encrypt(key.nonce(counter, last=last), chunk, None)

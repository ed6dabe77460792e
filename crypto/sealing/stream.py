"""STREAM bodies over AES-256-GCM. Source: SPEC §7; Hoang, Reyhanitabar, Rogaway, Vizár 2015."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto.errors import MalformedFileError
from crypto.sealing.derivation import derive
from crypto.wire.envelope import FILE_KEY_SET_VERSION, NO_PLACE, Purpose, encode_header
from crypto.wire.files import FILE_CHUNK_BYTES, bucket_bytes

COMMITMENT_LABEL = "commit"
_PREFIX_BYTES = 7
_KEY_BYTES = 32
_COUNTER_LIMIT = 1 << 32
_ZEROS = bytes(FILE_CHUNK_BYTES)


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


def _padded(pieces: Iterable[bytes], size_bytes: int) -> Iterator[bytes]:
    """The pieces of a file, which must have its size, then zero bytes up to its bucket."""
    taken = 0
    for piece in pieces:
        taken += len(piece)
        if taken > size_bytes:
            raise MalformedFileError("SPEC 17.1: file grew while it was read")
        yield piece
    if taken != size_bytes:
        raise MalformedFileError("SPEC 17.1: file shrank while it was read")
    for missing in range(bucket_bytes(size_bytes) - size_bytes, 0, -FILE_CHUNK_BYTES):
        yield _ZEROS[:missing]


def _chunks(pieces: Iterable[bytes]) -> Iterator[bytearray | memoryview]:
    """Cut pieces anew into full chunks and what is left; only what spans two pieces is copied."""
    held = bytearray()
    for piece in pieces:
        taken = min(FILE_CHUNK_BYTES - len(held), len(piece)) if held else 0
        held += piece[:taken]
        if len(held) == FILE_CHUNK_BYTES:
            yield held
            held = bytearray()
        view = memoryview(piece)[taken:]
        whole = len(view) - len(view) % FILE_CHUNK_BYTES
        for start in range(0, whole, FILE_CHUNK_BYTES):
            yield view[start : start + FILE_CHUNK_BYTES]
        held += view[whole:]
    if held:
        yield held


def file_header(content_key: bytes) -> bytes:
    """The header of a sealed file, 72 bytes: the key alone decides it. Source: SPEC §17.2."""
    return encode_header(
        Purpose.FILE,
        key_set_version=FILE_KEY_SET_VERSION,
        place=NO_PLACE,
        wrapped_keys=(),
        commitment=commitment(content_key),
    )


def seal_file(content_key: bytes, pieces: Iterable[bytes], size_bytes: int) -> Iterator[bytes]:
    """Seal a file of known size, piece by piece: first the header, then chunks. Source: SPEC §17.

    Args:
        content_key: fresh, 32 bytes, used for nothing else.
        pieces: the file's bytes in any grouping.
        size_bytes: their total, from 0.

    Raises:
        MalformedFileError: the pieces don't add up to `size_bytes`, or too many chunks.
    """
    header = file_header(content_key)
    key = StreamKey.of(content_key, header)
    yield header
    last_counter = (bucket_bytes(size_bytes) - 1) // FILE_CHUNK_BYTES
    for counter, chunk in enumerate(_chunks(_padded(pieces, size_bytes))):
        yield key.cipher.encrypt(key.nonce(counter, last=counter == last_counter), chunk, None)

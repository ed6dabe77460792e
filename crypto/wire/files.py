"""Sizes of sealed files and the parts in which they travel. Source: SPEC §17."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from crypto.errors import MalformedFileError
from crypto.wire.codec import label, labelled_hash
from crypto.wire.envelope import TAG_BYTES, header_bytes

FILE_CHUNK_BYTES: Final = 65_536
PART_CHUNKS: Final = 32
CAPABILITY_BYTES: Final = 16
PART_ID_BYTES: Final = 32
# What a part index may be; with parts of 2 MiB this is far above any setting.
MAX_BUCKET_BYTES: Final = 1 << 46
_SMALLEST_BUCKET: Final = 65_536
_QUARTERS: Final = (4, 5, 6, 7)
_SEALED_CHUNK_BYTES: Final = FILE_CHUNK_BYTES + TAG_BYTES
_HEADER_BYTES: Final = header_bytes(0)


def bucket_bytes(size_bytes: int) -> int:
    """The padded length of a file: at most 25 % more. Source: SPEC §17.1."""
    bucket = _SMALLEST_BUCKET
    while bucket < size_bytes:
        for quarter in _QUARTERS[1:]:
            if size_bytes <= bucket // 4 * quarter:
                return bucket // 4 * quarter
        bucket *= 2
    return bucket


@dataclass(frozen=True, slots=True)
class Upload:
    """A sealed file on its way: who knows the capability may add to it. Source: SPEC §17.4.

    Attributes:
        capability: 16 random bytes.
        bucket_bytes: the padded length, one of the buckets.

    Raises:
        MalformedFileError: another length, or no bucket.
    """

    capability: bytes = field(repr=False)
    bucket_bytes: int

    def __post_init__(self) -> None:
        """Refuse what names no upload."""
        if len(self.capability) != CAPABILITY_BYTES:
            raise MalformedFileError(f"SPEC 17.4: want {CAPABILITY_BYTES} bytes")
        if not _SMALLEST_BUCKET <= self.bucket_bytes <= MAX_BUCKET_BYTES:
            raise MalformedFileError("SPEC 17.4: size out of range")
        if bucket_bytes(self.bucket_bytes) != self.bucket_bytes:
            raise MalformedFileError("SPEC 17.1: not a bucket")

    @property
    def chunk_count(self) -> int:
        """How many chunks the file has."""
        return -(-self.bucket_bytes // FILE_CHUNK_BYTES)

    @property
    def part_count(self) -> int:
        """How many parts the file has."""
        return -(-self.chunk_count // PART_CHUNKS)

    @property
    def sealed_bytes(self) -> int:
        """The length of the sealed file."""
        return _HEADER_BYTES + self.bucket_bytes + self.chunk_count * TAG_BYTES

    def part_start(self, index: int) -> int:
        """Where a part begins in the sealed file."""
        return 0 if index == 0 else _HEADER_BYTES + index * PART_CHUNKS * _SEALED_CHUNK_BYTES

    def part_bytes(self, index: int) -> int:
        """The length of a part.

        Raises:
            MalformedFileError: there is no such part.
        """
        if not 0 <= index < self.part_count:
            raise MalformedFileError("SPEC 17.4: no such part")
        end = self.sealed_bytes if index + 1 == self.part_count else self.part_start(index + 1)
        return end - self.part_start(index)

    def part_id(self, index: int) -> bytes:
        """Under which a part is kept, 32 bytes; parts of one file have nothing in common."""
        return labelled_hash(
            "part", self.capability + self.bucket_bytes.to_bytes(8) + index.to_bytes(4)
        )

    def encode(self) -> bytes:
        """Spell it, 24 bytes."""
        return self.capability + self.bucket_bytes.to_bytes(8)


UPLOAD_BYTES: Final = CAPABILITY_BYTES + 8


def parse_upload(raw: bytes) -> Upload:
    """Parse capability and bucket.

    Raises:
        MalformedFileError: not 24 bytes, or no bucket.

    Source: SPEC §17.4.
    """
    if len(raw) != UPLOAD_BYTES:
        raise MalformedFileError(f"SPEC 17.4: want {UPLOAD_BYTES} bytes, got {len(raw)}")
    return Upload(raw[:CAPABILITY_BYTES], int.from_bytes(raw[CAPABILITY_BYTES:]))


def part_hash(part: bytes | bytearray | memoryview) -> bytes:
    """What of a part enters the file's digest, 32 bytes. Source: SPEC §17.3."""
    return hashlib.sha256(part).digest()


def file_digest(part_hashes: Sequence[bytes]) -> bytes:
    """The digest that stands in a file's entry, 32 bytes. Source: SPEC §17.3."""
    hashed = hashlib.sha256(label("file"))
    for each in part_hashes:
        hashed.update(each)
    return hashed.digest()

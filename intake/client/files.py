"""Files of this machine on their way: read, sealed and cut into parts. Source: SPEC §17."""

import hashlib
import io
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Final, Protocol

from nacl.utils import random

from crypto.errors import MalformedFileError
from crypto.sealing.sealed_box import random_content_key
from crypto.sealing.stream import seal_file
from crypto.wire.codec import encode_base64url
from crypto.wire.files import (
    CAPABILITY_BYTES,
    PART_CHUNKS,
    Upload,
    bucket_bytes,
    file_digest,
)
from crypto.wire.strict_json import JsonObject, JsonValue
from intake.client.errors import FileChangedError, WrongUseError

READ_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a sealed file, in the pieces of which it was made: nothing is copied together."""

    upload: Upload
    index: int
    pieces: tuple[bytes, ...] = field(repr=False)

    @property
    def hash(self) -> bytes:
        """What of it enters the file's digest, 32 bytes. Source: SPEC §17.3."""
        hashed = hashlib.sha256()
        for piece in self.pieces:
            hashed.update(piece)
        return hashed.digest()


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was when a run began.

    Attributes:
        size_bytes: its length.
        state: what changes when the file does; nothing that tells where it lies.
    """

    path: Path
    size_bytes: int
    state: str

    @classmethod
    def of(cls, path: Path) -> "SourceFile":
        """Look at a file.

        Raises:
            WrongUseError: not a regular file.
            OSError: it cannot be read.
        """
        with _opened(path) as file:
            found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise WrongUseError("only regular files can be sent")
        return cls(path, found.st_size, _state(found))

    def pieces(self) -> Iterator[bytes]:
        """Its bytes, a mebibyte at a time.

        Raises:
            FileChangedError: it is not, or at the end no longer, what it was.
            OSError: it cannot be read.
        """
        with _opened(self.path) as file:
            self._compare(os.fstat(file.fileno()))
            while piece := file.read(READ_BYTES):
                yield piece
            self._compare(os.fstat(file.fileno()))

    def _compare(self, found: os.stat_result) -> None:
        if _state(found) != self.state:
            raise FileChangedError("a file has changed since it was first read")


def _opened(path: Path) -> io.FileIO:
    """Open for reading, without waiting for whoever writes into a pipe."""
    return io.FileIO(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))


def _state(found: os.stat_result) -> str:
    """The time of change cannot be set back as the other can."""
    parts = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
    return ".".join(map(str, parts))


class PartSource(Protocol):
    """What gives the parts of one sealed file, as often as they are needed."""

    @property
    def upload(self) -> Upload:
        """Under which they travel."""

    def parts(self) -> Iterator[Part]:
        """All of them, from the first."""


@dataclass(frozen=True, slots=True)
class SealingFile:
    """Seals a file of this machine; each run over it gives the same bytes.

    Attributes:
        key: K of SPEC §17.2, for this file and no other.
    """

    source: SourceFile
    upload: Upload
    key: bytes = field(repr=False)

    @classmethod
    def fresh(cls, source: SourceFile) -> "SealingFile":
        """With a key and a capability of its own."""
        upload = Upload(random(CAPABILITY_BYTES), bucket_bytes(source.size_bytes))
        return cls(source, upload, random_content_key())

    def parts(self) -> Iterator[Part]:
        """Read, seal and cut.

        Raises:
            FileChangedError: the file is not what it was.
            OSError: it cannot be read.
        """
        pieces = seal_file(self.key, self.source.pieces(), self.source.size_bytes)
        try:
            header = next(pieces)
            for index in range(self.upload.part_count):
                chunks = islice(pieces, PART_CHUNKS)
                yield Part(self.upload, index, tuple(chunks if index else chain((header,), chunks)))
            for _ in pieces:  # The end of the file is looked at behind its last chunk.
                raise FileChangedError("a file has grown since it was first read")
        except MalformedFileError:
            raise FileChangedError("a file has grown or shrunk since it was first read") from None


class Transfer:
    """One file on its way, and what is known of its parts.

    Args:
        source: gives the parts.
        hashes: of parts that were made before, by index.
    """

    def __init__(self, source: PartSource, hashes: Iterable[tuple[int, bytes]] = ()) -> None:
        self.source = source
        self.upload = source.upload
        self._hashes = dict(hashes)

    def knows(self, index: int) -> bool:
        """Whether a part was made before."""
        return index in self._hashes

    @property
    def is_known(self) -> bool:
        """Whether all parts were."""
        return len(self._hashes) == self.upload.part_count

    def note(self, part: Part) -> bytes:
        """Take a part into the file's digest; must happen before a byte of it is sent.

        Another text must never leave under the key and nonce of one that may have been sent.

        Raises:
            FileChangedError: this part was another one before.
        """
        found = part.hash
        if self._hashes.setdefault(part.index, found) != found:
            raise FileChangedError("a file has changed since a part of it was sealed")
        return found

    @property
    def digest(self) -> bytes:
        """Of the whole sealed file, once all parts are known."""
        return file_digest([self._hashes[index] for index in range(self.upload.part_count)])


@dataclass(frozen=True, slots=True)
class FileLabel:
    """What of a file's own name and type the reporter keeps; by default nothing."""

    name: str | None = None
    type: str | None = None


NO_LABEL: Final = FileLabel()


def file_entry(file: SealingFile, digest: bytes, label: FileLabel = NO_LABEL) -> JsonObject:
    """What stands in the report. Source: SPEC §17.3."""
    entry: dict[str, JsonValue] = {
        "upload": encode_base64url(file.upload.capability),
        "key": encode_base64url(file.key),
        "digest": encode_base64url(digest),
        "size_bytes": file.source.size_bytes,
    }
    if label.type is not None:
        entry["type"] = label.type
    if label.name is not None:
        entry["name"] = label.name
    return entry


def total_parts_bytes(uploads: Sequence[Upload]) -> int:
    """How many bytes all sealed files have together."""
    return sum(upload.sealed_bytes for upload in uploads)

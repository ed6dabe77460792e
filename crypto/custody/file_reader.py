"""Reading a sealed file in any order. Source: SPEC §7, §17.

The header depends on the key alone and every chunk's nonce on its number alone, so a chunk, or a
part that has just arrived, is verified without what lies round it. That no chunk is missing at the
end follows from the file's announced size: the last chunk has a nonce of its own.
"""

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag

from crypto.errors import MalformedFileError, OpeningError
from crypto.sealing.stream import StreamKey, file_header
from crypto.wire.envelope import TAG_BYTES
from crypto.wire.files import FILE_CHUNK_BYTES, PART_CHUNKS, Upload, bucket_bytes

SEALED_CHUNK_BYTES: Final = FILE_CHUNK_BYTES + TAG_BYTES
# As many chunks as are fetched from the disk at once: measured, more brings nothing.
_RUN_CHUNKS: Final = 16

ReadAt = Callable[[int, int], bytes | memoryview]


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A sealed file of announced size, and the key that opens it.

    Attributes:
        size_bytes: of what was sealed, without its padding.

    Raises:
        MalformedFileError: the size belongs to another bucket.
    """

    upload: Upload
    size_bytes: int
    header: bytes = field(repr=False)
    key: StreamKey = field(repr=False)

    @classmethod
    def of(cls, content_key: bytes, upload: Upload, size_bytes: int) -> "SealedFile":
        """Derive what opens the file. Source: SPEC §17.2."""
        if size_bytes < 0 or bucket_bytes(size_bytes) != upload.bucket_bytes:
            raise MalformedFileError("SPEC 17.2: the size belongs to another bucket")
        header = file_header(content_key)
        return cls(upload, size_bytes, header, StreamKey.of(content_key, header))

    def _open_run(self, first: int, run: bytes | memoryview) -> Iterator[bytes]:
        """Open consecutive chunks. Ten microseconds each: what can be done once is done once."""
        view, key, final = memoryview(run), self.key, self.upload.chunk_count - 1
        decrypt, nonce = key.cipher.decrypt, key.nonce
        starts = range(0, len(view), SEALED_CHUNK_BYTES)
        try:
            for index, at in enumerate(starts, first):
                chunk = view[at : at + SEALED_CHUNK_BYTES]
                yield decrypt(nonce(index, last=index == final), chunk, None)
        except InvalidTag:
            raise OpeningError("SPEC 7.2: file altered or cut") from None

    def check_header(self, header: bytes | memoryview) -> None:
        """Refuse a file that was sealed under another key.

        Raises:
            OpeningError: another header.
        """
        if not hmac.compare_digest(header, self.header):
            raise OpeningError("SPEC 6.2: header or commitment differs")

    def check_part(self, index: int, part: bytes) -> None:
        """Verify every chunk of a part.

        Raises:
            MalformedFileError: another length, or there is no such part.
            OpeningError: another key, or altered.
        """
        if len(part) != self.upload.part_bytes(index):
            raise MalformedFileError("SPEC 17.4: a part of another length")
        view = memoryview(part)
        if index == 0:
            self.check_header(view[: len(self.header)])
            view = view[len(self.header) :]
        for _ in self._open_run(index * PART_CHUNKS, view):
            pass

    def pieces(self, read_at: ReadAt, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """What was sealed, from one place up to another; padding is cut off.

        Args:
            read_at: position and length in the sealed file; fewer bytes only at its end. What it
                gave may change when it is asked again.
            start: from this byte, from 0.
            end: up to this byte; None for the file's end.

        Yields:
            Verified plaintext. Nothing comes from a chunk that was altered.

        Raises:
            OpeningError: altered, cut, or sealed under another key.
        """
        end = self.size_bytes if end is None else min(end, self.size_bytes)
        self.check_header(read_at(0, len(self.header)))
        # The last byte is there and none behind it; padding that nobody asks for is not opened.
        if len(read_at(self.upload.sealed_bytes - 1, 2)) != 1:
            raise OpeningError("SPEC 7.2: file cut, or longer than announced")
        index = start // FILE_CHUNK_BYTES
        while index * FILE_CHUNK_BYTES < end:
            chunks = min(_RUN_CHUNKS, -(-end // FILE_CHUNK_BYTES) - index)
            wanted = self._run_bytes(index, chunks)
            run = read_at(len(self.header) + index * SEALED_CHUNK_BYTES, wanted)
            if len(run) != wanted:
                raise OpeningError("SPEC 7.2: file cut while it was read")
            at = index * FILE_CHUNK_BYTES
            for opened in self._open_run(index, run):
                whole = start <= at <= end - FILE_CHUNK_BYTES
                yield opened if whole else opened[max(start - at, 0) : end - at]
                at += FILE_CHUNK_BYTES
            index += chunks

    def _run_bytes(self, first: int, chunks: int) -> int:
        """The sealed length of some chunks; the file's last one may be shorter."""
        plain = min(chunks * FILE_CHUNK_BYTES, self.upload.bucket_bytes - first * FILE_CHUNK_BYTES)
        return plain + chunks * TAG_BYTES

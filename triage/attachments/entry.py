"""A file as a report names it: what is fetched for it and what opens it. Source: SPEC §17.3."""

import hashlib
from dataclasses import dataclass, field

from crypto.custody.file_reader import SealedFile
from crypto.errors import MalformedTextError
from crypto.wire.codec import decode_base64url
from crypto.wire.files import Upload, bucket_bytes
from triage.cases.report import FileEntry
from triage.errors import FileDamagedError

_KEY_BYTES = 32
_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """One file of one case.

    Attributes:
        id: of the file in its case, 32 bytes; two cases never share a file on the disk.
        digest: what the reporter signed, 32 bytes.
    """

    id: bytes = field(repr=False)
    case_ref: bytes = field(repr=False)
    upload: Upload = field(repr=False)
    digest: bytes = field(repr=False)
    sealed: SealedFile = field(repr=False)

    @property
    def sealed_bytes(self) -> int:
        """The length of the sealed file."""
        return self.upload.sealed_bytes


def parse_entry(case_ref: bytes, entry: FileEntry) -> SealedEntry:
    """What a report says of a file, ready for use.

    Raises:
        FileDamagedError: no file can be like that.
        MalformedFileError: its size is out of range.
    """
    try:
        capability, key, digest = map(decode_base64url, (entry.upload, entry.key, entry.digest))
    except MalformedTextError:
        raise FileDamagedError("SPEC 17.3: not a file entry") from None
    if (len(key), len(digest)) != (_KEY_BYTES, _DIGEST_BYTES):
        raise FileDamagedError("SPEC 17.3: not a file entry")
    upload = Upload(capability, bucket_bytes(entry.size_bytes))
    sealed = SealedFile.of(key, upload, entry.size_bytes)
    size = entry.size_bytes.to_bytes(8)
    identity = hashlib.sha256(case_ref + capability + size + key + digest).digest()
    return SealedEntry(identity, case_ref, upload, digest, sealed)

"""Files sealed as a reporter seals them, and laid where a workstation keeps them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nacl.utils import random

from crypto.sealing.stream import seal_file
from crypto.wire.codec import encode_base64url
from crypto.wire.files import Upload, bucket_bytes, file_digest, part_hash
from crypto.wire.strict_json import JsonObject
from triage.attachments.entry import SealedEntry, parse_entry
from triage.attachments.store import HeldFile
from triage.cases.report import FileEntry, FileState
from triage.workstation.session import Session

CASE = b"c" * 32


@dataclass(frozen=True, slots=True)
class Sealed:
    """One file after sealing.

    Attributes:
        raw: the sealed file.
        digest: as the report states it.
    """

    plaintext: bytes = field(repr=False)
    key: bytes
    upload: Upload
    raw: bytes = field(repr=False)
    digest: bytes

    def parts(self) -> Iterator[bytes]:
        """In order."""
        for index in range(self.upload.part_count):
            start = self.upload.part_start(index)
            yield self.raw[start : start + self.upload.part_bytes(index)]

    def by_id(self) -> dict[bytes, bytes]:
        """What a server keeps."""
        return {self.upload.part_id(index): part for index, part in enumerate(self.parts())}

    def json(self, *, name: str | None = None, media_type: str | None = None) -> JsonObject:
        """The entry in a report (SPEC §17.3)."""
        entry: dict[str, str | int] = {
            "upload": encode_base64url(self.upload.capability),
            "key": encode_base64url(self.key),
            "digest": encode_base64url(self.digest),
            "size_bytes": len(self.plaintext),
        }
        entry |= {} if name is None else {"name": name}
        entry |= {} if media_type is None else {"type": media_type}
        return entry

    def entry(self, case_ref: bytes = CASE, number: int = 1) -> SealedEntry:
        """As a workstation knows it."""
        named = FileEntry(
            number=number,
            n=0,
            upload=encode_base64url(self.upload.capability),
            key=encode_base64url(self.key),
            digest=encode_base64url(self.digest),
            size_bytes=len(self.plaintext),
            media_type=None,
            name=None,
        )
        return parse_entry(case_ref, named)

    def held(self, folder: Path) -> HeldFile:
        """Lying whole in a folder."""
        path = folder / random(8).hex()
        path.write_bytes(self.raw)
        return HeldFile(self.entry(), path)


def seal(plaintext: bytes) -> Sealed:
    """Seal a file as a reporter does."""
    key = random(32)
    upload = Upload(random(16), bucket_bytes(len(plaintext)))
    raw = b"".join(seal_file(key, [plaintext], len(plaintext)))
    hashes = []
    for index in range(upload.part_count):
        start = upload.part_start(index)
        hashes.append(part_hash(raw[start : start + upload.part_bytes(index)]))
    return Sealed(plaintext, key, upload, raw, file_digest(hashes))


def entries(*sealed: Sealed) -> Sequence[JsonObject]:
    """The `files` of a report."""
    return [each.json() for each in sealed]


def lay_here(session: Session, ref: str, *sealed: Sealed) -> None:
    """Have the files of a case on a workstation, as if they had been fetched."""
    files = session._files()
    for number, each in enumerate(sealed, 1):
        kept = files.store.begin(files.named(ref, number)[1])
        files.store.part_path(kept).write_bytes(each.raw)
        files.store.settle(kept, FileState.HERE)

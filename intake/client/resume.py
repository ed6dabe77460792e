"""What a run leaves behind so that a later one can go on, if the person asks for it.

A file of locked entries, one behind the other, each `u32 length ‖ nonce (24) ‖ secretbox`. Its key
comes from the receipt code, which is not in it: whoever finds the file learns how much was being
sent and nothing else, and only the person who kept the code can go on. An entry is on the disk
before what it speaks of is sent; one that a crash cut at the end of the file counts as not there.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Final

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from crypto.custody.reporter import ReporterKeys
from crypto.errors import MalformedError, MalformedFileError
from crypto.sealing.derivation import derive
from crypto.wire.codec import decode_base64url, encode_base64url
from crypto.wire.files import parse_upload
from crypto.wire.strict_json import JsonObject, JsonValue, encode_json, parse_json_object
from intake.client.errors import FileChangedError, WrongCodeError, WrongUseError
from intake.client.files import SealingFile, SourceFile, Transfer

_OWNER_ONLY: Final = 0o600
_LENGTH_BYTES: Final = 4
_MAX_ENTRY_BYTES: Final = 1 << 17
_NAME_BYTES: Final = 16
_KEY_BYTES: Final = 32


class _Kind(IntEnum):
    """What an entry says."""

    BEGIN = 0
    PART = 1
    SUBMISSION = 2


@dataclass(frozen=True, slots=True)
class Begun:
    """What a run began, or an earlier one had begun.

    Attributes:
        files: what is sealed, in the order of the command.
        transfers: the same, with what is known of their parts.
        submission: what was sealed and perhaps sent; None before.
    """

    files: tuple[SealingFile, ...]
    transfers: tuple[Transfer, ...]
    submission: bytes | None = field(default=None, repr=False)

    @classmethod
    def fresh(cls, sources: Sequence[SourceFile]) -> "Begun":
        """With keys of its own for every file."""
        files = tuple(SealingFile.fresh(each) for each in sources)
        return cls(files, tuple(map(Transfer, files)))


class ResumeFile:
    """One such file, held against other runs while it is open.

    Args:
        path: where it lies.
        keys: of the receipt code.
    """

    def __init__(self, path: Path, keys: ReporterKeys) -> None:
        self.path = path
        key = derive(keys.code.secret, keys.instance, "client/resume", b"", _KEY_BYTES)
        self._box = SecretBox(key)
        self._descriptor = -1

    @classmethod
    def of_mailbox(cls, keys: ReporterKeys, state_dir: Path) -> "ResumeFile":
        """Where a mailbox's command keeps it: under a name that only the code gives.

        Raises:
            WrongUseError: the folder cannot be written.
        """
        try:
            state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            raise WrongUseError("the state folder cannot be written") from None
        name = derive(keys.code.secret, keys.instance, "client/resume-name", b"", _NAME_BYTES)
        return cls(state_dir / f"{name.hex()}.resume", keys)

    def begin(self, tag: bytes, begun: Begun) -> None:
        """Write down what is begun; replaces nothing that another run holds.

        Args:
            tag: tells this report from another, useless without the code.
            begun: fresh.

        Raises:
            WrongUseError: it cannot be written, or another run uses it.
        """
        self._open(os.O_RDWR | os.O_CREAT)
        os.ftruncate(self._descriptor, 0)
        files = [
            {
                "upload": encode_base64url(each.upload.encode()),
                "key": encode_base64url(each.key),
                "state": each.source.state,
            }
            for each in begun.files
        ]
        head: JsonObject = {"tag": encode_base64url(tag), "files": files}
        self._append(_Kind.BEGIN, encode_json(head))
        _sync_folder(self.path)

    def note_part(self, number: int, index: int, found: bytes) -> None:
        """Have a part's hash on the disk before the part is sent."""
        self._append(_Kind.PART, number.to_bytes(2) + index.to_bytes(4) + found)

    def note_submission(self, raw: bytes) -> None:
        """Have the sealed submission on the disk before it is sent."""
        self._append(_Kind.SUBMISSION, raw)

    def read(self, tag: bytes, sources: Sequence[SourceFile]) -> Begun | None:
        """What an earlier run began; None where there is nothing, or another report.

        Raises:
            WrongCodeError: locked with another receipt code.
            FileChangedError: of the same report, but a file is no longer what it was.
            WrongUseError: it cannot be read, or another run uses it.
        """
        if not self.path.exists():
            return None
        self._open(os.O_RDWR)
        entries = list(self._entries())
        if not entries:
            return None
        try:
            return _begun(entries, tag, sources)
        except (MalformedError, IndexError):
            return None

    def forget(self) -> None:
        """Delete it: everything is registered and kept, or somebody begins anew."""
        self.path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Let other runs use it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _open(self, flags: int) -> None:
        self.close()
        try:
            self._descriptor = os.open(self.path, flags | os.O_NOFOLLOW, _OWNER_ONLY)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WrongUseError("another run uses the resume file") from None
        except OSError:
            raise WrongUseError("the resume file cannot be used") from None

    def _append(self, kind: _Kind, payload: bytes) -> None:
        locked = bytes(self._box.encrypt(kind.to_bytes(1) + payload))
        entry = len(locked).to_bytes(_LENGTH_BYTES) + locked
        try:
            written = os.write(self._descriptor, entry)
            os.fdatasync(self._descriptor)
        except OSError:
            raise WrongUseError("the resume file cannot be written") from None
        if written != len(entry):
            raise WrongUseError("there is no room for the resume file")

    def _entries(self) -> Iterator[bytes]:
        """Entry after entry, up to one that was cut; writing goes on where the last one ends."""
        whole = 0
        with os.fdopen(os.dup(self._descriptor), "rb") as file:
            while len(length := file.read(_LENGTH_BYTES)) == _LENGTH_BYTES:
                size = int.from_bytes(length)
                locked = file.read(min(size, _MAX_ENTRY_BYTES))
                if len(locked) != size:
                    break
                try:
                    entry = self._box.decrypt(locked)
                except (CryptoError, ValueError):
                    raise WrongCodeError(
                        "the resume file is damaged, or belongs to another receipt code"
                    ) from None
                whole += _LENGTH_BYTES + size
                yield entry
        os.lseek(self._descriptor, whole, os.SEEK_SET)
        os.ftruncate(self._descriptor, whole)


def _begun(entries: Sequence[bytes], tag: bytes, sources: Sequence[SourceFile]) -> Begun | None:
    head = parse_json_object(entries[0][1:], max_bytes=_MAX_ENTRY_BYTES)
    listed = head.get("files")
    if head.get("tag") != encode_base64url(tag) or not isinstance(listed, list):
        return None
    if len(listed) != len(sources):
        return None
    files = tuple(map(_sealing_file, listed, sources))
    hashes: list[list[tuple[int, bytes]]] = [[] for _ in files]
    submission = None
    for entry in entries[1:]:
        if entry[0] == _Kind.PART:
            index, found = int.from_bytes(entry[3:7]), entry[7:]
            hashes[int.from_bytes(entry[1:3])].append((index, found))
        if entry[0] == _Kind.SUBMISSION:
            submission = entry[1:]
    transfers = tuple(map(Transfer, files, hashes))
    return Begun(files, transfers, submission)


def _sealing_file(listed: JsonValue, source: SourceFile) -> SealingFile:
    if not isinstance(listed, Mapping):
        raise MalformedFileError("the resume file lists no such file")
    upload, key = (decode_base64url(str(listed.get(name))) for name in ("upload", "key"))
    if listed.get("state") != source.state:
        raise FileChangedError("a file is not what it was when its sending began")
    return SealingFile(source, parse_upload(upload), key)


def _sync_folder(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

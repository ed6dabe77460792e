"""What was sealed and not yet acknowledged, so that sending again never sends twice.

A draft is the sealed submission, which this machine itself cannot open any more, under a name that
only the receipt code gives. It exists from before the first byte is sent until the acknowledgement
came; nothing else about a mailbox is ever kept.
"""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from crypto.custody.reporter import ReporterKeys
from crypto.sealing.derivation import derive
from crypto.wire.submission import SUBMISSION_BYTES
from intake.client.errors import WrongUseError

_NAME_BYTES: Final = 16
_TAG_BYTES: Final = 32
_NUMBER_BYTES: Final = 4
_DRAFT_BYTES: Final = _TAG_BYTES + _NUMBER_BYTES + SUBMISSION_BYTES
_OWNER_ONLY: Final = 0o600


@dataclass(frozen=True, slots=True)
class Draft:
    """A sealed submission that may or may not have reached the server.

    Attributes:
        tag: tells whether a content is the same; useless without the code.
        n: its number in the case.
    """

    tag: bytes
    n: int
    raw: bytes = field(repr=False)


def draft_tag(keys: ReporterKeys, content: bytes) -> bytes:
    """What tells this content from another, 32 bytes."""
    digest = hashlib.sha256(content).digest()
    return derive(keys.code.secret, keys.instance, "client/draft", digest, _TAG_BYTES)


@dataclass(frozen=True, slots=True)
class DraftFile:
    """Where the one draft of a receipt code lies."""

    path: Path

    @classmethod
    def of(cls, keys: ReporterKeys, state_dir: Path) -> "DraftFile":
        """The file of one code."""
        name = derive(keys.code.secret, keys.instance, "client/draft-name", b"", _NAME_BYTES)
        return cls(state_dir / f"{name.hex()}.draft")

    def read(self) -> Draft | None:
        """The draft; None where there is none, or only a damaged one.

        Raises:
            WrongUseError: the file cannot be read.
        """
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError:
            raise WrongUseError("the state folder cannot be read") from None
        if len(raw) != _DRAFT_BYTES:
            return None
        tag, number = raw[:_TAG_BYTES], raw[_TAG_BYTES : _TAG_BYTES + _NUMBER_BYTES]
        return Draft(tag, int.from_bytes(number), raw[_TAG_BYTES + _NUMBER_BYTES :])

    def keep(self, draft: Draft) -> None:
        """Have it on the disk before a byte is sent.

        Raises:
            WrongUseError: the folder cannot be written.
        """
        raw = draft.tag + draft.n.to_bytes(_NUMBER_BYTES) + draft.raw
        beside = self.path.with_suffix(f".{os.getpid()}")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            with os.fdopen(os.open(beside, flags, _OWNER_ONLY), "wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
        except OSError:
            raise WrongUseError("the state folder cannot be written") from None

    def forget(self) -> None:
        """Delete it; nothing happens where there is none.

        Raises:
            WrongUseError: the folder cannot be written.
        """
        try:
            self.path.unlink(missing_ok=True)
        except OSError:
            raise WrongUseError("the state folder cannot be written") from None

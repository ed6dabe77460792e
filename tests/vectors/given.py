"""What a vector gives: bytes and texts out of its notation."""

import hashlib
from dataclasses import dataclass
from typing import Any

from tests.vectors.notation import Bases, Written, expand, expand_text

Json = Any


@dataclass(frozen=True, slots=True)
class Given:
    """Turns what a vector writes down into bytes and texts."""

    bases: Bases

    def raw(self, written: Written) -> bytes:
        """Bytes."""
        return expand(written, self.bases)

    def text(self, written: Written) -> str:
        """Text."""
        return expand_text(written, self.bases)


def sha256_hex(raw: bytes) -> str:
    """How long bytes stand in `expect`."""
    return hashlib.sha256(raw).hexdigest()

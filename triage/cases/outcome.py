"""What trying to open one feed item came to. Source: DESIGN §5; SPEC §6.4."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SiblingDigest:
    """Where a sibling lies in the vault and what it must hash to. Source: SPEC §10.3, §10.4."""

    purpose: int
    row_id: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """A report document that opened and verified.

    Attributes:
        kind: SPEC §8.3.
        content: strict JSON as sealed; empty for kind 0.
        words: the searchable text, ideographs split.
    """

    sequence: int
    hour: int
    key_set_version: int
    case_ref: bytes = field(repr=False)
    n: int
    kind: int
    slot_key: bytes = field(repr=False)
    reply_key: bytes = field(repr=False)
    content: bytes = field(repr=False)
    words: str = field(repr=False)
    siblings: tuple[SiblingDigest, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotForDesk:
    """No slot opens with any key of this officer; in no list and in no count."""

    sequence: int


@dataclass(frozen=True, slots=True)
class Faulty:
    """Quarantined: a slot opened and what follows failed, or the header is malformed.

    Attributes:
        reason: the error's name.
    """

    sequence: int
    hour: int
    reason: str
    envelope: bytes = field(repr=False)


Outcome = Opened | NotForDesk | Faulty

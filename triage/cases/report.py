"""What an officer sees of a report: values only, as the reporter sealed them.

Every text in here is hostile input; whoever shows it escapes it.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from crypto.wire.strict_json import JsonObject
from triage.cases.withdrawal import Withdrawal

HOUR_SECONDS = 3600
# A day before the last that can be told, so that every time zone can still tell it.
LAST_HOUR = int(datetime(9999, 12, 30, tzinfo=UTC).timestamp()) // HOUR_SECONDS


def instant_of_hour(hour: int) -> datetime:
    """The instant at which an hour of the feed begins; the server keeps nothing finer.

    The chain does not bind the hour (SPEC 12.2): a hostile server may name any u32. What no
    calendar holds becomes the end of the calendar, so that it can't keep a list from being shown.
    """
    return datetime.fromtimestamp(min(hour, LAST_HOUR) * HOUR_SECONDS, UTC)


class SiblingState(StrEnum):
    """What the vault shows of an envelope that a report named."""

    NOT_CHECKED = "not-checked"
    PRESENT = "present"
    MISSING = "missing"
    ALTERED = "altered"


class NoticeKind(StrEnum):
    """What an officer must be told beyond the reports themselves."""

    SIBLING_MISSING = "sibling-missing"
    SIBLING_ALTERED = "sibling-altered"
    DUPLICATE = "duplicate"
    FEED_REWRITTEN = "feed-rewritten"
    FEED_GAP = "feed-gap"
    DESTRUCTION_OVERDUE = "destruction-overdue"
    KEY_SET_REFUSED = "key-set-refused"
    KEY_SET_NEAR_EXPIRY = "key-set-near-expiry"
    DIRECTORY_NEAR_EXPIRY = "directory-near-expiry"
    EPOCH_OVERDUE = "epoch-overdue"
    GRANT_REFUSED = "grant-refused"


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """One line of the queue.

    Attributes:
        ref: the shortest unambiguous spelling, at least eight symbols.
        sequence: of the case's first report in the feed; the key of the list.
        received_at: the hour it came in.
        opening_words: the first words of the narrative.
        messages: later submissions of the same reporter.
        flagged: a sibling is missing or altered, or a submission came twice.
        withdrawal: None where the reporter did not withdraw.
    """

    ref: str
    sequence: int
    received_at: datetime
    category: str | None
    urgency: str | None
    language: str | None
    channel: str | None
    about_staff: bool
    state: str
    unread: bool
    messages: int
    flagged: bool
    opening_words: str = field(repr=False)
    withdrawal: Withdrawal | None = None


@dataclass(frozen=True, slots=True)
class Sibling:
    """One of the three envelopes that came with a report and lie in the vault."""

    sequence: int
    purpose: str
    state: SiblingState


@dataclass(frozen=True, slots=True)
class Message:
    """A later submission of the same case.

    Attributes:
        n: its number in the case, from 1.
        kind: `message`, `withdrawal`, `correction`, `preference`, `consent` or `empty`.
        unread: it came after an officer read the report here.
    """

    n: int
    sequence: int
    received_at: datetime
    kind: str
    content: JsonObject = field(repr=False)
    duplicate: bool = False
    unread: bool = False


@dataclass(frozen=True, slots=True)
class SentReply:
    """An answer of this officer to the reporter.

    Attributes:
        number: of the slot among those of the desk, from 0.
        kind: `reply`, `opened`, `state` or `warning`.
        content: `text`, `sent_on`, `state`, `about_n`.
        is_sent: false while the server may not have it.
    """

    number: int
    kind: str
    content: JsonObject = field(repr=False)
    is_sent: bool


class FileState(StrEnum):
    """Where a file that a report names is, as far as this workstation knows."""

    NOT_FETCHED = "not-fetched"
    PARTLY = "partly"
    WAITING = "waiting"
    FETCHING = "fetching"
    HERE = "here"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class InternalNote:
    """What an officer noted for themselves; it never leaves this workstation."""

    noted_at: datetime
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file that a report or message names.

    Attributes:
        number: in the case, from 1; how a person names it.
        n: of the submission that names it.
        upload, key, digest: base64url, as sealed (SPEC §17.3).
        media_type, name: what the reporter said of it, or None; never relied on.
        type_code: what its content was recognised as, once it is here.
    """

    number: int
    n: int
    upload: str = field(repr=False)
    key: str = field(repr=False)
    digest: str
    size_bytes: int
    media_type: str | None
    name: str | None
    state: FileState = FileState.NOT_FETCHED
    type_code: str | None = None


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One recorded step of work on a case."""

    kind: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class OpenedReport:
    """Everything that one case holds for this desk."""

    summary: ReportSummary
    n: int
    key_set_version: int
    report: JsonObject = field(repr=False)
    messages: tuple[Message, ...] = ()
    files: tuple[FileEntry, ...] = ()
    events: tuple[CaseEvent, ...] = ()
    siblings: tuple[Sibling, ...] = ()
    duplicates: tuple[int, ...] = ()
    replies: tuple[SentReply, ...] = ()
    answers_of_others: int = 0
    notes: tuple[InternalNote, ...] = ()

    @property
    def declines_notices(self) -> bool:
        """Whether the reporter's newest wish is to be sent no acknowledgements (SPEC 9.5)."""
        wishes = [each for each in self.messages if each.kind == "preference"]
        return bool(wishes) and wishes[-1].content.get("acknowledgements") is False

    @property
    def ref(self) -> str:
        """How a person names it."""
        return self.summary.ref


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An envelope of which a slot opened and what follows failed, or whose header is malformed.

    Attributes:
        reason: the name of the error (SPEC §19).
    """

    sequence: int
    received_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that is wrong and was found by this workstation.

    Attributes:
        subject: a REF, a feed position or an error name; never content.
    """

    kind: NoticeKind
    subject: str
    noted_at: datetime

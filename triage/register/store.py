"""The register: what one officer's workstation remembers, in one encrypted file.

Position and items are written in one transaction, so a sync that is killed resumes where the last
whole page ended. Two positions are kept: how far the feed was *verified*, which never moves back,
and how far it was *scanned* with the keys held then; a newly granted key scans again from the
start, and the scan must meet the verified head on its way.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from crypto.errors import FeedRewrittenError
from crypto.wire.feed import head_zero
from crypto.wire.instants import encode_instant, parse_instant
from crypto.wire.strict_json import parse_json_object
from triage.cases.outcome import Faulty, NotForDesk, Opened, Outcome
from triage.cases.reference import spell_case
from triage.cases.report import Notice, NoticeKind, SiblingState
from triage.register.database import Database

MAX_CONTENT_BYTES = 16384
OPENING_WORDS_CHARACTERS = 120
_EMPTY_KIND = 0
_SEQUENCE_BYTES = 8

# Only rows whose state changes are written.
_SETTLE_SIBLINGS = """
UPDATE siblings SET state = found.state FROM (
    SELECT s.sequence, s.purpose, CASE
        WHEN vault.row_id IS NULL THEN 'missing'
        WHEN vault.digest = s.digest THEN 'present'
        ELSE 'altered' END AS state
    FROM siblings s LEFT JOIN temp.vault AS vault ON vault.row_id = s.row_id
) AS found
WHERE found.sequence = siblings.sequence AND found.purpose = siblings.purpose
    AND found.state <> siblings.state
"""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the feed: the last item's sequence (0 for none) and head."""

    sequence: int
    head: bytes


@dataclass(frozen=True, slots=True)
class PageCounts:
    """What a recorded page added to the register."""

    opened: int = 0
    quarantined: int = 0

    def __add__(self, other: "PageCounts") -> "PageCounts":
        return PageCounts(self.opened + other.opened, self.quarantined + other.quarantined)


class Register:
    """What is written while syncing; reading is `triage.register.reading`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def fact(self, name: str) -> bytes | None:
        """A remembered value."""
        row = self.database.row("SELECT value FROM facts WHERE name = ?", (name,))
        return None if row is None else bytes(row[0])

    def remember(self, name: str, value: bytes) -> None:
        """Keep a value in place of an older one."""
        self.database.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def _position(self, name: str, instance: bytes) -> Position:
        raw = self.fact(f"{name}/{instance.hex()}")
        if raw is None:
            return Position(0, head_zero(instance))
        return Position(int.from_bytes(raw[:_SEQUENCE_BYTES]), raw[_SEQUENCE_BYTES:])

    def _move(self, name: str, instance: bytes, position: Position) -> None:
        raw = position.sequence.to_bytes(_SEQUENCE_BYTES) + position.head
        self.remember(f"{name}/{instance.hex()}", raw)

    def verified(self, instance: bytes) -> Position:
        """The furthest feed position ever verified."""
        return self._position("verified", instance)

    def scanned(self, instance: bytes) -> Position:
        """How far items were tried with the keys held now."""
        return self._position("scanned", instance)

    def scan_again(self, instance: bytes) -> None:
        """Start over: a key was granted that older items may open with."""
        self._move("scanned", instance, Position(0, head_zero(instance)))

    def record_page(
        self, instance: bytes, outcomes: Sequence[Outcome], before: Position, after: Position
    ) -> PageCounts:
        """Write the outcomes of consecutive verified items, and the new position, or nothing.

        Args:
            instance: the service that the feed belongs to.
            outcomes: of the items after `before`, up to and with `after`.
            before: where the scan stood when the page was asked for.
            after: where it stands with these items.

        Raises:
            FeedRewrittenError: the page meets the verified position under another head or runs
                past it, or another process moved the scan in the meantime.
        """
        with self.database.transaction():
            if self.scanned(instance) != before:
                raise FeedRewrittenError("SPEC 12.2: the scan was moved meanwhile")
            verified = self.verified(instance)
            if before.sequence < verified.sequence < after.sequence:
                raise FeedRewrittenError("SPEC 12.2: a page may not pass the verified position")
            if after.sequence == verified.sequence and after.head != verified.head:
                raise FeedRewrittenError(f"SPEC 12.2: item {after.sequence} has another head")
            counts = PageCounts()
            for outcome in outcomes:
                counts += self._record(outcome)
            self._move("scanned", instance, after)
            if after.sequence > verified.sequence:
                self._move("verified", instance, after)
        return counts

    def _record(self, outcome: Outcome) -> PageCounts:
        match outcome:
            case Opened():
                return self._record_opened(outcome)
            case Faulty():
                added = self.database.execute(
                    "INSERT OR IGNORE INTO quarantined (sequence, hour, reason, envelope)"
                    " VALUES (?, ?, ?, ?)",
                    (outcome.sequence, outcome.hour, outcome.reason, outcome.envelope),
                )
                return PageCounts(quarantined=added)
            case NotForDesk():
                return PageCounts()

    def _record_opened(self, opened: Opened) -> PageCounts:
        database = self.database
        if database.row("SELECT 1 FROM destroyed_items WHERE sequence = ?", (opened.sequence,)):
            # A server that brings a destroyed report back brings nobody its content back.
            return PageCounts()
        twin = database.row(
            "SELECT 1 FROM documents WHERE case_ref = ? AND n = ? AND sequence < ?",
            (opened.case_ref, opened.n, opened.sequence),
        )
        added = database.execute(
            "INSERT OR IGNORE INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                opened.sequence,
                opened.case_ref,
                opened.n,
                opened.kind,
                opened.hour,
                opened.key_set_version,
                twin is not None,
                opened.slot_key,
                opened.reply_key,
                opened.content,
            ),
        )
        if not added:
            return PageCounts()
        database.execute("DELETE FROM quarantined WHERE sequence = ?", (opened.sequence,))
        database.execute(
            "UPDATE documents SET duplicate = 1 WHERE case_ref = ? AND n = ? AND sequence > ?",
            (opened.case_ref, opened.n, opened.sequence),
        )
        database.execute_many(
            "INSERT INTO siblings (row_id, digest, sequence, purpose, state)"
            " VALUES (?, ?, ?, ?, ?)",
            [
                (each.row_id, each.digest, opened.sequence, each.purpose, SiblingState.NOT_CHECKED)
                for each in opened.siblings
            ],
        )
        if opened.kind != _EMPTY_KIND:
            self._record_case(opened)
        return PageCounts(opened=1)

    def _record_case(self, opened: Opened) -> None:
        """Add or extend the case; what a document doesn't say leaves the older answer."""
        content = parse_json_object(opened.content, max_bytes=MAX_CONTENT_BYTES)
        narrative = content.get("narrative", content.get("text", ""))
        self.database.execute(
            "INSERT INTO cases (case_ref, spelling, sequence, latest_sequence, category, urgency,"
            " language, channel, about_staff, opening_words) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (case_ref) DO UPDATE SET"
            " sequence = min(sequence, excluded.sequence),"
            " latest_sequence = max(latest_sequence, excluded.latest_sequence),"
            " category = coalesce(excluded.category, category),"
            " urgency = coalesce(excluded.urgency, urgency),"
            " language = coalesce(excluded.language, language),"
            " channel = coalesce(excluded.channel, channel),"
            " about_staff = max(about_staff, excluded.about_staff),"
            " opening_words = iif(? = 0, excluded.opening_words, opening_words)",
            (
                opened.case_ref,
                spell_case(opened.case_ref),
                opened.sequence,
                opened.sequence,
                content.get("category"),
                content.get("urgency"),
                content.get("language"),
                content.get("channel"),
                content.get("about_staff") is True,
                str(narrative)[:OPENING_WORDS_CHARACTERS],
                opened.n,
            ),
        )
        self.database.execute(
            "INSERT OR REPLACE INTO words (rowid, text) VALUES (?, ?)",
            (opened.sequence, opened.words),
        )

    def check_siblings(self, rows: Iterable[Sequence[tuple[bytes, bytes]]]) -> None:
        """Compare every sibling with what the vault says it holds.

        Args:
            rows: pages of (row id, digest), which together are all rows of the vault.
        """
        database = self.database
        database.execute("DROP TABLE IF EXISTS temp.vault")
        database.execute(
            "CREATE TEMP TABLE vault (row_id BLOB PRIMARY KEY, digest BLOB NOT NULL) WITHOUT ROWID"
        )
        for page in rows:
            with database.transaction():
                database.execute_many("INSERT OR REPLACE INTO temp.vault VALUES (?, ?)", page)
        with database.transaction():
            database.execute(_SETTLE_SIBLINGS)
        database.execute("DROP TABLE temp.vault")

    def holds_documents(self) -> bool:
        """Whether any report was ever opened here."""
        return self.database.row("SELECT 1 FROM documents LIMIT 1") is not None

    def siblings_unsettled(self) -> bool:
        """Whether some sibling was not yet seen in the vault."""
        query = "SELECT 1 FROM siblings WHERE state IN (?, ?, ?) LIMIT 1"
        unsettled = (SiblingState.NOT_CHECKED, SiblingState.MISSING, SiblingState.ALTERED)
        return self.database.row(query, unsettled) is not None

    def note(self, kind: NoticeKind, subject: str, now: datetime) -> None:
        """Keep a notice; the same one again is kept once."""
        self.database.execute(
            "INSERT OR IGNORE INTO notices (kind, subject, noted_at) VALUES (?, ?, ?)",
            (kind, subject, encode_instant(now)),
        )

    def stored_notices(self) -> tuple[Notice, ...]:
        """What was noted, oldest first."""
        rows = self.database.rows("SELECT kind, subject, noted_at FROM notices ORDER BY id")
        return tuple(Notice(NoticeKind(kind), what, parse_instant(at)) for kind, what, at in rows)

    def settle(self, kind: NoticeKind) -> None:
        """Forget the notices of a kind whose cause is gone."""
        self.database.execute("DELETE FROM notices WHERE kind = ?", (kind,))

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()

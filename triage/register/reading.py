"""Reading the register: the queue, one report, search, what is wrong.

Lists are keyset pages, newest first: `sequence < before`. Source: PERFORMANCE §5.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from crypto.wire.envelope import Purpose
from crypto.wire.strict_json import JsonObject, parse_json_object
from triage.cases.reference import MIN_REF_SYMBOLS, parse_ref, shared_symbols
from triage.cases.report import (
    FileEntry,
    Message,
    Notice,
    NoticeKind,
    OpenedReport,
    Quarantined,
    ReportSummary,
    Sibling,
    SiblingState,
    instant_of_hour,
)
from triage.cases.withdrawal import Withdrawal
from triage.errors import NoSuchThingError, WrongUseError
from triage.register.database import Database, Row
from triage.register.notes import Notes
from triage.register.replies import Replies
from triage.register.search import phrase_query
from triage.register.store import MAX_CONTENT_BYTES

MAX_PAGE = 500
_END_OF_ALPHABET = "~"
_KINDS = ("empty", "first", "message", "consent", "withdrawal", "correction", "preference")
# The hour of a case's first withdrawal. Source: SPEC §9.5, kind 4.
_WITHDRAWN = (
    "SELECT min(w.hour) FROM documents w"
    " WHERE w.case_ref = c.case_ref AND w.kind = 4 AND w.duplicate = 0"
)
_DESTROYS = "json_extract(CAST(w.content AS TEXT), '$.destroy')"
_IS_WITHDRAWN = (
    "EXISTS (SELECT 1 FROM documents w"
    " WHERE w.case_ref = c.case_ref AND w.kind = 4 AND w.duplicate = 0)"
)
_SUMMARY = (
    "SELECT c.case_ref, c.spelling, c.sequence, d.hour, c.category, c.urgency, c.language,"  # noqa: S608 - constants only
    " c.channel, c.about_staff, c.latest_sequence > c.read_sequence, c.opening_words,"
    " (SELECT count(*) FROM documents m WHERE m.case_ref = c.case_ref AND m.n > 0"
    "   AND m.kind > 0 AND m.duplicate = 0),"
    " EXISTS (SELECT 1 FROM documents m LEFT JOIN siblings s USING (sequence)"
    "   WHERE m.case_ref = c.case_ref AND (m.duplicate = 1 OR s.state IN ('missing', 'altered'))),"
    f" ({_WITHDRAWN}), ({_WITHDRAWN} AND {_DESTROYS})"
    " FROM cases c JOIN documents d ON d.sequence = c.sequence"
)
# Rare words are looked up and their cases sorted; for common ones cases are walked, newest first,
# until the page is full. At 20,000 reports either way takes far longer for the other's words.
COMMON_FROM_HITS = 2000
_HITS = "SELECT rowid FROM words WHERE words MATCH ?"
_SAID_RARELY = (
    "c.case_ref IN (SELECT m.case_ref FROM documents m"  # noqa: S608 - constants only
    f" WHERE m.sequence IN ({_HITS}))"
)
_SAID_OFTEN = (
    "EXISTS (SELECT 1 FROM documents m"  # noqa: S608 - constants only
    f" WHERE m.case_ref = c.case_ref AND m.sequence IN ({_HITS}))"
)
_NEVER = "0"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which reports a list shows; None lets everything pass.

    Attributes:
        said: words as a person types them, all of which occur in one document of the case.
        withdrawn: only what its reporter withdrew.
    """

    unread: bool | None = None
    category: str | None = None
    urgency: str | None = None
    said: str | None = None
    withdrawn: bool = False

    def conditions(self) -> tuple[list[str], list[object]]:
        """SQL conditions on a case, and their values; what was said is not among them."""
        conditions: list[str] = []
        values: list[object] = []
        if self.unread is not None:
            sign = ">" if self.unread else "<="
            conditions.append(f"c.latest_sequence {sign} c.read_sequence")
        if self.category is not None:
            conditions.append("c.category = ?")
            values.append(self.category)
        if self.urgency is not None:
            conditions.append("c.urgency = ?")
            values.append(self.urgency)
        if self.withdrawn:
            conditions.append(_IS_WITHDRAWN)
        return conditions, values


EVERYTHING = Filter()


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many reports the queue holds, in all and by what an officer filters on."""

    reports: int
    unread: int
    quarantined: int
    by_category: tuple[tuple[str, int], ...]
    by_urgency: tuple[tuple[str, int], ...]
    withdrawn: int


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The REFs of the reports next to one in the whole list, None at its ends."""

    newer: str | None
    older: str | None


class Reading:
    """Questions to one register.

    Attributes:
        common_from_hits: documents with what was searched for, from which on it counts as common.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.common_from_hits = COMMON_FROM_HITS

    def _ref(self, spelling: str) -> str:
        """The shortest spelling, of eight symbols or more, that no neighbour shares."""
        row = self._database.row(
            "SELECT (SELECT max(spelling) FROM cases WHERE spelling < ?),"
            " (SELECT min(spelling) FROM cases WHERE spelling > ?)",
            (spelling, spelling),
        )
        neighbours = [other for other in row or () if other is not None]
        shared = max((shared_symbols(spelling, other) for other in neighbours), default=0)
        return spelling[: max(MIN_REF_SYMBOLS, shared + 1)]

    def _summary(self, row: Row) -> ReportSummary:
        (_, spelling, sequence, hour, category, urgency, language, channel, about_staff) = row[:9]
        unread, opening_words, messages, flagged, withdrawn_hour, destroy_hour = row[9:]
        return ReportSummary(
            ref=self._ref(spelling),
            sequence=sequence,
            received_at=instant_of_hour(hour),
            category=category,
            urgency=urgency,
            language=language,
            channel=channel,
            about_staff=bool(about_staff),
            state="registered",
            unread=bool(unread),
            messages=messages,
            flagged=bool(flagged),
            opening_words=opening_words,
            withdrawal=_withdrawal(withdrawn_hour, destroy_hour),
        )

    def list_reports(
        self, which: Filter = EVERYTHING, *, before: int | None = None, limit: int = 50
    ) -> tuple[ReportSummary, ...]:
        """A page of the queue, newest first.

        Args:
            which: what to show.
            before: only reports with a smaller sequence: the last one of the page before.
            limit: at most this many, 1 to 500.
        """
        conditions, values = which.conditions()
        if which.said is not None:
            query = phrase_query(which.said)
            conditions.append(self._said(query))
            values += [] if query is None else [query]
        if before is not None:
            conditions.append("c.sequence < ?")
            values.append(before)
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        values.append(max(1, min(limit, MAX_PAGE)))
        rows = self._database.rows(f"{_SUMMARY}{where} ORDER BY c.sequence DESC LIMIT ?", values)
        return tuple(self._summary(row) for row in rows)

    def counts(self) -> QueueCounts:
        """How many of what."""
        database = self._database
        (total,) = database.row("SELECT count(*) FROM cases") or (0,)
        (unread,) = database.row(
            "SELECT count(*) FROM cases WHERE latest_sequence > read_sequence"
        ) or (0,)
        (withdrawn,) = database.row(
            "SELECT count(DISTINCT case_ref) FROM documents WHERE kind = 4 AND duplicate = 0"
        ) or (0,)
        (quarantined,) = database.row("SELECT count(*) FROM quarantined") or (0,)
        return QueueCounts(
            total,
            unread,
            quarantined,
            self._grouped("SELECT category, count(*) FROM cases GROUP BY category ORDER BY 1"),
            self._grouped("SELECT urgency, count(*) FROM cases GROUP BY urgency ORDER BY 1"),
            withdrawn,
        )

    def _grouped(self, query: str) -> tuple[tuple[str, int], ...]:
        return tuple((name, count) for name, count in self._database.rows(query) if name)

    def _said(self, query: str | None) -> str:
        """The condition that holds where a query finds something, in the form that is quicker."""
        if query is None:
            return _NEVER
        hits = self._database.rows(f"{_HITS} LIMIT ?", (query, self.common_from_hits))
        return _SAID_OFTEN if len(hits) == self.common_from_hits else _SAID_RARELY

    def neighbours(self, sequence: int) -> Neighbours:
        """What stands above and below a report in the whole list."""
        newer = self._database.row(
            "SELECT spelling FROM cases WHERE sequence > ? ORDER BY sequence LIMIT 1", (sequence,)
        )
        older = self._database.row(
            "SELECT spelling FROM cases WHERE sequence < ? ORDER BY sequence DESC LIMIT 1",
            (sequence,),
        )
        return Neighbours(
            None if newer is None else self._ref(newer[0]),
            None if older is None else self._ref(older[0]),
        )

    def _case_row(self, typed_ref: str) -> Row:
        ref = parse_ref(typed_ref)
        rows = self._database.rows(
            f"{_SUMMARY} WHERE c.spelling >= ? AND c.spelling < ? LIMIT 2",
            (ref, ref + _END_OF_ALPHABET),
        )
        if not rows:
            raise NoSuchThingError("no report with this REF")
        if len(rows) > 1:
            raise WrongUseError("several reports begin with this REF: type more of it")
        return rows[0]

    def case_ref(self, typed_ref: str) -> bytes:
        """The case that a REF names.

        Raises:
            NoSuchThingError: none.
            WrongUseError: several, or not a REF.
        """
        return bytes(self._case_row(typed_ref)[0])

    def report(self, typed_ref: str) -> OpenedReport:
        """Everything that a case holds.

        Raises:
            NoSuchThingError: no such report.
            WrongUseError: several, or not a REF.
        """
        row = self._case_row(typed_ref)
        case_ref = bytes(row[0])
        documents = self._database.rows(
            "SELECT n, sequence, hour, kind, content, duplicate, key_set_version FROM documents"
            " WHERE case_ref = ? ORDER BY duplicate, n, sequence",
            (case_ref,),
        )
        (read,) = self._database.row(
            "SELECT read_sequence FROM cases WHERE case_ref = ?", (case_ref,)
        ) or (0,)
        messages = [_message(document, read) for document in documents]
        first = next((each for each in messages if each.n == 0), None)
        later = [each for each in messages if each is not first]
        replies = Replies(self._database)
        return OpenedReport(
            summary=self._summary(row),
            n=messages[0].n,
            key_set_version=documents[0][6],
            report={} if first is None else first.content,
            messages=tuple(each for each in later if not each.duplicate and each.kind != "empty"),
            files=files_of(messages),
            siblings=self._siblings(case_ref),
            duplicates=tuple(each.sequence for each in later if each.duplicate),
            replies=replies.of_case(case_ref),
            answers_of_others=replies.answers_of_others(case_ref),
            notes=Notes(self._database).of_case(case_ref),
        )

    def _siblings(self, case_ref: bytes) -> tuple[Sibling, ...]:
        rows = self._database.rows(
            "SELECT sequence, purpose, state FROM siblings WHERE sequence IN"
            " (SELECT sequence FROM documents WHERE case_ref = ?) ORDER BY sequence, purpose",
            (case_ref,),
        )
        return tuple(
            Sibling(sequence, Purpose(purpose).name.lower(), SiblingState(state))
            for sequence, purpose, state in rows
        )

    def mark_read(self, typed_ref: str, *, read: bool = True) -> None:
        """Remember that an officer has read a report up to its newest message, or has not.

        Raises:
            NoSuchThingError: no such report.
        """
        self._database.execute(
            "UPDATE cases SET read_sequence = iif(?, latest_sequence, 0) WHERE case_ref = ?",
            (read, self.case_ref(typed_ref)),
        )

    def quarantined(self) -> tuple[Quarantined, ...]:
        """What was set aside, newest first."""
        rows = self._database.rows(
            "SELECT sequence, hour, reason FROM quarantined ORDER BY sequence DESC LIMIT ?",
            (MAX_PAGE,),
        )
        return tuple(
            Quarantined(sequence, instant_of_hour(hour), reason) for sequence, hour, reason in rows
        )

    def derived_notices(self, now: datetime) -> tuple[Notice, ...]:
        """What is missing or altered, what came twice, and what should be destroyed by now."""
        database = self._database
        siblings = database.rows(
            "SELECT DISTINCT c.spelling, s.state FROM siblings s JOIN documents d USING (sequence)"
            " JOIN cases c USING (case_ref) WHERE s.state IN (?, ?) ORDER BY c.sequence",
            (SiblingState.MISSING, SiblingState.ALTERED),
        )
        twice = database.rows(
            "SELECT DISTINCT c.spelling FROM documents d JOIN cases c USING (case_ref)"
            " WHERE d.duplicate = 1 ORDER BY c.sequence"
        )
        found = [(f"sibling-{state}", spelling) for spelling, state in siblings]
        found += [(NoticeKind.DUPLICATE.value, spelling) for (spelling,) in twice]
        found += [(NoticeKind.DESTRUCTION_OVERDUE.value, case) for case in self._overdue(now)]
        return tuple(Notice(NoticeKind(kind), self._ref(case), now) for kind, case in found)

    def _overdue(self, now: datetime) -> list[str]:
        """Spellings of the cases whose content should be gone, the longest overdue first."""
        rows = self._database.rows(
            "SELECT c.spelling, min(w.hour) AS asked FROM documents w JOIN cases c USING (case_ref)"  # noqa: S608 - constants only
            f" WHERE w.kind = 4 AND w.duplicate = 0 AND {_DESTROYS}"
            " GROUP BY c.case_ref ORDER BY asked"
        )
        asked = [(spelling, instant_of_hour(hour)) for spelling, hour in rows]
        return [
            spelling
            for spelling, at in asked
            if (Withdrawal(at, at).days_left(now.date()) or 0) < 0
        ]


def _withdrawal(hour: int | None, destroy_hour: int | None) -> Withdrawal | None:
    if hour is None:
        return None
    asked_at = None if destroy_hour is None else instant_of_hour(destroy_hour)
    return Withdrawal(instant_of_hour(hour), asked_at)


def _message(document: Row, read_sequence: int) -> Message:
    n, sequence, hour, kind, content, duplicate, _version = document
    value = parse_json_object(bytes(content), max_bytes=MAX_CONTENT_BYTES) if content else {}
    return Message(
        n,
        sequence,
        instant_of_hour(hour),
        _KINDS[kind],
        value,
        duplicate=bool(duplicate),
        unread=sequence > read_sequence,
    )


def files_of(messages: Iterable[Message]) -> tuple[FileEntry, ...]:
    """The files of a case in the order in which they were named, numbered from 1."""
    named = [
        (message.n, entry)
        for message in messages
        for entry in _entries(message)
        if not message.duplicate
    ]
    return tuple(_file(number, n, entry) for number, (n, entry) in enumerate(named, 1))


def _entries(message: Message) -> Iterable[JsonObject]:
    entries = message.content.get("files")
    return entries if isinstance(entries, list) else ()


def _file(number: int, n: int, entry: JsonObject) -> FileEntry:
    media_type, name = entry.get("type"), entry.get("name")
    size_bytes = entry.get("size_bytes")
    return FileEntry(
        number=number,
        n=n,
        upload=str(entry.get("upload", "")),
        key=str(entry.get("key", "")),
        digest=str(entry.get("digest", "")),
        size_bytes=size_bytes if isinstance(size_bytes, int) else 0,
        media_type=media_type if isinstance(media_type, str) else None,
        name=name if isinstance(name, str) else None,
    )

"""What a register forgets of a destroyed case, and the line that it keeps. Source: SPEC §12.5."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from crypto.wire.strict_json import JsonObject, parse_json_object
from triage.errors import NoSuchThingError
from triage.register.database import Database, Row
from triage.register.store import MAX_CONTENT_BYTES

WITHDRAWN: Final = "withdrawn"
_FIELDS: Final = "sequence, case_ref, n, slot_key, content"
_OF_CASE: Final = "(SELECT sequence FROM documents WHERE case_ref = ?)"


@dataclass(frozen=True, slots=True)
class HeldItem:
    """One submission of a case, as far as destroying it goes.

    Attributes:
        n: its number in the case.
    """

    sequence: int
    case_ref: bytes = field(repr=False)
    n: int
    slot_key: bytes = field(repr=False)
    content: JsonObject = field(repr=False)


class Destructions:
    """The tables of what was destroyed here, and of what others are said to have destroyed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def items(self, case_ref: bytes) -> tuple[HeldItem, ...]:
        """Every submission of a case, those that came twice too."""
        query = f"SELECT {_FIELDS} FROM documents WHERE case_ref = ? ORDER BY sequence"  # noqa: S608 - constants only
        return tuple(_held(row) for row in self._database.rows(query, (case_ref,)))

    def item(self, sequence: int) -> HeldItem | None:
        """What is held of one item of the feed."""
        query = f"SELECT {_FIELDS} FROM documents WHERE sequence = ?"  # noqa: S608 - the same
        row = self._database.row(query, (sequence,))
        return None if row is None else _held(row)

    def first_not_shown(self) -> int | None:
        """The oldest item held here of which no server has proven the destruction."""
        row = self._database.row(
            "SELECT sequence FROM documents WHERE sequence NOT IN"
            " (SELECT sequence FROM shown_destructions WHERE proven) ORDER BY sequence LIMIT 1"
        )
        return None if row is None else int(row[0])

    def note_shown(self, shown: Sequence[tuple[int, bool]]) -> None:
        """Remember what a server says to be destroyed, and whether the key proved it."""
        with self._database.transaction():
            self._database.execute_many(
                "INSERT INTO shown_destructions VALUES (?, ?) ON CONFLICT DO UPDATE"
                " SET proven = max(proven, excluded.proven)",
                shown,
            )

    def proven_cases(self) -> tuple[bytes, ...]:
        """Cases held here of which an item was destroyed by who could open it."""
        rows = self._database.rows(
            "SELECT DISTINCT d.case_ref FROM shown_destructions s JOIN documents d USING (sequence)"
            " WHERE s.proven"
        )
        return tuple(bytes(case_ref) for (case_ref,) in rows)

    def erase(self, case_ref: bytes, *, on: date) -> None:
        """Forget a case but for its line, or nothing.

        Args:
            case_ref: of the case.
            on: today, UTC.

        Raises:
            NoSuchThingError: there is no such case.
        """
        database = self._database
        with database.transaction():
            row = database.row("SELECT spelling FROM cases WHERE case_ref = ?", (case_ref,))
            if row is None:
                raise NoSuchThingError("no report with this REF")
            self._keep_line(case_ref, row[0], on)
            for table, key in (("words", "rowid"), *((each, "sequence") for each in _BY_ITEM)):
                database.execute(f"DELETE FROM {table} WHERE {key} IN {_OF_CASE}", (case_ref,))  # noqa: S608 - constants only
            for table in _BY_CASE:
                database.execute(f"DELETE FROM {table} WHERE case_ref = ?", (case_ref,))  # noqa: S608 - the same
            # A deleted row of the index only hides its words; merging leaves them out.
            database.execute("INSERT INTO words (words) VALUES ('optimize')")
        # Pages as they were before lie in the journal until it is emptied. Where somebody reads
        # just now, SQLite does it later.
        database.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def _keep_line(self, case_ref: bytes, spelling: str, on: date) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO destroyed VALUES (?, ?, ?)",
            (spelling, on.isoformat(), WITHDRAWN),
        )
        self._database.execute(
            "INSERT OR REPLACE INTO destroyed_items"
            " SELECT sequence, ?, hour FROM documents WHERE case_ref = ?",
            (spelling, case_ref),
        )


_BY_ITEM: Final = ("siblings", "shown_destructions")
_BY_CASE: Final = ("notes", "replies", "attachments", "documents", "cases")


def _held(row: Row) -> HeldItem:
    sequence, case_ref, n, slot_key, content = row
    said = parse_json_object(bytes(content), max_bytes=MAX_CONTENT_BYTES) if content else {}
    return HeldItem(sequence, bytes(case_ref), n, bytes(slot_key), said)

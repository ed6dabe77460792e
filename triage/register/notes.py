"""Internal notes of this officer: in this register only, never for a reporter or anybody else."""

from datetime import datetime

from crypto.wire.instants import encode_instant, parse_instant
from triage.cases.report import InternalNote
from triage.register.database import Database


class Notes:
    """The table of notes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, case_ref: bytes, text: str, now: datetime) -> None:
        """Write a note down."""
        self._database.execute(
            "INSERT INTO notes (case_ref, noted_at, text) VALUES (?, ?, ?)",
            (case_ref, encode_instant(now), text),
        )

    def of_case(self, case_ref: bytes) -> tuple[InternalNote, ...]:
        """What was noted about a case, oldest first."""
        rows = self._database.rows(
            "SELECT noted_at, text FROM notes WHERE case_ref = ? ORDER BY id", (case_ref,)
        )
        return tuple(InternalNote(parse_instant(noted_at), text) for noted_at, text in rows)

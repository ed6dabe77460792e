"""Which files of reporters lie on this workstation, and under which random name."""

from dataclasses import dataclass
from datetime import date

from triage.cases.report import FileState
from triage.register.database import Database, Row

_COLUMNS = "id, case_ref, name, state, used_on"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was fetched, or whose fetching began.

    Attributes:
        id: of the file in its case, 32 bytes.
        name: of the sealed file in the attachments folder.
        state: `PARTLY`, `HERE`, `MISSING` or `DAMAGED`.
        used_on: the day on which it was last fetched or opened.
    """

    id: bytes
    case_ref: bytes
    name: str
    state: FileState
    used_on: date


class Attachments:
    """The register's list of files."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def one(self, identity: bytes) -> Kept | None:
        """What is known of a file."""
        query = f"SELECT {_COLUMNS} FROM attachments WHERE id = ?"  # noqa: S608 - constants only
        row = self._database.row(query, (identity,))
        return None if row is None else _kept(row)

    def every(self) -> tuple[Kept, ...]:
        """All of them, the longest unused first."""
        query = f"SELECT {_COLUMNS} FROM attachments ORDER BY used_on"  # noqa: S608 - the same
        return tuple(_kept(row) for row in self._database.rows(query))

    def keep(self, kept: Kept) -> None:
        """Remember a file, in place of what was known of it."""
        self._database.execute(
            "INSERT OR REPLACE INTO attachments VALUES (?, ?, ?, ?, ?)",
            (kept.id, kept.case_ref, kept.name, kept.state, kept.used_on.isoformat()),
        )

    def forget(self, identity: bytes) -> None:
        """Remember nothing of a file."""
        self._database.execute("DELETE FROM attachments WHERE id = ?", (identity,))


def _kept(row: Row) -> Kept:
    identity, case_ref, name, state, used_on = row
    return Kept(
        bytes(identity), bytes(case_ref), name, FileState(state), date.fromisoformat(used_on)
    )

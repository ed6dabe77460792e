"""What the console needs of a workstation: `triage.workstation` gives it."""

from pathlib import Path
from typing import Protocol

from triage.cases.report import Notice, OpenedReport, Quarantined, ReportSummary
from triage.register.reading import Filter, QueueCounts
from triage.workstation.sync import SyncResult


class OpenSession(Protocol):
    """An unlocked workstation; see `triage.workstation.session.Session`."""

    def sync(self) -> SyncResult:
        """Fetch and open what is new."""

    def list_reports(
        self, which: Filter = ..., *, before: int | None = None, limit: int = 50
    ) -> tuple[ReportSummary, ...]:
        """A page of the queue, newest first."""

    def counts(self) -> QueueCounts:
        """How many of what."""

    def search(self, typed: str, *, limit: int = 50) -> tuple[ReportSummary, ...]:
        """Reports in whose text everything typed occurs, newest first."""

    def report(self, typed_ref: str) -> OpenedReport:
        """Everything that a case holds."""

    def mark_read(self, typed_ref: str, *, read: bool = True) -> None:
        """Remember that a report was read, or was not."""

    def quarantined(self) -> tuple[Quarantined, ...]:
        """What was set aside, newest first."""

    def notices(self) -> tuple[Notice, ...]:
        """Everything that is wrong and was found here."""

    def close(self) -> None:
        """Let go of the keys and the register."""


class LockedWorkstation(Protocol):
    """An officer's folder, locked."""

    @property
    def home(self) -> Path:
        """The officer's folder."""

    def unlock(self, passphrase: bytes) -> OpenSession:
        """Open the officer's keys."""

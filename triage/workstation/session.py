"""An officer's workstation, locked and unlocked.

`Workstation.open(home).unlock(passphrase)` gives a `Session` in this process;
`triage.workstation.session_process` gives one whose keys live in a process of its own.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from triage.cases.report import Notice, NoticeKind, OpenedReport, Quarantined, ReportSummary
from triage.private_files import only_one
from triage.register.database import Database
from triage.register.reading import EVERYTHING, MAX_PAGE, Filter, QueueCounts, Reading
from triage.register.store import Register
from triage.workstation.home import Home
from triage.workstation.keyring import Keyring, unlock
from triage.workstation.sync import Sync, SyncResult, follow_key_set
from triage.workstation.trust import courier_of, load_trust


class Session:
    """An unlocked workstation; one thread at a time uses it.

    Raises:
        NoSuchThingError: no root is pinned here yet.
        LockedError: the register was made with another key.
    """

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring
        self._open_register()

    def _open_register(self) -> None:
        """Open the register of the service that is trusted now."""
        home = self.keyring.home
        self._instance = load_trust(home).instance
        database = Database(home.register_file(self._instance), self.keyring.register_key())
        self._register = Register(database)
        self._reading = Reading(database)

    def sync(self, *, processes: int | None = None) -> SyncResult:
        """Fetch and open what is new; waits while another sync of this officer runs.

        Raises:
            ServerUnavailableError, NotAdmittedError: as they say; what came before is kept.
        """
        home = self.keyring.home
        with only_one(home.sync_lock):
            courier = courier_of(load_trust(home))
            try:
                now = datetime.now(UTC)
                trust, refusal = follow_key_set(self.keyring, courier, now)
                if trust.instance != self._instance:
                    self._register.close()
                    self._open_register()
                sync = Sync(self.keyring, self._register, courier, trust, now, processes)
                return sync.run(refusal)
            finally:
                courier.close()

    def list_reports(
        self, which: Filter = EVERYTHING, *, before: int | None = None, limit: int = 50
    ) -> tuple[ReportSummary, ...]:
        """A page of the queue, newest first; see `Reading.list_reports`."""
        return self._reading.list_reports(which, before=before, limit=limit)

    def every_report(self, which: Filter = EVERYTHING) -> tuple[ReportSummary, ...]:
        """The whole queue, newest first, page by page."""
        found: list[ReportSummary] = []
        before: int | None = None
        while page := self.list_reports(which, before=before, limit=MAX_PAGE):
            found += page
            before = page[-1].sequence
        return tuple(found)

    def scan_again(self) -> None:
        """Let the next sync try every item anew: a key was received."""
        self._register.scan_again(self._instance)

    def counts(self) -> QueueCounts:
        """How many of what."""
        return self._reading.counts()

    def search(self, typed: str, *, limit: int = 50) -> tuple[ReportSummary, ...]:
        """Reports in whose text everything typed occurs, newest first."""
        return self._reading.search(typed, limit=limit)

    def report(self, typed_ref: str) -> OpenedReport:
        """Everything that a case holds.

        Raises:
            NoSuchThingError: no such report.
            WrongUseError: several, or not a REF.
        """
        return self._reading.report(typed_ref)

    def mark_read(self, typed_ref: str, *, read: bool = True) -> None:
        """Remember that a report was read up to its newest message, or was not.

        Raises:
            NoSuchThingError: no such report.
        """
        self._reading.mark_read(typed_ref, read=read)

    def quarantined(self) -> tuple[Quarantined, ...]:
        """What was set aside, newest first."""
        return self._reading.quarantined()

    def notices(self) -> tuple[Notice, ...]:
        """Everything that is wrong and was found here."""
        now = datetime.now(UTC)
        found = [*self._register.stored_notices(), *self._reading.derived_notices(now)]
        trust = load_trust(self.keyring.home)
        if trust.is_near_expiry(now):
            version = str(trust.key_set.version)
            found.append(Notice(NoticeKind.KEY_SET_NEAR_EXPIRY, version, now))
        return tuple(found)

    def close(self) -> None:
        """Close the register; the keys go with this object."""
        self._register.close()


@dataclass(frozen=True, slots=True)
class Workstation:
    """One officer's folder, locked."""

    home: Path

    @classmethod
    def open(cls, home: Path) -> "Workstation":
        """The workstation in this folder.

        Raises:
            NoSuchThingError: nobody enrolled here.
        """
        Home(home).enrolment()
        return cls(home)

    def unlock(self, passphrase: bytes) -> Session:
        """Open the officer's keys.

        Raises:
            LockedError: the passphrase does not fit.
        """
        return Session(unlock(Home(self.home), passphrase))

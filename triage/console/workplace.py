"""An officer's workstation as the console uses it: unlocked for a while, locked when idle.

    locked --unlock(passphrase)--> unlocked --lock(), or IDLE_SECONDS without use--> locked

Locking closes the session, which ends the process that holds the opened keys. The clock is
monotonic, so that moving the computer's date neither delays nor hastens it; a computer that slept
is locked when it wakes, at the first request or tick.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from crypto.errors import SealedIntakeError
from triage.errors import LockedError, ServerUnavailableError, TriageError
from triage.workstation.session_process import GuardedWorkstation, SessionProcess

IDLE_SECONDS: Final = 600
SYNC_EVERY_SECONDS: Final = 60


def seconds_since_boot() -> float:
    """A clock that nobody can set and that goes on while the computer sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class LockedBecause(StrEnum):
    """Why the console is locked."""

    NOT_YET_UNLOCKED = "start"
    ASKED = "asked"
    IDLE = "idle"


class SyncKind(StrEnum):
    """How a look at the server ended."""

    DONE = "done"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SyncOutcome:
    """The end of one sync.

    Attributes:
        opened: reports and messages that were opened.
        quarantined: items that were set aside.
        faults: names of the errors that ended it, or that were noted on the way.
    """

    kind: SyncKind
    at: datetime
    opened: int = 0
    quarantined: int = 0
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SyncState:
    """What is known of the server: the last sync, and the last one that succeeded."""

    latest: SyncOutcome | None = None
    succeeded_at: datetime | None = None
    opened_in_all: int = 0


class Workplace:
    """One workstation, its present session if it is unlocked, and its idle clock."""

    def __init__(
        self,
        workstation: GuardedWorkstation,
        *,
        idle_seconds: int = IDLE_SECONDS,
        clock: Callable[[], float] = seconds_since_boot,
    ) -> None:
        self.workstation = workstation
        self.idle_seconds = idle_seconds
        self.locked_because = LockedBecause.NOT_YET_UNLOCKED
        self.sync_state = SyncState()
        self._clock = clock
        self._used_at = clock()
        self._session: SessionProcess | None = None
        self._changing = threading.RLock()
        self._syncing = threading.Lock()

    def unlock(self, passphrase: bytes | bytearray) -> None:
        """Open the officer's keys.

        Raises:
            LockedError: the passphrase does not fit.
            TriageError: the folder is not as it should be.
        """
        session = self.workstation.unlock(passphrase)
        with self._changing:
            replaced, self._session = self._session, session
            self._used_at = self._clock()
            self.sync_state = SyncState()
        if replaced is not None:
            replaced.close()

    def lock(self, because: LockedBecause = LockedBecause.ASKED) -> None:
        """Close the session; nothing happens where there is none."""
        with self._changing:
            session, self._session = self._session, None
            if session is None:
                return
            self.locked_because = because
        session.close()

    def _lock_if_present(self, session: SessionProcess) -> None:
        with self._changing:
            if self._session is session:
                self.lock()

    def touch(self) -> None:
        """Note that the officer did something; too late where the time has run out."""
        with self._changing:
            self.lock_if_idle()
            self._used_at = self._clock()

    def seconds_left(self) -> int:
        """Seconds until the console locks itself; 0 where it is locked."""
        with self._changing:
            if self._session is None:
                return 0
            return max(0, round(self.idle_seconds - (self._clock() - self._used_at)))

    def lock_if_idle(self) -> None:
        """Lock where nobody used the console for `idle_seconds`."""
        with self._changing:
            if self._clock() - self._used_at >= self.idle_seconds:
                self.lock(LockedBecause.IDLE)

    @property
    def is_unlocked(self) -> bool:
        """Whether a session is open; looks at the idle clock first."""
        self.lock_if_idle()
        return self._session is not None

    @property
    def session(self) -> SessionProcess:
        """The open session.

        Raises:
            LockedError: there is none.
        """
        session = self._session
        if session is None:
            raise LockedError("the console is locked")
        return session

    def sync(self, *, now: Callable[[], datetime], wait_seconds: int = 0) -> SyncOutcome | None:
        """Look at the server once.

        Args:
            now: the clock of people.
            wait_seconds: how long to wait for another sync to end first.

        Returns:
            None where another sync is still running.

        Raises:
            LockedError: the console is locked, or was locked meanwhile.
        """
        if not self._syncing.acquire(timeout=wait_seconds):
            return None
        try:
            session = self.session
            try:
                outcome = _sync_once(session, now)
            except LockedError:
                # The process that held the keys ended; who unlocked meanwhile has another one.
                self._lock_if_present(session)
                raise
            with self._changing:
                if self._session is session:
                    self.sync_state = _following(self.sync_state, outcome)
            return outcome
        finally:
            self._syncing.release()


def _sync_once(session: SessionProcess, now: Callable[[], datetime]) -> SyncOutcome:
    try:
        result = session.sync()
    except LockedError:
        raise
    except ServerUnavailableError as error:
        return SyncOutcome(SyncKind.UNREACHABLE, now(), faults=(type(error).__name__,))
    except (TriageError, SealedIntakeError) as error:
        return SyncOutcome(SyncKind.REFUSED, now(), faults=(type(error).__name__,))
    return SyncOutcome(
        SyncKind.DONE, now(), result.opened, result.quarantined, faults=result.problems
    )


def _following(state: SyncState, outcome: SyncOutcome) -> SyncState:
    done = outcome.kind is SyncKind.DONE
    return SyncState(
        latest=outcome,
        succeeded_at=outcome.at if done else state.succeeded_at,
        opened_in_all=state.opened_in_all + outcome.opened,
    )


class Pulse:
    """The console's two clocks: one locks it when idle, the other syncs while it is unlocked."""

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace
        self._ended = threading.Event()
        self._threads = (
            threading.Thread(target=self._watch_idleness, name="idle-lock", daemon=True),
            threading.Thread(target=self._sync_regularly, name="sync", daemon=True),
        )

    def start(self) -> None:
        """Begin; both clocks stop with the process at the latest."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End both clocks and lock the console."""
        self._ended.set()
        self._workplace.lock()

    def _watch_idleness(self) -> None:
        while not self._ended.wait(1):
            self._workplace.lock_if_idle()

    def _sync_regularly(self) -> None:
        synced_at: float | None = None
        while not self._ended.wait(1):
            if not self._workplace.is_unlocked:
                synced_at = None
                continue
            if synced_at is not None and seconds_since_boot() - synced_at < SYNC_EVERY_SECONDS:
                continue
            synced_at = seconds_since_boot()
            try:
                self._workplace.sync(now=utc_now)
            except LockedError:
                # Locked meanwhile; who unlocks it again wants to see what is new at once.
                synced_at = None


def utc_now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)

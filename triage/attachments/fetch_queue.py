"""Files that wait to be fetched one after the other, while pages go on being answered.

One thread works the queue off; how far it is and how to call it off is shared with the threads that
answer pages. Everything is in memory: after a lock nothing waits any more, and what came is kept.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from crypto.errors import SealedIntakeError
from triage.attachments.fetching import Progress
from triage.cases.report import FileState
from triage.errors import CancelledError, TriageError

_MIN_SECONDS: Final = 0.001


@dataclass(frozen=True, slots=True)
class Transfer:
    """One file on its way, or the last thing that is known of it.

    Attributes:
        ref: of the case.
        number: of the file in the case.
        state: `WAITING`, `FETCHING`, or None where it is over.
        held_bytes: sealed bytes that are here, of `sealed_bytes`.
        fault: the name of the error that ended it; empty for none.
    """

    ref: str
    number: int
    sealed_bytes: int
    state: FileState | None = FileState.WAITING
    held_bytes: int = 0
    bytes_per_second: int = 0
    fault: str = ""


Work = Callable[[str, int, Progress, Callable[[], bool]], None]


class FetchQueue:
    """What waits, what runs, and what became of the rest; safe for several threads."""

    def __init__(self) -> None:
        self._transfers: dict[tuple[str, int], Transfer] = {}
        self._cancelled: set[tuple[str, int]] = set()
        self._changed = threading.Condition(threading.RLock())

    def want(self, ref: str, number: int, sealed_bytes: int) -> None:
        """Put a file in the queue, unless it is there."""
        with self._changed:
            known = self._transfers.get((ref, number))
            if known is not None and known.state is not None:
                return
            self._cancelled.discard((ref, number))
            self._transfers.pop((ref, number), None)
            self._transfers[ref, number] = Transfer(ref, number, sealed_bytes)
            self._changed.notify_all()

    def cancel(self, ref: str, number: int) -> None:
        """Call a file off, whether it waits or is on its way."""
        with self._changed:
            known = self._transfers.get((ref, number))
            if known is None or known.state is None:
                return
            if known.state is FileState.WAITING:
                del self._transfers[ref, number]
            self._cancelled.add((ref, number))

    def of_case(self, ref: str) -> dict[int, Transfer]:
        """The files of one case, by number."""
        with self._changed:
            return {each.number: each for each in self._transfers.values() if each.ref == ref}

    def forget(self, ref: str, number: int) -> None:
        """Say nothing more of a file whose fetching is over."""
        with self._changed:
            known = self._transfers.get((ref, number))
            if known is not None and known.state is None:
                del self._transfers[ref, number]

    def work_off(self, work: Work) -> None:
        """Take the next file that waits, for ever.

        Args:
            work: fetches one file; given REF, number, whom to tell, whom to ask whether to stop.
        """
        while True:
            self.work_off_next(work)

    def work_off_next(self, work: Work) -> None:
        """Wait for a file and take it."""
        transfer = self._next()
        key = (transfer.ref, transfer.number)
        pace = _Pace(time.monotonic())

        def tell(held_bytes: int) -> None:
            self._put(
                replace(transfer, held_bytes=held_bytes, bytes_per_second=pace.of(held_bytes))
            )

        fault = ""
        try:
            work(transfer.ref, transfer.number, tell, lambda: key in self._cancelled)
        except CancelledError:
            pass
        except (TriageError, SealedIntakeError, OSError) as error:
            fault = type(error).__name__
        self._put(replace(transfer, state=None, fault=fault))

    def _next(self) -> Transfer:
        with self._changed:
            while True:
                for transfer in self._transfers.values():
                    if transfer.state is FileState.WAITING:
                        begun = replace(transfer, state=FileState.FETCHING)
                        self._put(begun)
                        return begun
                self._changed.wait()

    def _put(self, transfer: Transfer) -> None:
        with self._changed:
            self._transfers[transfer.ref, transfer.number] = transfer


class _Pace:
    """How fast bytes come, without those that an earlier try left."""

    def __init__(self, started_at: float) -> None:
        self._started_at = started_at
        self._first_bytes: int | None = None

    def of(self, held_bytes: int) -> int:
        """Bytes a second since the start."""
        if self._first_bytes is None:
            self._first_bytes, self._started_at = held_bytes, time.monotonic()
        seconds = max(time.monotonic() - self._started_at, _MIN_SECONDS)
        return round((held_bytes - self._first_bytes) / seconds)

"""Counters of the limiter in one process's memory.

The store that comes with `limits` starts a thread for nearly every request, only to forget what is
over; that took a fifth of a busy worker's time. Here a request that comes a second or more after
the last clearing clears.
"""

import threading
import time
from typing import Final

from limits.storage import Storage

WINDOW_COUNTERS: Final = "window-counters"
SECONDS_BETWEEN_CLEARINGS: Final = 1.0


class WindowCounters(Storage):
    """Fixed windows: how often a key was counted, and until when that counts.

    `limits` finds it by its scheme, `window-counters://`.
    """

    STORAGE_SCHEME: list[str] | None = [WINDOW_COUNTERS]  # noqa: RUF012 - the base class's

    def __init__(self, uri: str | None = None, *, wrap_exceptions: bool = False) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._windows: dict[str, tuple[int, float]] = {}
        self._clear_at = 0.0
        self._turn = threading.Lock()

    @property
    def base_exceptions(self) -> type[Exception]:
        """What a failing store would raise; this one cannot fail."""
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count, in a window that began with its first count and is `expiry` seconds long."""
        now = time.time()
        with self._turn:
            self._clear_old(now)
            count, until = self._windows.get(key, (0, 0.0))
            if until <= now:
                count, until = 0, now + expiry
            self._windows[key] = (count + amount, until)
            return count + amount

    def get(self, key: str) -> int:
        """How often the key was counted in its present window."""
        count, until = self._windows.get(key, (0, 0.0))
        return count if until > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """When the key's window ends, seconds since 1970; now where it has none."""
        now = time.time()
        _, until = self._windows.get(key, (0, now))
        return max(until, now)

    def check(self) -> bool:
        """Whether the store answers."""
        return True

    def reset(self) -> int:
        """Forget everything; how many windows that were."""
        with self._turn:
            forgotten = len(self._windows)
            self._windows.clear()
        return forgotten

    def clear(self, key: str) -> None:
        """Forget one key."""
        with self._turn:
            self._windows.pop(key, None)

    def _clear_old(self, now: float) -> None:
        if now < self._clear_at:
            return
        self._clear_at = now + SECONDS_BETWEEN_CLEARINGS
        self._windows = {key: held for key, held in self._windows.items() if held[1] > now}

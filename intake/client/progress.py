"""What a person at a terminal sees of a long upload: bytes, rate, and the time that is left."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final, TextIO

_MEGABYTE: Final = 1e6
_EVERY_SECONDS: Final = 0.5
_WINDOW_SECONDS: Final = 10.0
_FEWEST_SAMPLES: Final = 2
_LINE_COLUMNS: Final = 72
_MINUTE: Final = 60


class Progress:
    """Counts what went out, from any thread.

    Args:
        total_bytes: of all files together.
        terminal: where the line is drawn; None draws nothing.
        clock: seconds that only go forward.
    """

    def __init__(
        self,
        total_bytes: int,
        terminal: TextIO | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._total_bytes = total_bytes
        self._terminal = terminal
        self._sent_bytes = 0
        self._lock = threading.Lock()
        self._drawn_at = -_EVERY_SECONDS
        self._past: deque[tuple[float, int]] = deque([(self._clock(), 0)])

    def start(self, there_bytes: int) -> None:
        """So many bytes need not be sent."""
        with self._lock:
            self._sent_bytes = there_bytes
            self._past = deque([(self._clock(), there_bytes)])

    def add(self, size_bytes: int) -> None:
        """So many bytes went out, or, below zero, must go out again."""
        with self._lock:
            self._sent_bytes += size_bytes
            now = self._clock()
            if self._terminal is not None and now - self._drawn_at >= _EVERY_SECONDS:
                self._draw(self._line(now))
                self._drawn_at = now

    def wait(self, seconds: float) -> None:
        """The server can't be reached; it is asked again after so many seconds."""
        with self._lock:
            if self._terminal is not None and seconds >= 1:
                self._draw(f"{self._amount()}; no answer, trying again in {seconds:.0f} s")

    def end(self) -> None:
        """Leave the line as it is and go on below it."""
        with self._lock:
            if self._terminal is not None and self._drawn_at >= 0:
                self._draw(self._amount())
                self._terminal.write("\n")
                self._terminal.flush()
                self._terminal = None

    def _draw(self, line: str) -> None:
        if self._terminal is not None:
            self._terminal.write(f"\r{line.ljust(_LINE_COLUMNS)}")
            self._terminal.flush()

    def _amount(self) -> str:
        sent, total = self._sent_bytes / _MEGABYTE, self._total_bytes / _MEGABYTE
        return f"{sent:,.1f} of {total:,.1f} MB"

    def _line(self, now: float) -> str:
        """The rate is that of the last seconds; what failed and goes out again lowers it."""
        self._past.append((now, self._sent_bytes))
        while len(self._past) > _FEWEST_SAMPLES and now - self._past[0][0] > _WINDOW_SECONDS:
            self._past.popleft()
        then, before = self._past[0]
        if now - then < _EVERY_SECONDS or self._sent_bytes <= before:
            return self._amount()
        rate = (self._sent_bytes - before) / (now - then)
        line = f"{self._amount()}, {rate / _MEGABYTE:,.2f} MB/s"
        left = max(1, round((self._total_bytes - self._sent_bytes) / rate))
        minutes, seconds = divmod(left, _MINUTE)
        return f"{line}, {minutes}:{seconds:02d} left"

"""How long a run puts up with a server that does not answer, and how it waits."""

import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar

from intake.client.errors import ServerUnavailableError

PATIENCE_SECONDS: Final = 300
LONGEST_WAIT_SECONDS: Final = 60
# The first is short: most often a kept connection was closed just when it was used again.
_BACKOFF_SECONDS: Final = (0.2, 1, 2, 4, 8, 15, 30)

Answer = TypeVar("Answer")


class Patience:
    """Shared by all threads of a run: whatever succeeds anywhere starts the time anew.

    Args:
        seconds: without any success, after which the run gives up.
        on_wait: told for how many seconds it is going to wait.
    """

    def __init__(
        self, seconds: float = PATIENCE_SECONDS, on_wait: Callable[[float], None] = lambda _: None
    ) -> None:
        self._seconds = seconds
        self._on_wait = on_wait
        self._succeeded_at = time.monotonic()
        self._ended = threading.Event()

    def end(self) -> None:
        """Whoever waits gives up now."""
        self._ended.set()

    def persist(self, ask: Callable[[], Answer]) -> Answer:
        """Ask until there is an answer.

        Raises:
            ServerUnavailableError: nothing was answered to any thread for too long.
        """
        tries = 0
        while True:
            try:
                answer = ask()
            except ServerUnavailableError as error:
                self._wait(error, tries)
                tries += 1
            else:
                self._succeeded_at = time.monotonic()
                return answer

    def _wait(self, error: ServerUnavailableError, tries: int) -> None:
        left = self._succeeded_at + self._seconds - time.monotonic()
        wait: float = _BACKOFF_SECONDS[min(tries, len(_BACKOFF_SECONDS) - 1)]
        if error.retry_after_seconds is not None:
            wait = min(error.retry_after_seconds, LONGEST_WAIT_SECONDS)
        if left <= 0 or self._ended.is_set():
            raise error
        wait = min(wait, left)
        self._on_wait(wait)
        self._ended.wait(wait)

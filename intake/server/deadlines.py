"""Bodies that do not come in time: their connections are shut for reading.

A thread that reads a body waits for as long as its sender likes, and an application of threads has
no way out of such a wait but the socket's end. So one more thread of each process looks once a
second which waits are overdue. Without a socket (in a test) nothing is limited.
"""

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

GUNICORN_SOCKET: Final = "gunicorn.socket"
SECONDS_BETWEEN_LOOKS: Final = 1.0
# For a report, 43,582 bytes: 363 bytes a second. Who is cut off sends the same bytes again.
SECONDS_FOR_A_BODY: Final = 120.0


@dataclass(slots=True, eq=False)
class Wait:
    """One request whose body is awaited.

    Attributes:
        due_at: When it is over, in seconds of `time.monotonic`.
    """

    peer: socket.socket
    due_at: float

    def extend(self, seconds: float) -> None:
        """Give it so much time from now on."""
        self.due_at = time.monotonic() + seconds


@dataclass(slots=True)
class Deadlines:
    """Those of one process."""

    _waits: set[Wait] = field(default_factory=set, init=False, repr=False)
    _door: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _reaper: threading.Thread | None = field(default=None, init=False, repr=False)

    @contextmanager
    def within(self, environ: Mapping[str, object], seconds: float) -> Iterator[Wait | None]:
        """Shut a request's connection for reading when the block takes longer.

        Args:
            environ: The request's WSGI environment, which holds its socket.
            seconds: From now on; the wait that comes back can be extended.
        """
        peer = environ.get(GUNICORN_SOCKET)
        if not isinstance(peer, socket.socket):
            yield None
            return
        wait = Wait(peer, time.monotonic() + seconds)
        with self._door:
            self._waits.add(wait)
            if self._reaper is None:
                # Not earlier: gunicorn forks, and threads stay behind.
                self._reaper = threading.Thread(target=self._reap, name="deadlines", daemon=True)
                self._reaper.start()
        try:
            yield wait
        finally:
            with self._door:
                self._waits.discard(wait)

    def _reap(self) -> None:
        while True:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            now = time.monotonic()
            with self._door:
                for wait in self._waits:
                    if wait.due_at <= now:
                        with suppress(OSError):  # It has ended by itself.
                            wait.peer.shutdown(socket.SHUT_RD)

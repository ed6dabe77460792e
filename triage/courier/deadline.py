"""A total deadline for each answer: a server that drips bytes holds nobody.

Socket timeouts start anew with every byte. Here a timer starts once a request is sent and shuts the
connection's socket down when the whole answer, headers included, has not come by then.
`intake.client.deadline` does the same: neither side imports the other.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Final

from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection


class Deadline:
    """The time that one answer has.

    Attributes:
        passed: whether it is over, and the connection with it.
    """

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._seconds = seconds
        self._timer: threading.Timer | None = None

    def start(self, connection: socket.socket) -> None:
        """The request was sent: the time runs."""
        self._timer = threading.Timer(self._seconds, self._end, (connection,))
        self._timer.daemon = True
        self._timer.start()

    def cancel(self) -> None:
        """The answer came, or failed otherwise."""
        if self._timer is not None:
            self._timer.cancel()

    def _end(self, connection: socket.socket) -> None:
        self.passed = True
        with suppress(OSError):
            # Beneath TLS too: the reader gets the end of the stream, in whatever layer it waits.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)


_present: Final[ContextVar[Deadline]] = ContextVar("deadline of the answer awaited here")


@contextmanager
def answer_within(seconds: float) -> Iterator[Deadline]:
    """Let the request in this block have its whole answer within this time."""
    deadline = Deadline(seconds)
    outer = _present.set(deadline)
    try:
        yield deadline
    finally:
        deadline.cancel()
        _present.reset(outer)


def _start(connection: HTTPConnection) -> None:
    if connection.sock is not None:
        _present.get().start(connection.sock)


class _PlainConnection(HTTPConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as urllib3 itself does
        _start(self)
        return super().getresponse()


class _TlsConnection(HTTPSConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as urllib3 itself does
        _start(self)
        return super().getresponse()


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection  # type: ignore[mutable-override] # never assigned anew


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection  # type: ignore[mutable-override] # never assigned anew


def watch_answers(manager: PoolManager) -> None:
    """Make every connection of this manager heed `answer_within`."""
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}

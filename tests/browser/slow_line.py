"""A line between browser and server that can be slow, cut and given back: a SOCKS5 proxy.

Source: RFC 1928, CONNECT without authentication. What is emulated inside a browser does not reach
its workers.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_BLOCK_BYTES = 16_384
_SECONDS_TO_CONNECT = 5
_IPV4, _NAME = 1, 3
_ADDRESS_BYTES = 4
_CONNECTED = b"\x05\x00\x00\x01" + bytes(6)


@dataclass
class SlowLine:
    """Carries what goes through it, as fast as it is told.

    Attributes:
        bytes_per_second: towards the server, all connections together; None without a limit.
        carried_bytes: towards the server, so far.
    """

    listener: socket.socket
    bytes_per_second: int | None = None
    carried_bytes: int = 0
    is_cut: bool = False
    _connections: list[socket.socket] = field(default_factory=list)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """For the browser's settings."""
        return f"socks5://127.0.0.1:{self.listener.getsockname()[1]}"

    def cut(self) -> None:
        """End every connection and take no new one."""
        self.is_cut = True
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def restore(self) -> None:
        """Take connections again, without a limit."""
        self.bytes_per_second = None
        self.is_cut = False

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            if self.is_cut:
                return
            host, port = _asked(client)
            with socket.create_connection((host, port), _SECONDS_TO_CONNECT) as server:
                server.settimeout(None)
                self._connections += [client, server]
                client.sendall(_CONNECTED)
                back = threading.Thread(target=_copy, args=(server, client), daemon=True)
                back.start()
                self._forward(client, server)

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        while block := client.recv(_BLOCK_BYTES):
            rate = self.bytes_per_second
            if rate is not None:
                with self._turn:
                    time.sleep(len(block) / rate)
            server.sendall(block)
            self.carried_bytes += len(block)


def _exactly(source: socket.socket, count: int) -> bytes:
    got = b""
    while len(got) < count:
        piece = source.recv(count - len(got))
        if not piece:
            raise OSError("the browser hung up")
        got += piece
    return got


def _asked(client: socket.socket) -> tuple[str, int]:
    """The address that a browser wants to be connected with."""
    _, methods = _exactly(client, 2)
    _exactly(client, methods)
    client.sendall(b"\x05\x00")
    kind = _exactly(client, 4)[3]
    if kind == _IPV4:
        host = socket.inet_ntoa(_exactly(client, _ADDRESS_BYTES))
    elif kind == _NAME:
        host = _exactly(client, _exactly(client, 1)[0]).decode()
    else:
        raise OSError("no such kind of address")
    return host, int.from_bytes(_exactly(client, 2))


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(_BLOCK_BYTES):
            target.sendall(block)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def slow_line() -> Iterator[SlowLine]:
    """A line on a free port, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        line = SlowLine(listener)
        threading.Thread(target=line.serve, daemon=True).start()
        try:
            yield line
        finally:
            line.cut()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)

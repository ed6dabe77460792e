"""A server that drips: it says something often enough to be alive, and never ends."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

DRIP_SECONDS = 0.05
HEADERS = b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n"
HEADERS_WITHOUT_LENGTH = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
HEADERS_WITHOUT_END = b"HTTP/1.1 200 OK\r\nX-Drip: "


@contextmanager
def dripping_server(at_once: bytes) -> Iterator[str]:
    """Its address, while the block runs.

    Args:
        at_once: sent at the first word of a client; then one byte after the other.
    """
    ended = threading.Event()

    def drip(connection: socket.socket) -> None:
        with connection:
            try:
                connection.recv(65_536)
                connection.sendall(at_once)
                while not ended.wait(DRIP_SECONDS):
                    connection.sendall(b"x")
            except OSError:
                return

    def accept(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=drip, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            ended.set()
            listener.shutdown(socket.SHUT_RDWR)

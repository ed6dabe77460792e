"""A wire between a client and the server that a test watches, cuts, and lies on."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.intake.processes import Running

PARTS = "/api/v1/parts"
HELD = "/api/v1/parts/held"
KEPT = "/api/v1/parts/kept"
SUBMISSIONS = "/api/v1/submissions"
CUT = b""


@dataclass(frozen=True)
class Asked:
    """One request as it came.

    Attributes:
        number: how many of the same target came before it.
    """

    target: str
    body: bytes
    number: int

    @property
    def part(self) -> tuple[bytes, int]:
        """Upload and index of a part."""
        return self.body[:24], int.from_bytes(self.body[24:28])


def _pass(_: Asked) -> bytes | None:
    return None


@dataclass
class Wire:
    """Between a client and a server.

    Attributes:
        url: where the client goes.
        server: where requests are carried to; may change under way.
        seen: every whole request, in order.
        before: answers in the server's place, or cuts with `CUT`; None carries the request on.
        after: the same once the server has answered; None carries the answer back.
    """

    url: str
    server: str
    seen: list[Asked] = field(default_factory=list)
    before: Callable[[Asked], bytes | None] = _pass
    after: Callable[[Asked], bytes | None] = _pass
    lock: threading.Lock = field(default_factory=threading.Lock)

    def asked(self, target: str) -> list[Asked]:
        """The requests of one target."""
        return [each for each in self.seen if each.target == target]

    def note(self, target: str, body: bytes) -> Asked:
        """Count a request."""
        with self.lock:
            asked = Asked(target, body, len(self.asked(target)))
            self.seen.append(asked)
            return asked


def answer(status: int, body: bytes = b"", *headers: str) -> bytes:
    """What a server could say."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def problem(status: int, name: str, *headers: str) -> bytes:
    """A refusal."""
    return answer(status, f'{{"type":"/problems/{name}"}}'.encode(), *headers)


def read_message(connection: socket.socket) -> tuple[bytes, bytes]:
    """Head and body of a whole message; nothing where the other side left before its end."""
    raw = bytearray()
    while b"\r\n\r\n" not in raw:
        piece = connection.recv(1 << 20)
        if not piece:
            return b"", b""
        raw += piece
    head, _, rest = bytes(raw).partition(b"\r\n\r\n")
    lengths = [
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length")
    ]
    body = bytearray(rest)
    while len(body) < (lengths[0] if lengths else 0):
        piece = connection.recv(1 << 20)
        if not piece:
            return b"", b""
        body += piece
    return head + b"\r\n\r\n", bytes(body)


def _carry(wire: Wire, client: socket.socket) -> None:
    with client:
        while True:
            head, body = read_message(client)
            if not head:
                return
            asked = wire.note(head.split(b" ", 2)[1].decode(), body)
            said = wire.before(asked)
            if said is None:
                answered = _ask(wire.server, head, body)
                said = wire.after(asked)
                said = answered if said is None else said
            if said == CUT:
                return
            client.sendall(said)


def _ask(server: str, head: bytes, body: bytes) -> bytes:
    """A connection of its own for each request: the server may have come back meanwhile."""
    host, port = server.removeprefix("http://").split(":")
    try:
        with socket.create_connection((host, int(port))) as upstream:
            upstream.sendall(head + body)
            return b"".join(read_message(upstream))
    except OSError:
        return CUT


@contextmanager
def between(server: Running) -> Iterator[Wire]:
    """A wire to a server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = Wire(f"http://127.0.0.1:{listener.getsockname()[1]}", server.url)

        def carry(client: socket.socket) -> None:
            try:
                _carry(wire, client)
            except OSError:
                return  # The client left.

        def accept() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=carry, args=(client,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield wire

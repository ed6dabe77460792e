"""A server that says whatever a test wants: old key sets, other key sets, redirects, floods."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from crypto.wire.codec import encode_base64url

NONCE = encode_base64url(bytes(56))


@dataclass(frozen=True, slots=True)
class Said:
    """One answer.

    Attributes:
        headers: beyond the length.
    """

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class HostileServer:
    """Answers by target, or by path where no answer names its query; everything else is 404.

    Attributes:
        asked: method and target of every request, in order.
    """

    says: dict[str, Said] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def hostile_server() -> Iterator[HostileServer]:
    """A hostile server that runs while the block does; it hands out nonces."""
    state = HostileServer()
    for face in ("desk", "vault"):
        state.says[f"/{face}/v1/nonce"] = Said(headers=(("Replay-Nonce", NONCE),))

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            state.asked.append((self.command, self.path, dict(self.headers.items())))
            by_path = state.says.get(self.path.partition("?")[0], Said(status=404))
            said = state.says.get(self.path, by_path)
            self.send_response(said.status)
            self.send_header("Content-Length", str(len(said.body)))
            for name, value in said.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.body)

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()

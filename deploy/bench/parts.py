"""A sender of parts: a process of its own, keep-alive connections, each sending without a pause.

`python -m deploy.bench.parts PORT CONNECTIONS PART_CHUNKS COUNT` sends COUNT full parts under as
many ids and prints one JSON object. The bytes are random and the same for all parts: the server
sees no file as a whole.
"""

import json
import socket
import sys
import threading
import time
from dataclasses import dataclass, field

from nacl.utils import random

from crypto.wire.envelope import TAG_BYTES
from crypto.wire.files import CAPABILITY_BYTES, FILE_CHUNK_BYTES

_SECOND_PART = (1).to_bytes(4)  # Full, and without the header of the file.
_TIMEOUT_SECONDS = 60.0
_READ_BYTES = 4096


def part_bytes(chunks: int) -> int:
    """The length of a part of so many chunks."""
    return chunks * (FILE_CHUNK_BYTES + TAG_BYTES)


@dataclass(slots=True)
class Run:
    """What the connections share.

    Attributes:
        left: how many parts may still begin.
    """

    port: int
    chunks: int
    left: int
    refused: int = 0
    _door: threading.Lock = field(default_factory=threading.Lock)

    def _next(self) -> bool:
        with self._door:
            self.left -= 1
            return self.left >= 0

    def connect_and_send(self) -> None:
        """One connection, one part after the other."""
        part = random(part_bytes(self.chunks))
        bucket = (4 * self.chunks * FILE_CHUNK_BYTES).to_bytes(8)
        length = CAPABILITY_BYTES + 8 + 4 + len(part)
        head = (
            "POST /api/v1/parts HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Content-Type: application/octet-stream\r\nContent-Length: {length}\r\n\r\n"
        ).encode()
        with socket.create_connection(("127.0.0.1", self.port), _TIMEOUT_SECONDS) as peer:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while self._next():
                peer.sendall(head + random(CAPABILITY_BYTES) + bucket + _SECOND_PART)
                peer.sendall(part)
                self.refused += not peer.recv(_READ_BYTES).startswith(b"HTTP/1.1 204")


def main() -> None:
    """Send, then say how long it took."""
    port, connections, chunks, count = (int(text) for text in sys.argv[1:5])
    run = Run(port, chunks, count)
    threads = [threading.Thread(target=run.connect_and_send) for _ in range(connections)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    json.dump({"taken": time.perf_counter() - begun, "refused": run.refused}, sys.stdout)


if __name__ == "__main__":
    main()

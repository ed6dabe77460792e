"""A load generator: a process of its own, keep-alive connections, each sending without a pause.

`python -m deploy.bench.load PORT CONNECTIONS SECONDS COUNT` reads sealed submissions from standard
input and prints one JSON object. No two requests carry the same ids: the server cannot tell a
submission that was sealed from one whose row ids and slot were drawn anew, so those are, which
costs the generator far less than sealing. It stops after SECONDS or COUNT requests.
"""

import json
import socket
import sys
import threading
import time
from dataclasses import dataclass, field

from nacl.utils import random

from crypto.wire.submission import (
    DESTRUCTION_ID_BYTES,
    IDENTITY_BYTES,
    LOCK_BYTES,
    PROTECTION_BYTES,
    REPORT_BYTES,
    SUBMISSION_BYTES,
)

_SLOT_AT = 2 + 4
_ROWS_AT = _SLOT_AT + 32 + 1216 + DESTRUCTION_ID_BYTES
_REPORT_AT = _ROWS_AT + 3 * 32
_IDENTITY_AT = _REPORT_AT + REPORT_BYTES
_PROTECTION_AT = _IDENTITY_AT + IDENTITY_BYTES
_REWARD_AT = _PROTECTION_AT + PROTECTION_BYTES
_PLACE_AT = 2 + 4 + 1 + 1  # in an envelope
_READ_BYTES = 65_536
_HEAD = (
    "POST /api/v1/submissions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    f"Content-Type: application/octet-stream\r\nContent-Length: {SUBMISSION_BYTES}\r\n\r\n"
).encode()
_TIMEOUT_SECONDS = 30.0


def with_fresh_ids(raw: bytes) -> bytes:
    """The same submission under another slot and other rows."""
    changed = bytearray(raw)
    identity, protection, reward = random(32), random(32), random(32)
    for at, value in (
        (_SLOT_AT, random(32)),
        (_ROWS_AT, identity + protection + reward),
        (_IDENTITY_AT + _PLACE_AT, identity),
        (_IDENTITY_AT + LOCK_BYTES + _PLACE_AT, identity),
        (_PROTECTION_AT + _PLACE_AT, protection),
        (_REWARD_AT + _PLACE_AT, reward),
    ):
        changed[at : at + len(value)] = value
    return bytes(changed)


@dataclass(slots=True)
class Run:
    """What the connections share.

    Attributes:
        left: how many requests may still begin.
        seconds: how long each accepted request took.
    """

    templates: list[bytes]
    port: int
    until: float
    left: int
    seconds: list[float] = field(default_factory=list)
    refused: int = 0

    def connect_and_send(self) -> None:
        """One connection, one request after the other."""
        with socket.create_connection(("127.0.0.1", self.port), _TIMEOUT_SECONDS) as peer:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            turn = 0
            while time.perf_counter() < self.until and self.left > 0:
                self.left -= 1
                turn += 1
                body = with_fresh_ids(self.templates[turn % len(self.templates)])
                begun = time.perf_counter()
                peer.sendall(_HEAD + body)
                accepted = _read_status(peer) == b"201"
                self.seconds.append(time.perf_counter() - begun)
                self.refused += not accepted


def _read_status(peer: socket.socket) -> bytes:
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += _receive(peer)
    head, _, body = answer.partition(b"\r\n\r\n")
    lengths = [
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if b"content-length" in line.lower()
    ]
    missing = lengths[0] - len(body)
    while missing > 0:
        missing -= len(_receive(peer))
    return head[9:12]


def _receive(peer: socket.socket) -> bytes:
    received = peer.recv(_READ_BYTES)
    if not received:
        raise ConnectionError("the server closed a connection")
    return received


def main() -> None:
    """Send, then say how it went."""
    port, connections, seconds, count = (float(text) for text in sys.argv[1:5])
    raw = sys.stdin.buffer.read()
    templates = [
        raw[start : start + SUBMISSION_BYTES] for start in range(0, len(raw), SUBMISSION_BYTES)
    ]
    begun = time.perf_counter()
    run = Run(templates, int(port), begun + seconds, int(count))
    threads = [threading.Thread(target=run.connect_and_send) for _ in range(int(connections))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - begun
    result = {"taken": taken, "seconds": sorted(run.seconds), "refused": run.refused}
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()

"""Whether somebody outside can tell a known mailbox from an unknown one by the clock.

One connection asks in turn for a window in which everything lies, one in which only an
acknowledgement lies, and one in which nothing does. The gaps between the medians and the
Kolmogorov-Smirnov distances are reported, beside the distance between two halves of the same kind,
which is what chance gives. Nothing is asserted: a shared machine is no judge.
Source: issue 3; ATTACKS B14.
"""

import socket
import statistics
import tempfile
import time
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from nacl.utils import random
from sqlalchemy import create_engine, insert

from crypto.wire.slots import (
    PREIMAGE_BYTES,
    SLOT_VALUE_BYTES,
    SLOT_WINDOW,
    SLOTS_ANSWER_BYTES,
    slot_id,
)
from deploy.bench.figures import Figure, bounded
from deploy.bench.services import Service, intake_server
from intake.server.store.tables import slots

ROUNDS: Final = 3000
WARM_UP: Final = 200
OTHERS: Final = 1000
POOL: Final = 60  # windows of each kind
MEDIAN_GAP_US: Final = 50  # ATTACKS B14
_ACKNOWLEDGEMENT_BYTES: Final = 1479
_REQUEST_BYTES: Final = SLOT_WINDOW * PREIMAGE_BYTES
_HEAD: Final = (
    "POST /api/v1/slots HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    f"Content-Type: application/octet-stream\r\nContent-Length: {_REQUEST_BYTES}\r\n\r\n"
).encode()


class Asker:
    """A keep-alive connection that asks for windows and says how long each took."""

    def __init__(self, service: Service) -> None:
        self._peer = socket.create_connection(("127.0.0.1", service.port), 30)
        self._peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def seconds(self, preimages: bytes) -> float:
        """One request, from its first byte to the last of the answer.

        Raises:
            ConnectionError: the server closed the connection, or refused.
        """
        begun = time.perf_counter()
        self._peer.sendall(_HEAD + preimages)
        answer = self._peer.recv(65_536)
        while b"\r\n\r\n" not in answer:
            answer += self._receive()
        head, _, body = answer.partition(b"\r\n\r\n")
        left = SLOTS_ANSWER_BYTES - len(body)
        while left > 0:
            left -= len(self._receive())
        taken = time.perf_counter() - begun
        if head[9:12] != b"200":
            raise ConnectionError("a window was refused")
        return taken

    def _receive(self) -> bytes:
        received = self._peer.recv(65_536)
        if not received:
            raise ConnectionError("the server closed a connection")
        return received

    def close(self) -> None:
        """Close the connection."""
        self._peer.close()


def distance(first: Sequence[float], second: Sequence[float]) -> float:
    """The Kolmogorov-Smirnov distance of two samples: 0 for the same, 1 for disjoint ones."""
    left, right = sorted(first), sorted(second)
    return max(
        abs(bisect_right(left, value) / len(left) - bisect_right(right, value) / len(right))
        for value in (*left, *right)
    )


def measure(var: Path) -> list[Figure]:
    """Interleaved timings of the three windows, one worker, SQLite.

    Args:
        var: on the disk that is to be measured.
    """
    with (
        tempfile.TemporaryDirectory(dir=var, prefix="bench-") as folder,
        intake_server(Path(folder), workers=1, limiter_url="memory://") as (service, _),
    ):
        windows = _fill(Path(folder))
        timings = _timings(Asker(service), windows)
    unknown = timings["nothing"]
    halves = (unknown[::2], unknown[1::2])
    figures = [Figure("a window in which nothing lies, median", _us(unknown), "us")]
    for name in ("everything", "an acknowledgement"):
        gap = _us(timings[name]) - _us(unknown)
        figures += [
            bounded(f"median gap, {name} against nothing", abs(gap), unit="us", goal=MEDIAN_GAP_US),
            Figure(f"  KS distance, {name}", distance(timings[name], unknown), ""),
        ]
    count = len(unknown)
    return [
        *figures,
        Figure("  KS distance by chance: two halves of the same", distance(*halves), ""),
        Figure(f"  KS distance that 1 % of {count}-pairs pass", 1.628 * (2 / count) ** 0.5, ""),
    ]


def _us(timings: Sequence[float]) -> float:
    return statistics.median(timings) * 1e6


def _fill(folder: Path) -> dict[str, list[bytes]]:
    """A database as after some use, and what to ask for; replies straight into their slots.

    Of each kind there are as many windows, so that caches serve one kind no better than another.
    """
    full = [random(_REQUEST_BYTES) for _ in range(POOL)]
    acknowledged = [random(_REQUEST_BYTES) for _ in range(POOL)]
    rows: list[tuple[bytes, bytes | None, bytes]] = [
        (slot_id(window[at : at + PREIMAGE_BYTES]), None, random(SLOT_VALUE_BYTES))
        for window in full
        for at in range(0, _REQUEST_BYTES, PREIMAGE_BYTES)
    ]
    rows += [
        (slot_id(window[:PREIMAGE_BYTES]), random(32), random(_ACKNOWLEDGEMENT_BYTES))
        for window in acknowledged
    ]
    rows += [(random(32), random(32), random(_ACKNOWLEDGEMENT_BYTES)) for _ in range(OTHERS)]
    rows += [(random(32), None, random(SLOT_VALUE_BYTES)) for _ in range(OTHERS)]
    engine = create_engine(f"sqlite:///{folder}/intake.sqlite")
    with engine.begin() as connection:
        connection.execute(
            insert(slots),
            [
                {"slot_id": where, "retry_tag": tag, "value": value}
                for where, tag, value in sorted(rows, key=lambda row: row[0])
            ],
        )
    engine.dispose()
    nothing = [random(_REQUEST_BYTES) for _ in range(POOL)]
    return {"everything": full, "an acknowledgement": acknowledged, "nothing": nothing}


def _timings(asker: Asker, windows: dict[str, list[bytes]]) -> dict[str, list[float]]:
    """Rounds over all kinds, each round in another order."""
    names = list(windows)
    for turn in range(WARM_UP):
        asker.seconds(windows[names[turn % len(names)]][turn % POOL])
    timings: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(ROUNDS):
        for at in range(len(names)):
            name = names[(at + turn) % len(names)]
            timings[name].append(asker.seconds(windows[name][turn % POOL]))
    asker.close()
    return timings

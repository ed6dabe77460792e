"""Uploads through HTTP, gunicorn and SQLite, beside bare durable commits of the same parts.

1 GiB in parts, in turns with bare commits to a file with the same pages on the same disk. The
sender runs in a process of its own on the same machine.
"""

import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from nacl.utils import random

from crypto.wire.files import PART_CHUNKS
from deploy.bench.figures import Figure, bounded, compared
from deploy.bench.parts import part_bytes
from deploy.bench.services import Service, intake_server
from deploy.bench.workers import peak_mebibytes, processor_seconds, resident_mebibytes
from intake.server.store.database import LARGE_VALUES, open_database, pragmas_of
from intake.server.store.migrate import PARTS_SCHEMA, migrate

UPLOAD_BYTES = 2**30
CONNECTIONS = 4
GOAL = 0.5
# Above twice this rate the network is slower: 150 MB/s is enough.
ENOUGH_MEGABYTES = 150.0
GOAL_MEBIBYTES = 40.0
OTHER_CHUNKS = (16, 32, 64, 128)
OTHER_TURNS = 4
TURN_BYTES = 2**26
_MEGABYTE = 1e6
_CHUNKS_PER_MEBIBYTE = 16


class BareParts:
    """The parts database as the server has it, one thread, one part in each commit.

    Args:
        file: is made.
        chunks: of a part.
    """

    def __init__(self, file: Path, chunks: int) -> None:
        database = open_database(f"sqlite:///{file}", connections=1, layout=LARGE_VALUES)
        migrate(database, PARTS_SCHEMA)
        database.engine.dispose()
        self._file = sqlite3.connect(file, isolation_level=None)
        for pragma in pragmas_of(LARGE_VALUES):
            self._file.execute(pragma)
        self._value = random(part_bytes(chunks))

    def rate(self, count: int) -> float:
        """Megabytes per second over so many commits."""
        begun = time.perf_counter()
        for _ in range(count):
            part_id = random(32)
            number = int.from_bytes(part_id[:8], signed=True)
            self._file.execute("BEGIN IMMEDIATE")
            self._file.execute("INSERT INTO parts VALUES (?, ?, ?)", (number, part_id, self._value))
            self._file.execute("INSERT INTO pending VALUES (?, 0)", (number,))
            self._file.execute("COMMIT")
        return count * len(self._value) / _MEGABYTE / (time.perf_counter() - begun)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def send_parts(service: Service, chunks: int, count: int) -> float:
    """Run the sender; megabytes per second.

    Raises:
        RuntimeError: a part was not answered with 204.
    """
    arguments = (str(number) for number in (service.port, CONNECTIONS, chunks, count))
    done = subprocess.run(
        (sys.executable, "-m", "deploy.bench.parts", *arguments),
        stdout=subprocess.PIPE,
        check=True,
    )
    result = json.loads(done.stdout)
    if result["refused"]:
        raise RuntimeError(f"{result['refused']} parts were refused")
    return count * part_bytes(chunks) / _MEGABYTE / float(result["taken"])


@dataclass(slots=True)
class Side:
    """A server with parts of one size, and what was measured of it turn by turn.

    Attributes:
        ours, theirs: megabytes per second through HTTP, and bare.
    """

    service: Service
    bare: BareParts
    chunks: int
    idle_mebibytes: float
    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)

    def take_turn(self, size_bytes: int) -> None:
        """Send so much, and commit as much bare."""
        count = size_bytes // part_bytes(self.chunks)
        self.ours.append(send_parts(self.service, self.chunks, count))
        self.theirs.append(self.bare.rate(count))

    @property
    def rate(self) -> float:
        """Of the turns, the middle one."""
        return statistics.median(self.ours)

    @property
    def bare_rate(self) -> float:
        """Of the turns, the middle one."""
        return statistics.median(self.theirs)

    @property
    def growth_mebibytes(self) -> float:
        """The most memory that the worker used, above what it had when idle."""
        return peak_mebibytes(self.service.process) - self.idle_mebibytes


@contextmanager
def _side(var: Path, chunks: int) -> Iterator[Side]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=var, prefix="bench-")))
        service, _ = stack.enter_context(
            intake_server(
                folder / "intake",
                workers=1,
                limiter_url="memory://",
                command=("-m", "deploy.bench.other_parts", str(chunks)),
            )
        )
        bare = BareParts(folder / "bare.sqlite", chunks)
        stack.callback(bare.close)
        yield Side(service, bare, chunks, resident_mebibytes(service.process))


def measure(var: Path) -> list[Figure]:
    """1 GiB, the memory that it took, and the same with parts of other sizes.

    Args:
        var: on the disk that is to be measured.
    """
    with _side(var, PART_CHUNKS) as side:
        for _ in range(UPLOAD_BYTES // TURN_BYTES):
            side.take_turn(TURN_BYTES)
        limit = min(side.bare_rate, ENOUGH_MEGABYTES / GOAL)
        figures = [
            compared("1 GiB upload through gunicorn", side.rate, limit, unit="MB/s", goal=GOAL),
            Figure("  limit: bare commits of the same parts", side.bare_rate, "MB/s"),
            bounded(
                "worker memory above idle, 1 GiB upload",
                side.growth_mebibytes,
                unit="MiB",
                goal=GOAL_MEBIBYTES,
            ),
        ]
    return figures + _compare_sizes(var)


def _compare_sizes(var: Path) -> list[Figure]:
    """Servers with parts of several sizes, in turns."""
    figures: list[Figure] = []
    with ExitStack() as stack:
        sides = [stack.enter_context(_side(var, chunks)) for chunks in OTHER_CHUNKS]
        before = [processor_seconds(side.service.process) for side in sides]
        for _ in range(OTHER_TURNS):
            for side in sides:
                side.take_turn(TURN_BYTES)
        for side, seconds in zip(sides, before, strict=True):
            used = processor_seconds(side.service.process) - seconds
            sent = OTHER_TURNS * (TURN_BYTES // part_bytes(side.chunks)) * part_bytes(side.chunks)
            name = f"  parts of {side.chunks // _CHUNKS_PER_MEBIBYTE} MiB"
            figures += [
                compared(name, side.rate, side.bare_rate, unit="MB/s", goal=None),
                Figure(f"{name}, processor time of 1 GiB", used / (sent / 2**30), "s"),
                Figure(f"{name}, worker memory above idle", side.growth_mebibytes, "MiB"),
            ]
    return figures

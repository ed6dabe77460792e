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
from contextlib import ExitStack
from pathlib import Path

from nacl.utils import random

from crypto.wire.files import PART_CHUNKS
from deploy.bench.figures import Figure, bounded, compared
from deploy.bench.parts import part_bytes
from deploy.bench.services import Service, intake_server
from deploy.bench.workers import peak_mebibytes, resident_mebibytes
from intake.server.store.database import LARGE_VALUES, open_database, pragmas_of
from intake.server.store.migrate import PARTS_SCHEMA, migrate

UPLOAD_BYTES = 2**30
TURNS = 8
CONNECTIONS = 4
GOAL = 0.5
# Above twice this rate the network is slower: 150 MB/s is enough.
ENOUGH_MEGABYTES = 150.0
GOAL_MEBIBYTES = 40.0
OTHER_CHUNKS = (16, 32, 64, 128)
OTHER_BYTES = 2**28
_MEGABYTE = 1e6


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


def measure(var: Path) -> list[Figure]:
    """1 GiB, the memory that it took, and the same with parts of other sizes.

    Args:
        var: on the disk that is to be measured.
    """
    rate, bare, growth = _upload(var, PART_CHUNKS, UPLOAD_BYTES)
    figures = [
        compared(
            "1 GiB upload through gunicorn",
            rate,
            min(bare, ENOUGH_MEGABYTES / GOAL),
            unit="MB/s",
            goal=GOAL,
        ),
        Figure("  limit: bare commits of the same parts", bare, "MB/s"),
        bounded("worker memory above idle, 1 GiB upload", growth, unit="MiB", goal=GOAL_MEBIBYTES),
    ]
    for chunks in OTHER_CHUNKS:
        rate, bare, growth = _upload(var, chunks, OTHER_BYTES)
        size = f"parts of {chunks // 16} MiB"
        figures += [
            compared(f"  {size}", rate, bare, unit="MB/s", goal=None),
            Figure(f"  {size}, worker memory above idle", growth, "MiB"),
        ]
    return figures


def _upload(var: Path, chunks: int, size_bytes: int) -> tuple[float, float, float]:
    """Our rate, the bare one (megabytes per second), and the growth of memory (MiB)."""
    count = max(CONNECTIONS, size_bytes // TURNS // part_bytes(chunks))
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
        idle = resident_mebibytes(service.process)
        turns = [(send_parts(service, chunks, count), bare.rate(count)) for _ in range(TURNS)]
        growth = peak_mebibytes(service.process) - idle
    ours, theirs = zip(*turns, strict=True)
    return statistics.median(ours), statistics.median(theirs), growth

"""Durable submissions through HTTP, gunicorn and SQLite, beside the two things that bound them.

A submission is 43,582 bytes of application/octet-stream. The generator runs in a process of its own
on the same machine; all three ways are measured in turns.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from deploy.bench.bare_store import BareStore
from deploy.bench.figures import Figure, bounded, compared
from deploy.bench.services import Service, empty_server, intake_server, redis_server
from deploy.bench.stages import cost_of_stages
from deploy.bench.throw_away import seal_reports
from deploy.bench.workers import memory_mebibytes, processor_seconds

GOAL = 0.35
ROUNDS = 5
CONNECTIONS = 32
SECONDS_OURS, SECONDS_EMPTY, SECONDS_BARE = 2.5, 1.2, 0.7
TEMPLATES = 20
FLAT_AFTER = 10_000
FLAT_SECONDS = 60.0
FLAT_MEBIBYTES = 8.0
_NO_END = 10**9


@dataclass(frozen=True, slots=True)
class Load:
    """How one run of the generator went.

    Attributes:
        rate: requests answered per second.
        cpu_us: processor time of the workers for each, microseconds.
    """

    rate: float
    count: int
    median_ms: float
    p99_ms: float
    cpu_us: float


@dataclass(frozen=True, slots=True)
class Turn:
    """The three ways, one after the other."""

    bare: float
    empty: Load
    ours: Load

    @property
    def limit(self) -> float:
        """The slower of the two limits."""
        return min(self.bare, self.empty.rate)

    @property
    def ratio(self) -> float:
        """Of that limit, what is left when everything is done."""
        return self.ours.rate / self.limit


def send_load(
    service: Service, bodies: Sequence[bytes], seconds: float, count: int = _NO_END
) -> Load:
    """Run the generator until the time is over or so many were sent.

    Raises:
        RuntimeError: a request was not answered with 201.
    """
    command = (sys.executable, "-m", "deploy.bench.load", str(service.port), str(CONNECTIONS))
    before = processor_seconds(service.process)
    done = subprocess.run(
        (*command, str(seconds), str(count)),
        input=b"".join(bodies),
        stdout=subprocess.PIPE,
        check=True,
    )
    used = processor_seconds(service.process) - before
    result = json.loads(done.stdout)
    latencies = result["seconds"]
    if result["refused"] or not latencies:
        raise RuntimeError(f"{result['refused']} requests were refused")
    return Load(
        len(latencies) / result["taken"],
        len(latencies),
        latencies[len(latencies) // 2] * 1e3,
        latencies[len(latencies) * 99 // 100] * 1e3,
        used / len(latencies) * 1e6,
    )


def measure(var: Path) -> list[Figure]:
    """One worker, then two; the memory of the one.

    Args:
        var: on the disk that is to be measured.
    """
    figures = _measure_workers(var, 1)
    return figures + _measure_workers(var, 2)


def _measure_workers(var: Path, workers: int) -> list[Figure]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=var, prefix="bench-")))
        limiter = "memory://"
        if workers > 1:
            shared = stack.enter_context(redis_server(folder))
            if shared is None:
                print(f"  {workers} workers: left out, there is no redis-server to count for them")
                return []
            limiter = shared
        ours, authority = stack.enter_context(
            intake_server(folder / "intake", workers=workers, limiter_url=limiter)
        )
        empty = stack.enter_context(empty_server(workers=workers))
        bodies = seal_reports(authority.key_set, TEMPLATES)
        turns = _take_turns(BareStore(folder), empty, ours, bodies)
        turn = sorted(turns, key=lambda turn: turn.ratio)[ROUNDS // 2]
        figures = _rates(turn, workers)
        if workers == 1:
            rest_us = turn.ours.cpu_us - turn.empty.cpu_us
            figures += cost_of_stages(authority, bodies, folder, rest_us=rest_us)
            figures += _memory(ours, bodies)
        return figures


def _take_turns(
    bare: BareStore, empty: Service, ours: Service, bodies: Sequence[bytes]
) -> list[Turn]:
    for service in (empty, ours):
        send_load(service, bodies, SECONDS_EMPTY / 2)
    turns = [
        Turn(
            bare.rate(SECONDS_BARE),
            send_load(empty, bodies, SECONDS_EMPTY),
            send_load(ours, bodies, SECONDS_OURS),
        )
        for _ in range(ROUNDS)
    ]
    bare.close()
    return turns


def _rates(turn: Turn, workers: int) -> list[Figure]:
    label = f"{workers} worker" + "s" * (workers > 1)
    return [
        compared(f"durable submissions, {label}", turn.ours.rate, turn.limit, unit="/s", goal=GOAL),
        Figure(f"  limit: bare commits of the same rows, {label}", turn.bare, "/s"),
        Figure(f"  limit: empty POST of the same size, {label}", turn.empty.rate, "/s"),
        Figure(f"  p50 at {CONNECTIONS} connections, {label}", turn.ours.median_ms, "ms"),
        Figure(f"  p99 at {CONNECTIONS} connections, {label}", turn.ours.p99_ms, "ms"),
        Figure(f"  processor time of a submission, {label}", turn.ours.cpu_us, "us"),
        Figure(f"  of it, HTTP and Flask (empty POST), {label}", turn.empty.cpu_us, "us"),
    ]


def _memory(service: Service, bodies: Sequence[bytes]) -> list[Figure]:
    before = memory_mebibytes(service.process)
    load = send_load(service, bodies, FLAT_SECONDS, FLAT_AFTER)
    after = memory_mebibytes(service.process)
    name = f"worker memory, growth over {load.count:,} submissions"
    return [
        Figure("worker memory (PSS)", after, "MiB"),
        bounded(name, after - before, unit="MiB", goal=FLAT_MEBIBYTES),
    ]

"""Where the processor time of one submission goes: stage by stage, on one thread, without HTTP.

What the workers used in all, less these stages and the empty POST, is SQLAlchemy and the passing of
work and the interpreter's lock between threads.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from flask import Flask, Response

from crypto.sealing.acknowledge import register
from crypto.wire.submission import parse_submission
from deploy.bench.bare_store import BareStore
from deploy.bench.figures import Figure
from deploy.bench.load import with_fresh_ids
from deploy.bench.throw_away import Authority
from intake.server.config import load_settings
from intake.server.face import utc_now
from intake.server.limiter_key import DailyKey
from intake.server.limits import install_limits
from intake.server.registration import Arrival, arrive

COUNT = 200
REPEATS = 5
_T = TypeVar("_T")


def cost_of_stages(
    authority: Authority, bodies: Sequence[bytes], folder: Path, *, rest_us: float
) -> list[Figure]:
    """Processor time of each stage, microseconds.

    Args:
        authority: whose acknowledgement key signs.
        bodies: sealed submissions.
        folder: for the bare commits' files.
        rest_us: what a submission takes beyond an empty POST.
    """
    raws = [with_fresh_ids(bodies[i % len(bodies)]) for i in range(COUNT)]
    submissions = [parse_submission(raw) for raw in raws]
    arrivals = [arrive(submission) for submission in submissions]
    stages = {
        "limiter": _limiter_us(folder),
        "strict parsing": _cpu_us(parse_submission, raws),
        "hashes": _cpu_us(arrive, submissions),
        "acknowledgement, signed and sealed": _acknowledgement_us(authority, arrivals),
        "the commits themselves, bare": _commits_us(folder),
    }
    stages["SQLAlchemy, batches, threads: what is left"] = rest_us - sum(stages.values())
    return [Figure(f"  of it, {name}", value, "us") for name, value in stages.items()]


def _cpu_us(stage: Callable[[_T], object], inputs: Sequence[_T]) -> float:
    begun = time.process_time()
    for value in inputs:
        stage(value)
    return (time.process_time() - begun) / len(inputs) * 1e6


def _acknowledgement_us(authority: Authority, arrivals: Sequence[Arrival]) -> float:
    def acknowledge(arrival: Arrival) -> None:
        register(
            arrival.submission,
            digest=arrival.digest,
            sequence=1,
            previous_head=bytes(32),
            minute=0,
            key=authority.acknowledgement,
            instance=authority.key_set.instance_id,
        )

    return _cpu_us(acknowledge, arrivals)


def _commits_us(folder: Path) -> float:
    (folder / "stages").mkdir()
    store = BareStore(folder / "stages")
    used = _cpu_us(lambda _: store.keep(), range(COUNT))
    store.close()
    return used


def _limiter_us(folder: Path) -> float:
    """What the server's limits add to an empty view."""
    settings = load_settings(
        None,
        {
            "INTAKE_DATA_DIR": str(folder),
            "INTAKE_ROOT_KEY": "none",
            "INTAKE_LIMIT_SHARED": "1000000 per minute",
        },
    )
    limited, free = Flask("limited", static_folder=None), Flask("free", static_folder=None)
    gate = install_limits(limited, settings, DailyKey.fresh(utc_now()), utc_now)
    limited.add_url_rule("/", view_func=gate(settings.limits.submissions, _empty))
    free.add_url_rule("/", view_func=_empty)
    with_limits, without = limited.test_client(), free.test_client()

    def added() -> float:
        before = _cpu_us(lambda _: without.get("/"), range(COUNT))
        return _cpu_us(lambda _: with_limits.get("/"), range(COUNT)) - before

    return statistics.median(added() for _ in range(REPEATS))


def _empty() -> Response:
    return Response()

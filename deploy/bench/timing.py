"""Comparing two ways to do a thing on a machine that others use at the same time.

Both are measured in short turns, one after the other, and the median of the turns is taken: what
slows the machine for longer than a turn slows both. Time is processor time: on an idle machine it
is the clock's, and on a busy one it leaves out the moments that others had.
"""

import multiprocessing
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

TURNS = 31
SECONDS_PER_TURN = 0.06
TURNS_OF_PROCESSES = 9
SECONDS_PER_TURN_OF_PROCESSES = 0.3
_FORK = multiprocessing.get_context("fork")

Work = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Pair:
    """Rates per second of our way and of the bare one, medians over the same turns."""

    ours: float
    bare: float


def rate(work: Work, seconds: float) -> float:
    """Units per second; `work` does some and says how many.

    Args:
        work: repeated until the time is over.
        seconds: at least this long.
    """
    done = 0
    begun = time.process_time()
    while (taken := time.process_time() - begun) < seconds:
        done += work()
    return done / taken


def compare(ours: Work, bare: Work, turns: int = TURNS) -> Pair:
    """Measure two ways on one core, in turns.

    The rates that come back belong to the turn whose ratio is the median one.
    """
    rate(ours, SECONDS_PER_TURN / 2)
    rate(bare, SECONDS_PER_TURN / 2)
    measured = [
        Pair(rate(ours, SECONDS_PER_TURN), rate(bare, SECONDS_PER_TURN)) for _ in range(turns)
    ]
    return _middle(measured)


def compare_in_processes(ours: Work, bare: Work, processes: int) -> Pair:
    """Measure two ways on several cores at once, in turns."""
    turns = [
        Pair(_together(ours, processes), _together(bare, processes))
        for _ in range(TURNS_OF_PROCESSES)
    ]
    return _middle(turns)


def _middle(turns: list[Pair]) -> Pair:
    return sorted(turns, key=lambda turn: turn.ours / turn.bare)[len(turns) // 2]


def _together(work: Work, processes: int) -> float:
    """The sum of the rates of several processes that start at the same moment."""
    start, rates = _FORK.Barrier(processes), _FORK.SimpleQueue()

    def run() -> None:
        start.wait()
        rates.put(rate(work, SECONDS_PER_TURN_OF_PROCESSES))

    running = [_FORK.Process(target=run) for _ in range(processes)]
    for process in running:
        process.start()
    total = sum(rates.get() for _ in running)
    for process in running:
        process.join()
    return float(total)


def microseconds(work: Work) -> float:
    """The median time of one unit on one core."""
    rate(work, SECONDS_PER_TURN / 2)
    return 1e6 / statistics.median(rate(work, SECONDS_PER_TURN) for _ in range(TURNS))

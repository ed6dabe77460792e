"""The limiter's counters in one process's memory."""

import threading
import time

import pytest
from limits.storage import storage_from_string

from intake.server.limiter_store import SECONDS_BETWEEN_CLEARINGS, WINDOW_COUNTERS, WindowCounters

SHORT_SECONDS = 0.05


@pytest.fixture
def counters() -> WindowCounters:
    """An empty store."""
    return WindowCounters()


def test_limits_finds_it_by_its_scheme() -> None:
    """DESIGN §4: flask-limiter counts in it."""
    assert isinstance(storage_from_string(f"{WINDOW_COUNTERS}://"), WindowCounters)


def test_a_window_counts_from_its_first_request_to_its_end(counters: WindowCounters) -> None:
    """A fixed window; keys do not count for each other."""
    before = time.time()

    assert [counters.incr("a", 60) for _ in range(3)] == [1, 2, 3]
    assert counters.incr("b", 60, amount=5) == 5
    assert (counters.get("a"), counters.get("b"), counters.get("c")) == (3, 5, 0)
    assert before + 60 <= counters.get_expiry("a") <= time.time() + 60


def test_a_window_that_is_over_counts_no_more(counters: WindowCounters) -> None:
    """The next request begins another."""
    counters.incr("a", SHORT_SECONDS)
    time.sleep(SHORT_SECONDS)

    assert counters.get("a") == 0
    assert counters.get_expiry("a") <= time.time()
    assert counters.incr("a", 60) == 1


def test_windows_that_are_over_are_forgotten(counters: WindowCounters) -> None:
    """DATA_INVENTORY: limiter keys are not kept longer than their window."""
    counters.incr("a", SHORT_SECONDS)
    time.sleep(SECONDS_BETWEEN_CLEARINGS)

    counters.incr("b", 60)

    assert counters.reset() == 1


def test_one_key_or_all_can_be_cleared(counters: WindowCounters) -> None:
    """What flask-limiter asks of a store."""
    counters.incr("a", 60)
    counters.incr("b", 60)

    counters.clear("a")

    assert counters.check()
    assert (counters.get("a"), counters.get("b")) == (0, 1)
    assert counters.reset() == 1


def test_threads_lose_no_count(counters: WindowCounters) -> None:
    """ATTACKS 1.4: a limit that undercounts is none."""
    threads = [
        threading.Thread(target=lambda: [counters.incr("a", 60) for _ in range(500)])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counters.get("a") == 4000

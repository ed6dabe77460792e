"""Files are fetched one after the other, and can be called off; errors end one file only."""

import threading
from collections.abc import Callable

from triage.attachments.fetch_queue import FetchQueue, Transfer
from triage.attachments.fetching import Progress
from triage.cases.report import FileState
from triage.errors import CancelledError, FileDamagedError


def states(queue: FetchQueue) -> dict[int, FileState | None]:
    """Of one case."""
    return {number: each.state for number, each in queue.of_case("REF").items()}


def test_what_is_wanted_waits_and_is_taken_in_order() -> None:
    """Twice wanted is once fetched."""
    queue, taken = FetchQueue(), []
    for number in (2, 1, 2):
        queue.want("REF", number, 100)
    assert states(queue) == {2: FileState.WAITING, 1: FileState.WAITING}

    def work(ref: str, number: int, progress: Progress, _stop: Callable[[], bool]) -> None:
        taken.append((ref, number, states(queue)[number]))
        progress(10)
        progress(60)
        assert queue.of_case("REF")[number].held_bytes == 60

    queue.work_off_next(work)
    queue.work_off_next(work)

    assert taken == [("REF", 2, FileState.FETCHING), ("REF", 1, FileState.FETCHING)]
    assert states(queue) == {2: None, 1: None}


def test_a_fault_is_remembered_until_the_next_try() -> None:
    """The name of the error, never its words."""
    queue = FetchQueue()

    def work(_ref: str, _number: int, _tell: Progress, _stop: Callable[[], bool]) -> None:
        raise FileDamagedError("quotes nothing")

    queue.want("REF", 1, 100)
    queue.work_off_next(work)
    assert queue.of_case("REF")[1] == Transfer("REF", 1, 100, None, 0, 0, "FileDamagedError")

    queue.want("REF", 1, 100)
    assert queue.of_case("REF")[1].fault == ""


def test_what_waits_can_be_called_off() -> None:
    """It leaves the queue; what never was in it is no fault."""
    queue = FetchQueue()
    queue.want("REF", 1, 100)

    queue.cancel("REF", 1)
    queue.cancel("REF", 9)
    queue.forget("REF", 9)

    assert states(queue) == {}


def test_what_runs_can_be_called_off_and_wanted_again() -> None:
    """Whoever fetches is told to stop, and no longer told so the next time."""
    queue, told = FetchQueue(), []

    def work(ref: str, number: int, _tell: Progress, is_cancelled: Callable[[], bool]) -> None:
        told.append(is_cancelled())
        queue.cancel(ref, number)
        told.append(is_cancelled())
        raise CancelledError

    queue.want("REF", 1, 100)
    queue.work_off_next(work)
    queue.want("REF", 1, 100)
    queue.work_off_next(work)

    assert told == [False, True, False, True]
    assert queue.of_case("REF")[1].fault == ""
    queue.forget("REF", 1)
    assert states(queue) == {}


def test_a_queue_waits_for_the_next_file() -> None:
    """Its thread sleeps until something is wanted."""
    queue, done = FetchQueue(), threading.Event()

    def work(_ref: str, _number: int, _tell: Progress, _stop: Callable[[], bool]) -> None:
        done.set()

    threading.Thread(target=queue.work_off, args=(work,), daemon=True).start()
    queue.want("REF", 1, 1)

    assert done.wait(10)

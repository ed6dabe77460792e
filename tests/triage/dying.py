"""A process that is killed in the middle of its work, at each of its steps in turn.

A step is whatever changes the disk: opening a file to write it, renaming, linking, deleting, making
a folder. The process ends before the step, at once and without cleaning up, as `kill -9` would.
"""

import multiprocessing
import os
import sys
from collections.abc import Callable

_FORK = multiprocessing.get_context("fork")
_STEPS = frozenset({"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir"})
KILLED = 137
DONE = 0


def _dying(work: Callable[[], object], steps: int) -> None:
    left = steps

    def on_event(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT
        if event not in _STEPS and not writes:
            return
        if left == 0:
            os._exit(KILLED)
        left -= 1

    sys.addaudithook(on_event)
    work()
    os._exit(DONE)


def killed_at(work: Callable[[], object], steps: int) -> bool:
    """Do the work in a process of its own that is killed before the step after `steps`.

    Returns:
        Whether it was killed; False where it came to its end first.

    Raises:
        ChildProcessError: it failed by itself.
    """
    process = _FORK.Process(target=_dying, args=(work, steps))
    process.start()
    process.join()
    if process.exitcode not in {KILLED, DONE}:
        raise ChildProcessError
    return process.exitcode == KILLED

"""What a worker does beside serving: keep SQLite's files from telling in which order rows came.

The write-ahead log holds rows in the order in which they came; it is emptied every minute. The file
itself holds the ends of long values in that order; once an hour it is laid in key order.
"""

import fcntl
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from intake.server.errors import StoreFullError, StoreUnavailableError
from intake.server.store.database import Database

SECONDS_BETWEEN: Final = 60.0
ROUNDS_BETWEEN_REORDERINGS: Final = 60
LOCK_FILE: Final = "upkeep.lock"
_LOGGER: Final = logging.getLogger(__name__)


def start_upkeep(databases: Sequence[Database], data_dir: Path) -> threading.Thread:
    """Look after the databases until the process ends.

    Args:
        databases: Those that this process opened; PostgreSQL looks after itself.
        data_dir: Where workers settle which of them reorders.
    """
    kept = [database for database in databases if database.is_sqlite]
    arguments = (kept, data_dir / LOCK_FILE)
    thread = threading.Thread(target=_look_after, args=arguments, name="upkeep", daemon=True)
    thread.start()
    return thread


def reorder(databases: Sequence[Database]) -> None:
    """Lay every database in key order that has grown since the last time, and empty its log."""
    for database in databases:
        _try(database.reorder)
        _try(database.truncate_log)


def _look_after(databases: Sequence[Database], lock_file: Path) -> None:
    pause = threading.Event()
    due = 0  # Rounds until the next reordering: the first comes with the start.
    with ExitStack() as stack:
        chosen = False
        while True:
            chosen = chosen or _choose(lock_file, stack)
            if chosen and due <= 0:
                reorder(databases)
                due = ROUNDS_BETWEEN_REORDERINGS
            if pause.wait(SECONDS_BETWEEN):
                return
            due -= 1
            for database in databases:
                _try(database.truncate_log)


def _choose(lock_file: Path, stack: ExitStack) -> bool:
    """Whether this worker reorders: the one that holds the lock, until it ends."""
    try:
        lock = lock_file.open("wb")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return False
    except OSError as error:
        _LOGGER.warning("upkeep", exc_info=error)
        return False
    stack.enter_context(lock)
    return True


def _try(task: Callable[[], None]) -> None:
    try:
        task()
    except (StoreUnavailableError, StoreFullError) as error:
        # The next time brings another try; submissions tell for themselves.
        _LOGGER.warning("upkeep", exc_info=error)

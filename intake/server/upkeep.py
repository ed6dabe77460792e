"""What a worker does beside serving: forget unfinished uploads, and the order in which rows came.

The write-ahead log holds rows in the order in which they came; it is emptied every minute. The file
itself holds the ends of long values in that order; once an hour it is laid in key order. Parts
of files that no report has claimed go when their two days are over, and their room returns to the
disk.
"""

import fcntl
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from crypto.wire.instants import minute_of
from intake.server.errors import StoreFullError, StoreUnavailableError
from intake.server.store.database import Database
from intake.server.store.parts import REMOVED_AT_ONCE, remove_expired_parts

SECONDS_BETWEEN: Final = 60.0
ROUNDS_BETWEEN_REORDERINGS: Final = 60
LOCK_FILE: Final = "upkeep.lock"
MINUTES_PER_HOUR: Final = 60
_LOGGER: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What is looked after.

    Attributes:
        databases: Those that this process opened; PostgreSQL looks after itself.
        parts: The one of files, in which what nobody claimed expires; one of `databases`.
        clock: Gives the present instant, aware UTC.
    """

    databases: Sequence[Database]
    parts: Database | None
    clock: Callable[[], datetime]

    def reorder(self) -> None:
        """Lay every database in key order that got rows since the last time, and empty its log.

        That of the files only while it is small: it grows large by its nature, and what its order
        then tells stands in the threat model.
        """
        for database in self.databases:
            if database is not self.parts or database.is_small():
                _try(database.reorder)
            _try(database.truncate_log)

    def truncate_logs(self) -> None:
        """Empty the logs, which hold the newest rows in the order in which they came."""
        for database in self.databases:
            _try(database.truncate_log)

    def expire(self) -> None:
        """Remove parts that no report has claimed in time, and return their room to the disk."""
        if self.parts is not None:
            _try(self._expire)

    def _expire(self) -> None:
        if self.parts is None:
            return
        hour = minute_of(self.clock()) // MINUTES_PER_HOUR
        removed = REMOVED_AT_ONCE
        while removed == REMOVED_AT_ONCE:  # Between two transactions others have their turn.
            with self.parts.write() as connection:
                removed = remove_expired_parts(connection, hour)
        while self.parts.give_back():
            pass


def start_upkeep(upkeep: Upkeep, data_dir: Path) -> threading.Thread:
    """Look after the databases until the process ends.

    Args:
        upkeep: What is to be done.
        data_dir: Where workers settle which of them reorders and removes.
    """
    arguments = (upkeep, data_dir / LOCK_FILE)
    thread = threading.Thread(target=_look_after, args=arguments, name="upkeep", daemon=True)
    thread.start()
    return thread


def _look_after(upkeep: Upkeep, lock_file: Path) -> None:
    pause = threading.Event()
    due = 0  # Rounds until the next reordering: the first comes with the start.
    with ExitStack() as stack:
        chosen = False
        while True:
            chosen = chosen or _choose(lock_file, stack)
            if chosen:
                upkeep.expire()
            if chosen and due <= 0:
                upkeep.reorder()
                due = ROUNDS_BETWEEN_REORDERINGS
            if pause.wait(SECONDS_BETWEEN):
                return
            due -= 1
            upkeep.truncate_logs()


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
    except (StoreUnavailableError, StoreFullError, DBAPIError) as error:
        # The next time brings another try; submissions tell for themselves. A file that is damaged
        # must not end what is done for the others.
        _LOGGER.warning("upkeep", exc_info=error)

"""What a worker does once a minute: empty SQLite's logs, which keep rows in the order they came."""

import logging
import threading
from collections.abc import Sequence
from typing import Final

from intake.server.errors import StoreFullError, StoreUnavailableError
from intake.server.store.database import Database

SECONDS_BETWEEN: Final = 60.0
_LOGGER: Final = logging.getLogger(__name__)


def start_upkeep(databases: Sequence[Database]) -> threading.Thread:
    """Look after the databases until the process ends."""
    kept = [database for database in databases if database.is_sqlite]
    thread = threading.Thread(target=_look_after, args=(kept,), name="upkeep", daemon=True)
    thread.start()
    return thread


def _look_after(databases: Sequence[Database]) -> None:
    pause = threading.Event()
    while not pause.wait(SECONDS_BETWEEN):
        for database in databases:
            try:
                database.truncate_log()
            except (StoreUnavailableError, StoreFullError) as error:
                # The next minute brings another try; submissions tell for themselves.
                _LOGGER.warning("upkeep", exc_info=error)

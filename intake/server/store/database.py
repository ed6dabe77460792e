"""One database: an engine whose writers queue in the kernel instead of polling.

SQLite's busy handler sleeps and tries again, so that a writer can wait a second behind seven others
(PERFORMANCE §2). Here a blocking file lock stands round `BEGIN IMMEDIATE … COMMIT` instead.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry

from intake.server.errors import StoreFullError, StoreUnavailableError

CONNECT_TIMEOUT_SECONDS: Final = 2
POOL_TIMEOUT_SECONDS: Final = 5
BUSY_TIMEOUT_MILLISECONDS: Final = 5000  # Only checkpoints and foreign tools can be in the way.
CHECKPOINT_PATIENCE_MILLISECONDS: Final = 50
WAL_BYTES_BEFORE_CHECKPOINT: Final = 8_192_000
# Reordering takes as much memory, and as much room again on the disk; submissions wait for it.
LARGEST_REORDERED_BYTES: Final = 512 * 2**20
_POSTGRESQL_NO_SPACE: Final = "53100"  # SQLSTATE disk_full
_SQLITE_FULL: Final = "SQLITE_FULL"
# Freed pages go back to the disk in steps, between which others may write.
GIVEN_BACK_AT_ONCE_BYTES: Final = 16 * 2**20
# How many rows an INSERT … ON CONFLICT DO NOTHING added is forgotten by default.
_EXECUTION_OPTIONS: Final = {"preserve_rowcount": True}
_FILE: Final = "file"  # Where a connection's entry in the pool keeps which file it is to.
_PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MILLISECONDS}",
    "PRAGMA secure_delete=ON",
    "PRAGMA temp_store=MEMORY",  # Nothing is written outside the data folder, and no copy is left.
    "PRAGMA trusted_schema=OFF",
    "PRAGMA foreign_keys=ON",
)


@dataclass(frozen=True, slots=True)
class PageLayout:
    """How a SQLite file is laid out; settled when it is made.

    Attributes:
        page_bytes: A power of two, 512 to 65536.
        returns_space: Whether what rows leave behind can be given back to the disk in steps.
    """

    page_bytes: int
    returns_space: bool


SMALL_ROWS: Final = PageLayout(4096, returns_space=False)
# A part of 2 MiB lies on 33 pages of 64 KiB or 514 of 4 KiB, one after the other: decision 0004.
LARGE_VALUES: Final = PageLayout(65_536, returns_space=True)


@dataclass(frozen=True, slots=True)
class Database:
    """An engine and, for SQLite, the file whose lock its writers hold.

    Attributes:
        writer: The same engine, whose transactions begin as writers.
        lock_file: Beside the SQLite file; none for PostgreSQL, which has row locks.
    """

    engine: Engine
    writer: Engine
    lock_file: Path | None

    @property
    def is_sqlite(self) -> bool:
        """Whether the engine is SQLite."""
        return self.lock_file is not None

    def has_room(self, floor_bytes: int) -> bool:
        """Whether the disk that SQLite's file lies on has so much room; PostgreSQL says so itself.

        Raises:
            StoreUnavailableError: The folder of the file is not there.
        """
        if self.lock_file is None:
            return True
        with _translated():
            disk = os.statvfs(self.lock_file.parent)
        return disk.f_bavail * disk.f_frsize >= floor_bytes

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view.

        Raises:
            StoreUnavailableError: The database did not answer.
        """
        with _translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction, durable when the block has ended without an error.

        Raises:
            StoreUnavailableError: The database did not answer.
            StoreFullError: It has no room.
        """
        with _translated(), self._turn(), self.writer.begin() as connection:
            yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self.lock_file is None:
            yield
            return
        with self.lock_file.open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # Closing the file gives the turn back.
            yield

    def truncate_log(self) -> None:
        """Fold SQLite's write-ahead log into the file and empty it.

        The log keeps rows in the order in which they came; see DATA_INVENTORY.
        """
        if self.is_sqlite:
            with _translated(), self._turn(), closing(self.engine.raw_connection()) as connection:
                cursor = connection.cursor()
                # A reader may be in the way: then the next time will do, writers must not wait.
                cursor.execute(f"PRAGMA busy_timeout={CHECKPOINT_PATIENCE_MILLISECONDS}")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                cursor.fetchall()
                cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MILLISECONDS}")
                cursor.close()

    def reorder(self, largest_bytes: int = LARGEST_REORDERED_BYTES) -> None:
        """Rewrite SQLite's file with every table and the ends of its values in key order.

        A value longer than a page ends on pages that were handed out in the order of arrival, the
        same in the vault and in the main database; they would join both for good. A file that has
        neither grown since the last time nor room of removed rows in it is left alone.

        Args:
            largest_bytes: Of a file that is still rewritten while serving.

        Raises:
            StoreUnavailableError: The database did not answer.
            StoreFullError: There is no room for a second copy, or the file is too large.
        """
        if not self.is_sqlite:
            return
        with _translated(), self._turn(), closing(self.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            pages, page_bytes = _pragma(cursor, "page_count"), _pragma(cursor, "page_size")
            # Rows take pages of removed ones first, then new ones; the version of the user, which
            # is ours, says how many there were.
            if not _pragma(cursor, "freelist_count") and pages == _pragma(cursor, "user_version"):
                return
            if pages * page_bytes > largest_bytes:
                raise StoreFullError("a database is too large to be reordered while serving")
            cursor.execute("VACUUM")
            cursor.execute(f"PRAGMA user_version={_pragma(cursor, 'page_count')}")
            cursor.close()

    def is_small(self, largest_bytes: int = LARGEST_REORDERED_BYTES) -> bool:
        """Whether SQLite's file is one that `reorder` takes.

        Raises:
            StoreUnavailableError: The database did not answer.
        """
        with _translated(), closing(self.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            used = _pragma(cursor, "page_count") * _pragma(cursor, "page_size")
            cursor.close()
        return used <= largest_bytes

    def give_back(self) -> bool:
        """Return some of the pages that removed rows left behind to the disk.

        Returns:
            Whether there may be more.

        Raises:
            StoreUnavailableError: The database did not answer.
            StoreFullError: It has no room.
        """
        if not self.is_sqlite:
            return False
        with _translated(), self._turn(), closing(self.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            free = _pragma(cursor, "freelist_count")
            if free:
                count = GIVEN_BACK_AT_ONCE_BYTES // _pragma(cursor, "page_size")
                cursor.execute(f"PRAGMA incremental_vacuum({count})")
                cursor.fetchall()
            left = _pragma(cursor, "freelist_count")
            cursor.close()
        return 0 < left < free


def _pragma(cursor: DBAPICursor, name: str) -> int:
    cursor.execute(f"PRAGMA {name}")
    ((value,),) = cursor.fetchall()
    return int(value)


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the drivers' errors into ours; `from None`, because theirs quote parameters."""
    try:
        yield
    except DBAPIError as error:
        if _says_full(error):
            raise StoreFullError("no room left in a database") from None
        if isinstance(error, OperationalError) or error.connection_invalidated:
            raise StoreUnavailableError("a database did not answer") from None
        raise
    except sqlite3.Error as error:
        # Upkeep works on the driver's own cursors, round which SQLAlchemy wraps nothing.
        if getattr(error, "sqlite_errorname", None) == _SQLITE_FULL:
            raise StoreFullError("no room left in a database") from None
        raise StoreUnavailableError("a database did not answer") from None
    except PoolTimeoutError:
        raise StoreUnavailableError("no database connection was free") from None
    except OSError:
        raise StoreUnavailableError("a database's folder could not be used") from None


def _says_full(error: DBAPIError) -> bool:
    if getattr(error.orig, "sqlstate", None) == _POSTGRESQL_NO_SPACE:
        return True
    return getattr(error.orig, "sqlite_errorname", None) == _SQLITE_FULL


def open_database(url: str, *, connections: int, layout: PageLayout = SMALL_ROWS) -> Database:
    """Open a database without touching it yet.

    Args:
        url: SQLAlchemy URL, `sqlite:///FILE` or `postgresql+psycopg://…`.
        connections: How many threads may use it at once.
        layout: Of a SQLite file that is made anew.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed, connections, layout)
    engine = create_engine(
        parsed,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,
        execution_options=_EXECUTION_OPTIONS,
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            "options": "-c synchronous_commit=on",
        },
    )
    return Database(engine, engine, None)


def _open_sqlite(url: URL, connections: int, layout: PageLayout) -> Database:
    engine = create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        # The connection used last has the pages in its cache; taking turns would fill a cache of
        # 2 MiB in every one of them.
        pool_use_lifo=True,
        hide_parameters=True,
        execution_options=_EXECUTION_OPTIONS,
    )
    lock_file = Path(f"{url.database}.lock")
    file = _SqliteFile(Path(str(url.database)), lock_file)
    event.listen(engine, "do_connect", file.refuse_another)
    event.listen(engine, "connect", file.note)
    event.listen(engine, "checkout", file.recognise)
    event.listen(engine, "connect", partial(_prepare_sqlite, pragmas_of(layout)))
    event.listen(engine, "begin", _begin_sqlite)
    return Database(engine, engine.execution_options(immediate=True), lock_file)


@dataclass(frozen=True, slots=True)
class _SqliteFile:
    """The file behind SQLite's connections, which do not notice when it is taken away.

    They would go on writing into a file without a name, and acknowledge what nobody finds again. A
    connection that is made then would begin a new one, beside the old one's write-ahead log.
    """

    path: Path
    lock_file: Path

    def refuse_another(self, *_: object) -> None:
        """Refuse to begin a new file where there was one: its first writer left a lock file."""
        if self.lock_file.exists() and not self.path.exists():
            raise StoreUnavailableError(f"{self.path.name}: the database's file is gone")

    def note(self, _: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        """Remember which file a connection is to."""
        entry.info[_FILE] = self._identity()

    def recognise(self, _: DBAPIConnection, entry: ConnectionPoolEntry, __: object) -> None:
        """Have all connections made anew where the name leads to another file, or to none."""
        if entry.info.get(_FILE) != self._identity():
            raise InvalidatePoolError("another file")

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino


def pragmas_of(layout: PageLayout) -> Sequence[str]:
    """What is said to SQLite on each new connection, in this order."""
    checkpoint = WAL_BYTES_BEFORE_CHECKPOINT // layout.page_bytes
    return (
        # Before the log is switched on, which makes the file.
        f"PRAGMA page_size={layout.page_bytes}",
        f"PRAGMA auto_vacuum={'INCREMENTAL' if layout.returns_space else 'NONE'}",
        *_PRAGMAS,
        f"PRAGMA wal_autocheckpoint={checkpoint}",
    )


def _prepare_sqlite(
    pragmas: Sequence[str], connection: DBAPIConnection, _: ConnectionPoolEntry
) -> None:
    # sqlite3's own transaction handling begins too late; ours is _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

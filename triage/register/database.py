"""The one place that touches SQLCipher: an encrypted database file with its schema.

The key is 32 random-looking bytes derived from the officer's seed, so SQLCipher's own passphrase
stretching is skipped. Source: DESIGN §5; SQLCipher's documentation of raw keys.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2 as sqlcipher

from triage.errors import LockedError, RefusedInputError, RegisterError
from triage.private_files import OWNER_ONLY

KEY_BYTES = 32
SCHEMA_VERSION = 4
BUSY_SECONDS = 30

_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE cases (
    case_ref BLOB PRIMARY KEY,
    spelling TEXT NOT NULL UNIQUE,
    sequence INTEGER NOT NULL UNIQUE,
    latest_sequence INTEGER NOT NULL,
    category TEXT,
    urgency TEXT,
    language TEXT,
    channel TEXT,
    about_staff INTEGER NOT NULL,
    opening_words TEXT NOT NULL,
    read_sequence INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX cases_by_sequence ON cases (sequence DESC);
CREATE INDEX cases_by_category ON cases (category, sequence DESC);
CREATE INDEX cases_by_urgency ON cases (urgency, sequence DESC);
CREATE INDEX cases_unread ON cases (sequence DESC, latest_sequence, read_sequence)
    WHERE latest_sequence > read_sequence;
CREATE TABLE documents (
    sequence INTEGER PRIMARY KEY,
    case_ref BLOB NOT NULL,
    n INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    key_set_version INTEGER NOT NULL,
    duplicate INTEGER NOT NULL,
    slot_key BLOB NOT NULL,
    reply_key BLOB NOT NULL,
    content BLOB NOT NULL
);
CREATE INDEX documents_by_case ON documents (case_ref, n, sequence);
CREATE INDEX documents_twice ON documents (case_ref) WHERE duplicate = 1;
CREATE TABLE siblings (
    row_id BLOB NOT NULL,
    digest BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    purpose INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (sequence, purpose)
) WITHOUT ROWID;
CREATE INDEX siblings_by_state ON siblings (state);
CREATE TABLE quarantined (
    sequence INTEGER PRIMARY KEY,
    hour INTEGER NOT NULL,
    reason TEXT NOT NULL,
    envelope BLOB NOT NULL
);
CREATE TABLE notices (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    noted_at TEXT NOT NULL,
    UNIQUE (kind, subject)
);
CREATE VIRTUAL TABLE words USING fts5(
    text, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
"""

_REPLIES = """
CREATE TABLE replies (
    id INTEGER PRIMARY KEY,
    case_ref BLOB NOT NULL,
    role INTEGER NOT NULL,
    i INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    content BLOB NOT NULL,
    slot BLOB NOT NULL,
    envelope BLOB NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX replies_by_case ON replies (case_ref, id);
CREATE INDEX replies_by_state ON replies (state, id);
"""
_NOTES = """
CREATE TABLE notes (
    id INTEGER PRIMARY KEY,
    case_ref BLOB NOT NULL,
    noted_at TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX notes_by_case ON notes (case_ref, id);
CREATE INDEX documents_withdrawn ON documents (case_ref, hour) WHERE kind = 4 AND duplicate = 0;
"""
_ATTACHMENTS = """
CREATE TABLE attachments (
    id BLOB PRIMARY KEY,
    case_ref BLOB NOT NULL,
    name TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    used_on TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX attachments_by_use ON attachments (used_on);
"""
# What each version of the schema adds to the one before.
_STEPS = (_SCHEMA, _REPLIES, _NOTES, _ATTACHMENTS)

Row = tuple[Any, ...]


@contextmanager
def _as_register_error() -> Iterator[None]:
    try:
        yield
    except sqlcipher.DatabaseError:
        # SQLite's own words may quote what is stored.
        raise RegisterError("the register can't be read or written: damaged, or no room") from None


class Database:
    """A connection to one SQLCipher file; used by one thread at a time.

    Every method raises `RegisterError` where the file is damaged, or busy, or the disk full.

    Raises:
        LockedError: the file was made with another key.
        RefusedInputError: it was made by a newer version of this program.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise LockedError(f"the register needs a key of {KEY_BYTES} bytes")
        # SQLite gives its journals the mode of the database file.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, OWNER_ONLY))
        self._connection = sqlcipher.connect(
            str(path), timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(key)
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self, key: bytes) -> None:
        # What is wrong is said by our own errors; SQLCipher would write to the terminal as well.
        self._connection.execute("PRAGMA cipher_log_level = NONE")
        self._connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        try:
            (version,) = self.row("PRAGMA user_version") or (0,)
        except RegisterError:
            raise LockedError("the register does not open with this officer's key") from None
        for setting in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "secure_delete = ON",
            "temp_store = MEMORY",
        ):
            self._connection.execute(f"PRAGMA {setting}").fetchall()
        if version > SCHEMA_VERSION:
            raise RefusedInputError("the register was made by a newer version")
        if version < SCHEMA_VERSION:
            self._bring_up_to_date()

    def _bring_up_to_date(self) -> None:
        with self.transaction():
            (version,) = self.row("PRAGMA user_version") or (0,)
            for step in _STEPS[version:]:
                for statement in step.split(";\n"):
                    if statement.strip():
                        self._connection.execute(statement)
            self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block or nothing; other writers wait."""
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            # What SQLite could not write, it has mostly taken back itself.
            if self._connection.in_transaction:
                self.execute("ROLLBACK")
            raise

    def execute(self, statement: str, values: Sequence[object] = ()) -> int:
        """Run one statement; how many rows it changed."""
        with _as_register_error():
            changed: int = self._connection.execute(statement, tuple(values)).rowcount
        return changed

    def execute_many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Run one statement for each row of values."""
        with _as_register_error():
            self._connection.executemany(statement, [tuple(row) for row in rows])

    def row(self, query: str, values: Sequence[object] = ()) -> Row | None:
        """The first row of an answer."""
        with _as_register_error():
            found: Row | None = self._connection.execute(query, tuple(values)).fetchone()
        return found

    def rows(self, query: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows of an answer."""
        with _as_register_error():
            found: list[Row] = self._connection.execute(query, tuple(values)).fetchall()
        return found

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

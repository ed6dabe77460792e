"""The limit that storage sets: the same durable commits with sqlite3 and nothing else."""

import sqlite3
import time
from pathlib import Path

from nacl.utils import random

from crypto.wire.envelope import Purpose, envelope_bytes
from crypto.wire.submission import (
    IDENTITY_BYTES,
    PROTECTION_BYTES,
    REPORT_BYTES,
    REWARD_BYTES,
    VAULT_PURPOSES,
)
from intake.server.store.database import open_database
from intake.server.store.migrate import MAIN_SCHEMA, VAULT_SCHEMA, Schema, migrate

_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=2000", "secure_delete=ON")


class BareStore:
    """Both databases as the server has them, one thread, one submission after the other.

    Args:
        folder: where the two files are made.
    """

    def __init__(self, folder: Path) -> None:
        self._vault = _open(folder / "vault.sqlite", VAULT_SCHEMA)
        self._main = _open(folder / "main.sqlite", MAIN_SCHEMA)
        self._main.execute("INSERT INTO feed_head VALUES (1, ?, 0, ?)", (bytes(32), bytes(32)))
        self._sequence = 0
        self._values = (random(IDENTITY_BYTES), random(PROTECTION_BYTES), random(REWARD_BYTES))
        self._report = random(REPORT_BYTES)
        self._sealed = random(envelope_bytes(Purpose.ACKNOWLEDGEMENT))
        self._hash = random(32)

    def keep(self) -> None:
        """Three vault rows in one transaction, then feed row, slot and head in another."""
        rows = [
            (random(32), int(purpose), self._hash, value)
            for purpose, value in zip(VAULT_PURPOSES, self._values, strict=True)
        ]
        self._vault.execute("BEGIN IMMEDIATE")
        self._vault.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", rows)
        self._vault.execute("COMMIT")
        self._sequence += 1
        item = (self._sequence, 0, self._hash, self._hash, self._hash, self._report)
        self._main.execute("BEGIN IMMEDIATE")
        self._main.execute("INSERT INTO feed VALUES (?, ?, ?, ?, ?, ?)", item)
        slot = (random(32), self._hash, self._sealed)
        self._main.execute("INSERT INTO slots VALUES (?, ?, ?)", slot)
        head = (self._sequence, self._hash)
        self._main.execute("UPDATE feed_head SET sequence = ?, head = ?", head)
        self._main.execute("COMMIT")

    def rate(self, seconds: float) -> float:
        """Submissions per second, each in two commits of its own."""
        done, begun = 0, time.perf_counter()
        while (taken := time.perf_counter() - begun) < seconds:
            self.keep()
            done += 1
        return done / taken

    def close(self) -> None:
        """Close both files."""
        self._vault.close()
        self._main.close()


def _open(file: Path, schema: Schema) -> sqlite3.Connection:
    database = open_database(f"sqlite:///{file}", connections=1)
    migrate(database, schema)
    database.engine.dispose()
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection

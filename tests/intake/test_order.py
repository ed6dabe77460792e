"""SQLite's files, laid side by side, do not say which parts came together (ATTACKS 1.2)."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crypto.sealing.derivation import destruction_key
from crypto.signing.sign import SigningKey
from crypto.wire.key_set import KeySet
from crypto.wire.roles import Role
from crypto.wire.submission import parse_submission
from intake.server.errors import StoreFullError
from intake.server.registration import Registrar, arrive
from intake.server.store.database import Database, open_database
from intake.server.store.feed import destroy_report, page_of_feed, prepare_feed
from intake.server.store.migrate import MAIN_SCHEMA, VAULT_SCHEMA, migrate
from intake.server.upkeep import Upkeep
from tests.intake.authority import Authority, seed
from tests.intake.processes import Installation, Report, seal_report, serving

SUBMISSIONS = 300
DESTROYED = 150
NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
TAIL_BYTES = 64  # Of a value: always on a page of its own, behind the row's.


@dataclass(frozen=True)
class Filled:
    """Both databases with 300 submissions.

    Attributes:
        reports: What was submitted, in the order of arrival.
        slots: Their acknowledgements, in the order of arrival.
        rows: Their vault values in the order of arrival, by purpose.
    """

    folder: Path
    main: Database
    vault: Database
    key_set: KeySet
    registrar: Registrar
    reports: Sequence[Report]
    slots: Sequence[bytes]
    rows: Sequence[Sequence[bytes]]

    def bytes_of(self, name: str) -> bytes:
        """A file as a thief of the disk reads it."""
        return (self.folder / name).read_bytes()


@pytest.fixture
def filled(tmp_path: Path, authority: Authority) -> Iterator[Filled]:
    """Submissions registered one after the other; their keys are hashes, in random order."""
    key = SigningKey(seed("acknowledgement"))
    key_set = authority.verified(authority.publish(key.verification_key))
    main = open_database(f"sqlite:///{tmp_path}/intake.sqlite", connections=2)
    vault = open_database(f"sqlite:///{tmp_path}/vault.sqlite", connections=2)
    migrate(main, MAIN_SCHEMA)
    migrate(vault, VAULT_SCHEMA)
    prepare_feed(main, key_set.instance_id)
    registrar = Registrar(main, vault, key_set.instance_id, key, lambda: NOW)
    reports = [seal_report(key_set) for _ in range(SUBMISSIONS)]
    parsed = [parse_submission(report.submission.raw) for report in reports]
    sealed = [registrar.register(arrive(submission)) for submission in parsed]
    rows = list(zip(*(submission.row_values for submission in parsed), strict=True))
    main.truncate_log()
    vault.truncate_log()
    yield Filled(tmp_path, main, vault, key_set, registrar, reports, sealed, rows)
    main.engine.dispose()
    vault.engine.dispose()


def kendall(file: bytes, values: Sequence[bytes]) -> float:
    """Kendall's rank correlation of the order of arrival with the places in a file."""
    places = [file.find(value[-TAIL_BYTES:]) for value in values]
    assert min(places) >= 0
    pairs = [(a, b) for i, a in enumerate(places) for b in places[i + 1 :]]
    return sum(1 if a < b else -1 for a, b in pairs) / len(pairs)


def test_the_files_forget_the_order_of_arrival(filled: Filled) -> None:
    """Beside the feed, which has a sequence, neither slots nor vault rows lie in its order."""
    main, vault = filled.bytes_of("intake.sqlite"), filled.bytes_of("vault.sqlite")
    before = [kendall(main, filled.slots), *(kendall(vault, rows) for rows in filled.rows)]

    Upkeep([filled.main, filled.vault], None, lambda: NOW).reorder()

    main, vault = filled.bytes_of("intake.sqlite"), filled.bytes_of("vault.sqlite")
    after = [kendall(main, filled.slots), *(kendall(vault, rows) for rows in filled.rows)]
    assert min(before) > 0.9  # What is measured here is there to be found.
    assert max(map(abs, after)) < 0.2
    assert filled.bytes_of("intake.sqlite-wal") == b""
    assert filled.bytes_of("vault.sqlite-wal") == b""
    with filled.main.read() as connection:
        assert len(page_of_feed(connection, 0, 500)) == SUBMISSIONS


def test_rows_in_the_room_of_destroyed_reports_are_laid_in_order_too(filled: Filled) -> None:
    """They take the pages that were freed, so the file does not grow by them."""
    upkeep = Upkeep([filled.main, filled.vault], None, lambda: NOW)
    upkeep.reorder()
    with filled.main.write() as connection:
        for sequence, report in enumerate(filled.reports[:DESTROYED], 1):
            key = destruction_key(report.keys.slot_key(Role.TRIAGE), 0)
            assert destroy_report(connection, sequence, key)
    later = [seal_report(filled.key_set).submission.raw for _ in range(DESTROYED // 2)]

    slots = [filled.registrar.register(arrive(parse_submission(raw))) for raw in later]
    filled.main.truncate_log()
    before = kendall(filled.bytes_of("intake.sqlite"), slots)
    upkeep.reorder()

    assert abs(before) > 0.9
    assert abs(kendall(filled.bytes_of("intake.sqlite"), slots)) < 0.3


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Database]:
    """A vault that was never reordered."""
    database = open_database(f"sqlite:///{tmp_path}/vault.sqlite", connections=1)
    migrate(database, VAULT_SCHEMA)
    yield database
    database.engine.dispose()


def test_a_file_that_has_not_grown_is_left_alone(vault: Database) -> None:
    """An idle service does not rewrite its files every hour."""
    Upkeep([vault], None, lambda: NOW).reorder()

    vault.reorder(largest_bytes=0)  # Would be refused if there were anything to do.


def test_a_large_file_is_not_rewritten_while_serving(vault: Database) -> None:
    """Submissions wait for it; operators choose the hour. The refusal is logged, not fatal."""
    with pytest.raises(StoreFullError):
        vault.reorder(largest_bytes=4096)


def test_upkeep_goes_on_when_a_foreign_tool_holds_a_file(filled: Filled) -> None:
    """What it cannot do now waits for the next time; its thread does not end."""
    upkeep = Upkeep([filled.main, filled.vault], filled.main, lambda: NOW)

    with closing(sqlite3.connect(filled.folder / "intake.sqlite", isolation_level=None)) as tool:
        tool.execute("BEGIN IMMEDIATE")
        upkeep.reorder()

    assert user_version(filled.folder / "intake.sqlite") == 0
    assert user_version(filled.folder / "vault.sqlite") > 0


def test_a_server_reorders_when_it_starts(installation: Installation, tmp_path: Path) -> None:
    """What the last hour before a stop left behind does not stay until somebody submits."""
    with serving(installation, tmp_path / "server.log"):
        deadline = time.monotonic() + 20
        database = installation.data_dir / "vault.sqlite"
        while user_version(database) == 0 and time.monotonic() < deadline:
            time.sleep(0.05)

        assert user_version(database) > 0


def user_version(file: Path) -> int:
    """How many pages a file had after it was reordered; 0 before the first time."""
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])

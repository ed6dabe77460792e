"""`deploy/DATA_INVENTORY.md` says exactly what is stored and logged."""

import re
from pathlib import Path

from sqlalchemy import inspect

from intake.server.gunicorn_logging import SPEAKABLE
from intake.server.store import revisions
from intake.server.store.database import Database
from intake.server.store.migrate import MAIN_SCHEMA, PARTS_SCHEMA, VAULT_SCHEMA, Schema
from tests.intake.offline_pages import hand_out, install_page
from tests.intake.processes import Installation, seal_report, serving

INVENTORY = (Path(__file__).parents[2] / "deploy" / "DATA_INVENTORY.md").read_text(encoding="utf-8")
SECTIONS = re.split(r"^## \d+\. ", INVENTORY, flags=re.MULTILINE)


def listed(section: int) -> list[str]:
    """The code spans in the first column of a section's table."""
    first_cells = re.findall(r"^\| (`[^|]*) \|", SECTIONS[section], flags=re.MULTILINE)
    return [span for cell in first_cells for span in re.findall(r"`([^`]+)`", cell)]


def columns_of(database: Database) -> set[str]:
    """Every column of every table that a database has."""
    inspector = inspect(database.engine)
    return {
        f"{table}.{column['name']}"
        for table in inspector.get_table_names()
        for column in inspector.get_columns(table)
    }


def test_every_column_of_the_main_database_is_listed(main: Database) -> None:
    """ATTACKS C12."""
    assert columns_of(main) == set(listed(1))


def test_every_column_of_the_vault_is_listed(vault: Database) -> None:
    """ATTACKS C12."""
    assert columns_of(vault) == set(listed(2))


def test_every_column_of_the_parts_database_is_listed(parts: Database) -> None:
    """ATTACKS C12."""
    assert columns_of(parts) == set(listed(3))


def test_parts_of_files_have_no_time_but_the_hour_in_which_unclaimed_ones_go(
    parts: Database,
) -> None:
    """DESIGN 4: no link to submissions or each other, expiry by epoch."""
    timed = {c for c in columns_of(parts) if re.search("time|hour|sequence|minute|_at|_on", c)}

    assert timed == {"pending.expires_hour"}


def test_the_vault_shares_no_column_with_the_main_database(main: Database, vault: Database) -> None:
    """DESIGN 4: no time and no sequence column in the vault."""
    shared = {c.split(".")[1] for c in columns_of(main)} & {
        c.split(".")[1] for c in columns_of(vault)
    }

    assert shared == {"digest", "value", "version_num"}
    assert not {c for c in columns_of(vault) if re.search("time|hour|sequence|minute|_at|_on", c)}


def test_every_file_of_the_data_folder_is_listed(
    installation: Installation, tmp_path: Path
) -> None:
    """ATTACKS C12."""
    install_page(installation, hand_out(installation, tmp_path))
    with serving(installation, tmp_path / "server.log") as server:
        assert server.submit(seal_report(installation.key_set)).status == 201
        folder = installation.data_dir
        files = {
            re.sub(r"\d{6}", "NNNNNN", path.relative_to(folder).as_posix())
            for path in folder.rglob("*")
            if path.is_file()
        }
        modes = {path.stat().st_mode & 0o077 for path in (folder, *folder.rglob("*"))}

    assert files == set(listed(4))
    assert modes == {0}


def test_every_line_that_is_logged_is_listed(installation: Installation, tmp_path: Path) -> None:
    """ATTACKS C12: each line is the hour, the process, the level and a listed text."""
    log = tmp_path / "server.log"
    with serving(installation, log) as server:
        server.submit(seal_report(installation.key_set))
        server.request("GET", "/no-such-thing")

    kinds = [re.escape(text).replace("…", ".*") for text in listed(5)]
    line = re.compile(rf"\d{{4}}-\d\d-\d\dT\d\d:00Z \d+ [A-Z]+ ({'|'.join(kinds)})")
    lines = log.read_text().splitlines()
    assert lines
    assert [text for text in lines if not line.match(text)] == []


def test_every_message_that_may_be_logged_is_listed() -> None:
    """What the logger lets through is what the inventory names."""
    starts = tuple(text.split("…")[0].split("<")[0].strip() for text in listed(5))
    starts = tuple(start for start in starts if start)

    unlisted = [
        message for message in SPEAKABLE if not message.replace("%s", "…").startswith(starts)
    ]
    assert unlisted == []


def compare(database: Database, schema: Schema) -> None:
    """The revisions make what the typed tables say."""
    made = columns_of(database) - {"alembic_version.version_num"}
    typed = {
        f"{table.name}.{column.name}"
        for table in schema.metadata.tables.values()
        for column in table.columns
    }
    assert made == typed
    assert revisions.newest(schema) == schema.newest


def test_revisions_make_the_typed_tables(main: Database, vault: Database, parts: Database) -> None:
    """DESIGN 4: Alembic for each database."""
    compare(main, MAIN_SCHEMA)
    compare(vault, VAULT_SCHEMA)
    compare(parts, PARTS_SCHEMA)


def test_vault_rows_lie_in_key_order(vault: Database) -> None:
    """ATTACKS 1.2: no rowid tells the order of arrival."""
    if vault.is_sqlite:
        with vault.read() as connection:
            sql = connection.exec_driver_sql(
                "SELECT sql FROM sqlite_master WHERE name = 'rows'"
            ).scalar_one()
        assert "WITHOUT ROWID" in sql

"""Bring a database to the newest revision, safely when several processes start at once."""

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, MetaData, inspect, text

from intake.server.errors import StartError
from intake.server.store import tables
from intake.server.store.database import Database

MIGRATIONS: Final = Path(__file__).parent / "migrations"
_ADVISORY_LOCK: Final = 0x53454149  # Any number, the same in all our processes.


@dataclass(frozen=True, slots=True)
class Schema:
    """What one database should hold.

    Attributes:
        name: Folder of its revisions.
        newest: The revision that this code was written for.
    """

    name: str
    newest: str
    metadata: MetaData


MAIN_SCHEMA: Final = Schema("main", "main0001", tables.MAIN)
VAULT_SCHEMA: Final = Schema("vault", "vault0001", tables.VAULT)
PARTS_SCHEMA: Final = Schema("parts", "parts0001", tables.PARTS)


def migrate(database: Database, schema: Schema) -> None:
    """Create or upgrade the tables; does nothing when they are up to date.

    Raises:
        StartError: The database was made by a newer version.
        StoreUnavailableError: It does not answer.
    """
    with database.read() as connection:
        if _revision(connection) == schema.newest:
            return
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        if _revision(connection) == schema.newest:
            return  # Another process was quicker.
        # Alembic is big and needed once in a lifetime; workers never load it.
        runner = importlib.import_module("intake.server.store.revisions")
        if not runner.upgrade(connection, schema):
            raise StartError(f"the {schema.name} database was made by a newer version")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)

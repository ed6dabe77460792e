"""Grants: a desk's seed sealed to one officer. Source: SPEC 15.1."""

import hashlib
from typing import Final

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from intake.server.store.tables import grants

_INSERT: Final = {
    "sqlite": sqlite.insert(grants).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(grants).on_conflict_do_nothing(),
}
_OF_OFFICER: Final = (
    select(grants.c.value)
    .where(grants.c.officer_id == bindparam("officer"))
    .order_by(grants.c.digest)
)


def keep_grant(connection: Connection, officer_id: bytes, value: bytes) -> None:
    """Keep a grant; the same bytes again change nothing."""
    digest = hashlib.sha256(value).digest()
    values = {"officer_id": officer_id, "digest": digest, "value": value}
    connection.execute(_INSERT[connection.dialect.name], values)


def grants_of(connection: Connection, officer_id: bytes) -> tuple[bytes, ...]:
    """All grants of an officer, 1432 bytes each."""
    return tuple(connection.execute(_OF_OFFICER, {"officer": officer_id}).scalars())

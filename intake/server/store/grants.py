"""Grants: a desk's seed sealed to one officer. Source: SPEC 15.1."""

import hashlib
from typing import Final

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from crypto.wire.grant import parse_grant
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


def withdraw_grants(
    connection: Connection, officer_id: bytes, digest: bytes | None, granter: bytes | None
) -> None:
    """Delete grants of an officer.

    Args:
        connection: of a transaction that writes.
        officer_id: of the receiver.
        digest: SHA-256 of the one grant that is meant; None for all.
        granter: only what this officer gave; None for whoever gave it.
    """
    of_officer = grants.c.officer_id == officer_id
    query = select(grants.c.digest, grants.c.value).where(of_officer)
    if digest is not None:
        query = query.where(grants.c.digest == digest)
    meant = [
        found
        for found, value in connection.execute(query)
        if granter is None or parse_grant(value).granter == granter
    ]
    for found in meant:
        connection.execute(delete(grants).where(of_officer, grants.c.digest == found))


def withdraw_grants_of_unlisted(connection: Connection, listed: frozenset[bytes]) -> None:
    """Delete the grants of everybody whose officer id is not among those listed."""
    found = connection.execute(select(grants.c.officer_id).distinct()).scalars()
    for officer_id in set(found) - listed:
        connection.execute(delete(grants).where(grants.c.officer_id == officer_id))

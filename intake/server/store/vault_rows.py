"""Vault rows: identity, protection and reward envelopes under keys that only readers can find.

First write wins; nothing is ever overwritten. Source: SPEC 10.3, 10.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from crypto.wire.submission import ROW_ID_BYTES, VAULT_PURPOSES, Submission
from intake.server.store.tables import rows

_INSERT: Final = {
    "sqlite": sqlite.insert(rows).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(rows).on_conflict_do_nothing(),
}
_DIGESTS_OF: Final = select(rows.c.row_id, rows.c.purpose, rows.c.digest).where(
    rows.c.row_id.in_(bindparam("row_ids", expanding=True))
)
_DIGESTS: Final = (
    select(rows.c.row_id, rows.c.digest)
    .where(rows.c.row_id > bindparam("after"))
    .order_by(rows.c.row_id)
    .limit(bindparam("count"))
)
_VALUES: Final = (
    select(rows.c.row_id, rows.c.value)
    .where(rows.c.row_id > bindparam("after"), rows.c.purpose == bindparam("purpose"))
    .order_by(rows.c.row_id)
    .limit(bindparam("count"))
)
BEFORE_ALL: Final = bytes(ROW_ID_BYTES)  # No SHA-256 value is expected to be all zero.


@dataclass(frozen=True, slots=True)
class VaultRow:
    """One row as it is kept.

    Attributes:
        digest: H("digest", value), kept so that a list of digests reads no values.
    """

    row_id: bytes
    purpose: int
    digest: bytes
    value: bytes


def rows_of(
    submission: Submission, digests: tuple[bytes, bytes, bytes]
) -> tuple[VaultRow, VaultRow, VaultRow]:
    """The three rows that a submission asks the vault to keep.

    Args:
        submission: Parsed.
        digests: Its `row_digests`, computed once by the caller.
    """
    identity, protection, reward = (
        VaultRow(row_id, int(purpose), digest, value)
        for row_id, purpose, digest, value in zip(
            submission.row_ids, VAULT_PURPOSES, digests, submission.row_values, strict=True
        )
    )
    return identity, protection, reward


def keep_rows(connection: Connection, wanted: Sequence[VaultRow]) -> frozenset[bytes]:
    """Insert rows; those that are there with the same bytes are left as they are.

    Args:
        connection: Of a write transaction on the vault.
        wanted: Rows with different ids.

    Returns:
        Ids of rows that hold other bytes already; empty when all is well.
    """
    # In key order: two transactions then never wait for each other, and the batch's own order
    # is not what lands in the log.
    ordered = sorted(wanted, key=lambda row: row.row_id)
    parameters = [
        {"row_id": row.row_id, "purpose": row.purpose, "digest": row.digest, "value": row.value}
        for row in ordered
    ]
    inserted = connection.execute(_INSERT[connection.dialect.name], parameters)
    if inserted.rowcount == len(ordered):
        return frozenset()
    found = connection.execute(_DIGESTS_OF, {"row_ids": [row.row_id for row in ordered]})
    kept = {bytes(row_id): (purpose, bytes(digest)) for row_id, purpose, digest in found}
    return frozenset(
        row.row_id for row in ordered if kept.get(row.row_id) != (row.purpose, row.digest)
    )


def page_of_digests(connection: Connection, after: bytes, count: int) -> bytes:
    """Records of row id (32) and digest (32) of all purposes, in key order, behind `after`."""
    found = connection.execute(_DIGESTS, {"after": after, "count": count})
    return b"".join(part for record in found for part in record)


def page_of_rows(connection: Connection, purpose: int, after: bytes, count: int) -> bytes:
    """Records of row id (32) and value (one size per purpose), in key order, behind `after`."""
    found = connection.execute(_VALUES, {"purpose": purpose, "after": after, "count": count})
    return b"".join(part for record in found for part in record)

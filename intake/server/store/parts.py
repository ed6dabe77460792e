"""Parts of sealed files: whole or not there, and gone after two days unless a report claims them.

What is pending has a row in `pending`; keeping a part removes that row, so no value is written
twice. Every transaction takes rows of `pending` before those of `parts`: on PostgreSQL that order
keeps expiry from taking a part that was just acknowledged again. Source: SPEC 17.4.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from intake.server.errors import PartsMissingError, PartTakenError, StoreUnavailableError
from intake.server.store.tables import parts, pending

PENDING_HOURS: Final = 48
# Values go with zeros over them: others wait for as long as one transaction takes.
REMOVED_AT_ONCE: Final = 8
_ASKED_AT_ONCE: Final = 500
_NUMBER_BYTES: Final = 8

_INSERT: Final = {
    "sqlite": sqlite.insert(parts).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(parts).on_conflict_do_nothing(),
}
_NUMBERS: Final[BindParameter[int]] = bindparam("numbers", expanding=True)
_FOUND: Final = select(parts.c.part_id, parts.c.value).where(parts.c.number == bindparam("found"))
_IDS: Final = select(parts.c.part_id).where(parts.c.number.in_(_NUMBERS))
_PEND: Final = insert(pending)
_PEND_LONGER: Final = (
    update(pending)
    .where(pending.c.number == bindparam("again"))
    .values(expires_hour=bindparam("until"))
)
_SETTLE: Final = delete(pending).where(pending.c.number.in_(_NUMBERS))
_UNCLAIMED: Final = select(pending.c.number).where(pending.c.number.in_(_NUMBERS)).with_for_update()
_REMOVE: Final = delete(parts).where(parts.c.number.in_(_NUMBERS))
_OVERDUE: Final = (
    select(pending.c.number)
    .where(pending.c.expires_hour <= bindparam("hour"))
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True)
)


def number_of(part_id: bytes) -> int:
    """The place of a part among the rows: the first eight bytes of its id, signed."""
    return int.from_bytes(part_id[:_NUMBER_BYTES], signed=True)


def keep_part(
    connection: Connection, part_id: bytes, value: bytes | bytearray | memoryview, *, hour: int
) -> bool:
    """Keep a part for two days; the same bytes again begin them anew, unless it is claimed.

    Args:
        connection: Of a write transaction on the parts database.
        part_id: 32 bytes.
        value: All of the part.
        hour: Now, whole hours since 1970.

    Returns:
        Whether it is new.

    Raises:
        PartTakenError: Other bytes are kept under this id.
        StoreUnavailableError: It went while we looked; the next try will keep it.
    """
    number, until = number_of(part_id), hour + PENDING_HOURS + 1  # The hour has begun already.
    connection.execute(_PEND_LONGER, {"again": number, "until": until})
    row = {"number": number, "part_id": part_id, "value": value}
    if connection.execute(_INSERT[connection.dialect.name], row).rowcount == 1:
        connection.execute(_PEND, {"number": number, "expires_hour": until})
        return True
    there = connection.execute(_FOUND, {"found": number}).one_or_none()
    if there is None:
        raise StoreUnavailableError("a part expired while it was sent again")
    if there.part_id != part_id or there.value != value:
        raise PartTakenError("SPEC 17.4: other bytes are kept under this id")
    return False


def held_parts(connection: Connection, part_ids: Sequence[bytes]) -> frozenset[bytes]:
    """Those of the parts that are kept, by id."""
    found: set[bytes] = set()
    for some in _batches(part_ids, _ASKED_AT_ONCE):
        numbers = [number_of(part_id) for part_id in some]
        found.update(connection.execute(_IDS, {"numbers": numbers}).scalars())
    return frozenset(found.intersection(part_ids))


def claim_parts(connection: Connection, part_ids: Sequence[bytes]) -> None:
    """Keep parts for good.

    Args:
        connection: Of a write transaction on the parts database.
        part_ids: Of one file.

    Raises:
        PartsMissingError: One is not there; the transaction must not be committed.
    """
    for some in _batches(part_ids, _ASKED_AT_ONCE):
        connection.execute(_SETTLE, {"numbers": [number_of(part_id) for part_id in some]})
    if len(held_parts(connection, part_ids)) != len(part_ids):
        raise PartsMissingError("SPEC 17.4: not all parts are here")


def read_part(connection: Connection, part_id: bytes) -> bytes | None:
    """The bytes of a part, or None."""
    there = connection.execute(_FOUND, {"found": number_of(part_id)}).one_or_none()
    if there is None or there.part_id != part_id:
        return None
    value: bytes = there.value
    return value


def remove_parts(connection: Connection, part_ids: Sequence[bytes]) -> None:
    """Remove parts, whether or not they are there or claimed; few at once (`REMOVED_AT_ONCE`)."""
    numbers = [number_of(part_id) for part_id in held_parts(connection, part_ids)]
    connection.execute(_SETTLE, {"numbers": numbers})
    connection.execute(_REMOVE, {"numbers": numbers})


def remove_unclaimed_parts(connection: Connection, part_ids: Sequence[bytes]) -> None:
    """Remove those of the parts that no report has claimed; few at once (`REMOVED_AT_ONCE`)."""
    numbers = [number_of(part_id) for part_id in part_ids]
    found = connection.execute(_UNCLAIMED, {"numbers": numbers})
    unclaimed = list(found.scalars())
    connection.execute(_SETTLE, {"numbers": unclaimed})
    connection.execute(_REMOVE, {"numbers": unclaimed})


def remove_expired_parts(connection: Connection, hour: int) -> int:
    """Remove some of the parts whose two days are over.

    Args:
        connection: Of a write transaction on the parts database.
        hour: Now, whole hours since 1970.

    Returns:
        How many; fewer than `REMOVED_AT_ONCE` when none is left.
    """
    found = connection.execute(_OVERDUE, {"hour": hour, "count": REMOVED_AT_ONCE})
    numbers = list(found.scalars())
    connection.execute(_SETTLE, {"numbers": numbers})
    connection.execute(_REMOVE, {"numbers": numbers})
    return len(numbers)


def _batches(part_ids: Sequence[bytes], count: int) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(part_ids), count):
        yield part_ids[start : start + count]

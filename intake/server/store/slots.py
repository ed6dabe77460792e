"""Slots: write once, found only by who knows the preimage. Source: SPEC 11.3, 12.3."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Row, bindparam, insert, literal_column, select, union_all
from sqlalchemy.dialects import postgresql, sqlite

from crypto.wire.slots import SLOT_WINDOW
from intake.server.errors import SlotTakenError
from intake.server.store.tables import slots

_FIND: Final = select(slots).where(slots.c.slot_id.in_(bindparam("slot_ids", expanding=True)))
_NEAREST: Final = union_all(
    *(
        select(literal_column(str(place)).label("place"), nearest.c.slot_id, nearest.c.value)
        for place, nearest in enumerate(
            select(slots.c.slot_id, slots.c.value)
            .where(slots.c.slot_id >= bindparam(f"slot_{place}"))
            .order_by(slots.c.slot_id)
            .limit(1)
            .subquery()
            for place in range(SLOT_WINDOW)
        )
    )
)
_INSERT: Final = insert(slots)
_INSERT_ONCE: Final = {
    "sqlite": sqlite.insert(slots).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(slots).on_conflict_do_nothing(),
}


@dataclass(frozen=True, slots=True)
class Slot:
    """What lies in a slot.

    Attributes:
        retry_tag: Of the submission that an acknowledgement answers; none for a reply.
        value: A sealed envelope.
    """

    slot_id: bytes
    retry_tag: bytes | None
    value: bytes


@dataclass(frozen=True, slots=True)
class Nearest:
    """The value of a slot, or of the next one behind it, which is not to be shown.

    Attributes:
        is_asked: whether it is the slot itself.
    """

    value: bytes
    is_asked: bool


def find_slots(connection: Connection, slot_ids: Sequence[bytes]) -> Mapping[bytes, Slot]:
    """Those of the slots that are filled, by id."""
    found = connection.execute(_FIND, {"slot_ids": slot_ids})
    return {bytes(row.slot_id): Slot(row.slot_id, row.retry_tag, row.value) for row in found}


def read_window(connection: Connection, slot_ids: Sequence[bytes]) -> tuple[Nearest, ...]:
    """What lies in each of eight slots, or in the next one behind it.

    For each a whole row is read, whether or not it is the one that was asked for: a window in which
    everything lies costs what an empty one costs, so that nobody can tell by the clock whether a
    code is known.
    """
    asked = {f"slot_{place}": slot for place, slot in enumerate(slot_ids)}
    rows = {row.place: row for row in connection.execute(_NEAREST, asked)}
    return tuple(_nearest(rows.get(place), slot) for place, slot in enumerate(slot_ids))


def _nearest(row: Row[tuple[int, bytes, bytes]] | None, slot: bytes) -> Nearest:
    if row is None:  # Behind the last slot of all.
        return Nearest(b"", is_asked=False)
    return Nearest(bytes(row.value), is_asked=bytes(row.slot_id) == slot)


def fill_slots(connection: Connection, filled: Sequence[Slot]) -> None:
    """Fill slots that the caller has found empty under the feed head's lock."""
    connection.execute(
        _INSERT,
        [
            {"slot_id": slot.slot_id, "retry_tag": slot.retry_tag, "value": slot.value}
            for slot in sorted(filled, key=lambda slot: slot.slot_id)
        ],
    )


def fill_slot_once(connection: Connection, slot: Slot) -> None:
    """Fill one slot; the same bytes again are welcome.

    Raises:
        SlotTakenError: Something else lies there.
    """
    values = {"slot_id": slot.slot_id, "retry_tag": slot.retry_tag, "value": slot.value}
    if connection.execute(_INSERT_ONCE[connection.dialect.name], values).rowcount == 1:
        return
    there = find_slots(connection, [slot.slot_id])[slot.slot_id]
    if there.value != slot.value or there.retry_tag is not None:
        raise SlotTakenError("SPEC 11.3: a slot is written once")

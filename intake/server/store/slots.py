"""Slots: write once, found only by who knows the preimage. Source: SPEC 11.3, 12.3."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from intake.server.errors import SlotTakenError
from intake.server.store.tables import slots

_FIND: Final = select(slots).where(slots.c.slot_id.in_(bindparam("slot_ids", expanding=True)))
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


def find_slots(connection: Connection, slot_ids: Sequence[bytes]) -> Mapping[bytes, Slot]:
    """Those of the slots that are filled, by id."""
    found = connection.execute(_FIND, {"slot_ids": slot_ids})
    return {bytes(row.slot_id): Slot(row.slot_id, row.retry_tag, row.value) for row in found}


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

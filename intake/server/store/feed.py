"""The feed and its head: a chain whose order is that of the commits. Source: SPEC 12.2."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from crypto.wire.feed import FeedItem, Tombstone, head_zero
from crypto.wire.submission import destruction_id, value_digest
from intake.server.errors import StartError
from intake.server.store.database import Database
from intake.server.store.tables import feed, feed_head

_THE_HEAD: Final = 1
_LOCK_HEAD: Final = (
    select(feed_head.c.sequence, feed_head.c.head)
    .where(feed_head.c.id == _THE_HEAD)
    .with_for_update()
)
_INSTANCE: Final = select(feed_head.c.instance).where(feed_head.c.id == _THE_HEAD)
_BEGIN: Final = {
    "sqlite": sqlite.insert(feed_head).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(feed_head).on_conflict_do_nothing(),
}
_MOVE_HEAD: Final = update(feed_head).where(feed_head.c.id == _THE_HEAD)
_APPEND: Final = insert(feed)
_PAGE: Final = (
    select(feed).where(feed.c.sequence > bindparam("after")).order_by(feed.c.sequence)
).limit(bindparam("count"))

_NAMED: Final = (feed.c.sequence == bindparam("number")) & (
    feed.c.destruction_id == bindparam("named")
)
_TO_DESTROY: Final = select(feed.c.report).where(_NAMED).with_for_update()
_BURY: Final = (
    update(feed)
    .where(_NAMED)
    .values(
        report=None,
        report_digest=bindparam("report_digest"),
        destruction_key=bindparam("destruction_key"),
    )
)
_DESTROYED: Final = (
    select(feed.c.sequence, feed.c.destruction_key)
    .where(feed.c.report.is_(None), feed.c.sequence > bindparam("after"))
    .order_by(feed.c.sequence)
    .limit(bindparam("count"))
)


@dataclass(frozen=True, slots=True)
class FeedHead:
    """Where the feed stands.

    Attributes:
        sequence: Of the last item, 0 when there is none.
        head: 32 bytes.
    """

    sequence: int
    head: bytes


def prepare_feed(database: Database, instance: bytes) -> None:
    """Begin the chain of this instance, once.

    Raises:
        StartError: The database holds the feed of another authority or origin.
    """
    with database.read() as connection:
        found = connection.execute(_INSTANCE).scalar()
    if found is None:
        first = {"id": _THE_HEAD, "instance": instance, "sequence": 0, "head": head_zero(instance)}
        with database.write() as connection:
            connection.execute(_BEGIN[connection.dialect.name], first)
            found = connection.execute(_INSTANCE).scalar_one()
    if bytes(found) != instance:
        raise StartError("the database belongs to another authority or origin")


def lock_head(connection: Connection) -> FeedHead:
    """Read the head and keep every other writer out until the transaction ends."""
    sequence, head = connection.execute(_LOCK_HEAD).one()
    return FeedHead(sequence, bytes(head))


@dataclass(frozen=True, slots=True)
class Entry:
    """What a submission adds to the feed.

    Attributes:
        report: The sealed envelope of the item.
        destruction_id: Whose preimage allows it to be destroyed (SPEC 12.5); never handed out.
    """

    item: FeedItem
    report: bytes
    destruction_id: bytes


def append(connection: Connection, entries: Sequence[Entry]) -> None:
    """Add entries that continue the locked head, and move it to the last of them."""
    connection.execute(
        _APPEND,
        [
            {
                "sequence": entry.item.sequence,
                "hour": entry.item.hour,
                "rest": entry.item.rest,
                "acknowledgement_hash": entry.item.acknowledgement_hash,
                "head": entry.item.head,
                "destruction_id": entry.destruction_id,
                "report": entry.report,
            }
            for entry in entries
        ],
    )
    last = entries[-1].item
    connection.execute(_MOVE_HEAD, {"sequence": last.sequence, "head": last.head})


def page_of_feed(connection: Connection, after: int, count: int) -> tuple[FeedItem, ...]:
    """At most `count` items with a sequence number above `after`."""
    return tuple(
        FeedItem(
            sequence=row.sequence,
            hour=row.hour,
            rest=row.rest,
            acknowledgement_hash=row.acknowledgement_hash,
            head=row.head,
            report=(
                Tombstone(row.report_digest, row.destruction_key)
                if row.report is None
                else row.report
            ),
        )
        for row in connection.execute(_PAGE, {"after": after, "count": count})
    )


def destroy_report(connection: Connection, sequence: int, destruction_key: bytes) -> bool:
    """Leave a tombstone where a report lies (SPEC 12.5); again with the same key is welcome.

    Args:
        connection: Of a write transaction.
        sequence: Of the item.
        destruction_key: 32 bytes, shown by who could open the report.

    Returns:
        False when there is no such item, or when it is another item's key.
    """
    named = {"number": sequence, "named": destruction_id(destruction_key)}
    found = connection.execute(_TO_DESTROY, named).one_or_none()
    if found is None:
        return False
    if found.report is not None:
        buried = {"report_digest": value_digest(found.report), "destruction_key": destruction_key}
        connection.execute(_BURY, {**named, **buried})
    return True


def page_of_destroyed(connection: Connection, after: int, count: int) -> bytes:
    """Records of u64 sequence and destruction key (32) of tombstones behind `after`."""
    found = connection.execute(_DESTROYED, {"after": after, "count": count})
    return b"".join(sequence.to_bytes(8) + bytes(key) for sequence, key in found)

"""The feed and its head: a chain whose order is that of the commits. Source: SPEC 12.2."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from crypto.wire.feed import FeedItem, head_zero
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


def append(connection: Connection, items: Sequence[FeedItem]) -> None:
    """Add items that continue the locked head, and move it to the last of them."""
    connection.execute(
        _APPEND,
        [
            {
                "sequence": item.sequence,
                "hour": item.hour,
                "rest": item.rest,
                "acknowledgement_hash": item.acknowledgement_hash,
                "head": item.head,
                "report": item.report,
            }
            for item in items
        ],
    )
    last = items[-1]
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
            report=row.report,
        )
        for row in connection.execute(_PAGE, {"after": after, "count": count})
    )

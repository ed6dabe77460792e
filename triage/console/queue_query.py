"""What an officer asked the queue for: the query part of its address, read once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

from crypto.wire.contents import CATEGORIES, URGENCIES
from triage.register.search import MAX_QUERY_CHARACTERS

_MAX_SEQUENCE_DIGITS: Final = 15


@dataclass(frozen=True, slots=True)
class QueueQuery:
    """Filters, search text and place in the list.

    Attributes:
        unread: only what nobody read here yet.
        category, urgency: one code each, or None for any.
        text: what to search for; empty for no search.
        withdrawn: only what its reporter took back.
        before: only sequence numbers below this one.
    """

    unread: bool = False
    category: str | None = None
    urgency: str | None = None
    text: str = ""
    withdrawn: bool = False
    before: int | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the place in the list was asked for."""
        return self.first_page() != QueueQuery()

    def first_page(self) -> Self:
        """The same query from the newest report on."""
        return replace(self, before=None)

    def older_than(self, sequence: int) -> Self:
        """The same query, further down."""
        return replace(self, before=sequence)

    def arguments(self) -> dict[str, str]:
        """The query part that `parse_queue_query` reads back to this value."""
        return {
            **({"q": self.text} if self.text else {}),
            **({"unread": "1"} if self.unread else {}),
            **({"category": self.category} if self.category else {}),
            **({"urgency": self.urgency} if self.urgency else {}),
            **({"withdrawn": "1"} if self.withdrawn else {}),
            **({"before": str(self.before)} if self.before is not None else {}),
        }


def parse_queue_query(arguments: Mapping[str, str]) -> QueueQuery:
    """Read a query; what is not understood counts as not asked for."""
    before = arguments.get("before", "")
    is_number = before.isascii() and before.isdigit() and len(before) <= _MAX_SEQUENCE_DIGITS
    return QueueQuery(
        unread=arguments.get("unread") == "1",
        category=_one_of(CATEGORIES, arguments.get("category")),
        urgency=_one_of(URGENCIES, arguments.get("urgency")),
        text=" ".join(arguments.get("q", "")[:MAX_QUERY_CHARACTERS].split()),
        withdrawn=arguments.get("withdrawn") == "1",
        before=int(before) if is_number else None,
    )


def _one_of(codes: tuple[str, ...], text: str | None) -> str | None:
    return text if text in codes else None

"""A report that its reporter took back, and the day by which its content must be gone.

Nothing in this version destroys anything by itself: the console says what is due, and what is late.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

# The shortest retention of DOMAIN §6, that of what is out of scope. Until then somebody who
# withdrew under pressure can come back, and another duty to keep the report can be recorded. The
# mailbox page names the same number.
DESTROY_AFTER_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What a reporter asked for.

    Attributes:
        received_at: the hour in which the first withdrawal came.
        destroy_asked_at: the hour of the first that asks to destroy the content; None for none. One
            that comes later moves nothing.
    """

    received_at: datetime
    destroy_asked_at: datetime | None

    @property
    def destroy_on(self) -> date | None:
        """The last day on which the content may still be there, UTC; None where it may stay."""
        if self.destroy_asked_at is None:
            return None
        return self.destroy_asked_at.date() + timedelta(days=DESTROY_AFTER_DAYS)

    def days_left(self, today: date) -> int | None:
        """Days until then, negative when it is late; None where the content may stay."""
        return None if self.destroy_on is None else (self.destroy_on - today).days

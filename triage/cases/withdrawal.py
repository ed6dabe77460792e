"""A report that its reporter took back, and the day by which its content must be gone.

Nothing is destroyed before that day, and on it by an officer's own act only: the console says what
is due, and what is late.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from triage.errors import WrongUseError

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
        """The day on which the content is to be destroyed, UTC; None where it may stay."""
        if self.destroy_asked_at is None:
            return None
        return self.destroy_asked_at.date() + timedelta(days=DESTROY_AFTER_DAYS)

    def days_left(self, today: date) -> int | None:
        """Days until then, negative when it is late; None where the content may stay."""
        return None if self.destroy_on is None else (self.destroy_on - today).days

    def is_due(self, today: date) -> bool:
        """Whether the content is to be destroyed by now."""
        return self.destroy_on is not None and self.destroy_on <= today


def require_due(withdrawal: Withdrawal | None, today: date) -> None:
    """Refuse to destroy what its reporter did not want destroyed, or not yet.

    Raises:
        WrongUseError: and when it may be destroyed, if ever.
    """
    if withdrawal is None:
        raise WrongUseError("the reporter has not withdrawn this report: nothing is destroyed")
    if withdrawal.destroy_on is None:
        raise WrongUseError("the reporter withdrew this report and did not ask to destroy it")
    if not withdrawal.is_due(today):
        raise WrongUseError(f"not before {withdrawal.destroy_on} (UTC): until then it is kept")

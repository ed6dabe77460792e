"""Values as the templates show them: phrases, hours, sizes, lists of what was left blank."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from crypto.wire.strict_json import JsonObject
from triage.console.codes import OPTIONAL_QUESTIONS
from triage.console.languages import Language, catalogue, other_language

HOUR: Final = timedelta(hours=1)
_KIB: Final = 1024


@dataclass(frozen=True, slots=True)
class Speaker:
    """Phrases in the officer's language, and in the other one where both are shown.

    Attributes:
        now: the instant of the request, in the workstation's time zone.
    """

    language: Language
    now: datetime

    def phrase(self, key: str, **fields: object) -> str:
        """A phrase in the officer's language."""
        return catalogue(self.language).phrase(key, **fields)

    def other_phrase(self, key: str) -> str:
        """The same in the other language."""
        return catalogue(other_language(self.language)).phrase(key)

    def hour(self, received_at: datetime) -> str:
        """The hour in which something was registered, short: the server keeps nothing finer."""
        start = received_at.astimezone(self.now.tzinfo)
        hours = f"{start:%H:%M}–{_end_of_hour(start)}"
        days = (self.now.date() - start.date()).days
        if days in {0, 1}:
            return self.phrase("time.today" if days == 0 else "time.yesterday", hours=hours)
        return self.phrase("time.day", day=self.day(start), hours=hours)

    def full_hour(self, received_at: datetime) -> str:
        """The hour in which something was registered, with year and time zone."""
        start = received_at.astimezone(self.now.tzinfo)
        return self.phrase(
            "time.full",
            year=start.year,
            day=self.day(start),
            start=f"{start:%H:%M}",
            end=_end_of_hour(start),
            zone=f"UTC{start:%z}"[:6],
        )

    def day(self, on: datetime) -> str:
        """A day without its year."""
        month = self.phrase(f"time.month.{on.month}")
        return self.phrase("time.month-day", month=month, day=on.day)

    def clock(self, at: datetime) -> str:
        """A time of today, or a day and time."""
        local = at.astimezone(self.now.tzinfo)
        if local.date() == self.now.date():
            return f"{local:%H:%M}"
        return f"{self.day(local)} {local:%H:%M}"

    def code(self, family: str, code: object) -> str:
        """The name of a code; the code itself where this version does not know it."""
        key = f"{family}.{code}"
        return self.phrase(key) if key in catalogue(self.language).phrases else str(code)

    def fault(self, error_name: str) -> str:
        """What an error's name means for an officer."""
        key = f"fault.{error_name}"
        known = key in catalogue(self.language).phrases
        return self.phrase(key if known else "fault.unknown")


def local_now(utc_now: Callable[[], datetime]) -> datetime:
    """The present instant in the workstation's time zone."""
    return utc_now().astimezone()


def questions_left_blank(report: JsonObject) -> tuple[str, ...]:
    """The questions that a report does not answer, in the order of the form."""
    return tuple(question for question in OPTIONAL_QUESTIONS if question not in report)


def file_size(size_bytes: int) -> str:
    """A size for people: whole KiB, or MiB or GiB with one decimal."""
    if size_bytes < _KIB:
        return f"{size_bytes} B"
    if size_bytes < _KIB**2:
        return f"{size_bytes // _KIB} KiB"
    if size_bytes < _KIB**3:
        return f"{size_bytes / _KIB**2:.1f} MiB"
    return f"{size_bytes / _KIB**3:.1f} GiB"


def countdown(seconds: int) -> str:
    """Minutes and seconds, as `9:05`."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}:{rest:02d}"


def _end_of_hour(start: datetime) -> str:
    end = start + HOUR
    return "24:00" if (end.hour, end.minute) == (0, 0) else f"{end:%H:%M}"

"""Instants, days and minutes. Source: SPEC §2.4."""

import re
from datetime import UTC, date, datetime, timedelta

from crypto.errors import MalformedTextError

_INSTANT = re.compile(r"(2\d{3}|[3-9]\d{3})-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_DAY = re.compile(r"(2\d{3}|[3-9]\d{3})-\d\d-\d\d", re.ASCII)
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_PER_MINUTE = 60


def parse_instant(text: str) -> datetime:
    """Parse `YYYY-MM-DDTHH:MM:SSZ` into an aware UTC instant.

    Raises:
        MalformedTextError: another spelling, or no such date.
    """
    if _INSTANT.fullmatch(text) is None:
        raise MalformedTextError("SPEC 2.4: not an instant")
    try:
        return datetime.strptime(text, _FORMAT).replace(tzinfo=UTC)
    except ValueError:
        raise MalformedTextError("SPEC 2.4: no such instant") from None


def encode_instant(at: datetime) -> str:
    """Spell an aware instant in UTC, cut to the second."""
    return at.astimezone(UTC).strftime(_FORMAT)


def parse_day(text: str) -> date:
    """Parse `YYYY-MM-DD`.

    Raises:
        MalformedTextError: another spelling, or no such day.
    """
    if _DAY.fullmatch(text) is None:
        raise MalformedTextError("SPEC 2.4: not a day")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise MalformedTextError("SPEC 2.4: no such day") from None


def minute_of(at: datetime) -> int:
    """Whole minutes since 1970-01-01T00:00Z."""
    return int(at.timestamp()) // _SECONDS_PER_MINUTE


def instant_of_minute(minute: int) -> datetime:
    """The instant at which a u32 minute begins.

    Raises:
        MalformedTextError: beyond the year 9999.
    """
    try:
        return _EPOCH + timedelta(minutes=minute)
    except OverflowError:
        raise MalformedTextError("SPEC 2.4: beyond the year 9999") from None

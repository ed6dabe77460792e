"""The key that makes limiter keys of addresses: in memory only, another one every day.

It is made in gunicorn's master and inherited by the workers, so that they count together; each
ratchets it forward at midnight UTC by a one-way step, so that yesterday's keys are gone.
"""

import hashlib
import hmac
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from nacl.utils import random

_KEY_BYTES: Final = 32
_TAG_BYTES: Final = 16


@dataclass(slots=True)
class DailyKey:
    """A keyed hash whose key moves on with the day.

    Attributes:
        day: Ordinal of the UTC day that the key is for.
    """

    day: int
    _key: bytes = field(repr=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def fresh(cls, now: datetime) -> "DailyKey":
        """A random key for today."""
        return cls(now.toordinal(), random(_KEY_BYTES))

    def tag(self, bucket: bytes, now: datetime) -> str:
        """The limiter key of a bucket, never empty; 32 hexadecimal digits.

        Args:
            bucket: A truncated address or the name of the shared bucket.
            now: Aware UTC.
        """
        if now.toordinal() > self.day:
            self._move_on(now.toordinal())
        return hmac.digest(self._key, bucket, "sha256")[:_TAG_BYTES].hex()

    def _move_on(self, today: int) -> None:
        with self._turn:
            while self.day < today:
                self._key = hashlib.sha256(b"limiter key of the next day" + self._key).digest()
                self.day += 1


# Filled by the master before it forks; a worker cannot be handed anything else.
_PREPARED: Final[list[DailyKey]] = []


def prepare_daily_key(now: datetime) -> None:
    """Make the key, in the process that is going to fork."""
    if not _PREPARED:
        _PREPARED.append(DailyKey.fresh(now))


def prepared_daily_key() -> DailyKey | None:
    """The key made before this process was forked, if it was."""
    return _PREPARED[0] if _PREPARED else None

"""How long a desk's present epoch has lasted, as far as this workstation saw.

Key sets do not say when an epoch began, so the first sync that sees one current writes it down.
Source: DESIGN §3, an epoch is a week by default.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from crypto.errors import MalformedTextError
from crypto.wire.instants import encode_instant, parse_instant
from crypto.wire.key_set import Desk, KeySet
from crypto.wire.roles import Role
from triage.cases.report import Notice, NoticeKind
from triage.register.store import Register

EPOCH_LASTS: Final = timedelta(days=7)


def _held_and_current(key_set: KeySet, held: Iterable[tuple[Role, int]]) -> Iterator[Desk]:
    places = set(held)
    for desk in key_set.body.desks:
        if desk.current and (desk.role, desk.epoch) in places:
            yield desk


def _fact(key_set: KeySet, desk: Desk) -> str:
    return f"epoch-seen/{key_set.instance_id.hex()}/{desk.role.wire_name}/{desk.epoch}"


def note_current_epochs(
    register: Register, key_set: KeySet, held: Iterable[tuple[Role, int]], now: datetime
) -> None:
    """Write down since when the epochs held here are current."""
    for desk in _held_and_current(key_set, held):
        fact = _fact(key_set, desk)
        if register.fact(fact) is None:
            register.remember(fact, encode_instant(now).encode())


def overdue_epochs(
    register: Register, key_set: KeySet, held: Iterable[tuple[Role, int]], now: datetime
) -> Iterator[Notice]:
    """A notice for each desk held here that has sealed to one epoch for longer than a week."""
    for desk in _held_and_current(key_set, held):
        seen = register.fact(_fact(key_set, desk))
        try:
            began_at = now if seen is None else parse_instant(seen.decode())
        except (MalformedTextError, UnicodeDecodeError):
            continue
        if now - began_at > EPOCH_LASTS:
            yield Notice(NoticeKind.EPOCH_OVERDUE, desk.role.wire_name, now)

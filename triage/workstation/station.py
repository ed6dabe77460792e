"""What an officer's workstation is: whom it trusts, and which desks' keys lie on it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from crypto.wire.roles import Role
from triage.workstation.trust import Trust


@dataclass(frozen=True, slots=True)
class HeldDesk:
    """A desk whose keys are held.

    Attributes:
        epoch: the newest one held.
        earlier: how many older ones are held too.
    """

    role: Role
    epoch: int
    earlier: int


@dataclass(frozen=True, slots=True)
class Station:
    """Server, key set and desks; nothing of it is secret."""

    server_url: str
    key_set_version: int
    key_set_until: datetime
    desks: tuple[HeldDesk, ...]


def station(trust: Trust, held: Iterable[tuple[Role, int]]) -> Station:
    """The present state.

    Args:
        trust: what was verified last.
        held: role and epoch of every desk seed.
    """
    epochs: dict[Role, list[int]] = {}
    for role, epoch in held:
        epochs.setdefault(role, []).append(epoch)
    return Station(
        trust.server_url,
        trust.key_set.version,
        trust.key_set.body.valid_until,
        tuple(HeldDesk(role, max(each), len(each) - 1) for role, each in sorted(epochs.items())),
    )

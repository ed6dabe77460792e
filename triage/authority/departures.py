"""Officers who leave: dismissed, or with a workstation that is lost. Source: DESIGN §3.

Each is one change of the state: the old keys are listed no longer, every desk whose seeds they may
hold is marked until it has a newer current epoch, and the new epochs that were brought along are
current at once. Who was custodian or handler stays remembered (SPEC §13.7).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crypto.wire.officers import Officer
from crypto.wire.roles import Role
from triage.authority.ceremony import lock_of
from triage.authority.enrolment import DeskKeys, Enrolment
from triage.authority.epochs import overdue, renewed, with_exposure
from triage.authority.state import (
    AuthorityState,
    Exposed,
    find_officer,
    load_state,
    save_state,
    with_officer,
)
from triage.errors import RefusedInputError
from triage.private_files import only_one


@dataclass(frozen=True, slots=True)
class Departed:
    """What a departure left.

    Attributes:
        roles: of the keys that are listed no longer.
        renewed: desks that have a new current epoch.
        overdue: desks that still need one.
    """

    roles: frozenset[Role]
    renewed: tuple[DeskKeys, ...]
    overdue: tuple[Exposed, ...]


def _without(state: AuthorityState, officer: Officer) -> AuthorityState:
    others = tuple(each for each in state.officers if each is not officer)
    return with_exposure(replace(state, officers=others), officer.roles)


def dismiss(home: Path, label: str, desks: Sequence[DeskKeys] = ()) -> Departed:
    """List an officer no longer, and seal to the new epochs that are given.

    Args:
        home: the authority's folder.
        label: of the officer.
        desks: new epochs of desks that the officer was a member of, made by those who stay.

    Raises:
        NoSuchThingError: no such officer is listed.
        RefusedInputError: a desk that the officer was not a member of, or that may not be listed.
    """
    with only_one(lock_of(home)):
        state = load_state(home)
        officer = find_officer(state.officers, label)
        state = renewed(_without(state, officer), desks, officer.roles)
        save_state(home, state)
    return Departed(officer.roles, tuple(desks), overdue(state))


def replace_lost(
    home: Path, label: str, replacement: Enrolment | None, desks: Sequence[DeskKeys] = ()
) -> Departed:
    """An officer's workstation is lost: the old keys go, new ones of the same person may come.

    Args:
        home: the authority's folder.
        label: of the officer, who keeps it and the roles.
        replacement: keys made on another workstation; None where there is none yet.
        desks: new epochs of desks that the officer is a member of.

    Raises:
        NoSuchThingError: no such officer is listed.
        RefusedInputError: the replacement has another label or a key that is listed, or a desk
            that may not be listed.
    """
    with only_one(lock_of(home)):
        state = load_state(home)
        officer = find_officer(state.officers, label)
        if replacement is not None and replacement.verification_key == officer.verification_key:
            return Departed(officer.roles, tuple(desks), overdue(state))
        if replacement is not None and replacement.label != label:
            raise RefusedInputError("the new keys were enrolled under another label")
        roles = officer.roles
        state = _without(state, officer)
        if replacement is not None:
            keys = replacement.recipient_key, replacement.verification_key
            state = with_officer(state, Officer(label, roles, *keys))
        state = renewed(state, desks, roles)
        save_state(home, state)
    return Departed(roles, tuple(desks), overdue(state))

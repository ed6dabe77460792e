"""Desks and their epochs, from one state of the authority to the next; nothing here writes.

Legal steps of an epoch: listed and waiting → current → earlier → destroyed. None goes back.
Source: SPEC §13.3; DESIGN §3, desks and grants.
"""

from collections.abc import Iterable
from dataclasses import replace

from crypto.wire.key_set import Desk
from crypto.wire.roles import Role
from triage.authority.enrolment import DeskKeys
from triage.authority.state import AuthorityState, Exposed
from triage.errors import NoSuchThingError, RefusedInputError, WrongUseError


def _of_role(state: AuthorityState, role: Role) -> list[Desk]:
    return [desk for desk in state.desks if desk.role is role]


def _newest_ever(state: AuthorityState, role: Role) -> int:
    """The newest epoch that was ever listed, destroyed ones included; 0 for none."""
    ever = [desk.epoch for desk in _of_role(state, role)]
    ever += [each.epoch for each in state.destroyed if each.role is role]
    return max(ever, default=0)


def with_desk(state: AuthorityState, keys: DeskKeys) -> tuple[AuthorityState, Desk]:
    """List a desk's new epoch; it becomes current where the role has none yet.

    Raises:
        RefusedInputError: the epoch has other keys, is not newer than the last, or a key is used.
    """
    if keys.role is Role.APPROVER:
        raise RefusedInputError("approvers have no desk")
    of_role = _of_role(state, keys.role)
    same = next((desk for desk in of_role if desk.epoch == keys.epoch), None)
    if same is not None:
        if same.recipient_key != keys.recipient_key:
            raise RefusedInputError("this epoch has other keys already")
        return state, same
    if _newest_ever(state, keys.role) >= keys.epoch:
        raise RefusedInputError("a newer epoch is listed already, or was")
    taken = {desk.verification_key for desk in state.desks}
    taken |= {each.verification_key for each in state.destroyed}
    if keys.verification_key in taken or any(
        desk.recipient_key == keys.recipient_key for desk in state.desks
    ):
        raise RefusedInputError("SPEC 13.6: another desk has this key")
    desk = Desk(
        keys.role,
        keys.epoch,
        keys.recipient_key,
        keys.verification_key,
        current=not any(desk.current for desk in of_role),
    )
    return replace(state, desks=(*state.desks, desk)), desk


def with_newest_current(state: AuthorityState, role: Role) -> tuple[AuthorityState, Desk]:
    """Make the newest epoch of a role the one that is sealed to.

    Raises:
        NoSuchThingError: the role has no desk.
        WrongUseError: the newest epoch is current already.
    """
    of_role = _of_role(state, role)
    if not of_role:
        raise NoSuchThingError("no desk of this role")
    newest = max(of_role, key=lambda desk: desk.epoch)
    if newest.current:
        raise WrongUseError("the newest epoch is current already: add a desk first")
    desks = tuple(
        replace(desk, current=desk.epoch == newest.epoch) if desk.role is role else desk
        for desk in state.desks
    )
    state = replace(state, desks=desks)
    return replace(state, exposed=overdue(state)), replace(newest, current=True)


def with_exposure(state: AuthorityState, roles: Iterable[Role]) -> AuthorityState:
    """Somebody leaves these roles with the seeds of every epoch that is listed now."""
    left = {role for role in roles if _of_role(state, role)}
    kept = tuple(each for each in state.exposed if each.role not in left)
    new = tuple(
        Exposed(role, max(desk.epoch for desk in _of_role(state, role))) for role in sorted(left)
    )
    return replace(state, exposed=(*kept, *new))


def overdue(state: AuthorityState) -> tuple[Exposed, ...]:
    """The desks that still seal to an epoch whose seed left with somebody."""
    current = {desk.role: desk.epoch for desk in state.desks if desk.current}
    return tuple(each for each in state.exposed if current.get(each.role, 0) <= each.epoch)


def renewed(
    state: AuthorityState, desks: Iterable[DeskKeys], roles: frozenset[Role]
) -> AuthorityState:
    """List new epochs of these roles and make each current at once.

    Raises:
        RefusedInputError: a desk of another role, or one that may not be listed.
    """
    for keys in desks:
        if keys.role not in roles:
            raise RefusedInputError("a desk that this officer was not a member of")
        state, desk = with_desk(state, keys)
        if not desk.current:
            state, _ = with_newest_current(state, keys.role)
    return state

"""Destroying an epoch: deleted, not yet shut, until every member reported its seed gone.

Deleting takes the epoch off the list, so that no workstation takes its seed from anybody any more.
It is shut when each officer who was ever listed for it has reported. Source: DESIGN §3; SPEC §24.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from crypto.signing.trust import verify_key_set, verify_officers
from crypto.wire.instance import authority_id, instance_id
from crypto.wire.key_set import MAX_KEY_SET_BYTES, Desk, KeySet, parse_key_set
from crypto.wire.officers import MAX_OFFICERS_BYTES, Officer, parse_officers
from crypto.wire.roles import Role
from triage.authority.ceremony import lock_of
from triage.authority.publishing import PUBLISHED_FOLDER, latest_version, version_name
from triage.authority.seed_reports import SeedReport, parse_seed_report
from triage.authority.state import (
    AuthorityState,
    Destroyed,
    Holder,
    load_state,
    save_state,
)
from triage.errors import NoSuchThingError, RefusedInputError, WrongUseError
from triage.private_files import only_one, read_file


def published_versions(
    folder: Path, last: int, root_key: bytes
) -> Iterator[tuple[KeySet, tuple[Officer, ...]]]:
    """Every published version from the first, verified one by one.

    Args:
        folder: holds `NNNNNN.json` and `NNNNNN.officers`.
        last: the number of the newest.
        root_key: 32 bytes.

    Raises:
        NoSuchThingError: a version is missing.
        SealedIntakeError: one fails verification.
    """
    for version in range(1, last + 1):
        stem = folder / version_name(version)
        raw = read_file(stem.with_suffix(".json"), max_bytes=MAX_KEY_SET_BYTES)
        note = read_file(stem.with_suffix(".officers"), max_bytes=MAX_OFFICERS_BYTES)
        key_set = verify_key_set(parse_key_set(raw), root_key, now=None)
        officers = verify_officers(parse_officers(note.decode("utf-8", "replace")), key_set)
        yield key_set, officers.officers


def _holders(home: Path, state: AuthorityState, desk: Desk) -> tuple[Holder, ...]:
    """Everybody who was listed with the role in a version that lists this epoch, or is now."""
    found = {
        officer.verification_key: officer.label
        for key_set, officers in published_versions(
            home / PUBLISHED_FOLDER, latest_version(home), state.root_key
        )
        if key_set.desk(desk.role, desk.epoch) is not None
        for officer in officers
        if desk.role in officer.roles
    }
    found |= {o.verification_key: o.label for o in state.officers if desk.role in o.roles}
    by_label = sorted(found.items(), key=lambda each: (each[1], each[0]))
    return tuple(Holder(label, key) for key, label in by_label)


def destroy_epoch(home: Path, role: Role, epoch: int, *, now: datetime) -> Destroyed:
    """Take an earlier epoch off the list, and remember whose console has yet to report.

    Raises:
        NoSuchThingError: no such epoch was ever listed.
        WrongUseError: it is current or still to come.
    """
    with only_one(lock_of(home)):
        state = load_state(home)
        done = find_destroyed(state, role, epoch)
        if done is not None:
            return done
        desk = next((d for d in state.desks if (d.role, d.epoch) == (role, epoch)), None)
        if desk is None:
            raise NoSuchThingError("no such epoch of that desk")
        current = next((d.epoch for d in state.desks if d.role is role and d.current), 0)
        if epoch >= current:
            raise WrongUseError("reports are sealed to this epoch, or will be: rotate first")
        destroyed = Destroyed(role, epoch, desk.verification_key, now, _holders(home, state, desk))
        desks = tuple(each for each in state.desks if each is not desk)
        save_state(home, replace(state, desks=desks, destroyed=(*state.destroyed, destroyed)))
    return destroyed


def find_destroyed(state: AuthorityState, role: Role, epoch: int) -> Destroyed | None:
    """The record of a destroyed epoch, or None."""
    return next((d for d in state.destroyed if (d.role, d.epoch) == (role, epoch)), None)


def _noted(destroyed: Destroyed, report: SeedReport) -> Destroyed:
    """The same with one member's report; their first one counts."""
    if report.verification_key not in {each.verification_key for each in destroyed.holders}:
        raise RefusedInputError("SPEC 24: from somebody who never held this epoch")
    holders = tuple(
        replace(holder, reported_at=holder.reported_at or report.reported_at)
        if holder.verification_key == report.verification_key
        else holder
        for holder in destroyed.holders
    )
    return replace(destroyed, holders=holders)


def take_reports(home: Path, raws: Iterable[bytes]) -> tuple[Destroyed, ...]:
    """Note that members' consoles reported a seed gone; all reports or none.

    Args:
        home: the authority's folder.
        raws: report files.

    Returns:
        The epochs that they were about.

    Raises:
        MalformedError, SignatureError: not a report, or not for this service.
        RefusedInputError: about an epoch that was not destroyed, or from somebody else.
    """
    with only_one(lock_of(home)):
        state = load_state(home)
        instance = instance_id(authority_id(state.root_key), state.origin)
        touched: dict[tuple[Role, int], Destroyed] = {}
        for raw in raws:
            report = parse_seed_report(raw, instance)
            place = (report.role, report.epoch)
            known = touched.get(place) or find_destroyed(state, *place)
            if known is None:
                raise RefusedInputError("SPEC 24: this epoch was not destroyed")
            touched[place] = _noted(known, report)
        destroyed = tuple(touched.get((d.role, d.epoch), d) for d in state.destroyed)
        save_state(home, replace(state, destroyed=destroyed))
    return tuple(touched.values())

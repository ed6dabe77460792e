"""What the offline machine keeps, one file replaced whole by every ceremony.

Secrets are not in here. `listed` remembers everybody who was ever custodian or handler, so that
nobody is ever both (SPEC §13.7), not even under other keys with the same label.
"""

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from crypto.errors import MalformedJsonError, MalformedKeySetError
from crypto.wire.codec import decode_base64url, encode_base64url
from crypto.wire.instance import parse_origin
from crypto.wire.instants import encode_instant, parse_instant
from crypto.wire.key_set import Desk
from crypto.wire.keys import parse_verification_key
from crypto.wire.members import Members
from crypto.wire.officers import MAX_OFFICERS_BYTES, Officer
from crypto.wire.roles import CUSTODIANS, HANDLERS, Role, parse_role
from crypto.wire.strict_json import JsonObject, encode_json, parse_json_object
from triage.errors import NoSuchThingError, RefusedInputError, WrongUseError
from triage.private_files import read_secret_file, replace_file

STATE_FILE = "authority.json"


class Side(StrEnum):
    """The two duties round identities that nobody may ever join."""

    CUSTODIAN = "custodian"
    HANDLER = "handler"


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody who was ever given a duty of one side."""

    label: str
    verification_key: bytes
    side: Side


@dataclass(frozen=True, slots=True)
class AcknowledgementKey:
    """A server's acknowledgement key, with the period it was or is in use."""

    verification_key: bytes
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Exposed:
    """A desk whose seeds somebody may hold who should not: a new epoch is due.

    Attributes:
        epoch: the newest one that they may hold.
    """

    role: Role
    epoch: int


@dataclass(frozen=True, slots=True)
class Holder:
    """An officer who may hold the seed of an epoch.

    Attributes:
        reported_at: when their console reported it gone; None while it has not.
    """

    label: str
    verification_key: bytes
    reported_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Destroyed:
    """An epoch that is listed no longer, and everybody who may hold its seed.

    Attributes:
        deleted_at: when it was taken off the list.
    """

    role: Role
    epoch: int
    verification_key: bytes
    deleted_at: datetime
    holders: tuple[Holder, ...]

    @property
    def missing(self) -> tuple[Holder, ...]:
        """Whose console has not reported the seed gone."""
        return tuple(holder for holder in self.holders if holder.reported_at is None)

    @property
    def is_shut(self) -> bool:
        """Whether its reports can be opened by nobody any more, as far as members are honest."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class AuthorityState:
    """Everything that the next key set is made from.

    Attributes:
        exposed: desks that need a new epoch, since somebody left with their seeds.
        destroyed: epochs that are listed no longer.
        certificate: note by which the root names the directory key.
        acknowledgement_keys: newest first.
    """

    origin: str
    name_zh: str
    name_en: str
    root_key: bytes
    directory_key: bytes
    certificate: str
    officers: tuple[Officer, ...] = ()
    desks: tuple[Desk, ...] = ()
    acknowledgement_keys: tuple[AcknowledgementKey, ...] = ()
    listed: tuple[Listed, ...] = ()
    exposed: tuple[Exposed, ...] = ()
    destroyed: tuple[Destroyed, ...] = ()


def sides_of(roles: frozenset[Role]) -> frozenset[Side]:
    """Which sides a set of roles touches."""
    custodian = {Side.CUSTODIAN} if roles & CUSTODIANS else set()
    handler = {Side.HANDLER} if roles & HANDLERS else set()
    return frozenset(custodian | handler)


def same_label(one: str, other: str) -> bool:
    """Whether two labels read alike: width and case make no other person.

    Letters of another script that look the same are not told apart here; the ceremony reads labels
    aloud.
    """
    return _folded(one) == _folded(other)


def _folded(label: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", label).casefold())


def with_officer(state: AuthorityState, officer: Officer) -> AuthorityState:
    """List an officer, in place of an older listing of the same keys.

    Raises:
        RefusedInputError: the keys or the label belong to somebody else, or the officer would be
            custodian and handler, now or with an earlier listing.
    """
    others = tuple(o for o in state.officers if o.verification_key != officer.verification_key)
    if any(same_label(other.label, officer.label) for other in others):
        raise RefusedInputError("another officer has this label")
    if any(other.recipient_key == officer.recipient_key for other in others):
        raise RefusedInputError("another officer has this recipient key")
    sides = sides_of(officer.roles)
    earlier = {
        each.side
        for each in state.listed
        if same_label(each.label, officer.label)
        or each.verification_key == officer.verification_key
    }
    if len(sides | earlier) > 1:
        raise RefusedInputError("SPEC 13.7: nobody is ever custodian and handler")
    listed = tuple(Listed(officer.label, officer.verification_key, side) for side in sides)
    new = tuple(each for each in listed if each not in state.listed)
    return replace(state, officers=(*others, officer), listed=(*state.listed, *new))


def role_named(text: str) -> Role:
    """The role that a command names.

    Raises:
        WrongUseError: there is no such role.
    """
    try:
        return parse_role(text)
    except MalformedKeySetError:
        names = ", ".join(role.wire_name for role in Role)
        raise WrongUseError(f"there is no such role; the roles are {names}") from None


def find_officer(officers: tuple[Officer, ...], name: str) -> Officer:
    """The officer of a label.

    Raises:
        NoSuchThingError: none, or several.
    """
    found = [officer for officer in officers if officer.label == name]
    if len(found) != 1:
        raise NoSuchThingError("no officer with this label")
    return found[0]


def _officer_json(officer: Officer) -> JsonObject:
    return {
        "label": officer.label,
        "roles": [role.wire_name for role in sorted(officer.roles)],
        "recipient_key": encode_base64url(officer.recipient_key),
        "verification_key": encode_base64url(officer.verification_key),
    }


def _desk_json(desk: Desk) -> JsonObject:
    return {
        "role": desk.role.wire_name,
        "epoch": desk.epoch,
        "recipient_key": encode_base64url(desk.recipient_key),
        "verification_key": encode_base64url(desk.verification_key),
        "current": desk.current,
    }


def encode_state(state: AuthorityState) -> bytes:
    """Spell the state file."""
    return encode_json(
        {
            "origin": state.origin,
            "name_zh": state.name_zh,
            "name_en": state.name_en,
            "root_key": encode_base64url(state.root_key),
            "directory_key": encode_base64url(state.directory_key),
            "certificate": state.certificate,
            "officers": [_officer_json(officer) for officer in state.officers],
            "desks": [_desk_json(desk) for desk in state.desks],
            "acknowledgement_keys": [
                {
                    "verification_key": encode_base64url(key.verification_key),
                    "from": encode_instant(key.valid_from),
                    "until": encode_instant(key.valid_until),
                }
                for key in state.acknowledgement_keys
            ],
            "listed": [
                {
                    "label": each.label,
                    "verification_key": encode_base64url(each.verification_key),
                    "side": each.side.value,
                }
                for each in state.listed
            ],
            "exposed": [
                {"role": each.role.wire_name, "epoch": each.epoch} for each in state.exposed
            ],
            "destroyed": [_destroyed_json(each) for each in state.destroyed],
        }
    )


def _destroyed_json(destroyed: Destroyed) -> JsonObject:
    return {
        "role": destroyed.role.wire_name,
        "epoch": destroyed.epoch,
        "verification_key": encode_base64url(destroyed.verification_key),
        "deleted_at": encode_instant(destroyed.deleted_at),
        "holders": [
            {
                "label": holder.label,
                "verification_key": encode_base64url(holder.verification_key),
                "reported_at": ""
                if holder.reported_at is None
                else encode_instant(holder.reported_at),
            }
            for holder in destroyed.holders
        ],
    }


def _parse_officer(members: Members) -> Officer:
    members.exactly("label", "roles", "recipient_key", "verification_key")
    roles = frozenset(parse_role(name) for name in members.texts("roles"))
    return Officer(
        members.text("label"), roles, members.recipient_key(), members.verification_key()
    )


def _parse_desk(members: Members) -> Desk:
    members.exactly("role", "epoch", "recipient_key", "verification_key", "current")
    return Desk(
        parse_role(members.text("role")),
        members.number("epoch"),
        members.recipient_key(),
        members.verification_key(),
        members.flag("current"),
    )


def _parse_acknowledgement_key(members: Members) -> AcknowledgementKey:
    members.exactly("verification_key", "from", "until")
    return AcknowledgementKey(members.verification_key(), *members.span(None))


def _parse_listed(members: Members) -> Listed:
    members.exactly("label", "verification_key", "side")
    side = Side.CUSTODIAN if members.text("side") == Side.CUSTODIAN else Side.HANDLER
    return Listed(members.text("label"), members.verification_key(), side)


def _parse_exposed(members: Members) -> Exposed:
    members.exactly("role", "epoch")
    return Exposed(parse_role(members.text("role")), members.number("epoch"))


def _parse_holder(members: Members) -> Holder:
    members.exactly("label", "verification_key", "reported_at")
    reported = members.text("reported_at")
    reported_at = parse_instant(reported) if reported else None
    return Holder(members.text("label"), members.verification_key(), reported_at)


def _parse_destroyed(members: Members) -> Destroyed:
    members.exactly("role", "epoch", "verification_key", "deleted_at", "holders")
    return Destroyed(
        parse_role(members.text("role")),
        members.number("epoch"),
        members.verification_key(),
        parse_instant(members.text("deleted_at")),
        tuple(_parse_holder(members.nested(value)) for value in members.items("holders")),
    )


def parse_state(raw: bytes) -> AuthorityState:
    """Parse the state file.

    Raises:
        MalformedError: the file was damaged.
    """
    written = parse_json_object(raw, max_bytes=MAX_OFFICERS_BYTES)
    # Files of earlier versions know neither.
    members = Members({"exposed": [], "destroyed": [], **written}, MalformedJsonError, "13")
    members.exactly(
        *("origin", "name_zh", "name_en", "root_key", "directory_key", "certificate"),
        *("officers", "desks", "acknowledgement_keys", "listed", "exposed", "destroyed"),
    )
    nested = members.nested
    return AuthorityState(
        origin=parse_origin(members.text("origin")),
        name_zh=members.text("name_zh"),
        name_en=members.text("name_en"),
        root_key=parse_verification_key(decode_base64url(members.text("root_key"))),
        directory_key=parse_verification_key(decode_base64url(members.text("directory_key"))),
        certificate=members.text("certificate"),
        officers=tuple(_parse_officer(nested(value)) for value in members.items("officers")),
        desks=tuple(_parse_desk(nested(value)) for value in members.items("desks")),
        acknowledgement_keys=tuple(
            _parse_acknowledgement_key(nested(value))
            for value in members.items("acknowledgement_keys")
        ),
        listed=tuple(_parse_listed(nested(value)) for value in members.items("listed")),
        exposed=tuple(_parse_exposed(nested(value)) for value in members.items("exposed")),
        destroyed=tuple(_parse_destroyed(nested(value)) for value in members.items("destroyed")),
    )


def load_state(home: Path) -> AuthorityState:
    """Read the state of the authority in this folder.

    Raises:
        NoSuchThingError: there is none yet.
        MalformedError: the file was damaged.
    """
    return parse_state(read_secret_file(home / STATE_FILE, max_bytes=MAX_OFFICERS_BYTES))


def save_state(home: Path, state: AuthorityState) -> None:
    """Replace the state file, all of it or nothing."""
    replace_file(home / STATE_FILE, encode_state(state))

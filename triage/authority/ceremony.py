"""The ceremonies of the offline machine, each a change from one whole state to the next.

Every ceremony may be repeated after a crash: it finds its work done, or does it. Source: SPEC §13.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from nacl.utils import random

from crypto.signing.sign import SigningKey
from crypto.wire.certificates import (
    CERTIFICATE_LABEL,
    MAX_CERTIFICATE_LIFE,
    certificate_json,
    encode_note_text,
)
from crypto.wire.instance import authority_id, parse_origin
from crypto.wire.key_set import Desk
from crypto.wire.officers import Officer
from crypto.wire.roles import Role
from crypto.wire.signed_note import ROOT_NAME, encode_verifier_key
from triage.authority.enrolment import DeskKeys, Enrolment
from triage.authority.state import (
    STATE_FILE,
    AcknowledgementKey,
    AuthorityState,
    load_state,
    save_state,
    with_officer,
)
from triage.errors import NoSuchThingError, RefusedInputError, WrongUseError
from triage.locked_files import Cost, open_locked, write_locked
from triage.private_files import PUBLIC, make_private_folder, only_one, replace_file

ROOT_FILE = "root.key"
DIRECTORY_FILE = "directory.key"
ROOT_PUBLIC_FILE = "root.pub"
LOCK_FILE = "authority.lock"
SEED_BYTES = 32
CLOCK_SKEW = timedelta(minutes=5)


def lock_of(home: Path) -> Path:
    """The file that ceremonies in this folder hold."""
    return home / LOCK_FILE


def _secret(path: Path, passphrase: bytes, cost: Cost) -> SigningKey:
    """The key of a locked file; made where there is none."""
    if not path.exists():
        write_locked(path, random(SEED_BYTES), passphrase, cost)
    return SigningKey(open_locked(path, passphrase))


def _certify(root: SigningKey, directory_key: bytes, now: datetime) -> str:
    start = now - CLOCK_SKEW
    body = certificate_json(directory_key, start, start + MAX_CERTIFICATE_LIFE, None)
    text = encode_note_text(CERTIFICATE_LABEL, authority_id(root.verification_key), body)
    return root.sign_note(text, ROOT_NAME)


def _first_state(
    origin: str, names: tuple[str, str], root: SigningKey, directory_key: bytes, now: datetime
) -> AuthorityState:
    return AuthorityState(
        origin=origin,
        name_zh=names[0],
        name_en=names[1],
        root_key=root.verification_key,
        directory_key=directory_key,
        certificate=_certify(root, directory_key, now),
    )


def found_authority(
    home: Path,
    *,
    origin: str,
    names: tuple[str, str],
    passphrase: bytes,
    now: datetime,
    cost: Cost,
) -> AuthorityState:
    """Make root and directory key, and certify the directory key.

    Args:
        home: the authority's folder.
        origin: of the one service that the key sets are for.
        names: of the body in Chinese and in English.
        passphrase: locks both secret files.
        now: an aware instant.
        cost: of guessing the passphrase.

    Raises:
        WrongUseError: another authority lies in this folder.
        LockedError: secrets of an interrupted founding lie here under another passphrase.
        MalformedTextError: not an origin.
    """
    parse_origin(origin)
    make_private_folder(home)
    with only_one(lock_of(home)):
        if (home / STATE_FILE).exists():
            state = load_state(home)
            if (state.origin, state.name_zh, state.name_en) != (origin, *names):
                raise WrongUseError("another authority lies in this folder")
        else:
            root = _secret(home / ROOT_FILE, passphrase, cost)
            directory = _secret(home / DIRECTORY_FILE, passphrase, cost)
            state = _first_state(origin, names, root, directory.verification_key, now)
            save_state(home, state)
        text = encode_verifier_key(ROOT_NAME, state.root_key)
        replace_file(home / ROOT_PUBLIC_FILE, f"{text}\n".encode(), PUBLIC)
    return state


def renew_certificate(home: Path, *, passphrase: bytes, now: datetime) -> AuthorityState:
    """Certify the directory key anew; 400 days at most.

    Raises:
        LockedError: another passphrase.
    """
    with only_one(lock_of(home)):
        root = SigningKey(open_locked(home / ROOT_FILE, passphrase))
        state = load_state(home)
        state = replace(state, certificate=_certify(root, state.directory_key, now))
        save_state(home, state)
    return state


def move_origin(home: Path, origin: str) -> AuthorityState:
    """From the next key set on the service lies at another address.

    Raises:
        MalformedTextError: not an origin.
    """
    with only_one(lock_of(home)):
        state = replace(load_state(home), origin=parse_origin(origin))
        save_state(home, state)
    return state


def add_officer(home: Path, enrolment: Enrolment, roles: frozenset[Role]) -> Officer:
    """List an officer with these roles, or change the roles of one.

    Raises:
        RefusedInputError: the label or a key is somebody else's, or the officer would be custodian
            and handler, now or with an earlier listing.
        WrongUseError: no roles.
    """
    if not roles:
        raise WrongUseError("an officer has at least one role")
    officer = Officer(enrolment.label, roles, enrolment.recipient_key, enrolment.verification_key)
    with only_one(lock_of(home)):
        save_state(home, with_officer(load_state(home), officer))
    return officer


def remove_officer(home: Path, label: str) -> AuthorityState:
    """List an officer no longer; who was custodian or handler stays remembered.

    Raises:
        NoSuchThingError: nobody of this label was ever listed.
    """
    with only_one(lock_of(home)):
        state = load_state(home)
        officers = tuple(officer for officer in state.officers if officer.label != label)
        if len(officers) == len(state.officers):
            raise NoSuchThingError("no officer with this label")
        state = replace(state, officers=officers)
        save_state(home, state)
    return state


def add_desk(home: Path, keys: DeskKeys) -> Desk:
    """List a desk's new epoch; it becomes current where the role has none yet.

    Raises:
        RefusedInputError: the epoch has other keys, is not newer than the last, or a key is used.
    """
    if keys.role is Role.APPROVER:
        raise RefusedInputError("approvers have no desk")
    with only_one(lock_of(home)):
        state = load_state(home)
        same = [desk for desk in state.desks if (desk.role, desk.epoch) == (keys.role, keys.epoch)]
        if same:
            if same[0].recipient_key != keys.recipient_key:
                raise RefusedInputError("this epoch has other keys already")
            return same[0]
        of_role = [desk for desk in state.desks if desk.role is keys.role]
        if any(desk.epoch >= keys.epoch for desk in of_role):
            raise RefusedInputError("a newer epoch is listed already")
        if any(
            desk.recipient_key == keys.recipient_key
            or desk.verification_key == keys.verification_key
            for desk in state.desks
        ):
            raise RefusedInputError("SPEC 13.6: another desk has this key")
        desk = Desk(
            keys.role,
            keys.epoch,
            keys.recipient_key,
            keys.verification_key,
            current=not any(desk.current for desk in of_role),
        )
        save_state(home, replace(state, desks=(*state.desks, desk)))
    return desk


def rotate(home: Path, role: Role) -> Desk:
    """Make the newest epoch of a role the one that is sealed to.

    Raises:
        NoSuchThingError: the role has no desk.
        WrongUseError: the newest epoch is current already.
    """
    with only_one(lock_of(home)):
        state = load_state(home)
        of_role = [desk for desk in state.desks if desk.role is role]
        if not of_role:
            raise NoSuchThingError("no desk of this role")
        newest = max(of_role, key=lambda desk: desk.epoch)
        if newest.current:
            raise WrongUseError("the newest epoch is current already: add a desk first")
        desks = tuple(
            replace(desk, current=desk.epoch == newest.epoch) if desk.role is role else desk
            for desk in state.desks
        )
        save_state(home, replace(state, desks=desks))
    return replace(newest, current=True)


def add_acknowledgement_key(home: Path, key: bytes, *, now: datetime) -> AcknowledgementKey:
    """List a server's acknowledgement key; older ones stay, so that old receipts verify.

    Args:
        home: the authority's folder.
        key: 32 bytes, parsed.
        now: from when on it is in use.
    """
    with only_one(lock_of(home)):
        state = load_state(home)
        for known in state.acknowledgement_keys:
            if known.verification_key == key:
                return known
        start = now - CLOCK_SKEW
        added = AcknowledgementKey(key, start, start + MAX_CERTIFICATE_LIFE)
        keys = (added, *state.acknowledgement_keys)
        save_state(home, replace(state, acknowledgement_keys=keys))
    return added

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
from triage.authority.epochs import with_desk, with_exposure, with_newest_current
from triage.authority.state import (
    STATE_FILE,
    AcknowledgementKey,
    AuthorityState,
    find_officer,
    load_state,
    save_state,
    with_officer,
)
from triage.errors import WrongUseError
from triage.locked_files import Cost, change_passphrase, open_locked, write_locked
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


def certify(root: SigningKey, directory_key: bytes, now: datetime) -> str:
    """The note by which the root names a directory key, for 400 days. Source: SPEC §13.2."""
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
        certificate=certify(root, directory_key, now),
    )


def write_root_public(home: Path, root_key: bytes) -> None:
    """The file that everybody pins."""
    text = encode_verifier_key(ROOT_NAME, root_key)
    replace_file(home / ROOT_PUBLIC_FILE, f"{text}\n".encode(), PUBLIC)


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
        write_root_public(home, state.root_key)
    return state


def renew_certificate(home: Path, *, passphrase: bytes, now: datetime) -> AuthorityState:
    """Certify the directory key anew; 400 days at most.

    Raises:
        LockedError: another passphrase.
    """
    with only_one(lock_of(home)):
        root = SigningKey(open_locked(home / ROOT_FILE, passphrase))
        state = load_state(home)
        state = replace(state, certificate=certify(root, state.directory_key, now))
        save_state(home, state)
    return state


def change_passphrases(home: Path, *, old: bytes, new: bytes, cost: Cost) -> None:
    """Lock root and directory key with another passphrase, one after the other.

    Cut in between, the same again goes on: each file opens with one of the two passphrases.

    Raises:
        LockedError: neither passphrase fits.
        NoSuchThingError: no authority lies here.
    """
    with only_one(lock_of(home)):
        load_state(home)
        for name in (ROOT_FILE, DIRECTORY_FILE):
            change_passphrase(home / name, old, new, cost)


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
        before = load_state(home)
        state = with_officer(before, officer)
        same = (o for o in before.officers if o.verification_key == officer.verification_key)
        left = {role for listed in same for role in listed.roles - roles}
        save_state(home, with_exposure(state, left))
    return officer


def remove_officer(home: Path, label: str) -> AuthorityState:
    """List an officer no longer; who was custodian or handler stays remembered.

    The desks whose seeds they may hold are marked until each has a newer current epoch.

    Raises:
        NoSuchThingError: nobody of this label is listed.
    """
    with only_one(lock_of(home)):
        state = load_state(home)
        officer = find_officer(state.officers, label)
        others = tuple(each for each in state.officers if each is not officer)
        state = with_exposure(replace(state, officers=others), officer.roles)
        save_state(home, state)
    return state


def add_desk(home: Path, keys: DeskKeys) -> Desk:
    """List a desk's new epoch; it becomes current where the role has none yet.

    Raises:
        RefusedInputError: the epoch has other keys, is not newer than the last, or a key is used.
    """
    with only_one(lock_of(home)):
        state, desk = with_desk(load_state(home), keys)
        save_state(home, state)
    return desk


def rotate(home: Path, role: Role) -> Desk:
    """Make the newest epoch of a role the one that is sealed to.

    Raises:
        NoSuchThingError: the role has no desk.
        WrongUseError: the newest epoch is current already.
    """
    with only_one(lock_of(home)):
        state, desk = with_newest_current(load_state(home), role)
        save_state(home, state)
    return desk


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

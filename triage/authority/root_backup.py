"""The root key on paper, and back from any two of three sheets. Source: SPEC §23.

What comes back is the root. The directory key is made and certified anew, and the list of officers
and desks is read from the published key sets where the folder is lost too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from nacl.utils import random

from crypto.custody.recovery import (
    RecoverySheet,
    encode_sheet,
    make_sheets,
    parse_sheet,
    rejoin_root,
)
from crypto.signing.sign import SigningKey
from crypto.signing.trust import KeySetMemory, accept_key_set
from crypto.wire.instance import fingerprint
from crypto.wire.key_set import Desk, KeySet
from crypto.wire.officers import MAX_OFFICERS_BYTES, Officer
from crypto.wire.paper import encode_paper, parse_paper
from crypto.wire.roles import Role
from triage.authority.ceremony import (
    DIRECTORY_FILE,
    ROOT_FILE,
    SEED_BYTES,
    certify,
    lock_of,
    write_root_public,
)
from triage.authority.destruction import published_versions
from triage.authority.publishing import PUBLISHED_FOLDER
from triage.authority.state import (
    STATE_FILE,
    AcknowledgementKey,
    AuthorityState,
    Destroyed,
    Holder,
    Listed,
    load_state,
    save_state,
    sides_of,
)
from triage.errors import LockedError, NoSuchThingError, RefusedInputError
from triage.locked_files import Cost, open_locked, replace_locked
from triage.private_files import (
    made_whole,
    make_private_folder,
    only_one,
    read_file,
    replace_file,
    write_new_file,
)

MAX_SHEET_BYTES = 16384


def parse_typed_sheet(typed: bytes) -> RecoverySheet:
    """A sheet as it was typed or scanned.

    Raises:
        MalformedError: a slip, which names its line, or no sheet.
    """
    return parse_sheet(parse_paper(typed.decode("utf-8", "replace")))


def print_sheet(sheet: RecoverySheet, origin: str) -> str:
    """The text of one sheet, for a person to print and keep."""
    others = " or ".join(str(number) for number in (1, 2, 3) if number != sheet.number)
    return "\n".join(
        (
            f"sealed-intake recovery sheet {sheet.number} of 3",
            f"Backup {sheet.backup_id.hex()} of the root key for {origin}",
            f"Root fingerprint {fingerprint(sheet.root_key)}",
            "",
            *encode_paper(encode_sheet(sheet)),
            "",
            f"With sheet {others} this brings back the root key; alone it opens nothing.",
            "Keep it where no other sheet lies. Read by: triage authority recover",
            "",
        )
    )


def back_up(home: Path, out: Path, *, passphrase: bytes) -> tuple[RecoverySheet, ...]:
    """Write three sheets into a new folder, all or none; each backup has sheets of its own.

    Args:
        home: the authority's folder.
        out: the folder to make; to be printed from, and then destroyed.
        passphrase: unlocks the root key.

    Raises:
        WrongUseError: `out` exists.
        LockedError: another passphrase.
    """
    with only_one(lock_of(home)):
        state = load_state(home)
        sheets = make_sheets(open_locked(home / ROOT_FILE, passphrase))
        if sheets[0].root_key != state.root_key:
            raise RefusedInputError("the root key file is another key's")
        with made_whole(out) as folder:
            for sheet in sheets:
                text = print_sheet(sheet, state.origin)
                write_new_file(folder / f"sheet-{sheet.number}.txt", text.encode())
    return sheets


@dataclass(slots=True)
class _Chain:
    """What is gathered while the published versions are read from the first to the last."""

    memory: KeySetMemory | None = None
    latest: KeySet | None = None
    officers: tuple[Officer, ...] = ()
    listed: dict[Listed, None] = field(default_factory=dict)
    desks: dict[tuple[Role, int], Desk] = field(default_factory=dict)
    holders: dict[tuple[Role, int], dict[bytes, Holder]] = field(default_factory=dict)

    def add(self, key_set: KeySet, officers: tuple[Officer, ...]) -> None:
        """Take the next version; a label or key keeps the side it was first listed on."""
        self.memory = accept_key_set(self.memory, key_set)
        self.latest, self.officers = key_set, officers
        for officer in officers:
            for side in sides_of(officer.roles):
                self.listed[Listed(officer.label, officer.verification_key, side)] = None
        for desk in key_set.body.desks:
            self.desks[desk.role, desk.epoch] = desk
            known = self.holders.setdefault((desk.role, desk.epoch), {})
            for officer in officers:
                if desk.role in officer.roles:
                    key = officer.verification_key
                    known[key] = Holder(officer.label, key)

    def destroyed(self, latest: KeySet) -> tuple[Destroyed, ...]:
        """Epochs that were listed once and are no longer; who reported them gone is not known."""
        return tuple(
            Destroyed(
                role,
                epoch,
                desk.verification_key,
                latest.body.valid_from,
                tuple(self.holders[role, epoch].values()),
            )
            for (role, epoch), desk in self.desks.items()
            if latest.desk(role, epoch) is None
        )


def restore_state(published: Path, root_key: bytes) -> AuthorityState:
    """What the published key sets say, from the first version to the last in a folder.

    Args:
        published: holds every version, as the server keeps them in `key-sets`.
        root_key: that vouches for them.

    Raises:
        NoSuchThingError: no version, or one on the way is missing.
        SealedIntakeError: one fails verification or succession.
    """
    numbers = [int(path.stem) for path in published.glob("*.json") if path.stem.isdecimal()]
    chain = _Chain()
    for key_set, officers in published_versions(published, max(numbers, default=0), root_key):
        chain.add(key_set, officers)
    latest = chain.latest
    if latest is None:
        raise NoSuchThingError("no key sets in that folder")
    return AuthorityState(
        origin=latest.body.origin,
        name_zh=latest.body.body_name["zh-CN"],
        name_en=latest.body.body_name["en"],
        root_key=root_key,
        directory_key=latest.certificate.verification_key,
        certificate=latest.certificate.note_text,
        officers=chain.officers,
        desks=latest.body.desks,
        acknowledgement_keys=tuple(
            AcknowledgementKey(key.verification_key, key.valid_from, key.valid_until)
            for key in latest.acknowledgement_keys
        ),
        listed=tuple(chain.listed),
        destroyed=chain.destroyed(latest),
    )


def _copy_published(source: Path, home: Path) -> None:
    """So that the next version continues the chain; the officers note first, as in publishing."""
    folder = home / PUBLISHED_FOLDER
    make_private_folder(folder)
    for path in sorted(source.glob("*.officers")) + sorted(source.glob("*.json")):
        if path.stem.isdecimal():
            replace_file(folder / path.name, read_file(path, max_bytes=MAX_OFFICERS_BYTES))


def _known_state(home: Path, published: Path | None, root_key: bytes) -> AuthorityState:
    """The state in the folder, or the one that the published key sets give.

    Raises:
        RefusedInputError: another authority lies in the folder.
        NoSuchThingError: neither is there.
    """
    if (home / STATE_FILE).exists():
        state = load_state(home)
        if state.root_key != root_key:
            raise RefusedInputError("another authority lies in this folder")
        return state
    if published is None:
        raise NoSuchThingError("no authority lies here: name the folder of its key sets")
    return restore_state(published, root_key)


def _check_replaceable(home: Path, seed: bytes, passphrase: bytes) -> None:
    """Where no state says whose it is, a root key is replaced only by itself.

    Raises:
        LockedError: it opens with another passphrase.
        RefusedInputError: it is another authority's.
    """
    path = home / ROOT_FILE
    if not (home / STATE_FILE).exists() and path.exists() and open_locked(path, passphrase) != seed:
        raise RefusedInputError("another root key lies in this folder")


def _directory_key(home: Path, passphrase: bytes, cost: Cost) -> SigningKey:
    """The directory key of this folder; a new one where there is none that opens."""
    path = home / DIRECTORY_FILE
    try:
        return SigningKey(open_locked(path, passphrase))
    except (LockedError, NoSuchThingError):
        seed = random(SEED_BYTES)
        replace_locked(path, seed, passphrase, cost)
        return SigningKey(seed)


def recover(
    home: Path,
    sheets: Sequence[RecoverySheet],
    *,
    passphrase: bytes,
    now: datetime,
    cost: Cost,
    published: Path | None = None,
) -> AuthorityState:
    """Bring an authority back from two sheets; the same again after a crash goes on.

    Args:
        home: the authority's folder, or one to make.
        sheets: two of one backup.
        passphrase: locks root and directory key from now on.
        now: an aware instant.
        cost: of guessing the passphrase.
        published: every key set with its officers note, where the folder is lost.

    Raises:
        WrongPlaceError, OpeningError: the sheets do not belong together.
        RefusedInputError, LockedError: something else lies in the folder.
        NoSuchThingError: nothing says what the authority listed.
        SealedIntakeError: a key set fails verification.
    """
    one, other = sheets
    root = SigningKey(rejoin_root(one, other))
    make_private_folder(home)
    with only_one(lock_of(home)):
        state = _known_state(home, published, root.verification_key)
        _check_replaceable(home, root.seed, passphrase)
        if published is not None and not (home / STATE_FILE).exists():
            _copy_published(published, home)
        replace_locked(home / ROOT_FILE, root.seed, passphrase, cost)
        directory = _directory_key(home, passphrase, cost).verification_key
        certificate = certify(root, directory, now)
        state = replace(state, directory_key=directory, certificate=certificate)
        save_state(home, state)
        write_root_public(home, state.root_key)
    return state

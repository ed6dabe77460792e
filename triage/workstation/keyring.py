"""The officer's keys: one seed behind the passphrase, desk seeds behind that seed.

The register's key and the key that locks desk seeds derive from the officer's seed, so that the
passphrase is stretched once per unlocking. Source: DESIGN §5; SPEC §4.1.
"""

from dataclasses import dataclass, field

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from crypto.custody.key_pair import SEED_BYTES, KeyPair
from crypto.sealing.derivation import derive
from crypto.signing.sign import SigningKey
from crypto.wire.grant import DeskSeed
from crypto.wire.keys import officer_id
from crypto.wire.roles import Role
from triage.authority.enrolment import DeskKeys, Enrolment, check_label
from triage.errors import LockedError, NoKeyError, NoSuchThingError, WrongUseError
from triage.locked_files import Cost, open_locked, write_locked
from triage.private_files import (
    only_one,
    read_secret_file,
    replace_file,
    write_new_file,
)
from triage.workstation.home import Home

_KEY_BYTES = 32
_LOCKED_SEED_BYTES = SecretBox.NONCE_SIZE + SEED_BYTES + SecretBox.MACBYTES


def desk_keys(desk: DeskSeed) -> DeskKeys:
    """The public keys of a desk's seed."""
    pair = KeyPair.from_seed(desk.seed)
    return DeskKeys(desk.role, desk.epoch, pair.recipient_key, pair.verification_key)


@dataclass(frozen=True, slots=True)
class Keyring:
    """An unlocked officer: signs requests, opens grants, holds desk seeds."""

    home: Home
    pair: KeyPair = field(repr=False)

    @property
    def officer_id(self) -> bytes:
        """32 bytes (SPEC §4.4)."""
        return officer_id(self.pair.verification_key, self.pair.recipient_key)

    @property
    def signing(self) -> SigningKey:
        """Signs requests and grants."""
        return self.pair.signing

    def register_key(self) -> bytes:
        """The key of the register, 32 bytes."""
        return derive(self.pair.seed, b"", "workstation/register", b"", _KEY_BYTES)

    def _box(self, role: Role, epoch: int) -> SecretBox:
        """Bound to role and epoch, so that one seed file can't be passed off as another."""
        place = role.to_bytes(1) + epoch.to_bytes(4)
        return SecretBox(derive(self.pair.seed, b"", "workstation/desk", place, _KEY_BYTES))

    def desk_seed(self, role: Role, epoch: int) -> DeskSeed:
        """One desk seed.

        Raises:
            NoKeyError: this officer does not hold it.
            LockedError: the file was altered or belongs to another officer.
        """
        path = self.home.desk_seed_file(role, epoch)
        try:
            locked = read_secret_file(path, max_bytes=_LOCKED_SEED_BYTES)
        except NoSuchThingError:
            raise NoKeyError("this officer holds no key of that desk and epoch") from None
        try:
            return DeskSeed(role, epoch, self._box(role, epoch).decrypt(locked))
        except (CryptoError, ValueError):
            raise LockedError("a desk key does not open with this officer's key") from None

    def holds(self, role: Role, epoch: int) -> bool:
        """Whether a seed of that desk and epoch lies here."""
        return self.home.desk_seed_file(role, epoch).exists()

    def held(self) -> tuple[tuple[Role, int], ...]:
        """Role and epoch of every desk seed that lies here, newest epochs first."""
        found = [
            (role, epoch)
            for role in Role
            for path in self.home.desks_folder.glob(f"{role.wire_name}-*.key")
            if (epoch := _epoch_of(path.stem, role)) is not None
        ]
        return tuple(sorted(found, key=lambda each: (-each[1], each[0])))

    def desk_seeds(self) -> tuple[DeskSeed, ...]:
        """Every desk seed held here, newest epochs first.

        Raises:
            LockedError: a file was altered or belongs to another officer.
        """
        return tuple(self.desk_seed(role, epoch) for role, epoch in self.held())

    def keep_desk(self, desk: DeskSeed) -> bool:
        """Lock a desk seed away; False where the same one is held already.

        Raises:
            WrongUseError: another seed lies there.
        """
        path = self.home.desk_seed_file(desk.role, desk.epoch)
        with only_one(self.home.keyring_lock):
            if path.exists():
                if self.desk_seed(desk.role, desk.epoch).seed != desk.seed:
                    raise WrongUseError("another seed of that desk and epoch is held here")
                return False
            write_new_file(path, bytes(self._box(desk.role, desk.epoch).encrypt(desk.seed)))
        return True

    def forget_desk(self, role: Role, epoch: int) -> None:
        """Delete a desk seed from this workstation.

        Raises:
            NoKeyError: it is not held here.
        """
        path = self.home.desk_seed_file(role, epoch)
        try:
            path.unlink()
        except FileNotFoundError:
            raise NoKeyError("this officer holds no key of that desk and epoch") from None


def _epoch_of(stem: str, role: Role) -> int | None:
    number = stem.removeprefix(f"{role.wire_name}-")
    return int(number) if number.isascii() and number.isdigit() else None


def enrol(home: Home, label: str, passphrase: bytes, cost: Cost) -> Enrolment:
    """Make an officer's seed here, and the enrolment file for the authority.

    Raises:
        WrongUseError: somebody else enrolled here.
        LockedError: an interrupted enrolment lies here under another passphrase.
    """
    check_label(label)
    home.make()
    with only_one(home.keyring_lock):
        if not home.seed_file.exists():
            write_locked(home.seed_file, KeyPair.generate().seed, passphrase, cost)
        pair = KeyPair.from_seed(open_locked(home.seed_file, passphrase))
        enrolment = Enrolment(label, pair.recipient_key, pair.verification_key)
        if home.enrolment_file.exists() and home.enrolment() != enrolment:
            raise WrongUseError("somebody enrolled here under another label")
        replace_file(home.enrolment_file, enrolment.encode(pair.signing))
    return enrolment


def unlock(home: Home, passphrase: bytes) -> Keyring:
    """Unlock an officer's keys.

    Raises:
        NoSuchThingError: nobody enrolled here.
        LockedError: another passphrase.
    """
    home.enrolment()
    return Keyring(home, KeyPair.from_seed(open_locked(home.seed_file, passphrase)))


def found_desk(keyring: Keyring, role: Role, epoch: int) -> DeskKeys:
    """Make a desk's seed here, and the desk file for the authority.

    The same desk and epoch again gives the same file.

    Raises:
        WrongUseError: approvers have no desk, or the epoch is out of range.
    """
    if role is Role.APPROVER or not 1 <= epoch < 1 << 32:
        raise WrongUseError("want a role that has a desk, and an epoch from 1")
    home = keyring.home
    if not home.desk_seed_file(role, epoch).exists():
        keyring.keep_desk(DeskSeed(role, epoch, KeyPair.generate().seed))
    desk = keyring.desk_seed(role, epoch)
    keys = desk_keys(desk)
    signing = KeyPair.from_seed(desk.seed).signing
    replace_file(home.desk_file(role, epoch), keys.encode(signing))
    return keys

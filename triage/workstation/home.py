"""The folder of one officer, `TRIAGE_HOME`: which file holds what. Source: EXAM, settings."""

from dataclasses import dataclass
from pathlib import Path

from crypto.wire.roles import Role
from triage.authority.enrolment import MAX_FILE_BYTES, Enrolment, parse_enrolment
from triage.errors import NoSuchThingError
from triage.private_files import make_private_folder, read_file, require_private_folder

_INSTANCE_NAME_BYTES = 8


@dataclass(frozen=True, slots=True)
class Home:
    """Paths below one officer's folder.

    Attributes:
        folder: entered by its owner only.
    """

    folder: Path

    @property
    def seed_file(self) -> Path:
        """The officer's seed, locked with the passphrase."""
        return self.folder / "officer.key"

    @property
    def enrolment_file(self) -> Path:
        """Public keys and label, signed by themselves."""
        return self.folder / "enrolment.json"

    @property
    def desks_folder(self) -> Path:
        """Desk seeds, one locked file each."""
        return self.folder / "desks"

    @property
    def trust_file(self) -> Path:
        """The pinned root, the server's address and the last key set seen."""
        return self.folder / "trust.json"

    def register_file(self, instance: bytes) -> Path:
        """Opened reports of one service, in SQLCipher; sequences of two services never mix."""
        return self.folder / f"register-{instance[:_INSTANCE_NAME_BYTES].hex()}.sqlite"

    @property
    def attachments_folder(self) -> Path:
        """Files of reporters, sealed as they came, under random names."""
        return self.folder / "attachments"

    @property
    def sync_lock(self) -> Path:
        """Held while syncing."""
        return self.folder / "sync.lock"

    @property
    def reply_lock(self) -> Path:
        """Held while answers are written down and sent."""
        return self.folder / "reply.lock"

    @property
    def keyring_lock(self) -> Path:
        """Held while keys are made or trust changes."""
        return self.folder / "keyring.lock"

    def desk_seed_file(self, role: Role, epoch: int) -> Path:
        """The locked seed of one desk epoch."""
        return self.desks_folder / f"{role.wire_name}-{epoch}.key"

    def desk_file(self, role: Role, epoch: int) -> Path:
        """The public keys of a desk that was founded here."""
        return self.desks_folder / f"{role.wire_name}-{epoch}.json"

    def make(self) -> None:
        """Make the folders, for their owner only."""
        make_private_folder(self.folder)
        make_private_folder(self.desks_folder)

    def enrolment(self) -> Enrolment:
        """Who works here.

        Raises:
            NoSuchThingError: nobody enrolled here yet.
            WrongUseError: others may enter the folder.
            MalformedError, SignatureError: the file was damaged.
        """
        try:
            enrolment = parse_enrolment(read_file(self.enrolment_file, max_bytes=MAX_FILE_BYTES))
        except NoSuchThingError:
            raise NoSuchThingError("nobody enrolled here: run triage enrol first") from None
        require_private_folder(self.folder)
        return enrolment

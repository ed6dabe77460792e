"""The demo's authority and officers: throw-away keys, random passphrases, cheap to unlock.

Every step finds its work done or does it, so that a start that was cut goes on where it stopped.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final

from nacl.utils import random

from crypto.wire.certificates import parse_directory_certificate
from crypto.wire.codec import encode_crockford
from crypto.wire.key_set import MAX_KEY_SET_BYTES
from crypto.wire.roles import Role
from deploy.demo.layout import Layout
from triage.authority.ceremony import (
    add_acknowledgement_key,
    add_desk,
    add_officer,
    found_authority,
    renew_certificate,
)
from triage.authority.commands import parse_key_text
from triage.authority.enrolment import parse_desk
from triage.authority.offline_page import PageTexts, fill_template, sign_page
from triage.authority.page_commands import NOTE_SUFFIX
from triage.authority.publishing import (
    Published,
    is_current,
    latest_version,
    publish,
    version_name,
)
from triage.authority.state import load_state
from triage.courier.https import Courier
from triage.locked_files import THROW_AWAY
from triage.private_files import make_private_folder, read_file, replace_file, write_new_file
from triage.workstation.grants import grants_for, open_grant, post_grant
from triage.workstation.home import Home
from triage.workstation.keyring import Keyring, enrol, found_desk, unlock
from triage.workstation.trust import parse_root, pin, refresh

NAME_ZH: Final = "演示机关"
NAME_EN: Final = "Demonstration body"
# In Chinese and in English.
FINGERPRINT_PUBLISHED: Final = (
    "启动本演示的终端，“Root key”一行",
    "the terminal that runs this demonstration, line “Root key”",
)
DESK_ROLES: Final = (
    Role.TRIAGE,
    Role.OVERSIGHT,
    Role.CUSTODIAN,
    Role.PROTECTION,
    Role.REWARD,
    Role.AUDITOR,
)
MEMBERS: Final = 2
FIRST_EPOCH: Final = 1
PUBLISH_WITH_LESS_THAN: Final = timedelta(days=7)
RENEW_WITH_LESS_THAN: Final = timedelta(days=30)
_PASSPHRASE_BYTES: Final = 10
_MAX_FILE_BYTES: Final = 16384


@dataclass(frozen=True, slots=True)
class Member:
    """One officer of the demo.

    Attributes:
        number: 1 founds the desk, the others receive its keys.
    """

    role: Role
    number: int
    home: Home
    passphrase_file: Path

    @property
    def name(self) -> str:
        """The label under which the officer is listed."""
        return f"{self.role.wire_name}-{self.number}"


def members_of(layout: Layout) -> tuple[Member, ...]:
    """Two officers for every desk, each with a folder and a passphrase of their own."""
    names = [(role, number) for role in DESK_ROLES for number in range(1, MEMBERS + 1)]
    return tuple(
        Member(
            role,
            number,
            Home(layout.officers / f"{role.wire_name}-{number}"),
            layout.passphrases / f"{role.wire_name}-{number}",
        )
        for role, number in names
    )


def passphrase_in(path: Path) -> bytes:
    """The passphrase in a file; a random one, written there, where there is none."""
    if not path.exists():
        symbols = encode_crockford(random(_PASSPHRASE_BYTES)).lower()
        spelled = "-".join(symbols[start : start + 4] for start in range(0, len(symbols), 4))
        write_new_file(path, f"{spelled}\n".encode())
    return read_file(path, max_bytes=_MAX_FILE_BYTES).strip()


@dataclass(slots=True)
class Staff:
    """Sets everybody up; holds who was unlocked on the way, so that it happens once."""

    layout: Layout
    members: tuple[Member, ...]
    _unlocked: dict[str, Keyring] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, layout: Layout) -> "Staff":
        """The staff of a demo."""
        return cls(layout, members_of(layout))

    def _keyring(self, member: Member) -> Keyring:
        if member.name not in self._unlocked:
            passphrase = passphrase_in(member.passphrase_file)
            self._unlocked[member.name] = unlock(member.home, passphrase)
        return self._unlocked[member.name]

    def authority_passphrase(self) -> bytes:
        """Locks root and directory key."""
        return passphrase_in(self.layout.passphrases / "authority")

    def enrol_everybody(self) -> None:
        """Root, officers and desks: keys made, and listed by the authority."""
        layout = self.layout
        make_private_folder(layout.passphrases)
        found_authority(
            layout.authority,
            origin=layout.origin,
            names=(NAME_ZH, NAME_EN),
            passphrase=self.authority_passphrase(),
            now=datetime.now(UTC),
            cost=THROW_AWAY,
        )
        listed = {officer.label for officer in load_state(layout.authority).officers}
        for member in self.members:
            if member.name not in listed:
                self._enrol(member)

    def _enrol(self, member: Member) -> None:
        """The desk first: an officer who is listed is an officer whose desk is listed."""
        passphrase = passphrase_in(member.passphrase_file)
        enrolment = enrol(member.home, member.name, passphrase, THROW_AWAY)
        if member.number == 1:
            keyring = self._keyring(member)
            found_desk(keyring, member.role, FIRST_EPOCH)
            desk_file = member.home.desk_file(member.role, FIRST_EPOCH)
            raw = read_file(desk_file, max_bytes=_MAX_FILE_BYTES)
            add_desk(self.layout.authority, parse_desk(raw))
        add_officer(self.layout.authority, enrolment, frozenset({member.role}))

    def publish(self, acknowledgement_key: str) -> Published | None:
        """A new key set where the last one no longer says everything or ends soon."""
        now, home = datetime.now(UTC), self.layout.authority
        add_acknowledgement_key(home, parse_key_text(acknowledgement_key), now=now)
        certificate = parse_directory_certificate(load_state(home).certificate)
        if certificate.valid_until - now < RENEW_WITH_LESS_THAN:
            renew_certificate(home, passphrase=self.authority_passphrase(), now=now)
        if is_current(home, now=now, remaining=PUBLISH_WITH_LESS_THAN):
            return None
        return publish(home, self.layout.published, passphrase=self.authority_passphrase(), now=now)

    def sign_offline_page(self, template: bytes) -> bool:
        """Fill the template with the newest key set, and sign it where it says anything new."""
        home, page_file, now = self.layout.authority, self.layout.offline_page, datetime.now(UTC)
        newest = self.layout.published / f"{version_name(latest_version(home))}.json"
        key_set = read_file(newest, max_bytes=MAX_KEY_SET_BYTES)
        texts = PageTexts(*FINGERPRINT_PUBLISHED)
        page = fill_template(home, template, key_set, texts, now=now)
        note_file = page_file.with_name(f"{page_file.name}{NOTE_SUFFIX}")
        if note_file.exists() and page_file.read_bytes() == page.raw:
            return False
        note = sign_page(home, page.raw, passphrase=self.authority_passphrase(), now=now)
        replace_file(page_file, page.raw)
        replace_file(note_file, note)
        return True

    def versions(self) -> range:
        """The numbers of all key sets so far."""
        return range(1, latest_version(self.layout.authority) + 1)

    def grant_everybody(self) -> None:
        """Everybody trusts the server, and every desk's keys reach its second member."""
        courier = Courier(self.layout.origin)
        root_key = parse_root(self.layout.root_key.read_text())
        now = datetime.now(UTC)
        try:
            for member in self.members:
                if not member.home.trust_file.exists():
                    pin(member.home, root_key, courier, now)
            for giver, receiver in zip(self.members[::2], self.members[1::2], strict=True):
                if not receiver.home.desk_seed_file(receiver.role, FIRST_EPOCH).exists():
                    self._grant(giver, receiver, courier, now)
        finally:
            courier.close()

    def _grant(self, giver: Member, receiver: Member, courier: Courier, now: datetime) -> None:
        granter, taker = self._keyring(giver), self._keyring(receiver)
        trust = refresh(giver.home, courier, granter, now)
        made = grants_for(giver.role, receiver.name, epoch=None, granter=granter, trust=trust)
        for raw in made:
            post_grant(raw, courier=courier, granter=granter, trust=trust)
        theirs = refresh(receiver.home, courier, taker, now)
        for raw in made:
            taker.keep_desk(open_grant(raw, receiver=taker, trust=theirs))

    def passphrases(self) -> Mapping[str, str]:
        """Who unlocks with what."""
        return MappingProxyType(
            {m.name: passphrase_in(m.passphrase_file).decode() for m in self.members}
        )

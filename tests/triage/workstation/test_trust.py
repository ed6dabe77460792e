"""Whom a workstation goes on trusting. Source: SPEC §13.6, §13.7."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crypto.errors import (
    KeySetExpiredError,
    KeySetForkError,
    KeySetRollbackError,
    KeySetUntrustedError,
    MalformedError,
    SealedIntakeError,
    SignatureError,
)
from crypto.wire.roles import Role
from crypto.wire.signed_note import ROOT_NAME, encode_verifier_key
from tests.triage.hostile_server import HostileServer, Said, hostile_server
from tests.triage.office import CHEAP, PASSPHRASE, Office
from triage.authority.ceremony import add_officer, found_authority, remove_officer
from triage.authority.publishing import publish
from triage.authority.state import load_state, save_state
from triage.courier.https import Courier
from triage.errors import NoSuchThingError, ServerRefusedError, WrongUseError
from triage.workstation.trust import (
    KEY_SET_PATH,
    KEY_SETS_PATH,
    OFFICERS_PATH,
    Trust,
    load_trust,
    parse_root,
    pin,
    refresh,
)

NAME = "triage-1"


@pytest.fixture
def server() -> Iterator[HostileServer]:
    """A server that misbehaves."""
    with hostile_server() as hostile:
        yield hostile


def now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


def next_version(office: Office, *, forked: bool = False) -> tuple[bytes, bytes]:
    """A further key set with its officers note, perhaps one that the authority then forgets."""
    home, out = office.authority, office.folder / "published"
    made = publish(home, out, passphrase=PASSPHRASE, now=now())
    found = made.key_set_file.read_bytes(), made.officers_file.read_bytes()
    if forked:
        for folder in (home / "published", out):
            for path in folder.glob(f"{made.key_set_file.stem}.*"):
                path.unlink()
    return found


def show(server: HostileServer, published: bytes, officers: bytes = b"") -> None:
    """Let the server show a key set."""
    server.says[KEY_SET_PATH] = Said(published)
    server.says[OFFICERS_PATH] = Said(officers)


def show_between(
    server: HostileServer, version: int, published: bytes, officers: bytes = b""
) -> None:
    """Let the server show a version of the past."""
    server.says[f"{KEY_SETS_PATH}/{version}"] = Said(published)
    server.says[f"{OFFICERS_PATH}?version={version}"] = Said(officers)


def follow(office: Office, server: HostileServer, at: datetime | None = None) -> Trust:
    """What triage-1 trusts after asking the hostile server."""
    keyring = office.keyring(NAME)
    return refresh(office.home(NAME), Courier(server.url), keyring, at or now())


def test_the_next_version_is_followed(closed_office: Office, server: HostileServer) -> None:
    """SPEC 13.7: (v, h) to (v + 1, previous = h)."""
    show(server, *next_version(closed_office))

    trust = follow(closed_office, server)

    assert trust.key_set.version == trust.memory.version == 2
    assert load_trust(closed_office.home(NAME)).memory == trust.memory


def test_an_older_version_is_a_rollback(closed_office: Office, server: HostileServer) -> None:
    """SPEC 13.7; what was trusted before stays trusted."""
    first = closed_office.published(1)
    show(server, *next_version(closed_office))
    follow(closed_office, server)
    show(server, first)

    with pytest.raises(KeySetRollbackError):
        follow(closed_office, server)

    assert load_trust(closed_office.home(NAME)).key_set.version == 2


def test_another_key_set_of_the_same_version_is_a_fork(
    closed_office: Office, server: HostileServer
) -> None:
    """SPEC 13.7: version = v and hash differs."""
    shown_to_others = next_version(closed_office, forked=True)
    remove_officer(closed_office.authority, "triage-2")
    show(server, *next_version(closed_office))
    follow(closed_office, server)
    show(server, *shown_to_others)

    with pytest.raises(KeySetForkError):
        follow(closed_office, server)


def test_a_version_on_another_branch_is_a_fork(
    closed_office: Office, server: HostileServer
) -> None:
    """SPEC 13.7: version = v + 1 and previous differs."""
    show(server, *next_version(closed_office, forked=True))
    follow(closed_office, server)
    remove_officer(closed_office.authority, "triage-2")
    next_version(closed_office)
    third = next_version_after_change(closed_office)
    show(server, *third)

    with pytest.raises(KeySetForkError):
        follow(closed_office, server)


def next_version_after_change(office: Office) -> tuple[bytes, bytes]:
    """A version that says something new."""
    remove_officer(office.authority, "auditor-1")
    return next_version(office)


def test_versions_that_were_missed_are_fetched_and_checked(
    closed_office: Office, server: HostileServer
) -> None:
    """SPEC 13.7: version > v + 1."""
    second = next_version(closed_office)
    show(server, *next_version_after_change(closed_office))
    show_between(server, 2, *second)

    assert follow(closed_office, server).key_set.version == 3


def test_officers_of_versions_that_were_missed_are_remembered(
    closed_office: Office, server: HostileServer
) -> None:
    """SPEC 13.7: custodian in a version that was missed, handler in the present one."""
    authority = closed_office.authority
    closed_office.enrol("turncoat", (Role.CUSTODIAN,))
    show_between(server, 2, *next_version(closed_office))
    remove_officer(authority, "turncoat")
    save_state(authority, replace(load_state(authority), listed=()))
    turncoat = closed_office.home("turncoat").enrolment()
    add_officer(authority, turncoat, frozenset({Role.PROTECTION}))
    show(server, *next_version(closed_office))

    with pytest.raises(KeySetUntrustedError, match=r"SPEC 13\.7"):
        follow(closed_office, server)

    assert load_trust(closed_office.home(NAME)).key_set.version == 1


def test_a_leap_without_the_officers_between_is_refused(
    closed_office: Office, server: HostileServer
) -> None:
    """SPEC 13.7: the server can't hide who was listed."""
    second, officers = next_version(closed_office)
    show(server, *next_version_after_change(closed_office))
    for said in (Said(status=404), Said(officers[:-2]), Said(closed_office.published(1))):
        show_between(server, 2, second)
        server.says[f"{OFFICERS_PATH}?version=2"] = said

        with pytest.raises((ServerRefusedError, SealedIntakeError)):
            follow(closed_office, server)

    assert load_trust(closed_office.home(NAME)).key_set.version == 1


def test_pinning_again_changes_the_address_only(
    closed_office: Office, server: HostileServer
) -> None:
    """Later versions are followed by an officer, who can ask who was listed."""
    show(server, *next_version(closed_office))
    home = closed_office.home(NAME)
    known = load_trust(home)

    pinned = pin(home, known.root_key, Courier(server.url), now())

    assert pinned.server_url == server.url
    assert pinned.memory == known.memory
    assert follow(closed_office, server).key_set.version == 2


def test_a_leap_without_the_versions_between_is_refused(
    closed_office: Office, server: HostileServer
) -> None:
    """SPEC 13.7: each is fetched."""
    next_version(closed_office)
    show(server, *next_version_after_change(closed_office))

    with pytest.raises(ServerRefusedError):
        follow(closed_office, server)

    assert load_trust(closed_office.home(NAME)).key_set.version == 1


def test_an_expired_key_set_is_refused(closed_office: Office, server: HostileServer) -> None:
    """SPEC 13.6: valid 14 days at most."""
    show(server, closed_office.published(1))

    with pytest.raises(KeySetExpiredError):
        follow(closed_office, server, now() + timedelta(days=15))


def test_a_key_set_of_another_root_is_refused(
    closed_office: Office, server: HostileServer, tmp_path: Path
) -> None:
    """SPEC 13.6: only what the pinned root vouches for."""
    other = found_authority(
        tmp_path / "other",
        origin=closed_office.origin,
        names=("别处", "Elsewhere"),
        passphrase=PASSPHRASE,
        now=now(),
        cost=CHEAP,
    )
    show(server, closed_office.published(1))

    with pytest.raises((SignatureError, KeySetUntrustedError)):
        pin(closed_office.home("reward-1"), other.root_key, Courier(server.url), now())


def test_another_officers_note_is_refused(closed_office: Office, server: HostileServer) -> None:
    """SPEC 13.5: the key set names its note."""
    _, officers = next_version(closed_office, forked=True)
    remove_officer(closed_office.authority, "triage-2")
    published, _ = next_version(closed_office)
    show(server, published, officers)

    with pytest.raises(KeySetUntrustedError):
        follow(closed_office, server)


@pytest.mark.parametrize("raw", [b"", b"{}", b"\xff", b"[" * 1000, b'{"certificate":1}'])
def test_what_is_no_key_set_is_refused(
    closed_office: Office, server: HostileServer, raw: bytes
) -> None:
    """Any bytes yield a key set or the declared error."""
    show(server, raw)

    with pytest.raises(MalformedError):
        follow(closed_office, server)


def test_another_root_needs_another_folder(closed_office: Office, server: HostileServer) -> None:
    """A pinned root is never replaced."""
    show(server, closed_office.published(1))

    with pytest.raises(WrongUseError):
        pin(closed_office.home(NAME), bytes(range(32)), Courier(server.url), now())


def test_somebody_who_was_custodian_can_never_be_handler(closed_office: Office) -> None:
    """SPEC 13.7, in the state from which key sets are made."""
    home = closed_office.authority
    enrolment = closed_office.home("custodian-1").enrolment()
    remove_officer(home, "custodian-1")

    with pytest.raises(Exception, match=r"SPEC 13.7"):
        add_officer(home, enrolment, frozenset({Role.PROTECTION}))


def test_nothing_is_trusted_before_a_root_is_pinned(closed_office: Office) -> None:
    """EXAM, exit code 6."""
    with pytest.raises(NoSuchThingError):
        load_trust(closed_office.home("reward-1"))


def test_a_root_key_is_read_as_people_pin_it() -> None:
    """SPEC 13.1, verifier keys."""
    key = bytes(range(32))

    assert parse_root(f"{encode_verifier_key(ROOT_NAME, key)}\n") == key

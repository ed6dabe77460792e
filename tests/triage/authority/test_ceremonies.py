"""Ceremonies: repeatable, cut anywhere, and never letting two duties meet. Source: SPEC §13."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crypto.custody.key_pair import KeyPair
from crypto.errors import MalformedError, SealedIntakeError, SignatureError
from crypto.signing.trust import verify_key_set, verify_officers
from crypto.wire.key_set import parse_key_set
from crypto.wire.officers import parse_officers
from crypto.wire.roles import Role
from tests.triage.office import CHEAP, PASSPHRASE
from triage.authority import ceremony
from triage.authority.enrolment import DeskKeys, Enrolment, parse_desk, parse_enrolment
from triage.authority.publishing import is_current, latest_version, publish
from triage.authority.state import (
    AuthorityState,
    encode_state,
    load_state,
    parse_state,
)
from triage.errors import LockedError, NoSuchThingError, RefusedInputError, WrongUseError

ORIGIN = "https://report.example"
NAMES = ("机关", "Body")
NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
DESKS = (
    *(Role.TRIAGE, Role.OVERSIGHT, Role.CUSTODIAN, Role.PROTECTION, Role.REWARD, Role.AUDITOR),
)


def found(home: Path, passphrase: bytes = PASSPHRASE) -> AuthorityState:
    """An authority without anybody."""
    return ceremony.found_authority(
        home, origin=ORIGIN, names=NAMES, passphrase=passphrase, now=NOW, cost=CHEAP
    )


def somebody(label: str) -> Enrolment:
    """Fresh keys under a label."""
    pair = KeyPair.generate()
    return parse_enrolment(
        Enrolment(label, pair.recipient_key, pair.verification_key).encode(pair.signing)
    )


def desk(role: Role, epoch: int = 1) -> DeskKeys:
    """A fresh desk."""
    pair = KeyPair.generate()
    keys = DeskKeys(role, epoch, pair.recipient_key, pair.verification_key)
    return parse_desk(keys.encode(pair.signing))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An authority with one officer and a desk of every required role, ready to publish."""
    folder = tmp_path / "authority"
    found(folder)
    for role in DESKS:
        ceremony.add_officer(folder, somebody(role.wire_name), frozenset({role}))
        ceremony.add_desk(folder, desk(role))
    key = KeyPair.generate().verification_key
    ceremony.add_acknowledgement_key(folder, key, now=NOW)
    return folder


def signed(home: Path, now: datetime = NOW) -> int:
    """Publish; the version."""
    out = home.parent / "out"
    return publish(home, out, passphrase=PASSPHRASE, now=now).version


def test_founding_twice_changes_nothing(tmp_path: Path) -> None:
    """Repeatable after a crash."""
    assert found(tmp_path / "a") == found(tmp_path / "a")


def test_founding_cut_after_the_first_secret_is_completed(tmp_path: Path) -> None:
    """The keys that were made are used, never overwritten."""
    home = tmp_path / "a"
    first = found(home)
    for name in ("authority.json", "directory.key", "root.pub"):
        (home / name).unlink()

    second = found(home)

    assert second.root_key == first.root_key
    assert second.directory_key != first.directory_key
    (home / "authority.json").unlink()
    with pytest.raises(LockedError):
        found(home, b"another passphrase")


def test_another_authority_in_the_same_folder_is_refused(home: Path) -> None:
    """A root key is never overwritten."""
    with pytest.raises(WrongUseError):
        ceremony.found_authority(
            home,
            origin="https://other.example",
            names=NAMES,
            passphrase=PASSPHRASE,
            now=NOW,
            cost=CHEAP,
        )


def test_secrets_are_their_owners_alone(home: Path) -> None:
    """0600, in a folder of 0700."""
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()}

    assert modes["root.key"] == modes["directory.key"] == modes["authority.json"] == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Role.CUSTODIAN, Role.PROTECTION),
        (Role.PROTECTION, Role.CUSTODIAN),
        (Role.INDEPENDENT_CUSTODIAN, Role.PROTECTION),
        (Role.CUSTODIAN, Role.INDEPENDENT_PROTECTION),
    ],
)
def test_nobody_is_ever_custodian_and_handler(home: Path, first: Role, second: Role) -> None:
    """SPEC 13.7: not at once, not later, not under the same label with other keys."""
    person = somebody("one")
    ceremony.add_officer(home, person, frozenset({first}))

    with pytest.raises(RefusedInputError):
        ceremony.add_officer(home, person, frozenset({first, second}))
    ceremony.remove_officer(home, "one")
    for enrolment in (person, somebody("one")):
        with pytest.raises(RefusedInputError):
            ceremony.add_officer(home, enrolment, frozenset({second}))


def test_a_label_and_a_key_belong_to_one_officer(home: Path) -> None:
    """Two people under one name can't be told apart."""
    with pytest.raises(RefusedInputError):
        ceremony.add_officer(home, somebody("triage"), frozenset({Role.TRIAGE}))


def test_removing_somebody_who_is_not_listed(home: Path) -> None:
    """EXAM, exit code 6."""
    with pytest.raises(NoSuchThingError):
        ceremony.remove_officer(home, "nobody")


def test_a_new_epoch_waits_until_it_is_made_current(home: Path) -> None:
    """DESIGN §3: an epoch, a week by default."""
    new = desk(Role.TRIAGE, 2)

    waiting = ceremony.add_desk(home, new)
    again = ceremony.add_desk(home, new)
    ceremony.rotate(home, Role.TRIAGE)

    assert waiting == again
    assert not waiting.current
    current = [each.epoch for each in load_state(home).desks if each.current]
    assert sorted(current) == [1, 1, 1, 1, 1, 2]
    with pytest.raises(WrongUseError):
        ceremony.rotate(home, Role.TRIAGE)


def test_desks_that_contradict_those_listed_are_refused(home: Path) -> None:
    """SPEC 13.3, 13.6."""
    newer = desk(Role.TRIAGE, 3)
    ceremony.add_desk(home, newer)

    for refused in (
        desk(Role.TRIAGE, 1),
        desk(Role.TRIAGE, 2),
        desk(Role.APPROVER),
        DeskKeys(Role.REWARD, 2, newer.recipient_key, newer.verification_key),
    ):
        with pytest.raises(RefusedInputError):
            ceremony.add_desk(home, refused)


def test_publishing_chains_versions_that_verify(home: Path) -> None:
    """SPEC 13.3: numbered, with the previous one's hash."""
    assert signed(home) == 1
    ceremony.remove_officer(home, "reward")
    assert signed(home) == 2

    root_key = load_state(home).root_key
    out = home.parent / "out"
    first, second = (
        verify_key_set(parse_key_set((out / f"00000{n}.json").read_bytes()), root_key, now=NOW)
        for n in (1, 2)
    )
    officers = parse_officers((out / "000002.officers").read_text())
    assert second.body.previous == first.hash
    assert verify_officers(officers, second).version == 2
    assert second.body.valid_until - second.body.valid_from == timedelta(days=14)


def test_publishing_cut_before_its_copies_hands_out_the_same_version(home: Path) -> None:
    """No version is ever signed twice."""
    signed(home)
    ceremony.remove_officer(home, "reward")
    signed(home)
    for name in ("000002.json", "000002.officers"):
        (home.parent / "out" / name).unlink()

    assert signed(home, NOW + timedelta(minutes=1)) == 2
    assert signed(home, NOW + timedelta(minutes=2)) == 3


def test_publishing_cut_before_the_key_set_signs_that_version(home: Path) -> None:
    """The key set's appearance makes a version exist."""
    signed(home)
    (home / "published" / "000002.officers").write_text("left from a crash")

    assert signed(home, NOW + timedelta(days=1)) == 2


def test_what_is_missing_for_a_key_set_is_named(tmp_path: Path) -> None:
    """SPEC 13.3: every required desk, and an acknowledgement key."""
    home = tmp_path / "a"
    found(home)

    with pytest.raises(WrongUseError, match=r"a triage desk.*acknowledgement key"):
        signed(home)
    assert latest_version(home) == 0


@pytest.mark.parametrize("days", [0, -1, 15])
def test_a_key_set_lives_at_most_14_days(home: Path, days: int) -> None:
    """DESIGN §3."""
    with pytest.raises(WrongUseError):
        publish(home, home.parent / "out", passphrase=PASSPHRASE, now=NOW, days=days)


def test_an_old_certificate_must_be_renewed_first(home: Path) -> None:
    """SPEC 13.2: at most 400 days."""
    later = NOW + timedelta(days=395)
    with pytest.raises(WrongUseError):
        signed(home, later)

    ceremony.renew_certificate(home, passphrase=PASSPHRASE, now=later)

    assert signed(home, later) == 1


def test_a_wrong_passphrase_signs_nothing(home: Path) -> None:
    """EXAM, exit code 5."""
    with pytest.raises(LockedError):
        publish(home, home.parent / "out", passphrase=b"wrong", now=NOW)
    assert latest_version(home) == 0


def test_moving_the_service_needs_a_new_key_set(home: Path) -> None:
    """Acknowledgement key certificates name the origin."""
    signed(home)
    assert is_current(home, now=NOW, remaining=timedelta(days=7))

    ceremony.move_origin(home, "https://new.example")

    assert not is_current(home, now=NOW, remaining=timedelta(days=7))
    assert signed(home) == 2


def test_state_is_spelled_and_parsed_alike(home: Path) -> None:
    """Encode then parse, parse then encode."""
    state = load_state(home)

    assert parse_state(encode_state(state)) == state
    assert encode_state(parse_state(encode_state(state))) == encode_state(state)


@pytest.mark.parametrize("change", ["label", "recipient_key", "verification_key", "signature"])
def test_an_enrolment_that_was_changed_is_refused(change: str) -> None:
    """Its own key signs it."""
    pair, other = KeyPair.generate(), KeyPair.generate()
    sound = Enrolment("a", pair.recipient_key, pair.verification_key).encode(pair.signing)
    theirs = Enrolment("b", other.recipient_key, other.verification_key).encode(other.signing)
    mixed = {**json.loads(sound), change: json.loads(theirs)[change]}

    with pytest.raises((SignatureError, MalformedError)):
        parse_enrolment(json.dumps(mixed).encode())


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"\xff", b'{"type":1}', b"{" * 100])
def test_what_is_no_enrolment_or_desk_is_refused(raw: bytes) -> None:
    """Any bytes yield a value or the declared error."""
    for parse in (parse_enrolment, parse_desk):
        with pytest.raises(SealedIntakeError):
            parse(raw)


def test_a_desk_file_is_no_enrolment() -> None:
    """Each signature has one purpose."""
    pair = KeyPair.generate()
    raw = DeskKeys(Role.TRIAGE, 1, pair.recipient_key, pair.verification_key).encode(pair.signing)

    with pytest.raises(MalformedError):
        parse_enrolment(raw)

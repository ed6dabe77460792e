"""Losses, dismissals, ends of epochs, the root on paper: each whole or not at all. Issue 4."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from crypto.custody.key_pair import KeyPair
from crypto.custody.recovery import RecoverySheet
from crypto.errors import MalformedError, SealedIntakeError, SignatureError, WrongPlaceError
from crypto.signing.sign import SigningKey
from crypto.signing.trust import verify_key_set
from crypto.wire.instance import authority_id, instance_id
from crypto.wire.key_set import parse_key_set
from crypto.wire.roles import Role
from tests.triage.authority.test_ceremonies import DESKS, NAMES, NOW, ORIGIN, desk, somebody
from tests.triage.dying import killed_at
from tests.triage.office import CHEAP, PASSPHRASE
from triage.authority import ceremony
from triage.authority.departures import dismiss, replace_lost
from triage.authority.destruction import destroy_epoch, take_reports
from triage.authority.enrolment import Enrolment
from triage.authority.epochs import overdue
from triage.authority.publishing import publish
from triage.authority.root_backup import back_up, parse_typed_sheet, recover
from triage.authority.seed_reports import SeedReport
from triage.authority.state import (
    AuthorityState,
    encode_state,
    find_officer,
    load_state,
    parse_state,
)
from triage.errors import LockedError, NoSuchThingError, RefusedInputError, WrongUseError
from triage.locked_files import open_locked

NEW_PASSPHRASE = b"another battery, another horse"
LEAVER = KeyPair.generate()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority with two officers of triage, one of every other desk, and a key set."""
    home = tmp_path_factory.mktemp("made") / "authority"
    ceremony.found_authority(
        home, origin=ORIGIN, names=NAMES, passphrase=PASSPHRASE, now=NOW, cost=CHEAP
    )
    for role in DESKS:
        ceremony.add_officer(home, somebody(role.wire_name), frozenset({role}))
        ceremony.add_desk(home, desk(role))
    leaver = Enrolment("leaver", LEAVER.recipient_key, LEAVER.verification_key)
    ceremony.add_officer(home, leaver, frozenset({Role.TRIAGE, Role.REWARD}))
    ceremony.add_acknowledgement_key(home, KeyPair.generate().verification_key, now=NOW)
    publish(home, home.parent / "out", passphrase=PASSPHRASE, now=NOW)
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """The same for one test."""
    folder = tmp_path / "authority"
    shutil.copytree(made, folder)
    return folder


def killed_everywhere(
    home: Path, work: Callable[[Path], object]
) -> tuple[list[AuthorityState], list[AuthorityState]]:
    """Kill a ceremony at each of its steps, and repeat it.

    Returns:
        The states after each death, and those after each repetition; the last one was not killed.
    """
    between: list[AuthorityState] = []
    repeated: list[AuthorityState] = []
    was_killed = True
    while was_killed:
        trial = home.with_name(f"killed-{len(between)}")
        shutil.copytree(home, trial)
        was_killed = killed_at(partial(work, trial), len(between))
        between.append(load_state(trial))
        work(trial)
        repeated.append(load_state(trial))
    return between, repeated


def epochs(state: AuthorityState, role: Role) -> dict[int, bool]:
    """A role's epochs, and which is current."""
    return {each.epoch: each.current for each in state.desks if each.role is role}


def labels(state: AuthorityState) -> set[str]:
    """Who is listed."""
    return {officer.label for officer in state.officers}


def test_a_dismissal_renews_the_desks_that_are_given_and_marks_the_others(home: Path) -> None:
    """Issue 4: all desks they were member of get new epochs."""
    departed = dismiss(home, "leaver", [desk(Role.TRIAGE, 2)])

    state = load_state(home)
    assert "leaver" not in labels(state)
    assert epochs(state, Role.TRIAGE) == {1: False, 2: True}
    assert epochs(state, Role.REWARD) == {1: True}
    assert [(each.role, each.epoch) for each in departed.overdue] == [(Role.REWARD, 1)]
    assert overdue(state) == departed.overdue
    ceremony.add_desk(home, desk(Role.REWARD, 2))
    ceremony.rotate(home, Role.REWARD)
    assert overdue(load_state(home)) == ()


def test_an_epoch_that_waited_while_they_were_member_is_no_new_one(home: Path) -> None:
    """They may have been granted it already."""
    ceremony.add_desk(home, desk(Role.TRIAGE, 2))
    dismiss(home, "leaver")
    ceremony.rotate(home, Role.TRIAGE)

    assert [(each.role, each.epoch) for each in overdue(load_state(home))] == [
        (Role.TRIAGE, 2),
        (Role.REWARD, 1),
    ]


@pytest.mark.parametrize("keys", [desk(Role.CUSTODIAN, 2), desk(Role.TRIAGE, 1)])
def test_a_dismissal_with_a_desk_that_may_not_be_listed_changes_nothing(
    home: Path, keys: object
) -> None:
    """All of it or nothing."""
    before = load_state(home)

    with pytest.raises(RefusedInputError):
        dismiss(home, "leaver", [desk(Role.REWARD, 2), keys])  # type: ignore[list-item]

    assert load_state(home) == before


def test_a_role_that_is_taken_away_leaves_its_desk_overdue(home: Path) -> None:
    """Who changes duty keeps the seeds."""
    leaver = Enrolment("leaver", LEAVER.recipient_key, LEAVER.verification_key)

    ceremony.add_officer(home, leaver, frozenset({Role.TRIAGE}))

    assert [each.role for each in overdue(load_state(home))] == [Role.REWARD]


def test_lost_keys_are_replaced_in_one_step(home: Path) -> None:
    """Same label, same roles, other keys."""
    new = somebody("leaver")

    replace_lost(home, "leaver", new, [desk(Role.TRIAGE, 2)])
    replace_lost(home, "leaver", new, [desk(Role.TRIAGE, 2)])

    state = load_state(home)
    officer = find_officer(state.officers, "leaver")
    assert officer.verification_key == new.verification_key
    assert officer.roles == {Role.TRIAGE, Role.REWARD}
    assert [each.role for each in overdue(state)] == [Role.REWARD]


def test_lost_keys_may_go_before_there_are_new_ones(home: Path) -> None:
    """The same day comes first."""
    replace_lost(home, "leaver", None)

    assert "leaver" not in labels(load_state(home))
    with pytest.raises(NoSuchThingError):
        replace_lost(home, "leaver", None)


@pytest.mark.parametrize("label", ["triage", "somebody else"])
def test_new_keys_are_the_same_officers(home: Path, label: str) -> None:
    """A replacement is no way to list somebody new."""
    with pytest.raises(RefusedInputError):
        replace_lost(home, "leaver", somebody(label))


def test_a_custodian_who_lost_keys_is_still_no_handler(home: Path) -> None:
    """SPEC 13.7: going by the label too, whatever keys come."""
    replace_lost(home, "custodian", None)

    with pytest.raises(RefusedInputError):
        ceremony.add_officer(home, somebody("custodian"), frozenset({Role.PROTECTION}))


NEW_KEYS, NEW_DESK = somebody("leaver"), desk(Role.TRIAGE, 2)


def dismiss_once(home: Path) -> None:
    """Dismiss, unless that is done: the command says so with exit code 6."""
    try:
        dismiss(home, "leaver", [NEW_DESK])
    except NoSuchThingError:
        assert "leaver" not in labels(load_state(home))


@pytest.mark.parametrize(
    "work",
    [
        dismiss_once,
        lambda home: replace_lost(home, "leaver", NEW_KEYS, [NEW_DESK]),
        lambda home: ceremony.change_passphrases(
            home, old=PASSPHRASE, new=NEW_PASSPHRASE, cost=CHEAP
        ),
    ],
    ids=["dismissed", "lost", "passphrase"],
)
def test_a_ceremony_that_is_killed_is_whole_or_undone(
    home: Path, work: Callable[[Path], object]
) -> None:
    """Issue 4: each does it atomically, and can be repeated after a crash."""
    before = load_state(home)

    between, repeated = killed_everywhere(home, work)

    after = repeated[-1]
    assert len(between) > 1
    assert all(state in (before, after) for state in between)
    assert all(state == after for state in repeated)


def test_a_changed_passphrase_is_the_only_one(home: Path) -> None:
    """The old file is gone, and so is what a killed change left beside it."""
    for steps in count():
        trial = home.with_name(f"changed-{steps}")
        shutil.copytree(home, trial)
        change = partial(
            ceremony.change_passphrases, trial, old=PASSPHRASE, new=NEW_PASSPHRASE, cost=CHEAP
        )
        was_killed = killed_at(change, steps)
        change()
        assert [path.name for path in trial.glob(".*.key.*")] == []
        for name in (ceremony.ROOT_FILE, ceremony.DIRECTORY_FILE):
            open_locked(trial / name, NEW_PASSPHRASE)
            with pytest.raises(LockedError):
                open_locked(trial / name, PASSPHRASE)
        if not was_killed:
            break


def test_a_passphrase_changes_only_for_who_knows_it(home: Path) -> None:
    """Neither fits: nothing changes."""
    before = (home / ceremony.ROOT_FILE).read_bytes()

    with pytest.raises(LockedError):
        ceremony.change_passphrases(home, old=b"guessed it", new=NEW_PASSPHRASE, cost=CHEAP)

    assert (home / ceremony.ROOT_FILE).read_bytes() == before


@pytest.mark.parametrize("label", ["Custodian", "ｃｕｓｔｏｄｉａｎ", "CUSTODIAN"])
def test_a_label_that_reads_alike_is_no_other_person(home: Path, label: str) -> None:
    """SPEC 13.7: neither beside the custodian nor after them, with whatever keys."""
    for role in (Role.TRIAGE, Role.PROTECTION):
        with pytest.raises(RefusedInputError):
            ceremony.add_officer(home, somebody(label), frozenset({role}))
    ceremony.remove_officer(home, "custodian")

    with pytest.raises(RefusedInputError):
        ceremony.add_officer(home, somebody(label), frozenset({Role.PROTECTION}))


# --- the end of an epoch ------------------------------------------------------------------------


def rotated(home: Path) -> None:
    """Triage seals to epoch 2, and the key set says so."""
    ceremony.add_desk(home, desk(Role.TRIAGE, 2))
    ceremony.rotate(home, Role.TRIAGE)
    publish(home, home.parent / "out", passphrase=PASSPHRASE, now=NOW)


def report_of(home: Path, pair: KeyPair, epoch: int = 1, origin: str = ORIGIN) -> bytes:
    """An officer's statement that the triage seed is gone."""
    instance = instance_id(authority_id(load_state(home).root_key), origin)
    report = SeedReport(Role.TRIAGE, epoch, NOW, pair.verification_key)
    return report.encode(pair.signing, instance)


def test_an_epoch_is_shut_when_everybody_reported(home: Path) -> None:
    """DESIGN 3: deleted, not yet shut, until every member's console has reported."""
    second = KeyPair.generate()
    keys = Enrolment("second", second.recipient_key, second.verification_key)
    ceremony.remove_officer(home, "triage")
    state = load_state(home)
    ceremony.add_officer(home, keys, frozenset({Role.TRIAGE}))
    rotated(home)

    deleted = destroy_epoch(home, Role.TRIAGE, 1, now=NOW)
    (halfway,) = take_reports(home, [report_of(home, LEAVER), report_of(home, second)])

    assert "triage" not in labels(state)
    assert {each.label for each in deleted.holders} == {"triage", "leaver", "second"}
    assert [each.label for each in halfway.missing] == ["triage"]
    assert not halfway.is_shut
    assert epochs(load_state(home), Role.TRIAGE) == {2: True}
    assert destroy_epoch(home, Role.TRIAGE, 1, now=NOW + timedelta(days=1)) == halfway


def test_a_report_counts_once_and_may_come_again(home: Path) -> None:
    """Its first time stays."""
    rotated(home)
    destroy_epoch(home, Role.TRIAGE, 1, now=NOW)
    raw = report_of(home, LEAVER)

    first, second = take_reports(home, [raw]), take_reports(home, [raw])

    assert first == second
    assert parse_state(encode_state(load_state(home))) == load_state(home)


@pytest.mark.parametrize("epoch", [2, 3])
def test_an_epoch_in_use_or_to_come_is_not_destroyed(home: Path, epoch: int) -> None:
    """Reports are being sealed to it."""
    rotated(home)
    ceremony.add_desk(home, desk(Role.TRIAGE, 3))

    with pytest.raises(WrongUseError):
        destroy_epoch(home, Role.TRIAGE, epoch, now=NOW)


def test_a_destroyed_epoch_never_comes_back(home: Path) -> None:
    """A number means one epoch for ever, so that a report of its end does too."""
    rotated(home)
    destroy_epoch(home, Role.TRIAGE, 1, now=NOW)

    with pytest.raises(RefusedInputError):
        ceremony.add_desk(home, desk(Role.TRIAGE, 1))
    with pytest.raises(NoSuchThingError):
        destroy_epoch(home, Role.TRIAGE, 9, now=NOW)


def test_reports_that_do_not_count_change_nothing(home: Path) -> None:
    """SPEC 24: another epoch, somebody else, another service, another key."""
    rotated(home)
    destroy_epoch(home, Role.TRIAGE, 1, now=NOW)
    before, good = load_state(home), report_of(home, LEAVER)
    stranger = KeyPair.generate()
    forged = good.replace(good[-90:-2], report_of(home, stranger)[-90:-2])
    for bad, error in (
        (report_of(home, LEAVER, epoch=2), RefusedInputError),
        (report_of(home, stranger), RefusedInputError),
        (report_of(home, LEAVER, origin="https://other.example"), SignatureError),
        (forged, SignatureError),
        (b"{}", MalformedError),
        (good[:-1], MalformedError),
        (good.replace(b"seed-gone", b"seed-kept"), MalformedError),
    ):
        with pytest.raises(error):
            take_reports(home, [good, bad])

    assert load_state(home) == before


# --- the root key on paper ----------------------------------------------------------------------


@pytest.fixture
def sheets(home: Path) -> tuple[RecoverySheet, ...]:
    """Three sheets, read back from the files that get printed."""
    out = home.parent / "sheets"
    back_up(home, out, passphrase=PASSPHRASE)
    return tuple(parse_typed_sheet((out / f"sheet-{n}.txt").read_bytes()) for n in (1, 2, 3))


def brought_back(
    home: Path, sheets: tuple[RecoverySheet, ...], published: Path | None = None
) -> AuthorityState:
    """Recover with the first two of these sheets."""
    return recover(
        home, sheets[:2], passphrase=NEW_PASSPHRASE, now=NOW, cost=CHEAP, published=published
    )


def test_two_sheets_replace_a_forgotten_passphrase(
    home: Path, sheets: tuple[RecoverySheet, ...]
) -> None:
    """The root stays; the directory key is new, and the next key set follows the last."""
    before = load_state(home)

    state = brought_back(home, sheets[1:])
    made = publish(home, home.parent / "out", passphrase=NEW_PASSPHRASE, now=NOW)

    assert (state.root_key, state.officers) == (before.root_key, before.officers)
    assert state.directory_key != before.directory_key
    assert made.version == 2
    verify_key_set(parse_key_set(made.key_set_file.read_bytes()), before.root_key, now=NOW)


def test_two_sheets_and_the_published_key_sets_replace_a_lost_folder(
    home: Path, sheets: tuple[RecoverySheet, ...]
) -> None:
    """Officers, desks, acknowledgement keys, and who was ever custodian or handler."""
    before, lost = load_state(home), home.with_name("anew")
    published = home.parent / "key-sets"
    shutil.copytree(home / "published", published)

    with pytest.raises(NoSuchThingError):
        brought_back(lost, sheets)
    state = brought_back(lost, sheets, published)

    assert (state.officers, state.desks, state.origin) == (
        before.officers,
        before.desks,
        before.origin,
    )
    assert set(state.listed) == set(before.listed)
    assert publish(lost, lost / "out", passphrase=NEW_PASSPHRASE, now=NOW).version == 2
    with pytest.raises(RefusedInputError):
        ceremony.add_officer(lost, somebody("custodian"), frozenset({Role.PROTECTION}))


def test_a_destroyed_epoch_is_remembered_from_the_published_key_sets(
    home: Path, sheets: tuple[RecoverySheet, ...]
) -> None:
    """It stood in an earlier version and stands no more; its number stays used."""
    rotated(home)
    destroy_epoch(home, Role.TRIAGE, 1, now=NOW)
    publish(home, home.parent / "out", passphrase=PASSPHRASE, now=NOW)

    state = brought_back(home.with_name("anew"), sheets, home / "published")

    (destroyed,) = state.destroyed
    assert (destroyed.role, destroyed.epoch) == (Role.TRIAGE, 1)
    assert {each.label for each in destroyed.missing} == {"triage", "leaver"}


def test_key_sets_that_leave_one_out_bring_nothing_back(
    home: Path, sheets: tuple[RecoverySheet, ...]
) -> None:
    """SPEC 13.7: who was custodian in the missing one would be forgotten."""
    rotated(home)
    (home / "published" / "000001.json").unlink()

    with pytest.raises(NoSuchThingError):
        brought_back(home.with_name("anew"), sheets, home / "published")


def test_a_recovery_that_is_killed_goes_on(home: Path, sheets: tuple[RecoverySheet, ...]) -> None:
    """At each step: the folder as it was, or one that the same command completes."""
    published = home.parent / "key-sets"
    shutil.copytree(home / "published", published)
    for steps in count():
        trial = home.with_name(f"recovered-{steps}")
        work = partial(brought_back, trial, sheets, published)
        was_killed = killed_at(work, steps)
        state = work()
        assert root_key_in(trial) == state.root_key
        assert publish(trial, trial / "out", passphrase=NEW_PASSPHRASE, now=NOW).version == 2
        if not was_killed:
            break


def root_key_in(home: Path) -> bytes:
    """The root key that a folder's file holds."""
    seed = open_locked(home / ceremony.ROOT_FILE, NEW_PASSPHRASE)
    return SigningKey(seed).verification_key


def test_sheets_of_another_authority_bring_nothing_back_here(
    home: Path, sheets: tuple[RecoverySheet, ...], tmp_path: Path
) -> None:
    """Neither over its state nor over its root key."""
    other = tmp_path / "other"
    ceremony.found_authority(
        other, origin=ORIGIN, names=NAMES, passphrase=NEW_PASSPHRASE, now=NOW, cost=CHEAP
    )
    root = (other / ceremony.ROOT_FILE).read_bytes()

    with pytest.raises(RefusedInputError):
        brought_back(other, sheets)
    (other / "authority.json").unlink()
    with pytest.raises(RefusedInputError):
        brought_back(other, sheets, home / "published")

    assert (other / ceremony.ROOT_FILE).read_bytes() == root


def test_sheets_of_two_backups_bring_nothing_back(
    home: Path, sheets: tuple[RecoverySheet, ...]
) -> None:
    """Each backup has sheets of its own."""
    others = back_up(home, home.parent / "again", passphrase=PASSPHRASE)

    with pytest.raises(WrongPlaceError):
        brought_back(home, (sheets[0], others[1]))


def test_a_backup_that_is_killed_leaves_all_sheets_or_none(home: Path) -> None:
    """And the next one has all three of its own."""
    for steps in count():
        out = home.parent / f"paper-{steps}"
        work = partial(back_up, home, out, passphrase=PASSPHRASE)
        if not killed_at(work, steps):
            break
        assert not out.exists()
        work()
        assert sorted(path.name for path in out.iterdir()) == [f"sheet-{n}.txt" for n in (1, 2, 3)]
        assert not out.with_name(f".{out.name}.unfinished").exists()


def test_a_backup_never_overwrites_another(home: Path) -> None:
    """A sheet that was printed stays what it is."""
    back_up(home, home.parent / "sheets", passphrase=PASSPHRASE)

    with pytest.raises(WrongUseError):
        back_up(home, home.parent / "sheets", passphrase=PASSPHRASE)
    with pytest.raises(LockedError):
        back_up(home, home.parent / "more", passphrase=b"wrong")


@pytest.mark.parametrize("typed", [b"", b"\xff\xfe", b"01: 0000", b"no sheet"])
def test_what_is_no_sheet_is_refused(typed: bytes) -> None:
    """Any bytes yield a sheet or the declared error."""
    with pytest.raises(SealedIntakeError):
        parse_typed_sheet(typed)

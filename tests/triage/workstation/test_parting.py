"""Parting with keys and people, as commands over a real server. Issue 4; SPEC §15.1, §24."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from crypto.wire.roles import Role
from tests.triage.dying import killed_at
from tests.triage.office import CHEAP, Office, passphrase_of, saying
from triage.authority.ceremony import add_desk, rotate
from triage.authority.destruction import destroy_epoch, find_destroyed
from triage.authority.enrolment import parse_desk
from triage.authority.state import load_state
from triage.cases.report import NoticeKind
from triage.errors import LockedError
from triage.locked_files import change_passphrase
from triage.private_files import replace_file
from triage.workstation.epochs import EPOCH_LASTS, overdue_epochs
from triage.workstation.home import Home
from triage.workstation.keyring import found_desk, unlock
from triage.workstation.trust import load_trust

NEW_PASSPHRASE = b"a new battery, a new horse"
AUTHORITY_PASSPHRASE = b"correct horse battery"


def run(
    office: Office, name: str, *arguments: str, passphrase: bytes | None = None, new: bytes = b""
) -> subprocess.CompletedProcess[str]:
    """`triage` as an officer, with a passphrase and perhaps a new one."""
    files = office.folder / f"{name}.passphrase", office.folder / f"{name}.new-passphrase"
    replace_file(files[0], passphrase or passphrase_of(name))
    replace_file(files[1], new)
    environment = {
        **os.environ,
        "TRIAGE_HOME": str(office.home(name).folder),
        "TRIAGE_PASSPHRASE_FILE": str(files[0]),
        "TRIAGE_NEW_PASSPHRASE_FILE": str(files[1]),
    }
    return subprocess.run(
        [sys.executable, "-m", "triage.cli", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


def done(completed: subprocess.CompletedProcess[str]) -> Any:  # noqa: ANN401 - any JSON
    """What a successful command printed with `--json`."""
    assert completed.returncode == 0, completed.stderr
    return json.loads(completed.stdout)


def at_authority(office: Office, *arguments: str, new: bytes = b"") -> Any:  # noqa: ANN401 - any JSON
    """`triage authority` with `--yes --json`."""
    home = ("--home", str(office.authority), "--json")
    command = ("authority", *arguments, "--yes", *home)
    return done(run(office, "authority", *command, passphrase=AUTHORITY_PASSPHRASE, new=new))


def grants_on_the_server(office: Office) -> int:
    """How many lie there, for anybody."""
    with office.database("intake") as connection:
        return int(connection.execute("SELECT count(*) FROM grants").fetchone()[0])


def next_epoch(office: Office) -> None:
    """triage-1 makes epoch 2, the authority makes it current and publishes."""
    keys = found_desk(office.keyring("triage-1"), Role.TRIAGE, 2)
    add_desk(office.authority, keys)
    rotate(office.authority, Role.TRIAGE)
    office.publish()


def test_a_dismissal_from_the_desk_file_to_the_grants(office: Office) -> None:
    """Issue 4: removed from the list, a new epoch, grants withdrawn, the others granted anew."""
    office.enrol("triage-3", (Role.TRIAGE,))
    office.publish()
    office.trust("triage-2", "triage-3")
    office.post_grants("triage-1", "triage-2", Role.TRIAGE)
    founded = done(run(office, "triage-1", "found", "triage", "--json"))

    dismissed = at_authority(office, "officer", "dismiss", "triage-2", "--desk", founded["desk"])
    office.publish()
    before = grants_on_the_server(office)
    withdrawn = run(office, "triage-1", "withdraw", "--unlisted", "--yes")
    after = grants_on_the_server(office)
    everyone = ("grant", "triage", "--everyone", "--epoch", "2", "--yes", "--json")
    granted = done(run(office, "triage-1", *everyone))
    received = done(run(office, "triage-3", "receive", "--json"))
    refused = run(office, "triage-2", "receive")

    assert dismissed["renewed"] == [{"role": "triage", "epoch": 2}]
    assert dismissed["overdue"] == []
    assert (before, withdrawn.returncode, after) == (1, 0, 0)
    assert granted["granted"] == 1
    assert received == {"received": [{"role": "triage", "epoch": 2}]}
    assert refused.returncode == 5


def test_a_lost_workstation_is_replaced_by_a_command(office: Office) -> None:
    """Its keys go, the same officer's new ones come; publishing says what is still overdue."""
    office.enrol("triage-3", (Role.TRIAGE,))
    anew = office.folder / "anew"
    arguments = ("enrol", "--label", "triage-3", "--throw-away-keys", "--home", str(anew), "--json")
    enrolled = done(run(office, "triage-3", *arguments))

    lost = at_authority(office, "officer", "lost", "triage-3", "--enrolment", enrolled["enrolment"])
    published = at_authority(office, "publish", "--out", str(office.folder / "published"))
    shown = at_authority_shown(office)

    assert lost["overdue"] == published["overdue"] == [{"role": "triage", "epoch": 1}]
    assert shown["overdue"] == lost["overdue"]
    assert enrolled["fingerprint"] in {each["fingerprint"] for each in shown["officers"]}


def at_authority_shown(office: Office) -> Any:  # noqa: ANN401 - any JSON
    """What `triage authority show` says."""
    home = ("--home", str(office.authority), "--json")
    return done(run(office, "authority", "authority", "show", *home))


def test_a_withdrawn_key_does_not_come_back_with_the_next_sync(office: Office) -> None:
    """Its grant goes from the server too."""
    office.trust("triage-2")
    office.post_grants("triage-1", "triage-2", Role.TRIAGE)
    run(office, "triage-2", "sync")
    held = office.keyring("triage-2").holds(Role.TRIAGE, 1)

    withdrawn = run(office, "triage-2", "withdraw", "triage", "--epoch", "1", "--yes")
    run(office, "triage-2", "sync")
    again = run(office, "triage-2", "withdraw", "triage", "--epoch", "1", "--yes")

    assert held
    assert (withdrawn.returncode, again.returncode) == (0, 5)
    assert not office.keyring("triage-2").holds(Role.TRIAGE, 1)


def test_a_grant_by_mistake_is_taken_back(office: Office) -> None:
    """By who gave it, before it is received."""
    office.trust("triage-2")
    office.post_grants("triage-1", "triage-2", Role.TRIAGE)

    withdrawn = run(office, "triage-1", "withdraw", "--to", "triage-2", "--yes")
    received = done(run(office, "triage-2", "receive", "--json"))

    assert withdrawn.returncode == 0
    assert received == {"received": []}


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("triage",),
        ("--epoch", "1"),
        ("triage", "--epoch", "1", "--unlisted"),
        ("--to", "triage-2", "--unlisted"),
        ("--unlisted", "--report", "x"),
    ],
)
def test_a_withdrawal_says_one_thing(closed_office: Office, arguments: tuple[str, ...]) -> None:
    """EXAM, exit code 2."""
    assert run(closed_office, "triage-1", "withdraw", *arguments, "--yes").returncode == 2


def test_an_epoch_is_destroyed_from_the_list_to_the_last_report(
    office: Office, tmp_path: Path
) -> None:
    """DESIGN 3: deleted, not yet shut, until every member's console has reported."""
    office.trust("triage-2")
    office.post_grants("triage-1", "triage-2", Role.TRIAGE)
    run(office, "triage-2", "receive")
    next_epoch(office)
    deleted = at_authority(office, "epoch", "destroy", "triage", "1")
    office.publish()
    synced = run(office, "triage-2", "sync")
    noticed = done(run(office, "triage-2", "notices", "--json"))
    files = [tmp_path / "one.json", tmp_path / "two.json"]
    for name, file in zip(("triage-1", "triage-2"), files, strict=True):
        gone = ("withdraw", "triage", "--epoch", "1", "--report", str(file), "--yes")
        for _ in range(2):
            assert run(office, name, *gone).returncode == 0

    (halfway,) = at_authority(office, "epoch", "report", str(files[0]))
    (shut,) = at_authority(office, "epoch", "report", *map(str, files))

    assert deleted["missing"] == ["triage-1", "triage-2"]
    assert (synced.returncode, noticed) == (0, [])
    assert (halfway["state"], halfway["missing"]) == ("deleted-not-yet-shut", ["triage-2"])
    assert (shut["state"], shut["missing"]) == ("shut", [])
    assert at_authority_shown(office)["destroyed"] == [shut]
    assert grants_on_the_server(office) == 0
    assert not any(office.keyring(name).holds(Role.TRIAGE, 1) for name in ("triage-1", "triage-2"))


def test_a_seed_that_is_needed_is_not_reported_gone(office: Office, tmp_path: Path) -> None:
    """Live cases are not sealed anew: their epoch stays; nothing is deleted."""
    office.file(81, saying("x"))
    run(office, "triage-1", "sync")
    next_epoch(office)
    gone = ("withdraw", "triage", "--epoch", "1", "--report", str(tmp_path / "x.json"), "--yes")

    listed = run(office, "triage-1", *gone)
    destroy_epoch(office.authority, Role.TRIAGE, 1, now=datetime.now(UTC))
    office.publish()
    needed = run(office, "triage-1", *gone)

    assert (listed.returncode, needed.returncode) == (2, 2)
    assert "still lists" in listed.stderr
    assert "1 case(s)" in needed.stderr
    assert not (tmp_path / "x.json").exists()
    assert office.keyring("triage-1").holds(Role.TRIAGE, 1)
    destroyed = find_destroyed(load_state(office.authority), Role.TRIAGE, 1)
    assert destroyed is not None
    assert not destroyed.is_shut


def test_a_passphrase_is_changed_and_the_old_one_opens_nothing(closed_office: Office) -> None:
    """SPEC 21: same keys, another lock."""
    home, before = closed_office.home("triage-1"), closed_office.keyring("triage-1")
    change = ("passphrase", "--throw-away-keys", "--yes")

    changed = run(closed_office, "triage-1", *change, new=NEW_PASSPHRASE)
    again = run(closed_office, "triage-1", *change, new=NEW_PASSPHRASE)
    other = run(closed_office, "triage-1", *change, new=b"yet another passphrase")
    short = run(closed_office, "triage-1", *change, passphrase=NEW_PASSPHRASE, new=b"short")
    old = run(closed_office, "triage-1", "list")

    assert (changed.returncode, again.returncode) == (0, 0)
    assert (other.returncode, short.returncode, old.returncode) == (5, 2, 5)
    assert unlock(home, NEW_PASSPHRASE).officer_id == before.officer_id
    assert [path.name for path in home.folder.glob("*officer.key*")] == ["officer.key"]


def test_the_consoles_say_what_ends_soon(office: Office) -> None:
    """Issue 4: consoles warn the operator days before."""
    session = office.session("triage-1")
    session.sync(processes=1)
    register, key_set = session._register, load_trust(session.keyring.home).key_set
    held, now = session.keyring.held(), datetime.now(UTC)

    fresh = {notice.kind for notice in session.notices()}
    later = [
        *overdue_epochs(register, key_set, held, now + EPOCH_LASTS - timedelta(hours=1)),
        *overdue_epochs(register, key_set, held, now + EPOCH_LASTS + timedelta(hours=1)),
    ]
    trust = load_trust(session.keyring.home)
    session.close()

    assert (
        fresh
        & {
            NoticeKind.KEY_SET_NEAR_EXPIRY,
            NoticeKind.DIRECTORY_NEAR_EXPIRY,
            NoticeKind.EPOCH_OVERDUE,
        }
        == set()
    )
    assert [(each.kind, each.subject) for each in later] == [(NoticeKind.EPOCH_OVERDUE, "triage")]
    assert not trust.is_near_expiry(now + timedelta(days=10))
    assert trust.is_near_expiry(now + timedelta(days=12))
    assert not trust.directory_is_near_expiry(now + timedelta(days=365))
    assert trust.directory_is_near_expiry(now + timedelta(days=375))


def test_a_key_set_near_its_end_is_noticed(office: Office) -> None:
    """The notice stands in `triage notices`, and so in the console."""
    office.publish(days=2)
    run(office, "triage-1", "sync")

    kinds = [each["kind"] for each in done(run(office, "triage-1", "notices", "--json"))]

    assert kinds == ["key-set-near-expiry"]


def test_no_ceremony_prints_a_secret(office: Office, tmp_path: Path) -> None:
    """Every output and every error: no passphrase, no seed, in bytes, hex or base64url."""
    passphrases = (passphrase_of("triage-1"), AUTHORITY_PASSPHRASE, NEW_PASSPHRASE)
    keyring = office.keyring("triage-1")
    home = ("--home", str(office.authority))
    sheets = tmp_path / "sheets"
    steps = (
        ("found", "triage", "--epoch", "2", "--yes"),
        ("grant", "triage", "--to", "triage-2", "--yes"),
        ("grant", "triage", "--everyone", "--yes"),
        ("receive",),
        ("withdraw", "--unlisted", "--yes"),
        ("withdraw", "triage", "--epoch", "9", "--yes"),
        ("withdraw", "triage", "--epoch", "1", "--report", str(tmp_path / "r"), "--yes"),
        ("authority", "show", *home),
        ("authority", "backup", "--out", str(sheets), "--yes", *home),
        ("authority", "check-backup", str(sheets / "sheet-1.txt"), str(tmp_path / "r"), *home),
        ("authority", "officer", "lost", "nobody", "--yes", *home),
        ("authority", "officer", "dismiss", "triage-2", "--desk", "/nonexistent", "--yes", *home),
        ("authority", "epoch", "destroy", "triage", "7", "--yes", *home),
        ("authority", "epoch", "report", str(sheets / "sheet-1.txt"), "--yes", *home),
        ("passphrase", "--throw-away-keys", "--yes"),
        ("list",),
    )
    printed = ""
    for step in steps:
        officer = None if step[0] != "authority" else AUTHORITY_PASSPHRASE
        out = run(office, "triage-1", *step, passphrase=officer, new=NEW_PASSPHRASE)
        printed += out.stdout + out.stderr
    secrets = [keyring.pair.seed, *(desk.seed for desk in keyring.desk_seeds())]
    spelled = [secret.hex() for secret in secrets] + [repr(secret)[2:-1] for secret in secrets]
    spelled += [passphrase.decode() for passphrase in passphrases]
    symbols = (sheets / "sheet-1.txt").read_text().splitlines()[5][4:]

    assert printed
    assert "Traceback" not in printed
    assert [secret for secret in (*spelled, symbols) if secret in printed] == []


def test_a_backup_brings_an_authority_back_by_commands(closed_office: Office) -> None:
    """Issue 4: two of three sheets, typed back in."""
    office, sheets = closed_office, closed_office.folder / "sheets"
    made = at_authority(office, "backup", "--out", str(sheets))
    one, three = str(sheets / "sheet-1.txt"), str(sheets / "sheet-3.txt")
    checked = run(
        office,
        "authority",
        "authority",
        "check-backup",
        one,
        three,
        "--home",
        str(office.authority),
    )
    (office.authority / "root.key").unlink()
    command = ("recover", one, three, "--throw-away-keys")
    back = at_authority(office, *command)
    published = at_authority(office, "publish", "--out", str(office.folder / "published"))

    assert made["fingerprint"] == back["fingerprint"]
    assert checked.returncode == 0
    assert published["version"] == 2


def test_a_desk_of_a_departure_is_the_one_that_was_founded(office: Office) -> None:
    """The desk file says whose epoch it is, signed by the desk's own key."""
    founded = done(run(office, "triage-1", "found", "triage", "--json"))

    assert parse_desk(Path(founded["desk"]).read_bytes()).fingerprint == founded["fingerprint"]


def test_a_change_of_passphrase_that_is_killed_is_whole_or_undone(closed_office: Office) -> None:
    """At each step: exactly one passphrase opens the officer's key, and the same again ends it."""
    home, was_killed, steps = closed_office.home("triage-1"), True, 0
    owner = closed_office.keyring("triage-1").officer_id
    original = home.seed_file.read_bytes()
    while was_killed:
        replace_file(home.seed_file, original)
        change = partial(
            change_passphrase, home.seed_file, passphrase_of("triage-1"), NEW_PASSPHRASE, CHEAP
        )
        was_killed = killed_at(change, steps)
        opened = [opens(home, each) for each in (passphrase_of("triage-1"), NEW_PASSPHRASE)]
        change()
        steps += 1

        assert sorted(opened) == [False, True]
        assert unlock(home, NEW_PASSPHRASE).officer_id == owner
        assert list(home.folder.glob(".officer.key.*")) == []
    assert steps > 1


def opens(home: Home, passphrase: bytes) -> bool:
    """Whether a passphrase opens an officer's key."""
    try:
        unlock(home, passphrase)
    except LockedError:
        return False
    return True

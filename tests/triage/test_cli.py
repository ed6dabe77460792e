"""The command from outside: output, exit codes, what a terminal sees. Source: EXAM."""

import hashlib
import json
import os
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crypto.custody.reporter import Contents
from crypto.wire.contents import DocumentKind
from crypto.wire.roles import Role
from tests.triage.office import Office, passphrase_of, saying
from triage.cli import main
from triage.private_files import replace_file

TEMPLATE = Path(__file__).parents[2] / "intake" / "web" / "dist" / "offline.html"
HOSTILE = "\x1b[2J\x1b]0;owned\x07\u202ereversed\x9b31m\x7f<b>\u2028end"


@dataclass(frozen=True, slots=True)
class Shell:
    """One officer's shell."""

    office: Office
    name: str

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `triage` with arguments."""
        passphrase = self.office.folder / f"{self.name}.passphrase"
        replace_file(passphrase, passphrase_of(self.name) + b"\n")
        return self.with_passphrase(passphrase, *arguments)

    def with_passphrase(self, file: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `triage` with another passphrase file."""
        environment = {
            **os.environ,
            "TRIAGE_HOME": str(self.office.home(self.name).folder),
            "TRIAGE_PASSPHRASE_FILE": str(file),
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

    def json(self, *arguments: str) -> Any:  # noqa: ANN401 - whatever JSON the test expects
        """What a successful command prints with `--json`."""
        done = self(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def test_one_report_from_sync_to_show(office: Office) -> None:
    """EXAM: the keys of sync, list and show."""
    shell = Shell(office, "triage-1")
    report = {"narrative": "他们在夜里传数据", "category": "E4", "urgency": "24h"}
    office.file(1, Contents(report=report))
    office.file(1, Contents(report={"text": "更多"}), n=1, kind=DocumentKind.MESSAGE)

    synced, listed = shell.json("sync"), shell.json("list")
    shown = shell.json("show", listed[0]["ref"].lower())

    assert synced == {"new": 2, "opened": 2, "quarantined": 0}
    (summary,) = listed
    assert summary.keys() >= {
        *("ref", "sequence", "received_at", "category", "urgency", "state", "unread")
    }
    assert (summary["sequence"], summary["category"], summary["unread"]) == (1, "E4", True)
    assert shown["report"] == report
    assert [message["content"] for message in shown["messages"]] == [{"text": "更多"}]
    assert (shown["ref"], shown["files"], shown["events"]) == (summary["ref"], [], [])
    assert shell.json("list")[0]["unread"] is False
    assert [each["ref"] for each in shell.json("search", "夜里")] == [summary["ref"]]


def test_a_terminal_sees_no_control_character(office: Office) -> None:
    """DESIGN §5: all decrypted content is hostile input."""
    shell = Shell(office, "triage-1")
    office.file(2, saying(f"{HOSTILE}\n| forged line", who=[{"name": HOSTILE}]))
    shell("sync")
    ref = shell.json("list")[0]["ref"]

    for arguments in (("list",), ("show", ref), ("show", ref, "--json"), ("search", "owned")):
        printed = shell(*arguments).stdout
        assert printed
        assert not {character for character in printed if character in HOSTILE} & set(
            "\x1b\x07\u202e\x9b\x7f\u2028"
        )


def test_a_terminal_of_another_encoding_gets_escapes(office: Office) -> None:
    """A fault while printing would hide the report."""
    office.file(5, saying("茶馆"))
    shell = Shell(office, "triage-1")
    shell("sync")
    environment = {
        **os.environ,
        "PYTHONIOENCODING": "latin-1",
        "TRIAGE_HOME": str(office.home("triage-1").folder),
        "TRIAGE_PASSPHRASE_FILE": str(office.folder / "triage-1.passphrase"),
    }

    done = subprocess.run(
        [sys.executable, "-m", "triage.cli", "list"],
        env=environment,
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0
    assert rb"\u8336\u9986" in done.stdout


def test_a_reader_who_has_read_enough_ends_it_quietly(closed_office: Office) -> None:
    """`triage list | head`: no message, no traceback, and the code of any program that ends so."""
    passphrase = closed_office.folder / "passphrase"
    replace_file(passphrase, passphrase_of("triage-1"))
    environment = {
        **os.environ,
        "TRIAGE_HOME": str(closed_office.home("triage-1").folder),
        "TRIAGE_PASSPHRASE_FILE": str(passphrase),
    }
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run(
        [sys.executable, "-m", "triage.cli", "notices"],
        env=environment,
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    os.close(writer)

    assert (done.returncode, done.stderr) == (141, b"")


def test_json_is_all_that_a_script_reads(office: Office) -> None:
    """EXAM: one object or array on stdout and nothing else."""
    done = Shell(office, "triage-1")("sync", "--json")

    assert done.stdout.count("\n") == 1
    assert json.loads(done.stdout) == {"new": 0, "opened": 0, "quarantined": 0}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("nonsense",), 2),
        (("list", "--nonsense"), 2),
        (("sync", "--processes", "0"), 2),
        (("show", "short"), 2),
        (("show", "ABCDEFGH"), 6),
        (("reply", "ABCDEFGH", "--text-file", "x"), 6),
        (("identity", "request", "ABCDEFGH"), 2),
        (("protection", "list"), 2),
        (("export", "ABCDEFGH", "--out", "x"), 6),
        (("export", "ABCDEFGH", "--out", "."), 2),
        (("fetch", "ABCDEFGH", "1"), 6),
        (("fetch", "ABCDEFGH", "0"), 2),
        (("forget", "ABCDEFGH"), 6),
        (("found", "approver"), 2),
        (("found", "no-such-role"), 2),
        (("found", "custodian"), 2),
        (("grant", "no-such-role", "--to", "triage-2"), 2),
        (("withdraw", "no-such-role", "--epoch", "1"), 2),
        (("authority", "rotate", "no-such-role", "--yes"), 2),
        (("receive", "--file", "/nonexistent"), 4),
        (("authority", "show"), 6),
        (("sync",), 4),
        (("withdraw", "reward", "--epoch", "1", "--yes"), 5),
        (("withdraw", "triage", "--epoch", "1"), 2),
    ],
)
def test_every_way_to_fail_has_its_exit_code(
    closed_office: Office, arguments: tuple[str, ...], code: int
) -> None:
    """EXAM, exit codes; nothing is printed on standard output."""
    done = Shell(closed_office, "triage-1")(*arguments)

    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_passphrase_is_exit_code_5(closed_office: Office, tmp_path: Path) -> None:
    """EXAM: locked."""
    wrong = tmp_path / "passphrase"
    replace_file(wrong, passphrase_of("triage-2"))

    done = Shell(closed_office, "triage-1").with_passphrase(wrong, "list")

    assert (done.returncode, done.stdout) == (5, "")


@pytest.mark.parametrize(
    ("content", "code"), [(b"", 5), (b"\r\n", 5), (b"\xff" * 5000, 5), (None, 6)]
)
def test_a_passphrase_file_that_says_nothing_opens_nothing(
    closed_office: Office, tmp_path: Path, content: bytes | None, code: int
) -> None:
    """One line, and never a question that nobody answers."""
    file = tmp_path / "passphrase"
    if content is not None:
        replace_file(file, content)

    done = Shell(closed_office, "triage-1").with_passphrase(file, "list")

    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.count("\n") == 1


def test_a_register_of_another_key_is_exit_code_5(closed_office: Office) -> None:
    """EXAM: locked; SQLCipher's own words stay off the terminal."""
    shell = Shell(closed_office, "triage-1")
    shell("list")
    for register in closed_office.home("triage-1").folder.rglob("*.sqlite"):
        register.write_bytes(b"not a register" * 1000)

    done = shell("list")

    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.count("\n") == 1


def test_a_console_over_nothing_does_not_start(closed_office: Office) -> None:
    """Missing folder 6, no folder named 2, a port that is none 2."""
    nobody, officer = Shell(closed_office, "nobody"), Shell(closed_office, "triage-1")

    assert nobody("console").returncode == 6
    assert officer("console", "--port", "99999").returncode == 2


def test_a_folder_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """EXAM: wrong use."""
    monkeypatch.delenv("TRIAGE_HOME", raising=False)

    assert main(["list"]) == 2


@pytest.mark.parametrize("name", [".", "officer.key"])
def test_secrets_that_others_may_reach_are_exit_code_2(closed_office: Office, name: str) -> None:
    """One line with the command that mends it."""
    folder = closed_office.home("triage-1").folder
    (folder / name).chmod(0o755)

    done = Shell(closed_office, "triage-1")("list")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "chmod" in done.stderr


def test_a_desk_may_be_founded_before_its_officer_is_listed_for_it(closed_office: Office) -> None:
    """Founding precedes listing; who is listed for another desk is asked."""
    shell = Shell(closed_office, "triage-1")

    asked = shell("found", "reward", "--epoch", "2")
    agreed = shell("found", "reward", "--epoch", "2", "--yes")
    own = shell("found", "triage", "--epoch", "2")

    assert (asked.returncode, agreed.returncode, own.returncode) == (2, 0, 0)
    assert "does not list you for the reward desk" in asked.stderr


def test_a_home_that_is_none_is_exit_code_6(closed_office: Office) -> None:
    """EXAM: no such thing."""
    assert Shell(closed_office, "nobody")("list").returncode == 6


def test_the_ceremonies_as_commands(closed_office: Office) -> None:
    """Enrol, list, found, rotate, publish, show; each says what it does and asks otherwise."""
    office, home = closed_office, str(closed_office.authority)
    passphrase = office.folder / "authority.passphrase"
    replace_file(passphrase, b"correct horse battery")
    newcomer = Shell(office, "triage-9")
    authority = Shell(office, "authority")

    enrolled = newcomer.json("enrol", "--label", "triage-9", "--throw-away-keys")
    founded = newcomer.json("found", "triage", "--epoch", "2")

    def ceremony(*arguments: str) -> subprocess.CompletedProcess[str]:
        return authority.with_passphrase(passphrase, "authority", *arguments, "--home", home)

    asked = ceremony("officer", "add", enrolled["enrolment"], "--roles", "triage")
    both = ceremony(
        *("officer", "add", enrolled["enrolment"], "--roles", "custodian,protection", "--yes")
    )
    added = ceremony("officer", "add", enrolled["enrolment"], "--roles", "triage", "--yes")
    desk = ceremony("desk", "add", founded["desk"], "--yes", "--json")
    turned = ceremony("rotate", "triage", "--yes", "--json")
    made = ceremony("publish", "--out", str(office.folder / "published"), "--yes", "--json")
    shown = json.loads(ceremony("show", "--json").stdout)

    assert (asked.returncode, both.returncode, added.returncode) == (2, 3, 0)
    assert enrolled["fingerprint"] in asked.stderr
    assert json.loads(desk.stdout)["current"] is False
    assert json.loads(turned.stdout) == {"role": "triage", "epoch": 2}
    assert json.loads(made.stdout)["version"] == shown["published"] == 2
    assert {"role": "triage", "epoch": 1, "current": False} in [
        {name: desk[name] for name in ("role", "epoch", "current")} for desk in shown["desks"]
    ]


def test_the_offline_page_as_commands(closed_office: Office) -> None:
    """SPEC 13.8: filled in, looked at, signed; what is no page is refused."""
    office, home = closed_office, str(closed_office.authority)
    passphrase = office.folder / "authority.passphrase"
    replace_file(passphrase, b"correct horse battery")
    page, authority = office.folder / "offline.html", Shell(office, "authority")

    def ceremony(*arguments: str) -> subprocess.CompletedProcess[str]:
        return authority.with_passphrase(passphrase, "authority", *arguments, "--home", home)

    template = str(TEMPLATE)
    filled = ceremony("offline-page", "--template", template, "--out", str(page), "--json")
    asked = ceremony("sign-offline-page", str(page))
    signed = ceremony("sign-offline-page", str(page), "--yes", "--json")
    no_template = ceremony("offline-page", "--template", str(page), "--out", str(page))
    no_page = ceremony("sign-offline-page", template, "--yes")
    missing = ceremony("sign-offline-page", str(office.folder / "none.html"), "--yes")

    digest = hashlib.sha256(page.read_bytes()).hexdigest()
    assert (filled.returncode, asked.returncode, signed.returncode) == (0, 2, 0)
    assert (no_template.returncode, no_page.returncode, missing.returncode) == (3, 3, 6)
    assert json.loads(filled.stdout)["sha256"] == json.loads(signed.stdout)["sha256"] == digest
    assert digest in asked.stderr
    assert json.loads(signed.stdout)["note"] == f"{page}.note"


def test_grant_withdraw_and_receive_as_commands(office: Office) -> None:
    """SPEC 15.1, over the server."""
    office.trust("triage-2")
    giver, taker = Shell(office, "triage-1"), Shell(office, "triage-2")

    granted = giver.json("grant", "triage", "--to", "triage-2", "--yes")
    received = taker.json("receive")
    again = taker.json("receive")
    withdrawn = taker("withdraw", "triage", "--epoch", "1", "--yes")
    refused = giver("grant", "triage", "--to", "reward-1", "--yes")

    assert granted["granted"] == 1
    assert received == {"received": [{"role": "triage", "epoch": 1}]}
    assert again == {"received": []}
    assert withdrawn.returncode == 0
    assert not office.keyring("triage-2").holds(Role.TRIAGE, 1)
    assert refused.returncode == 3


def test_nothing_that_was_written_may_be_read_by_others(office: Office) -> None:
    """Issue 2: secrets are never world-readable."""
    office.file(3, saying("x"))
    Shell(office, "triage-1")("sync")

    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for folder in (office.home("triage-1").folder, office.authority)
        for path in folder.rglob("*")
        if path.name != "root.pub"
    }

    assert modes
    assert all(mode & 0o077 == 0 for mode in modes.values()), modes


def test_no_reporters_word_and_no_seed_lies_readable_on_the_workstation(office: Office) -> None:
    """DESIGN §5: the register is SQLCipher, seeds are locked."""
    office.file(4, saying("canary-narrative-金丝雀"))
    Shell(office, "triage-1")("sync")
    keyring = office.keyring("triage-1")
    seeds = [keyring.pair.seed, *(desk.seed for desk in keyring.desk_seeds())]

    written = b"".join(
        path.read_bytes() for path in office.home("triage-1").folder.rglob("*") if path.is_file()
    )

    assert b"canary-narrative" not in written
    assert "金丝雀".encode() not in written
    assert not [seed for seed in seeds if seed in written or seed.hex().encode() in written]

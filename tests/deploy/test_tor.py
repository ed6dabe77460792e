"""The torrc sample, judged by tor itself."""

from pathlib import Path

import pytest

from tests.deploy.processes import REPOSITORY, program, run

pytestmark = pytest.mark.service

SAMPLE = REPOSITORY / "deploy" / "tor" / "torrc"


def test_tor_accepts_the_sample(tmp_path: Path) -> None:
    """`tor --verify-config` warns of nothing; only paths and the user differ from the file."""
    tor = program("tor", package="tor")
    text = SAMPLE.read_text().replace("/var/lib/tor", str(tmp_path / "tor"))
    text = text.replace("User debian-tor\n", "").replace("Log err syslog", "Log warn stdout")
    (tmp_path / "torrc").write_text(text)
    (tmp_path / "none").write_text("")

    done = run(
        *(tor, "--verify-config", "-f", str(tmp_path / "torrc")),
        *("--defaults-torrc", str(tmp_path / "none")),
    )

    said = [line for line in done.stdout.splitlines() if "running Tor as root" not in line]
    assert done.returncode == 0, done.stdout
    assert "Configuration was valid" in said
    assert [line for line in said if "[warn]" in line or "[err]" in line] == []


def test_tor_can_ask_a_flood_for_work() -> None:
    """The defence is an option of the build; without it tor ignores the setting."""
    done = run(program("tor", package="tor"), "--list-modules")

    assert "pow: yes" in done.stdout


@pytest.mark.parametrize(
    "line",
    [
        "HiddenServiceExportCircuitID haproxy",
        "HiddenServicePoWDefensesEnabled 1",
        "HiddenServiceSingleHopMode 0",
        "HiddenServiceNonAnonymousMode 0",
        "SafeLogging 1",
        "SocksPort 0",
    ],
)
def test_the_sample_holds_what_the_threat_model_counts_on(line: str) -> None:
    """Each of these is argued in THREAT_MODEL.md or HARDENING.md."""
    assert line in SAMPLE.read_text().splitlines()

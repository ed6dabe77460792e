"""The units: judged by systemd's own tools, without a running systemd."""

import re
import sys
from pathlib import Path

import pytest

from tests.deploy.processes import REPOSITORY, exchange, program, run, running

UNITS = REPOSITORY / "deploy" / "systemd"
FACES = ("public", "desk", "vault")
EXPOSURE_AT_MOST = 0.5  # On systemd's scale of 10; a bare unit has 9.2.


def _unit(face: str) -> str:
    return (UNITS / f"sealed-intake-{face}.service").read_text()


@pytest.mark.parametrize("face", FACES)
def test_a_unit_is_hardly_exposed(face: str) -> None:
    """The judgement of `systemd-analyze security`; HARDENING.md prints the same score."""
    analyze = program("systemd-analyze", package="systemd")

    done = run(
        *(analyze, "security", "--offline=true", "--no-pager"),
        *(f"--threshold={EXPOSURE_AT_MOST * 10:.0f}", str(UNITS / f"sealed-intake-{face}.service")),
    )

    assert done.returncode == 0, done.stdout
    score = re.search(r"Overall exposure level for \S+: (\S+)", done.stdout)
    assert score
    hardening = (REPOSITORY / "deploy" / "HARDENING.md").read_text()
    assert f"| `sealed-intake-{face}.service` | {score[1]} |" in hardening


@pytest.mark.parametrize("face", FACES)
def test_systemd_reads_every_line(tmp_path: Path, face: str) -> None:
    """A misspelt setting is only a warning to systemd; here it fails."""
    analyze = program("systemd-analyze", package="systemd")
    service = re.sub(r"/opt/sealed-intake/bin/intake", "/bin/true", _unit(face))
    service_file = tmp_path / f"sealed-intake-{face}.service"
    service_file.write_text(service)
    socket_file = tmp_path / f"sealed-intake-{face}.socket"
    socket_file.write_text((UNITS / socket_file.name).read_text())

    done = run(analyze, "verify", "--man=no", str(service_file), str(socket_file))

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_faces_differ_in_nothing_but_their_names() -> None:
    """A restriction that one of them lacks would be an oversight."""
    alike = {
        re.sub(
            r"^InaccessiblePaths=.*", "InaccessiblePaths=", _unit(face), flags=re.MULTILINE
        ).replace(face, "FACE")
        for face in FACES
    }

    assert len(alike) == 1


@pytest.mark.parametrize("face", FACES)
def test_a_face_cannot_reach_what_the_others_own(face: str) -> None:
    """Even as root it would not see their folders, settings or keys."""
    hidden = re.findall(r"^InaccessiblePaths=(.*)", _unit(face), re.MULTILINE)

    assert hidden == [
        " ".join(
            f"-/var/lib/sealed-intake/{other}"
            f" -/etc/sealed-intake/{other}.toml -/etc/sealed-intake/{other}.env"
            for other in FACES
            if other != face
        )
    ]


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("line", ["LimitCORE=0", "MemorySwapMax=0", "UMask=0077"])
def test_what_the_score_does_not_count_is_set_too(face: str, line: str) -> None:
    """Memory must leave the process neither as a core file nor through swap."""
    assert line in _unit(face).splitlines()


def test_each_face_has_a_user_of_its_own() -> None:
    """`systemd-sysusers` reads the sample and would make the users that the units name."""
    sysusers = program("systemd-sysusers", package="systemd")

    done = run(sysusers, "--dry-run", str(UNITS / "sealed-intake.sysusers.conf"))

    assert done.returncode == 0, done.stderr
    for face in FACES:
        user = f"sealed-intake-{face}"
        assert f"User={user}" in _unit(face)
        assert f"u {user} " in (UNITS / "sealed-intake.sysusers.conf").read_text()


def test_gunicorn_serves_on_the_socket_that_systemd_hands_over(tmp_path: Path) -> None:
    """The units rely on it: the service itself can make no socket that nginx may enter."""
    activate = program("systemd-socket-activate", package="systemd")
    socket = tmp_path / "face.sock"
    command = [
        *(activate, "-l", str(socket)),
        *("-E", f"PYTHONPATH={REPOSITORY}", "-E", f"INTAKE_BIND=unix:{tmp_path}/unused.sock"),
        *(sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py"),
        "tests.deploy.tiny_application:application",
    ]

    with running(command, log=tmp_path / "log", until=str(socket)):
        answer = exchange(str(socket), b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert not (tmp_path / "unused.sock").exists()

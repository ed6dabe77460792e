"""DESIGN §6: what a server installs can't open anything, because the code isn't there."""

import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.intake.authority import Authority
from tests.intake.processes import install
from tests.ports import free_port

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
START_WITHIN_SECONDS = 30


def run(*command: str | Path, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end, whatever it says."""
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel() -> Path:
    """The server wheel, built as `make server-wheel` builds it."""
    built = run(sys.executable, "-m", "deploy.build.server_wheel")
    assert built.returncode == 0, built.stderr
    return ROOT / built.stdout.strip()


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the locked libraries and, of ours, only the server wheel."""
    folder = tmp_path_factory.mktemp("server") / "venv"
    pip = (folder / "bin" / "python", "-m", "pip", "--quiet", "install")
    for command in (
        (sys.executable, "-m", "venv", folder),
        (*pip, "--require-hashes", "-r", ROOT / "requirements.lock"),
        (*pip, "--no-deps", wheel),
    ):
        done = run(*command, cwd=folder.parent)
        assert done.returncode == 0, done.stderr
    return folder


@contextmanager
def serving(environment: Path, data_dir: Path) -> Iterator[str]:
    """`intake serve` of that environment; its URL."""
    installation = install(data_dir, Authority())
    bind = f"127.0.0.1:{free_port()}"
    process = subprocess.Popen(
        [environment / "bin" / "intake", "serve"],
        cwd=data_dir,
        env={"PATH": os.environ["PATH"], **installation.environment, "INTAKE_BIND": bind},
    )
    try:
        yield f"http://{bind}"
    finally:
        process.terminate()
        process.wait(START_WITHIN_SECONDS)


def is_healthy(url: str) -> bool:
    """Ask until the server answers, from this side of the wheel."""
    give_up_at = time.monotonic() + START_WITHIN_SECONDS
    while time.monotonic() < give_up_at:
        if run(sys.executable, "-m", "intake.cli", "health", "--server", url).returncode == 0:
            return True
        time.sleep(0.2)
    return False


def test_the_server_runs_from_the_wheel_alone(environment: Path, tmp_path: Path) -> None:
    """It takes submissions without the rest of the repository."""
    with serving(environment, tmp_path / "data") as url:
        assert is_healthy(url)


@pytest.mark.parametrize("module", ["crypto.custody", "triage", "intake.client", "deploy", "tests"])
def test_what_could_open_or_seal_is_not_in_the_wheel(environment: Path, module: str) -> None:
    """A server that was broken into has no opening code to call."""
    tried = run(environment / "bin" / "python", "-c", f"import {module}", cwd=environment)

    assert "ModuleNotFoundError" in tried.stderr


def test_the_wheel_holds_the_built_page_and_no_source_of_it(wheel: Path) -> None:
    """The page that is served is the one that was built and whose digest is committed."""
    names = zipfile.ZipFile(wheel).namelist()

    assert "intake/web/dist/index.html" in names
    assert not [name for name in names if name.endswith(".ts") or "node_modules" in name]

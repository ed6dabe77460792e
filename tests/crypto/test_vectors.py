"""Shared vectors: the same files, unchanged, in Python and in TypeScript (STYLE 8; ATTACKS A1)."""

from typing import Any, Final

import pytest

from crypto import errors
from tests.vectors.generate import differences
from tests.vectors.makers.sealed_objects import SEALED_OBJECTS
from tests.vectors.notation import FOLDER, bases_of, read_file
from tests.vectors.runners import RUNNERS, Given

_STEMS: Final = sorted({path.stem for path in FOLDER.glob("*.json")} - {SEALED_OBJECTS})
_FILE_MEMBERS: Final = {"rule", "format", "bases", "bases_from", "vectors"}


def _verdict(runner: Any, given: Given, vector: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
    """What a vector gives, in the vector's own words; an unknown member is a TypeError."""
    members = {k: v for k, v in vector.items() if k not in {"name", "expect", "error"}}
    try:
        return {"expect": runner(given, **members)}
    except errors.SealedIntakeError as raised:
        return {"error": type(raised).__name__}


@pytest.mark.parametrize("stem", _STEMS)
def test_every_vector_gives_what_it_says(stem: str) -> None:
    """STYLE 8: one vector, one fault, one named expectation; an unknown format is a KeyError."""
    document = read_file(stem)
    given, runner = Given(bases_of(document)), RUNNERS[document["format"]]

    wrong = [
        vector["name"]
        for vector in document["vectors"]
        if {"name": vector["name"]} | _verdict(runner, given, vector)
        != {k: v for k, v in vector.items() if k in {"name", "expect", "error"}}
    ]

    assert wrong == []


@pytest.mark.parametrize("stem", _STEMS)
def test_every_file_has_the_known_shape(stem: str) -> None:
    """A member that nobody knows would go unread."""
    document = read_file(stem)

    assert set(document) <= _FILE_MEMBERS
    assert document["format"] == stem
    assert document["rule"].startswith("SPEC ")
    assert document["vectors"] != []
    assert all(("expect" in v) != ("error" in v) for v in document["vectors"])
    assert {v["error"] for v in document["vectors"] if "error" in v} <= set(dir(errors))


def test_every_format_has_a_file() -> None:
    """ATTACKS A1: none skipped."""
    assert set(RUNNERS) == set(_STEMS)


def test_the_files_are_as_they_would_be_made_now() -> None:
    """STYLE 8: deterministic files are made again, and any difference fails."""
    assert differences() == []


@pytest.mark.parametrize("change", [{"txet": ""}, {"text": "", "more": 1}, {}])
def test_a_member_that_no_runner_knows_fails(change: dict[str, Any]) -> None:
    """STYLE 8: unknown keys fail the runner."""
    with pytest.raises(TypeError):
        _verdict(RUNNERS["base64url"], Given({}), {"name": "x", "expect": "", **change})

"""`intake` solves what a busy server asks for, and not what a hostile one would like."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from intake.client import proof
from intake.client.api import PROOFS_A_TRY, TRIES, Api
from intake.client.errors import ServerUnavailableError, UnreasonableChallengeError
from intake.client.proof import MOST_ITERATIONS, parse_challenge, solve
from tests.intake.processes import Installation, Running, serving
from tests.intake.test_client import ScriptedServer, intake, scripted, submit

__all__ = ["scripted"]  # A fixture.

PARAMETERS: dict[str, Any] = {
    "algorithm": "PBKDF2/SHA-256",
    "cost": 160,
    "expiresAt": 4_000_000_000,
    "keyLength": 32,
    "keyPrefix": "0",
    "nonce": "0f" * 16,
    "salt": "f0" * 16,
}
CHALLENGE: dict[str, Any] = {"parameters": PARAMETERS, "signature": "ab" * 32}


@pytest.fixture
def busy(installation: Installation, tmp_path: Path) -> Iterator[Running]:
    """Everybody's second request of an hour is one too many."""
    with serving(installation, tmp_path / "log", INTAKE_LIMIT_SHARED="1 per hour") as running:
        yield running


def test_a_report_is_filed_while_many_are_writing(busy: Running, tmp_path: Path) -> None:
    """ISSUE 3: solved by itself, without waiting for the limit to begin anew."""
    first, second = (submit(busy, tmp_path / "state", text) for text in ("first", "second"))

    assert (first.code, second.code) == (0, 0)
    assert json.loads(second.out)["sequence"] == 2


def test_a_mailbox_is_read_while_many_are_writing(busy: Running, tmp_path: Path) -> None:
    """ISSUE 3: nine requests, eight of them above the limit."""
    code = json.loads(submit(busy, tmp_path / "state", "x").out)["receipt_code"]
    root = busy.installation.authority.root_text
    options = ("--server", busy.url, "--root", root, "--code-file", "-", "--json")

    listed = intake("mailbox", "list", *options, stdin=code, state=tmp_path / "state")

    assert listed.code == 0
    assert json.loads(listed.out)["requests"] == 9
    assert len(json.loads(listed.out)["acknowledgements"]) == 1


def test_a_proof_says_nothing_of_the_machine() -> None:
    """API 2.5: challenge and solution, and not how long it took."""
    header = solve(parse_challenge(CHALLENGE))

    assert header is not None
    payload = json.loads(base64.b64decode(header))
    assert payload["challenge"] == CHALLENGE
    assert set(payload["solution"]) == {"counter", "derivedKey"}
    assert payload["solution"]["derivedKey"].startswith("0")


def test_a_word_is_said_when_it_takes_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """ISSUE 3: a word on standard error, nothing on standard output."""
    monkeypatch.setattr(proof, "PATIENCE_SECONDS", 0)
    hard = PARAMETERS | {"keyPrefix": "00", "cost": MOST_ITERATIONS}

    solve(parse_challenge(CHALLENGE | {"parameters": hard}))

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("intake: many are writing at once")


UNREASONABLE: list[Any] = [
    None,
    "challenge",
    [],
    {},
    {"parameters": PARAMETERS},
    CHALLENGE | {"signature": "x"},
    *[
        CHALLENGE | {"parameters": PARAMETERS | altered}
        for altered in (
            {"algorithm": "ARGON2ID"},
            {"cost": MOST_ITERATIONS + 1},
            {"cost": 0},
            {"cost": True},
            {"cost": "160"},
            {"keyPrefix": ""},
            {"keyPrefix": "000"},
            {"keyPrefix": "0G"},
            {"keyLength": 2**31},
            {"expiresAt": "never"},
            {"nonce": "0f"},
            {"salt": None},
            {"memoryCost": 2**20},
        )
    ],
]


@pytest.mark.parametrize("value", UNREASONABLE)
def test_unreasonable_work_is_not_done(value: Any) -> None:  # noqa: ANN401 - any JSON
    """API 2.5: what no server of ours asks for."""
    with pytest.raises(UnreasonableChallengeError):
        parse_challenge(value)


def test_who_is_asked_for_unreasonable_work_waits(scripted: ScriptedServer) -> None:
    """A hostile server must not keep a machine computing for hours."""
    endless = {"challenge": CHALLENGE | {"parameters": PARAMETERS | {"cost": 2**31}}}
    scripted.script += [
        (429, {"Retry-After": "9"}, json.dumps(endless).encode()),
        (201, {}, b'{"acknowledgement":"AAAA"}'),
    ]
    waits: list[float] = []
    api = Api(f"http://127.0.0.1:{scripted.server_port}", sleep=waits.append)

    assert api.submit(b"x") == bytes(3)

    api.close()
    assert waits == [9]


def test_a_server_that_is_never_content_is_given_up(scripted: ScriptedServer) -> None:
    """EXAM: exit 4; a bounded number of puzzles."""
    refusal = (429, {"Retry-After": "1"}, json.dumps({"challenge": CHALLENGE}).encode())
    scripted.script += [refusal] * (TRIES * (1 + PROOFS_A_TRY))
    api = Api(f"http://127.0.0.1:{scripted.server_port}", sleep=lambda _: None)

    with pytest.raises(ServerUnavailableError) as caught:
        api.submit(b"x")

    api.close()
    assert scripted.script == []
    assert not caught.value.may_be_kept

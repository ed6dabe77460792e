"""Solves what a busy server asks for, with ALTCHA's own code and nothing of ours."""

from collections.abc import Mapping
from typing import Any

import urllib3
from altcha import Challenge, Payload, Solution, solve_challenge


def solved(challenge: Mapping[str, Any]) -> Payload:
    """A challenge with its solution."""
    parsed = Challenge.from_dict(dict(challenge))
    solution = solve_challenge(parsed)
    assert isinstance(solution, Solution)
    return Payload(parsed, solution)


def proof_for(refusal: urllib3.BaseHTTPResponse) -> dict[str, str]:
    """The header that turns a refusal into an admission."""
    return {"Proof": solved(refusal.json()["challenge"]).to_base64()}

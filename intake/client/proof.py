"""Solving what a busy server asks for. Source: intake/API.md 2.5."""

import re
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from altcha import Challenge, Payload, Solution, solve_challenge

from crypto.wire.strict_json import JsonObject, JsonValue
from intake.client.errors import UnreasonableChallengeError

ALGORITHM: Final = "PBKDF2/SHA-256"
PROOF_HEADER: Final = "Proof"
# Sixteen times what our servers ask for at most: a hostile one must not keep a machine busy.
MOST_ITERATIONS: Final = 20_000
SOLVING_SECONDS: Final = 120
PATIENCE_SECONDS: Final = 2
_KEY_BYTES: Final = 32
_PARAMETERS: Final = frozenset(
    {"algorithm", "cost", "expiresAt", "keyLength", "keyPrefix", "nonce", "salt"}
)
_PREFIX: Final = re.compile(r"[0-9a-f]{1,2}", re.ASCII)
_RANDOM: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
_SIGNATURE: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


def parse_challenge(value: JsonValue) -> Challenge:
    """The challenge in a refusal.

    Raises:
        UnreasonableChallengeError: None that a server of ours would ask for.
    """
    members = value if isinstance(value, Mapping) else {}
    parameters, signature = members.get("parameters"), members.get("signature")
    if not isinstance(parameters, Mapping) or not _is_ours(parameters):
        raise UnreasonableChallengeError("API 2.5: no challenge of ours")
    if not _matches(_SIGNATURE, signature):
        raise UnreasonableChallengeError("API 2.5: no signature")
    return Challenge.from_dict({"parameters": dict(parameters), "signature": signature})


def _is_ours(parameters: JsonObject) -> bool:
    cost = parameters.get("cost")
    return (
        set(parameters) == _PARAMETERS
        and parameters["algorithm"] == ALGORITHM
        and type(cost) is int
        and 0 < cost <= MOST_ITERATIONS
        and type(parameters["expiresAt"]) is int
        and parameters["keyLength"] == _KEY_BYTES
        and _matches(_PREFIX, parameters["keyPrefix"])
        and _matches(_RANDOM, parameters["nonce"])
        and _matches(_RANDOM, parameters["salt"])
    )


def _matches(pattern: re.Pattern[str], value: JsonValue) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def solve(challenge: Challenge) -> str | None:
    """The header that proves the work, or none when it takes too long.

    A word on standard error after two seconds; how long it took is not sent: it would tell what
    machine this is.
    """
    with _patience():
        found = solve_challenge(challenge, timeout=SOLVING_SECONDS)
    if found is None:
        return None
    return Payload(challenge, Solution(found.counter, found.derived_key)).to_base64()


@contextmanager
def _patience() -> Iterator[None]:
    words = "intake: many are writing at once; solving a puzzle to be let in\n"
    timer = threading.Timer(PATIENCE_SECONDS, sys.stderr.write, [words])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()

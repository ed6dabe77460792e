"""Proofs of work: what a request costs while many ask at once. Source: intake/API.md 2.5; B17.

A challenge is ALTCHA's: find the counter whose PBKDF2 key begins with the prefix. It is signed with
a key made for one route and one bucket, so that it counts nowhere else and needs to name neither.
Making one costs a signature; judging a proof costs one signature and, when that is ours, one PBKDF2
of at most `COSTS[-1]` iterations (half a millisecond). Each counts once, over all workers.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from altcha import Payload, create_challenge, verify_solution

from crypto.wire.codec import labelled_mac
from crypto.wire.instants import minute_of
from crypto.wire.strict_json import JsonObject
from intake.server.errors import NonceUsedError, ProofRefusedError
from intake.server.store.database import Database
from intake.server.store.nonces import use_nonce

PROOF_HEADER: Final = "Proof"
MAX_PROOF_CHARACTERS: Final = 2048  # Ours have about 700.
ALGORITHM: Final = "PBKDF2/SHA-256"
CHALLENGE_LIFE: Final = timedelta(minutes=10)  # A part of 4 MiB is on its way for long over Tor.
# Iterations for each try, by how often the bucket is beyond its limit: up to 2, 4, 8 times, above.
COSTS: Final = (160, 320, 640, 1280)
_MINUTES_PER_HOUR: Final = 60


class Weight(StrEnum):
    """What the derived key must begin with, in hexadecimal digits.

    LIGHT takes 16 tries on average, for requests that come in dozens; HEAVY takes 256, for one that
    is kept for good.
    """

    LIGHT = "0"
    HEAVY = "00"


def cost_of(asked: int, allowed: int) -> int:
    """Iterations that a bucket pays: twice as many each time it is twice as far above its limit.

    Args:
        asked: How often it asked in the present window, this time included.
        allowed: How often it may.
    """
    times = -(-asked // allowed)
    doublings = max(0, (times - 1).bit_length() - 1)
    return COSTS[min(doublings, len(COSTS) - 1)]


@dataclass(frozen=True, slots=True)
class Proofs:
    """Makes challenges and judges what comes back; which are used is the database's to know.

    Attributes:
        secret: 32 bytes, the same for all workers and after a restart.
        main: With the table of used nonces.
        clock: Gives the present instant, aware UTC.
    """

    secret: bytes = field(repr=False)
    main: Database
    clock: Callable[[], datetime]

    def challenge(self, place: bytes, weight: Weight, cost: int) -> JsonObject:
        """A fresh challenge; nothing in it depends on who asks but the signature.

        Args:
            place: Route and bucket that the proof will count for.
            weight: How many tries it takes.
            cost: PBKDF2 iterations for each try.
        """
        made = create_challenge(
            ALGORITHM,
            cost,
            key_prefix=weight,
            expires_at=self.clock() + CHALLENGE_LIFE,
            hmac_secret=self._key(place),
        )
        challenge: JsonObject = made.to_dict()
        return challenge

    def accept(self, proof: str, place: bytes) -> None:
        """Use up a proof; returns only when it counted.

        Args:
            proof: The header's value: ALTCHA's payload, base64 of JSON.
            place: Route and bucket of the request that brought it.

        Raises:
            ProofRefusedError: It does not count here, or any more.
            StoreUnavailableError, StoreFullError: It could not be remembered.
        """
        payload = _parse(proof)
        verdict = verify_solution(payload, self._key(place))
        if verdict.expired:
            raise ProofRefusedError("expired")
        if verdict.invalid_signature:
            raise ProofRefusedError("forged")
        if not verdict.verified:
            raise ProofRefusedError("wrong")
        # The signature is ours, and so are the parameters.
        signed = payload.challenge.parameters
        now, expires_at = self.clock(), datetime.fromtimestamp(signed.expires_at or 0, UTC)
        if expires_at <= now:
            raise ProofRefusedError("expired")
        # Kept to the full hour: a minute would date the visit of a reporter.
        hour = minute_of(expires_at) // _MINUTES_PER_HOUR + 1
        try:
            with self.main.write() as connection:
                use_nonce(
                    connection,
                    bytes.fromhex(signed.nonce),
                    expires_minute=hour * _MINUTES_PER_HOUR,
                    minute=minute_of(now),
                )
        except NonceUsedError:
            raise ProofRefusedError("used") from None

    def _key(self, place: bytes) -> bytes:
        return labelled_mac(self.secret, "challenge", place)


def _parse(proof: str) -> Payload:
    if len(proof) > MAX_PROOF_CHARACTERS:
        raise ProofRefusedError("malformed")
    try:
        return Payload.from_base64(proof)
    # What altcha's own verify_solution expects of a text that is no payload.
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ProofRefusedError("malformed") from None

"""How often one network may ask. Nothing that names an address is stored or logged.

A limiter key is a keyed hash of a /24, a /48 or a Tor circuit; who has no address of their own (a
Unix socket, the loopback, an onion service without circuit ids) shares one bucket with a wider
limit. When the shared store is down each worker counts for itself: intake stays open.

Above its limit the public face lets in whoever brings a proof of work, and says what to prove to
whoever does not; the other faces only say when to come back.
"""

import ipaddress
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Final, ParamSpec, TypeVar

from flask import Flask, Response, g, request
from flask_limiter import Limiter, RateLimitExceeded

from crypto.wire.strict_json import JsonValue
from intake.server.bodies import pass_over_body
from intake.server.config import MEMORY_LIMITER, Limits, Settings
from intake.server.deadlines import SECONDS_FOR_A_BODY, Deadlines
from intake.server.errors import ProofRefusedError
from intake.server.limiter_key import DailyKey
from intake.server.limiter_store import WINDOW_COUNTERS
from intake.server.problems import ProblemError, problem_response
from intake.server.proofs import PROOF_HEADER, Proofs, Weight, cost_of

SHARED_BUCKET: Final = b"shared"
SHARED_STORE_TIMEOUT_SECONDS: Final = 1
# Without the shared store a worker sees its own part of the load: each counts for so many.
ALONE_COUNTS_FOR: Final = 2
IPV4_PREFIX_BITS: Final = 24
IPV6_PREFIX_BITS: Final = 48
# What tor puts into the PROXY line instead of an address (HiddenServiceExportCircuitID).
CIRCUITS: Final = ipaddress.IPv6Network("fc00:dead:beef:4dad::/64")

_P = ParamSpec("_P")
_R = TypeVar("_R")


def bucket_of(text: str) -> bytes:
    """The network that an address belongs to, as bytes; the shared bucket where there is none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return SHARED_BUCKET
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback or address.is_unspecified:
        return SHARED_BUCKET
    if isinstance(address, ipaddress.IPv4Address):
        return address.packed[: IPV4_PREFIX_BITS // 8]
    if address in CIRCUITS:
        return address.packed
    return address.packed[: IPV6_PREFIX_BITS // 8]


@dataclass(frozen=True, slots=True)
class Gate:
    """Wraps views with limits.

    Attributes:
        client_header: The header in which the trusted proxy names the client, or empty.
        proofs: Lets in above the limit; none where nobody is let in.
        deadlines: Of bodies that are read of refused requests.
    """

    limiter: Limiter
    limits: Limits
    client_header: str
    daily_key: DailyKey
    clock: Callable[[], datetime]
    proofs: Proofs | None
    deadlines: Deadlines = field(default_factory=Deadlines)

    def __call__(
        self, rate: str, view: Callable[_P, _R], weight: Weight = Weight.LIGHT
    ) -> Callable[_P, _R]:
        """A view that a network may call at `rate`, and above it with a proof of this weight.

        All who have no address of their own call it together at the shared rate.
        """

        def present_rate() -> str:
            return self.limits.shared if self._bucket() == SHARED_BUCKET else rate

        limited = self.limiter.limit(present_rate, key_func=self._key)(view)
        proofs = self.proofs
        if proofs is None:
            return limited

        @wraps(limited)
        def admitting(*args: _P.args, **keywords: _P.kwargs) -> _R:
            try:
                return limited(*args, **keywords)
            except RateLimitExceeded:
                self._admit(proofs, weight)
            return view(*args, **keywords)

        return admitting

    def _admit(self, proofs: Proofs, weight: Weight) -> None:
        """Let a request in that brings a proof, before its body is read.

        Raises:
            ProblemError: 429 with a challenge: there is no proof, or none that counts.
            StoreUnavailableError, StoreFullError: It counts and could not be remembered.
        """
        place = self._place()
        members: dict[str, JsonValue] = {}
        proof = request.headers.get(PROOF_HEADER)
        if proof is not None:
            try:
                proofs.accept(proof, place)
            except ProofRefusedError as refused:
                members["refused"] = refused.reason
            else:
                return
        with self.deadlines.within(request.environ, SECONDS_FOR_A_BODY):
            pass_over_body()
        load = present_load(self.limiter)
        members["challenge"] = proofs.challenge(place, weight, cost_of(load.asked, load.allowed))
        raise ProblemError(
            HTTPStatus.TOO_MANY_REQUESTS,
            "proof-required",
            "Many are asking; solve the challenge and send the same bytes with the proof.",
            members=members,
            headers={"Retry-After": str(load.seconds_left)},
        )

    def _place(self) -> bytes:
        """What a proof is good for: the route, asked from this bucket."""
        rule = "" if request.url_rule is None else request.url_rule.rule
        return f"{request.method} {rule}\0".encode() + self._bucket()

    def _bucket(self) -> bytes:
        """The bucket of the present request, kept until its end: limit and key both ask."""
        if "bucket" not in g:
            header = self.client_header
            client = request.headers.get(header, "") if header else request.remote_addr
            g.bucket = bucket_of(client or "")
        bucket: bytes = g.bucket
        return bucket

    def _key(self) -> str:
        return self.daily_key.tag(self._bucket(), self.clock())


@dataclass(frozen=True, slots=True)
class Load:
    """How often the bucket of the present request asked, may ask, and how long this counts."""

    asked: int
    allowed: int
    seconds_left: int


def present_load(limiter: Limiter) -> Load:
    """The load behind the limit that the present request passed."""
    current = limiter.current_limit
    if current is None:
        return Load(1, 1, 1)
    storage, allowed = current.limiter.storage, current.limit.amount
    try:
        asked, ends_at = storage.get(current.key), storage.get_expiry(current.key)
    except storage.base_exceptions:  # It went away between counting and looking.
        return Load(allowed, allowed, current.limit.get_expiry())
    if storage is not limiter.storage:
        asked *= ALONE_COUNTS_FOR
    return Load(asked, allowed, max(1, round(ends_at - time.time())))


def install_limits(
    app: Flask,
    settings: Settings,
    daily_key: DailyKey,
    clock: Callable[[], datetime],
    proofs: Proofs | None = None,
) -> Gate:
    """Give an app its limiter and the answer for those who ask too often.

    Args:
        app: Of one face.
        settings: Its rates, and where to count.
        daily_key: Makes keys of buckets.
        clock: Gives the present instant, aware UTC.
        proofs: Lets requests in above their limit; left out, they have to wait.
    """
    limiter = _limiter(app, settings.limiter_url)

    def too_many(_: RateLimitExceeded) -> Response:
        return problem_response(
            ProblemError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too-many",
                "Too many requests; try again later with the same bytes.",
                headers={"Retry-After": str(present_load(limiter).seconds_left)},
            )
        )

    app.register_error_handler(RateLimitExceeded, too_many)
    return Gate(limiter, settings.limits, settings.client_header, daily_key, clock, proofs)


def _limiter(app: Flask, url: str) -> Limiter:
    """Counts in memory for one worker, in a shared store for several."""
    # It logs keys.
    logging.getLogger("flask-limiter").setLevel(logging.CRITICAL + 1)
    in_memory = url == MEMORY_LIMITER
    # Whole seconds: what the type of the option allows.
    seconds: dict[str, str | int] = dict.fromkeys(
        ("socket_timeout", "socket_connect_timeout"), SHARED_STORE_TIMEOUT_SECONDS
    )
    options = {} if in_memory else seconds
    return Limiter(
        key_func=SHARED_BUCKET.decode,  # Every limit brings its own.
        app=app,
        storage_uri=f"{WINDOW_COUNTERS}://" if in_memory else url,
        storage_options=options,
        strategy="fixed-window",
        in_memory_fallback_enabled=not in_memory,
        headers_enabled=False,
    )

"""How often one network may ask. Nothing that names an address is stored or logged.

A limiter key is a keyed hash of a /24, a /48 or a Tor circuit; who has no address of their own (a
Unix socket, the loopback, an onion service without circuit ids) shares one bucket with a wider
limit. When the shared store is down each worker counts for itself: intake stays open.
"""

import ipaddress
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final, ParamSpec, TypeVar

from flask import Flask, Response, g, request
from flask_limiter import Limiter, RateLimitExceeded

from intake.server.config import MEMORY_LIMITER, Limits, Settings
from intake.server.limiter_key import DailyKey
from intake.server.limiter_store import WINDOW_COUNTERS
from intake.server.problems import ProblemError, problem_response

SHARED_BUCKET: Final = b"shared"
SHARED_STORE_TIMEOUT_SECONDS: Final = 1
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
    """

    limiter: Limiter
    limits: Limits
    client_header: str
    daily_key: DailyKey
    clock: Callable[[], datetime]

    def __call__(self, rate: str, view: Callable[_P, _R]) -> Callable[_P, _R]:
        """A view that a network may call at `rate`.

        All who have no address of their own call it together at the shared rate.
        """

        def present_rate() -> str:
            return self.limits.shared if self._bucket() == SHARED_BUCKET else rate

        return self.limiter.limit(present_rate, key_func=self._key)(view)

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


def install_limits(
    app: Flask, settings: Settings, daily_key: DailyKey, clock: Callable[[], datetime]
) -> Gate:
    """Give an app its limiter and the answer for those who ask too often."""
    # It logs keys.
    logging.getLogger("flask-limiter").setLevel(logging.CRITICAL + 1)
    in_memory = settings.limiter_url == MEMORY_LIMITER
    # Whole seconds: what the type of the option allows.
    seconds: dict[str, str | int] = dict.fromkeys(
        ("socket_timeout", "socket_connect_timeout"), SHARED_STORE_TIMEOUT_SECONDS
    )
    options = {} if in_memory else seconds
    limiter = Limiter(
        key_func=SHARED_BUCKET.decode,  # Every limit brings its own.
        app=app,
        storage_uri=f"{WINDOW_COUNTERS}://" if in_memory else settings.limiter_url,
        storage_options=options,
        strategy="fixed-window",
        in_memory_fallback_enabled=not in_memory,
        headers_enabled=False,
    )

    def too_many(_: RateLimitExceeded) -> Response:
        current = limiter.current_limit
        seconds = 1 if current is None else max(1, round(current.reset_at - time.time()))
        return problem_response(
            ProblemError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too-many",
                "Too many requests; try again later with the same bytes.",
                headers={"Retry-After": str(seconds)},
            )
        )

    app.register_error_handler(RateLimitExceeded, too_many)
    return Gate(limiter, settings.limits, settings.client_header, daily_key, clock)

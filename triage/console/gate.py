"""Refusals and response headers that hold for every request, whatever view it is for.

A web page elsewhere can make a browser send requests to 127.0.0.1. It can't forge `Host` (which
also ends DNS rebinding), `Origin` or `Sec-Fetch-Site`. Sources: Fetch Standard; Fetch Metadata
Request Headers; OWASP, Cross-Site Request Forgery Prevention.
"""

from collections.abc import Mapping
from typing import Final

from flask import Request, Response, g

READING_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FROM_HERE: Final = frozenset({"same-origin", "none"})

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Origin-Agent-Cluster": "?1",
    "Permissions-Policy": (
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
    "X-Frame-Options": "DENY",
}


def is_foreign(request: Request, *, authority: str) -> bool:
    """Whether a request was addressed elsewhere, or sent by a page of another origin.

    Args:
        request: the request.
        authority: the console's own `127.0.0.1:port`.
    """
    if request.headers.get("Host") != authority:
        return True
    came_from = request.headers.get("Sec-Fetch-Site")
    if came_from is not None and came_from not in _FROM_HERE:
        return True
    origin = request.headers.get("Origin")
    if origin is None or origin == f"http://{authority}":
        return False
    # Under `no-referrer` a browser writes "null" for its own form posts (Fetch, "append a request
    # `Origin` header"); that they are its own, Sec-Fetch-Site says.
    return not (origin == "null" and came_from == "same-origin")


def is_speculative(request: Request) -> bool:
    """Whether a browser fetches ahead of the person, who may never follow the link."""
    purposes = (request.headers.get("Sec-Purpose", ""), request.headers.get("Purpose", ""))
    return any("prefetch" in purpose for purpose in purposes)


def with_headers(response: Response) -> Response:
    """Add the headers that every answer carries; what a frame needs otherwise, its view said."""
    others: Mapping[str, str] = g.get("other_headers", {})
    for name, value in HEADERS.items():
        response.headers[name] = others.get(name, value)
    return response

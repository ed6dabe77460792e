"""A WSGI application that says what it was told about the client, and fails when asked to."""

import json
from collections.abc import Callable, Iterable
from typing import Any


def application(
    environ: dict[str, Any],
    start_response: Callable[[str, list[tuple[str, str]]], object],
) -> Iterable[bytes]:
    """Answer with the request's header names, the client key and the size of the body."""
    if environ["PATH_INFO"].startswith("/fail"):
        raise ValueError(environ["PATH_INFO"])
    body = environ["wsgi.input"].read()
    told = {
        "names": sorted(name for name in environ if name.startswith("HTTP_")),
        "client": environ.get("HTTP_X_INTAKE_CLIENT"),
        "remote": environ.get("REMOTE_ADDR"),
        "body_bytes": len(body),
    }
    answer = json.dumps(told).encode()
    start_response("200 OK", [("Content-Length", str(len(answer))), ("Cache-Control", "no-store")])
    return [answer]

"""Serving the console on this machine's loopback address, to one officer.

One process, a thread for each request: Werkzeug's server is enough for one browser, needs no
further dependency, and never listens anywhere but on 127.0.0.1.
"""

from collections.abc import Callable
from typing import Final

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from triage.errors import WrongUseError

LOOPBACK: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8090
_REQUEST_SECONDS: Final = 30


class QuietRequestHandler(WSGIRequestHandler):
    """Answers requests, logs none of them, and does not say what it is made of.

    Attributes:
        timeout: seconds after which a connection that sends nothing is dropped.
    """

    timeout: float | None = _REQUEST_SECONDS

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing: a path names a report."""

    def log_error(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Log nothing: the message quotes what was sent."""

    def version_string(self) -> str:
        """The Server header."""
        return "console"


def bind(app: Flask, port: int) -> BaseWSGIServer:
    """Listen on the loopback address.

    Args:
        app: the application.
        port: 1 to 65535.

    Raises:
        WrongUseError: something else listens there.
    """
    try:
        return make_server(LOOPBACK, port, app, threaded=True, request_handler=QuietRequestHandler)
    except (OSError, SystemExit):
        raise WrongUseError(f"port {port} is taken: use --port") from None


def serve(server: BaseWSGIServer, announce: Callable[[], None]) -> None:
    """Answer until the process is asked to end."""
    announce()
    server.serve_forever()

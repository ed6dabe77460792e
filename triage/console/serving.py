"""Serving the console on this machine's loopback address, to one officer.

One process, a thread for each request: Werkzeug's server is enough for one browser, needs no
further dependency, and never listens anywhere but on 127.0.0.1.
"""

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import ClassVar, Final

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from triage.console.app import create_app
from triage.console.entrance import Entrance
from triage.console.workplace import IDLE_SECONDS, Pulse, Workplace
from triage.errors import WrongUseError
from triage.workstation.session_process import GuardedWorkstation

LOOPBACK: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8090
MAX_PORT: Final = 65535
_REQUEST_SECONDS: Final = 30


class QuietRequestHandler(WSGIRequestHandler):
    """Answers requests, logs none of them, and does not say what it is made of.

    Attributes:
        timeout: seconds after which a connection that sends nothing is dropped.
    """

    timeout: ClassVar[float | None] = _REQUEST_SECONDS
    # No buffer between socket and reader, in which what was typed would stay behind.
    rbufsize: ClassVar[int] = 0

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
        WrongUseError: there is no such port, or something else listens there.
    """
    if not 0 < port <= MAX_PORT:
        raise WrongUseError(f"a port is a number from 1 to {MAX_PORT}")
    try:
        return make_server(LOOPBACK, port, app, threaded=True, request_handler=QuietRequestHandler)
    except (OSError, SystemExit):
        raise WrongUseError(f"port {port} is taken: use --port") from None


def serve(home: Path, port: int, *, idle_seconds: int = IDLE_SECONDS) -> None:
    """Serve the console of one officer until the process is asked to end.

    The one-time link is the only thing that is written to standard output.

    Raises:
        NoSuchThingError: nobody enrolled in this folder.
        WrongUseError: the port is taken.
    """
    workplace = Workplace(GuardedWorkstation.open(home), idle_seconds=idle_seconds)
    entrance = Entrance()
    app = create_app(workplace, entrance, authority=f"{LOOPBACK}:{port}")
    server = bind(app, port)
    pulse = Pulse(workplace)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        pulse.start()
        sys.stdout.write(f"http://{LOOPBACK}:{port}/enter/{entrance.new_link_token()}\n")
        sys.stdout.flush()
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        pulse.stop()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Let a polite request to end run the same way as Ctrl-C, so that the keys are let go."""
    raise KeyboardInterrupt

"""How gunicorn runs here, and all that it may ever say.

gunicorn quotes strangers by default: `Invalid request from ip=…` with the offending bytes, the
request line with every traceback, and the same bytes again in the error page. Here the log has an
allow-list: gunicorn's own start and stop messages pass; every other record is reduced to its level,
its logger and, for a fault, the exception's type and the places in the code that it passed. What
cannot be parsed as a request is answered and never logged: such a line would date a visit.
"""

# gunicorn ships no types, and the separate stubs lag behind its releases.
# mypy: disable-error-code="attr-defined, import-untyped, misc"

import logging
import socket
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from traceback import walk_tb
from types import TracebackType
from typing import Final

from gunicorn import util
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http.errors import (
    ExpectationFailed,
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
)
from gunicorn.workers.gthread import ThreadWorker

from intake.server.headers import fixed_headers

# These speak of processes, signals and the listening address only. A test finds each of them in the
# installed gunicorn, so that a renamed message is noticed rather than withheld.
SPEAKABLE: Final = frozenset(
    {
        "Starting gunicorn %s",
        "Listening at: %s (%s)",
        "Using worker: %s",
        "Booting worker with pid: %s",
        "Worker exiting (pid: %s)",
        "Worker (pid:%s) exited with code %s.",
        "Worker (pid:%s) was sent %s!",
        "Worker (pid:%s) was sent %s! Perhaps out of memory?",
        "WORKER TIMEOUT (pid:%s)",
        "Handling signal: %s",
        "Hang up: %s",
        "Shutting down: %s",
        "Reason: %s",
        "Connection in use: %s",
        "Invalid address: %s",
        "Can't connect to %s",
    }
)

SECONDS_BEFORE_A_STUCK_WORKER_IS_ENDED: Final = 60
SECONDS_TO_FINISH_ON_STOP: Final = 30
REQUEST_LINE_BYTES: Final = 2048  # No path and query of ours is longer than 200.
REQUEST_FIELDS: Final = 48  # Browsers send about 15, a signed officer's request about 20.
REQUEST_FIELD_BYTES: Final = 8190


def gunicorn_settings(*, bind: str, workers: int, threads: int) -> Mapping[str, object]:
    """All gunicorn settings, for `intake serve` and for `deploy/gunicorn.conf.py` alike.

    Args:
        bind: `host:port` or `unix:/path`.
        workers: Processes; more than one needs a shared limiter store.
        threads: Threads of each; they bound how many bodies are read at once.

    Returns:
        Names and values as gunicorn spells them.
    """
    return {
        "wsgi_app": "intake.server.wsgi:create_app()",
        "bind": bind,
        "workers": workers,
        # Stalled bodies starve the sync worker: 12 of them take it from 4,582 requests/s to none.
        "worker_class": f"{__name__}.MuteWorker",
        "threads": threads,
        "timeout": SECONDS_BEFORE_A_STUCK_WORKER_IS_ENDED,
        "graceful_timeout": SECONDS_TO_FINISH_ON_STOP,
        # The heartbeat file must not wait for a disk that is busy syncing submissions.
        "worker_tmp_dir": "/dev/shm",  # noqa: S108 - gunicorn opens it with mkstemp and unlinks it
        # A socket is for its owner and group: whoever can connect can name any limiter key.
        "umask": 0o007,
        # From version 25 gunicorn opens a socket that lists requests and resizes the server.
        "control_socket_disable": True,
        "logger_class": f"{__name__}.MuteLogger",
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "info",
        "capture_output": False,
        "limit_request_line": REQUEST_LINE_BYTES,
        "limit_request_fields": REQUEST_FIELDS,
        "limit_request_field_size": REQUEST_FIELD_BYTES,
        # Nothing a peer says may change scheme, script name or address.
        "forwarded_allow_ips": "",
        "forwarder_headers": "",
        "secure_scheme_headers": {},
        "header_map": "drop",
        "proxy_protocol": "off",
        "http_protocols": "h1",
        # One parser everywhere, whether or not an accelerator happens to be installed.
        "http_parser": "python",
    }


def mute(record: logging.LogRecord) -> bool:
    """Take from a record all words but gunicorn's own; for use as a handler's filter.

    The record itself is emptied, so that nothing behind this filter can print what it held. The
    time is cut to the hour, as everywhere at rest.
    """
    hour = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:00Z")
    said = f"{record.name}: text withheld{_fault(record)}"
    if record.name == "gunicorn.error" and record.msg in SPEAKABLE and not record.exc_info:
        # Arguments that do not fit stay withheld: a filter that raises would stop the server.
        with suppress(TypeError, ValueError):
            said = record.getMessage()
    record.msg = f"{hour} {record.process} {record.levelname} {said}"
    record.args = record.exc_info = record.exc_text = record.stack_info = None
    return True


def _fault(record: logging.LogRecord) -> str:
    """Name the exception's type and the code it passed; its text may quote a request."""
    if not record.exc_info or record.exc_info[0] is None:
        return ""
    kind, _, trace = record.exc_info
    return f"; {kind.__module__}.{kind.__qualname__} at {_places(trace)}"


def _places(trace: TracebackType | None) -> str:
    frames = [f"{f.f_globals.get('__name__', '?')}:{line}" for f, line in walk_tb(trace)]
    return " > ".join(frames) or "?"


class MuteLogger(Logger):
    """gunicorn's logger with every way out of the process closed but one.

    Setting it up also mutes the root logger (Flask, SQLAlchemy, warnings) and the hooks that print
    an uncaught exception of a thread, because those quote paths and SQL parameters.
    """

    def setup(self, cfg: Config) -> None:
        """Install one mute handler; settings that would add another are not consulted."""
        self.cfg = cfg
        self.logfile = None
        self.loglevel = logging.INFO
        handler = logging.StreamHandler(sys.stderr)
        handler.addFilter(mute)
        self.error_log.handlers = [handler]
        self.error_log.setLevel(logging.INFO)
        self.access_log.handlers = [logging.NullHandler()]
        logging.root.handlers = [handler]
        logging.lastResort = None
        logging.raiseExceptions = False  # A failing handler would print the record it failed on.
        logging.captureWarnings(capture=True)
        threading.excepthook = _log_thread_fault
        sys.unraisablehook = _log_unraisable_fault

    @property
    def access_log_enabled(self) -> bool:
        """Whether gunicorn should gather what an access line needs: never."""
        return False

    def access(self, *_: object) -> None:
        """Write no access line."""

    def debug(self, *_: object, **__: object) -> None:
        """Write no debugging line: some quote the request."""


def _log_fault(kind: type[BaseException], trace: TracebackType | None) -> None:
    # The value is left behind: only its type and its trace may be shown anyway.
    logging.root.error("", exc_info=(kind, BaseException(), trace))


def _log_thread_fault(fault: threading.ExceptHookArgs) -> None:
    _log_fault(fault.exc_type, fault.exc_traceback)


def _log_unraisable_fault(fault: "sys.UnraisableHookArgs") -> None:
    _log_fault(fault.exc_type, fault.exc_traceback)


class MuteWorker(ThreadWorker):
    """A threaded worker that tells a client no more about its bad request than the status."""

    def handle_error(
        self,
        req: object,  # noqa: ARG002 - named by gunicorn's interface; must not be looked at
        client: socket.socket,
        addr: object,  # noqa: ARG002 - as above
        exc: BaseException,
    ) -> None:
        """Answer what gunicorn refused or the application failed to answer.

        gunicorn's own version logs the address, repeats the request in an HTML page and sends no
        protective header.
        """
        status = _status_of(exc)
        if status is HTTPStatus.INTERNAL_SERVER_ERROR:
            self.log.error("", exc_info=(type(exc), exc, exc.__traceback__))
        try:
            util.write_nonblock(client, _refusal(status))
        except OSError:
            return  # The client has gone; it is not told and nobody is.


def _status_of(exc: BaseException) -> HTTPStatus:
    if isinstance(exc, InvalidResponseHeader | InvalidResponseHeaderName):
        # Ours to answer for, although gunicorn derives it from the client's errors.
        return HTTPStatus.INTERNAL_SERVER_ERROR
    if isinstance(exc, LimitRequestLine):
        return HTTPStatus.REQUEST_URI_TOO_LONG
    if isinstance(exc, LimitRequestHeaders):
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    if isinstance(exc, ExpectationFailed):
        return HTTPStatus.EXPECTATION_FAILED
    if isinstance(exc, ParseException):
        return HTTPStatus.BAD_REQUEST
    return HTTPStatus.INTERNAL_SERVER_ERROR


def _refusal(status: HTTPStatus) -> bytes:
    """Encode a problem document (RFC 9457) with the headers that every answer carries."""
    body = f'{{"type":"about:blank","title":"{status.phrase}","status":{status}}}'
    headers = (
        ("Connection", "close"),
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
        *fixed_headers(""),
    )
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"HTTP/1.1 {status} {status.phrase}\r\n{head}\r\n{body}".encode("ascii")

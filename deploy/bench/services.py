"""Servers that a benchmark starts on 127.0.0.1 and ends itself."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.bench.throw_away import Authority, found_authority
from intake.server.key_sets import install_key_set
from intake.server.secret_files import make_acknowledgement_key

SECONDS_TO_START = 20.0
SECONDS_TO_STOP = 10.0
THREADS = 16
_UNLIMITED = "100000000 per minute"  # The limiter runs and counts; it only never says no.


@dataclass(frozen=True, slots=True)
class Service:
    """A running server.

    Attributes:
        process: its first process; workers are children of that.
    """

    port: int
    process: int


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str], port: int, environment: Mapping[str, str] | None = None
) -> Iterator[Service]:
    """A command that listens on `port`, until the block ends.

    Raises:
        RuntimeError: it ended, or did not listen in time.
    """
    process = subprocess.Popen(
        command, env={**os.environ, **(environment or {})}, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port, process)
        yield Service(port, process.pid)
    finally:
        process.terminate()
        process.wait(SECONDS_TO_STOP)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the server did not start; exit code {process.poll()}")


@contextmanager
def intake_server(
    folder: Path,
    *,
    workers: int,
    limiter_url: str,
    command: Sequence[str] = ("-m", "intake.cli", "serve"),
) -> Iterator[tuple[Service, Authority]]:
    """`intake serve`, all its limits on but out of reach.

    Args:
        folder: empty; databases and keys go there.
        workers: processes, 16 threads each.
        limiter_url: `memory://` for one worker only.
        command: what Python is to run.
    """
    port = free_port()
    authority = found_authority(f"http://127.0.0.1:{port}", make_acknowledgement_key(folder))
    install_key_set(
        folder, authority.root.verification_key, authority.published, authority.officers_note
    )
    environment = {
        "INTAKE_DATA_DIR": str(folder),
        "INTAKE_ROOT_KEY": authority.root_text,
        "INTAKE_BIND": f"127.0.0.1:{port}",
        "INTAKE_WORKERS": str(workers),
        "INTAKE_THREADS": str(THREADS),
        "INTAKE_LIMITER_URL": limiter_url,
        "INTAKE_LIMIT_SUBMISSIONS": _UNLIMITED,
        "INTAKE_LIMIT_PARTS": _UNLIMITED,
        "INTAKE_LIMIT_SHARED": _UNLIMITED,
    }
    with running((sys.executable, *command), port, environment) as service:
        yield service, authority


@contextmanager
def empty_server(*, workers: int) -> Iterator[Service]:
    """A Flask view that reads a body and answers nothing, under the same gunicorn settings."""
    port = free_port()
    command = (sys.executable, "-m", "deploy.bench.empty_post", str(port), str(workers))
    with running((*command, str(THREADS)), port) as service:
        yield service


@contextmanager
def redis_server(folder: Path) -> Iterator[str | None]:
    """A Redis that keeps nothing, as a limiter URL; None where there is no such program."""
    program = shutil.which("redis-server")
    if program is None:
        yield None
        return
    port = free_port()
    command = (
        program,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        str(folder),
    )
    with running((*command, "--logfile", os.devnull), port) as service:
        yield f"redis://127.0.0.1:{service.port}"

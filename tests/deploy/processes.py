"""Starting the real programs, and speaking to them byte by byte."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

REPOSITORY: Final = Path(__file__).resolve().parents[2]
START_SECONDS: Final = 15

Address = str | tuple[str, int]


def program(name: str, *, package: str) -> str:
    """Find a program; where CI promises it, its absence is a failure and not a skip."""
    places = (str(Path(sys.executable).parent), os.environ.get("PATH", ""), "/usr/sbin:/usr/bin")
    found = shutil.which(name, path=":".join(places))
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(f"{name} is missing: CI installs the package {package}")
    if found is None:
        pytest.skip(f"{name} is missing: install the package {package}")
    return found


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run to the end and return what was said."""
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@contextmanager
def running(
    command: Sequence[str], *, log: Path, until: Address, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program while the block runs; it writes to `log` and is ready once `until` accepts."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=out,
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
        )
    try:
        _await(until, process, log)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=40)


@contextmanager
def gunicorn(*, bind: str, until: Address, log: Path, threads: int = 4) -> Iterator[None]:
    """Run the tiny application under the shipped configuration."""
    command = [
        *(sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py"),
        "tests.deploy.tiny_application:application",
    ]
    settings = {"INTAKE_BIND": bind, "INTAKE_THREADS": str(threads)}
    with running(command, log=log, until=until, **settings):
        yield


def connect(address: Address, *, source: str = "") -> socket.socket:
    """Open a connection, from another loopback address where one is named."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(10)
        if source:
            connection.bind((source, 0))
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


def exchange(address: Address, request: bytes, *, source: str = "") -> bytes:
    """Send bytes as they are and return everything that comes back."""
    with connect(address, source=source) as connection:
        connection.sendall(request)
        return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    """Read until the other side closes; a reset ends the answer too."""
    received = bytearray()
    try:
        while piece := connection.recv(65536):
            received += piece
    except ConnectionResetError:
        return bytes(received)
    return bytes(received)


def everything_written(folder: Path) -> bytes:
    """Every byte of every file below a folder."""
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def _await(address: Address, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            connect(address).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"did not start: {log.read_text(errors='replace')}")

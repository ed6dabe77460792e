"""The real server as a process, and reports to send to it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import urllib3

from crypto.custody.key_pair import KeyPair
from crypto.custody.reporter import (
    Contents,
    ReporterKeys,
    SealedSubmission,
    open_acknowledgement,
    seal_submission,
)
from crypto.signing.request import REQUEST_LABEL, request_body
from crypto.wire.acknowledgement import Acknowledgement
from crypto.wire.codec import decode_base64url, encode_base64url
from crypto.wire.key_set import KeySet
from crypto.wire.keys import officer_id
from intake.client.report import random_receipt_code
from intake.server.key_sets import install_key_set
from intake.server.secret_files import make_acknowledgement_key
from tests.intake.authority import Authority, Publication
from tests.ports import free_port

START_SECONDS = 20
BINARY = {"Content-Type": "application/octet-stream"}


def program(name: str) -> str:
    """Find a program; where CI promises it, its absence is a failure and not a skip."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/bin:/usr/sbin")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(f"{name} is missing")
    if found is None:
        pytest.skip(f"{name} is missing")
    return found


@dataclass(frozen=True)
class Installation:
    """A data folder with an acknowledgement key and one key set."""

    data_dir: Path
    authority: Authority
    publication: Publication

    @property
    def key_set(self) -> KeySet:
        """As a reporter trusts it."""
        return self.authority.verified(self.publication)

    @property
    def environment(self) -> dict[str, str]:
        """The settings that have no default."""
        return {
            "INTAKE_DATA_DIR": str(self.data_dir),
            "INTAKE_ROOT_KEY": self.authority.root_text,
        }


def install(data_dir: Path, authority: Authority) -> Installation:
    """Prepare a data folder as an operator would."""
    key = make_acknowledgement_key(data_dir).verification_key
    publication = authority.publish(key)
    root_key = authority.root.verification_key
    install_key_set(data_dir, root_key, publication.raw, publication.officers)
    return Installation(data_dir, authority, publication)


@dataclass(frozen=True)
class Report:
    """A sealed report and what its reporter keeps."""

    keys: ReporterKeys = field(repr=False)
    submission: SealedSubmission = field(repr=False)

    def open(self, answer: bytes, key_set: KeySet) -> Acknowledgement:
        """The acknowledgement in a server's answer."""
        sealed = decode_base64url(json.loads(answer)["acknowledgement"])
        return open_acknowledgement(sealed, self.keys, key_set)


def seal_report(key_set: KeySet, narrative: str = "x", *, n: int = 0) -> Report:
    """A report of somebody new."""
    keys = ReporterKeys.derive(random_receipt_code(), key_set.instance_id)
    contents = Contents(report={"narrative": narrative})
    return Report(keys, seal_submission(keys, contents, key_set, n=n))


@dataclass(frozen=True)
class Running:
    """A server that runs."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    installation: Installation
    pool: urllib3.PoolManager

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> urllib3.BaseHTTPResponse:
        """One request on a connection of its own, no redirect followed."""
        # A kept connection may be closed by the server just when the next request is sent on it.
        sent = {**(headers or {}), "Connection": "close"}
        return self.pool.request(method, self.url + path, body=body, headers=sent, redirect=False)

    def submit(self, report: Report) -> urllib3.BaseHTTPResponse:
        """Send a report."""
        return self.request("POST", "/api/v1/submissions", report.submission.raw, BINARY)

    def nonce(self, face: str = "desk") -> bytes:
        """A fresh nonce of a face."""
        return decode_base64url(self.request("POST", f"/{face}/v1/nonce").json()["nonce"])

    def signed(
        self,
        pair: KeyPair,
        method: str,
        path: str,
        *,
        query: str = "",
        body: bytes = b"",
        nonce: bytes | None = None,
    ) -> urllib3.BaseHTTPResponse:
        """One request of an officer."""
        nonce = nonce or self.nonce(path.split("/")[1])
        headers = self.authorization(pair, method, path, query=query, body=body, nonce=nonce)
        target = f"{path}?{query}" if query else path
        return self.request(method, target, body or None, headers | (BINARY if body else {}))

    def authorization(
        self, pair: KeyPair, method: str, path: str, *, query: str, body: bytes, nonce: bytes
    ) -> dict[str, str]:
        """The header by which an officer signs."""
        who = officer_id(pair.verification_key, pair.recipient_key)
        signed = request_body(
            method=method, path=path, query=query, body=body, officer_id=who, nonce=nonce
        )
        instance = self.installation.key_set.instance_id
        signature = pair.signing.sign(REQUEST_LABEL, instance, signed)
        return {
            "Authorization": f"SealedIntake officer={encode_base64url(who)}, "
            f"nonce={encode_base64url(nonce)}, signature={encode_base64url(signature)}"
        }

    def kill_workers(self) -> None:
        """End the workers as a fault would; the first process starts new ones."""
        first = self.process.pid
        children = Path(f"/proc/{first}/task/{first}/children").read_text(encoding="ascii")
        for worker in children.split():
            with suppress(ProcessLookupError):
                os.kill(int(worker), signal.SIGKILL)

    def kill(self) -> None:
        """End every process of the server as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def serving(installation: Installation, log: Path, **settings: str) -> Iterator[Running]:
    """Run `intake serve` while the block runs, on a free port unless the settings name one."""
    bind = settings.get("INTAKE_BIND", f"127.0.0.1:{free_port()}")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("INTAKE_")},
        **installation.environment,
        "INTAKE_BIND": bind,
        **settings,
    }
    command = [sys.executable, "-m", "intake.cli", "serve"]
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, env=environment, start_new_session=True
        )
    pool = urllib3.PoolManager(retries=False, timeout=30, maxsize=16)
    running = Running(f"http://{bind}", process, log, installation, pool)
    try:
        _await(running, bind.partition("unix:")[2])
        yield running
    finally:
        pool.clear()
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=40)


def _await(running: Running, unix_socket: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and running.process.poll() is None:
        if _answers(running, unix_socket):
            return
        time.sleep(0.05)
    pytest.fail(f"the server did not start: {running.log.read_text()}")


def _answers(running: Running, unix_socket: str) -> bool:
    try:
        if unix_socket:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(unix_socket)
        else:
            running.request("GET", "/api/v1/key-set")
    except (urllib3.exceptions.HTTPError, OSError):
        return False
    return True

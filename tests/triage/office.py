"""A whole office on this machine: authority, officers, a real server process, and reporters.

Every actor has keys of their own. The server's databases lie open to tests that play its operator.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import urllib3

from crypto.custody.reporter import Contents, ReporterKeys, seal_submission
from crypto.signing.trust import verify_key_set
from crypto.wire.contents import DocumentKind
from crypto.wire.feed import head_zero, next_head
from crypto.wire.files import Upload
from crypto.wire.key_set import KeySet, parse_key_set
from crypto.wire.receipt import ReceiptCode
from crypto.wire.roles import Role
from crypto.wire.submission import submission_digest
from triage.authority.ceremony import (
    add_acknowledgement_key,
    add_desk,
    add_officer,
    found_authority,
)
from triage.authority.commands import parse_key_text
from triage.authority.publishing import publish, version_name
from triage.authority.state import load_state
from triage.courier.https import Courier
from triage.locked_files import Cost
from triage.workstation.grants import grants_for, open_grant, post_grant
from triage.workstation.home import Home
from triage.workstation.keyring import Keyring, enrol, found_desk, unlock
from triage.workstation.session import Session
from triage.workstation.trust import pin, refresh

CHEAP = Cost(passes=1, memory_bytes=8192)
PASSPHRASE = b"correct horse battery"
NAMES = ("测试机关", "Test body")
DESKS = (
    Role.TRIAGE,
    Role.OVERSIGHT,
    Role.CUSTODIAN,
    Role.PROTECTION,
    Role.REWARD,
    Role.AUDITOR,
)
START_SECONDS = 20
WIDE = "100000 per minute"


def passphrase_of(name: str) -> bytes:
    """Everybody's own."""
    return PASSPHRASE + b" of " + name.encode()


@dataclass(slots=True)
class Office:
    """Folders and addresses of one office.

    Attributes:
        folder: everything lies below it.
        origin: where its server listens.
    """

    folder: Path
    origin: str
    _server: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def authority(self) -> Path:
        """The offline machine."""
        return self.folder / "authority"

    @property
    def data_dir(self) -> Path:
        """The server's folder."""
        return self.folder / "server"

    @property
    def root_key(self) -> bytes:
        """What everybody pins."""
        return load_state(self.authority).root_key

    def home(self, name: str) -> Home:
        """An officer's folder."""
        return Home(self.folder / "officers" / name)

    def keyring(self, name: str) -> Keyring:
        """An officer, unlocked."""
        return unlock(self.home(name), passphrase_of(name))

    def session(self, name: str) -> Session:
        """An officer's session, unlocked."""
        return Session(self.keyring(name))

    def courier(self) -> Courier:
        """A connection to the server."""
        return Courier(self.origin)

    def enrol(self, name: str, roles: Sequence[Role], *, founds: bool = False) -> None:
        """List an officer, with a desk made by them."""
        home = self.home(name)
        enrolment = enrol(home, name, passphrase_of(name), CHEAP)
        if founds:
            add_desk(self.authority, found_desk(self.keyring(name), roles[0], 1))
        add_officer(self.authority, enrolment, frozenset(roles))

    def publish(self, days: int = 14) -> Path:
        """Sign the next key set and install it on the server."""
        out = self.folder / "published"
        made = publish(self.authority, out, passphrase=PASSPHRASE, now=datetime.now(UTC), days=days)
        self.intake(
            "install-key-set", str(made.key_set_file), "--officers", str(made.officers_file)
        )
        while self._server is not None and self.key_set().version < made.version:
            time.sleep(0.1)
        return made.key_set_file

    def published(self, version: int) -> bytes:
        """A version's bytes."""
        return (self.folder / "published" / f"{version_name(version)}.json").read_bytes()

    def environment(self) -> dict[str, str]:
        """The server's settings."""
        return {
            **os.environ,
            "INTAKE_DATA_DIR": str(self.data_dir),
            "INTAKE_ROOT_KEY": str(self.authority / "root.pub"),
            "INTAKE_BIND": self.origin.removeprefix("http://"),
            "INTAKE_LIMIT_SUBMISSIONS": WIDE,
            "INTAKE_LIMIT_SLOTS": WIDE,
            "INTAKE_LIMIT_OFFICERS": WIDE,
            "INTAKE_LIMIT_SHARED": WIDE,
            "INTAKE_LIMIT_PARTS": WIDE,
        }

    def intake(self, *arguments: str) -> str:
        """Run one of the server's commands."""
        done = subprocess.run(
            [sys.executable, "-m", "intake.cli", *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout.strip()

    def set_up(self) -> None:
        """Authority, two officers of triage and one of every other desk, a key set, no server."""
        found_authority(
            self.authority,
            origin=self.origin,
            names=NAMES,
            passphrase=PASSPHRASE,
            now=datetime.now(UTC),
            cost=CHEAP,
        )
        key = parse_key_text(self.intake("acknowledgement-key"))
        add_acknowledgement_key(self.authority, key, now=datetime.now(UTC))
        for role in DESKS:
            self.enrol(f"{role.wire_name}-1", (role,), founds=True)
        self.enrol("triage-2", (Role.TRIAGE,))
        self.publish()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with (self.folder / "server.log").open("ab") as log:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "intake.cli", "serve"],
                env=self.environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        give_up_at = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > give_up_at or self._server.poll() is not None:
                raise RuntimeError((self.folder / "server.log").read_text())
            time.sleep(0.05)

    def _answers(self) -> bool:
        pool = urllib3.PoolManager(retries=False, timeout=2)
        try:
            return pool.request("GET", f"{self.origin}/api/v1/key-set").status == 200
        except urllib3.exceptions.HTTPError:
            return False
        finally:
            pool.clear()

    def stop(self) -> None:
        """End the server, by its id."""
        if self._server is not None:
            self._server.send_signal(signal.SIGTERM)
            self._server.wait(20)
            self._server = None

    def trust(self, *names: str) -> None:
        """Officers pin root and server, and fetch the officers' list."""
        courier = self.courier()
        for name in names:
            pin(self.home(name), self.root_key, courier, datetime.now(UTC))
            refresh(self.home(name), courier, self.keyring(name), datetime.now(UTC))
        courier.close()

    def grant(self, giver: str, receiver: str, role: Role) -> None:
        """Hand a desk's keys on, without the server."""
        granter, taker = self.keyring(giver), self.keyring(receiver)
        courier, now = self.courier(), datetime.now(UTC)
        trust = refresh(granter.home, courier, granter, now)
        theirs = refresh(taker.home, courier, taker, now)
        for raw in grants_for(role, receiver, epoch=None, granter=granter, trust=trust):
            taker.keep_desk(open_grant(raw, receiver=taker, trust=theirs))
        courier.close()

    def post_grants(self, giver: str, receiver: str, role: Role) -> None:
        """Leave a desk's keys for somebody on the server."""
        granter, courier = self.keyring(giver), self.courier()
        trust = refresh(granter.home, courier, granter, datetime.now(UTC))
        for raw in grants_for(role, receiver, epoch=None, granter=granter, trust=trust):
            post_grant(raw, courier=courier, granter=granter, trust=trust)
        courier.close()

    def key_set(self) -> KeySet:
        """What reporters seal to now."""
        courier = self.courier()
        raw = courier.get("/api/v1/key-set")
        courier.close()
        return verify_key_set(parse_key_set(raw), self.root_key, now=datetime.now(UTC))

    def reporter(self, number: int) -> ReporterKeys:
        """A reporter with a code of their own."""
        return ReporterKeys.derive(ReceiptCode(number), self.key_set().instance_id)

    def file(
        self,
        number: int,
        contents: Contents,
        *,
        n: int = 0,
        kind: DocumentKind = DocumentKind.FIRST,
    ) -> bytes:
        """File one submission; its raw bytes."""
        sealed = seal_submission(self.reporter(number), contents, self.key_set(), n=n, kind=kind)
        self.send(sealed.raw)
        return sealed.raw

    def send(self, raw: bytes) -> None:
        """Send a sealed submission."""
        pool = urllib3.PoolManager(retries=False, timeout=20)
        headers = {"Content-Type": "application/octet-stream"}
        answer = pool.request(
            "POST", f"{self.origin}/api/v1/submissions", body=raw, headers=headers
        )
        pool.clear()
        assert answer.status == 201, answer.data

    def upload(self, upload: Upload, parts: Iterable[bytes]) -> None:
        """Send the parts of a sealed file, and have them kept."""
        pool = urllib3.PoolManager(retries=False, timeout=20)
        headers = {"Content-Type": "application/octet-stream"}
        bodies = [upload.encode() + index.to_bytes(4) + part for index, part in enumerate(parts)]
        wanted = [("parts", body) for body in bodies] + [("parts/kept", upload.encode())]
        for path, body in wanted:
            url = f"{self.origin}/api/v1/{path}"
            answer = pool.request("POST", url, body=body, headers=headers)
            assert answer.status == 204, answer.data
        pool.clear()

    @contextmanager
    def database(self, name: str) -> Iterator[sqlite3.Connection]:
        """One of the server's databases, as its operator may open it."""
        file = self.data_dir / f"{name}.sqlite"
        with closing(sqlite3.connect(file, timeout=20)) as connection, connection:
            yield connection

    def chain_anew(self) -> None:
        """Make all heads of the feed fit its rows again, as a hostile operator would."""
        head = head_zero(self.key_set().instance_id)
        with self.database("intake") as connection:
            rows = connection.execute(
                "SELECT sequence, rest, acknowledgement_hash, report FROM feed ORDER BY sequence"
            ).fetchall()
            for sequence, rest, acknowledgement_hash, report in rows:
                head = next_head(head, submission_digest(report, rest), acknowledgement_hash)
                connection.execute("UPDATE feed SET head = ? WHERE sequence = ?", (head, sequence))
            connection.execute("UPDATE feed_head SET head = ?", (head,))


def saying(narrative: str, **members: object) -> Contents:
    """A report to triage with this narrative."""
    return Contents(report={"narrative": narrative, **members})  # type: ignore[dict-item]

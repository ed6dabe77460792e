"""An office with one triage officer, whose register is filled by really sealing and opening."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from crypto.custody.reporter import Contents, ReporterKeys, seal_submission
from crypto.signing.trust import accept_key_set
from crypto.wire.contents import DocumentKind
from crypto.wire.feed import FeedItem
from crypto.wire.grant import DeskSeed
from crypto.wire.receipt import ReceiptCode
from crypto.wire.roles import Role
from crypto.wire.strict_json import JsonObject
from crypto.wire.submission import parse_submission
from tests.authority import Authority, make_authority
from triage.cases.reference import spell_case
from triage.console.app import create_app
from triage.console.entrance import Entrance
from triage.console.workplace import Workplace
from triage.locked_files import THROW_AWAY
from triage.register.database import Database
from triage.register.store import Position, Register
from triage.workstation.home import Home
from triage.workstation.keyring import Keyring, enrol, unlock
from triage.workstation.opening import Opener
from triage.workstation.session_process import GuardedWorkstation
from triage.workstation.trust import Trust, save_trust

PASSPHRASE = b"long enough for one test"
AUTHORITY = "127.0.0.1:8090"
BASE_URL = f"http://{AUTHORITY}"
NOBODY_URL = "http://127.0.0.1:9"
FIRST_HOUR = 490_000  # 2025-11-24T16:00Z, in whole hours since 1970


@dataclass(slots=True)
class Office:
    """An enrolled officer's folder, and the authority whose triage desk they hold.

    Attributes:
        submitted: how many items the feed holds so far.
    """

    home: Home
    authority: Authority
    keyring: Keyring
    register: Register
    submitted: int = 0
    texts: list[str] = field(default_factory=list)

    def receive(
        self,
        report: JsonObject,
        *,
        reporter: int = 0,
        n: int = 0,
        kind: DocumentKind = DocumentKind.FIRST,
        about_staff: bool = False,
    ) -> str:
        """Seal a report, open it and write it into the register.

        Args:
            report: what is said.
            reporter: the receipt code's number; the same one means the same case.
            n: number of the submission in its case.
            kind: of the document.
            about_staff: seal it to oversight.

        Returns:
            The case's REF.
        """
        keys = ReporterKeys.derive(ReceiptCode(reporter), self.authority.instance_id)
        contents = Contents(about_staff=about_staff, report=report)
        sealed = seal_submission(keys, contents, self.authority.key_set, n=n, kind=kind)
        self._record(parse_submission(sealed.raw).report)
        return spell_case(sealed.case_ref)[:8]

    def receive_damaged(self) -> None:
        """Receive a report whose last byte was changed after it was sealed."""
        keys = ReporterKeys.derive(ReceiptCode(7), self.authority.instance_id)
        contents = Contents(report={"narrative": "damaged"})
        sealed = seal_submission(keys, contents, self.authority.key_set)
        envelope = parse_submission(sealed.raw).report
        self._record(envelope[:-1] + bytes([envelope[-1] ^ 1]))

    def look_for_siblings(self, rows: Sequence[tuple[bytes, bytes]] = ()) -> None:
        """Compare every sibling with a vault that holds these (row id, digest) pairs only."""
        self.register.check_siblings([rows])

    def _record(self, envelope: bytes) -> None:
        instance = self.authority.instance_id
        self.submitted += 1
        head = hashlib.sha256(self.submitted.to_bytes(4)).digest()
        hour = FIRST_HOUR + self.submitted
        item = FeedItem(self.submitted, hour, bytes(32), bytes(32), head, envelope)
        opener = Opener.of([desk.seed for desk in self.keyring.desk_seeds()], instance)
        before = self.register.scanned(instance)
        after = Position(self.submitted, head)
        self.register.record_page(instance, [opener.open(item)], before, after)


def make_office(folder: Path) -> Office:
    """Enrol an officer below `folder` and give them the triage desk."""
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    authority = make_authority(now=now)
    home = Home(folder / "officer")
    enrol(home, "duty-1", PASSPHRASE, THROW_AWAY)
    keyring = unlock(home, PASSPHRASE)
    keyring.keep_desk(DeskSeed(Role.TRIAGE, 1, authority.desks[Role.TRIAGE].seed))
    _pin(home, authority)
    path = home.register_file(authority.instance_id)
    register = Register(Database(path, keyring.register_key()))
    return Office(home, authority, keyring, register)


def _pin(home: Home, authority: Authority) -> None:
    """Trust the authority at an address where nobody answers."""
    key_set = authority.key_set
    memory = accept_key_set(None, key_set)
    save_trust(home, Trust(NOBODY_URL, authority.root_key, memory, key_set, authority.published))


@dataclass(slots=True)
class HandClock:
    """A monotonic clock that a test moves."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        """The reading, in seconds."""
        return self.seconds


@dataclass(slots=True)
class Browser:
    """A browser before the console: keeps the cookie, repeats the form token as pages do."""

    client: FlaskClient
    workplace: Workplace
    entrance: Entrance
    clock: HandClock

    def get(self, path: str, **headers: str) -> TestResponse:
        """Ask for a page below the console's path."""
        return self.client.get(self.address(path), base_url=BASE_URL, headers=_dashed(headers))

    def post(self, path: str, *, token: str | None = None, **fields: str) -> TestResponse:
        """Send a form; with this browser's own token unless another one is given."""
        held = self.entrance.recognise(self.cookie) if token is None else None
        own = held.form_token if held else token or ""
        return self.client.post(
            self.address(path), base_url=BASE_URL, data={"token": own, **fields}
        )

    def address(self, path: str) -> str:
        """A path below the console's own."""
        return f"/{self.entrance.path}/{path}"

    @property
    def cookie(self) -> str:
        """The cookie's value; empty where there is none."""
        held = self.client.get_cookie("console", "127.0.0.1", f"/{self.entrance.path}/")
        return held.value if held else ""

    def enter(self) -> TestResponse:
        """Follow a fresh one-time link."""
        link = f"/enter/{self.entrance.new_link_token()}"
        return self.client.get(link, base_url=BASE_URL)

    def unlock(self) -> TestResponse:
        """Type the passphrase."""
        return self.post("unlock", passphrase=PASSPHRASE.decode())


def open_browser(office: Office) -> Browser:
    """Start a console for an office, and a browser that has not entered yet."""
    clock, entrance = HandClock(), Entrance()
    workstation = GuardedWorkstation.open(office.home.folder)
    workplace = Workplace(workstation, clock=clock)
    app = create_app(workplace, entrance, authority=AUTHORITY)
    return Browser(app.test_client(), workplace, entrance, clock)


def _dashed(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}

"""The mailbox page as a person uses it, and a desk that answers it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import urllib3
from playwright.sync_api import Response

from crypto.custody.key_pair import KeyPair
from crypto.custody.opening import open_row
from crypto.custody.reporter import Contents, ReporterKeys, seal_submission
from crypto.sealing.seal import seal_envelope
from crypto.sealing.sealed_box import SealingKey
from crypto.signing.trust import verify_key_set
from crypto.wire.documents import Document
from crypto.wire.envelope import Purpose, envelope_bytes
from crypto.wire.key_set import KeySet, parse_key_set
from crypto.wire.receipt import parse_receipt_code
from crypto.wire.reply import REPLY_LABEL, Reply, ReplyKind, encode_signed_part, pad_reply
from crypto.wire.roles import Role
from crypto.wire.signed_note import ROOT_NAME, parse_verifier_key
from crypto.wire.slots import slot_id, slot_preimage
from crypto.wire.strict_json import JsonObject
from intake.client.report import random_receipt_code
from tests.browser.report_form import ReportForm
from tests.workstation_cli import triage
from triage.courier.https import Courier
from triage.workstation.home import Home
from triage.workstation.keyring import unlock

FIRST_EPOCH = 1


@dataclass
class MailboxVisit(ReportForm):
    """One visit to the mailbox.

    Attributes:
        answered: the size of every answer of the slots, in the order they came.
    """

    answered: list[int] = field(default_factory=list)

    def open(self) -> None:
        """Load the page and wait until it takes a code."""
        self.page.on("request", self._note_request)
        self.page.on("response", self._note_response)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.goto(self.url)
        self.button("mailbox.code.open").wait_for()

    def _note_response(self, response: Response) -> None:
        if response.url.endswith("/api/v1/slots"):
            self.answered.append(int(response.headers["content-length"]))

    def enter(self, code: str) -> None:
        """Type a code and open it."""
        self.box("mailbox.code.label").fill(code)
        self.button("mailbox.code.open").click()

    def look(self, code: str) -> None:
        """Open a code that was given to somebody."""
        self.enter(code)
        self.heading("mailbox.heading").wait_for()

    def act(self, msgid: str) -> None:
        """Choose one of the things that can be done, wherever it is folded away."""
        self.page.locator("details").evaluate_all(
            "all => all.forEach(each => { each.open = true })"
        )
        self.button(msgid).click()

    def sent(self) -> None:
        """Wait until the server has answered, and go back to what lies in the mailbox."""
        self.heading("mailbox.sent.heading").wait_for()
        self.button("mailbox.sent.back").click()
        self.heading("mailbox.heading").wait_for()

    def shows(self, text: str) -> bool:
        """Whether a text can be read on the screen."""
        return self.page.locator("main").get_by_text(text).first.is_visible()


@dataclass(frozen=True)
class AnsweringDesk:
    """The triage desk of the demonstration, as the library lets it answer."""

    demo: Mapping[str, Any]

    def key_set(self) -> KeySet:
        """The newest one, verified."""
        root = parse_verifier_key(Path(self.demo["root_key"]).read_text().strip(), ROOT_NAME)
        raw = Courier(self.demo["server_url"]).get("/api/v1/key-set")
        return verify_key_set(parse_key_set(raw), root, now=datetime.now(UTC))

    def answer(
        self, code: str, i: int, kind: ReplyKind, content: JsonObject, *, forged: bool = False
    ) -> None:
        """Write reply i; a forged one is signed by a key that no desk has."""
        officer = self.demo["officers"][0]
        keyring = unlock(Home(Path(officer["home"])), _passphrase(officer))
        key_set = self.key_set()
        keys = ReporterKeys.derive(parse_receipt_code(code), key_set.instance_id)
        seed = bytes(32) if forged else keyring.desk_seed(Role.TRIAGE, FIRST_EPOCH).seed
        signed = encode_signed_part(
            Reply(kind, Role.TRIAGE, FIRST_EPOCH, i, keys.case_ref, content)
        )
        signature = KeyPair.from_seed(seed).signing.sign(REPLY_LABEL, keys.instance, signed)
        place = slot_id(slot_preimage(keys.slot_key(Role.TRIAGE), Role.TRIAGE, i))
        sealed = seal_envelope(
            pad_reply(signed, signature),
            purpose=Purpose.REPLY,
            place=place,
            key_set_version=key_set.version,
            instance=keys.instance,
            readers=(SealingKey(keys.reply.recipient_key),),
        )
        Courier(self.demo["server_url"]).signed(
            "POST",
            "/desk/v1/slots",
            signer=keyring,
            instance=keys.instance,
            body=place + sealed,
        )

    def vault_documents(self, code: str, role: Role, purpose: Purpose) -> list[Document]:
        """What another desk finds of a case among all rows of its kind, by number."""
        name = f"{role.wire_name}-1"
        officer = next(each for each in self.demo["officers"] if each["name"] == name)
        keyring = unlock(Home(Path(officer["home"])), _passphrase(officer))
        instance = self.key_set().instance_id
        claim_key = ReporterKeys.derive(parse_receipt_code(code), instance).claim.verification_key
        rows = Courier(self.demo["server_url"]).signed(
            "GET",
            "/vault/v1/rows",
            query=f"purpose={purpose.value}&limit=500",
            signer=keyring,
            instance=instance,
        )
        desk = KeyPair.from_seed(keyring.desk_seed(role, FIRST_EPOCH).seed)
        size = 32 + envelope_bytes(purpose)
        opened = [
            open_row(
                rows[at + 32 : at + size],
                purpose,
                rows[at : at + 32],
                (desk.opening,),
                instance=instance,
            )
            for at in range(0, len(rows), size)
        ]
        found = [each for each in opened if each.content and each.claim_key == claim_key]
        return sorted(found, key=lambda each: each.n)

    def file_report(self, narrative: str = "a heron") -> str:
        """A report that is filed as the page files it; its receipt code."""
        code = random_receipt_code()
        key_set = self.key_set()
        keys = ReporterKeys.derive(code, key_set.instance_id)
        sealed = seal_submission(keys, Contents(report={"narrative": narrative}), key_set)
        answer = urllib3.request(
            "POST",
            f"{self.demo['server_url']}/api/v1/submissions",
            body=sealed.raw,
            headers={"Content-Type": "application/octet-stream"},
        )
        assert answer.status == 201
        return code.symbols

    def triage(self, *arguments: str) -> Any:  # noqa: ANN401 - whatever JSON the test expects
        """What the first triage officer's command answers."""
        return triage(self.demo["officers"][0], *arguments)


def _passphrase(officer: Mapping[str, str]) -> bytes:
    return Path(officer["passphrase_file"]).read_text().strip().encode()

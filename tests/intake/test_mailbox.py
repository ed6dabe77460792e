"""`intake mailbox`: what a receipt code alone brings back, and what it can add (issue 3)."""

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crypto.custody.desk_replies import Addressee, seal_reply
from crypto.custody.opening import open_report, open_row
from crypto.custody.reporter import Contents, ReporterKeys
from crypto.errors import KeySetExpiredError, NotForReaderError
from crypto.signing.verify import verify_labelled
from crypto.wire.codec import encode_base64url
from crypto.wire.consent import (
    CONSENT_LABEL,
    REVOCATION_LABEL,
    Consent,
    Revocation,
    parse_consent,
)
from crypto.wire.contents import DocumentKind
from crypto.wire.documents import Document
from crypto.wire.envelope import Purpose
from crypto.wire.feed import parse_feed_page
from crypto.wire.receipt import ReceiptCode, parse_receipt_code
from crypto.wire.reply import Reply, ReplyKind
from crypto.wire.roles import Role
from crypto.wire.strict_json import JsonObject
from intake.client.api import Api
from intake.client.drafts import DraftFile
from intake.client.errors import ServerUnavailableError
from intake.client.mailbox import Outgoing, Sent, send, visit
from intake.client.memory import trusted_key_set
from intake.client.permissions import parse_terms
from intake.client.report import random_receipt_code
from tests.intake.processes import Running
from tests.intake.test_client import Ended, intake, submit

TODAY = "2026-03-03"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder of one reporter's machine."""
    return tmp_path / "state"


@dataclass(frozen=True)
class Reporter:
    """Somebody with nothing but a receipt code."""

    server: Running
    state: Path
    code: str

    @property
    def keys(self) -> ReporterKeys:
        """What derives from the code."""
        instance = self.server.installation.key_set.instance_id
        return ReporterKeys.derive(parse_receipt_code(self.code), instance)

    def run(self, *arguments: str, url: str = "", code: str = "") -> Ended:
        """`intake mailbox` with the code on standard input."""
        root = self.server.installation.authority.root_text
        options = ("--server", url or self.server.url, "--root", root, "--code-file", "-")
        return intake(
            "mailbox", *options, "--json", *arguments, stdin=code or self.code, state=self.state
        )

    def json(self, *arguments: str) -> Any:  # noqa: ANN401 - whatever the test expects
        """What a successful command prints."""
        ended = self.run(*arguments)
        assert ended.code == 0, ended.err
        return json.loads(ended.out)

    def say(self, text: str, *more: str) -> Any:  # noqa: ANN401 - the same
        """Send a message."""
        file = self.state.parent / "text.txt"
        file.write_text(text, encoding="utf-8")
        return self.json("send", "--text-file", str(file), *more)

    def answer(
        self,
        i: int,
        role: Role = Role.TRIAGE,
        kind: ReplyKind = ReplyKind.REPLY,
        **members: str | int,
    ) -> None:
        """A desk answers into slot i."""
        authority = self.server.installation.authority
        content: JsonObject = {"sent_on": TODAY, **members}
        sealed = seal_reply(
            Reply(kind, role, 1, i, self.keys.case_ref, content),
            Addressee(self.keys.slot_key(role), self.keys.reply.recipient_key),
            authority.desk_pair(role).signing,
            key_set_version=1,
            instance=self.keys.instance,
        )
        body = sealed.slot + sealed.envelope
        officer = authority.officer_pair(role)
        assert self.server.signed(officer, "POST", "/desk/v1/slots", body=body).status == 204

    def documents(self, role: Role = Role.TRIAGE) -> list[Document]:
        """What a desk can open of this case, oldest first."""
        authority = self.server.installation.authority
        officer = authority.officer_pair(role)
        page = self.server.signed(officer, "GET", "/desk/v1/feed", query="limit=500").data
        opened = []
        for item in parse_feed_page(page):
            assert isinstance(item.report, bytes)
            try:
                key = authority.desk_pair(role).opening
                document = open_report(item.report, (key,), instance=self.keys.instance)
            except NotForReaderError:
                continue
            if document.claim_key == self.keys.claim.verification_key:
                opened.append(document)
        return opened


@pytest.fixture
def reporter(shared_server: Running, state: Path) -> Reporter:
    """Somebody who filed a report."""
    filed = json.loads(submit(shared_server, state, "看见了").out)
    return Reporter(shared_server, state, filed["receipt_code"])


@pytest.fixture
def unknown(shared_server: Running, state: Path) -> Reporter:
    """Somebody with a code under which nothing lies."""
    return Reporter(shared_server, state, random_receipt_code().symbols)


def test_a_reporter_finds_acknowledgement_and_answers_by_code_alone(reporter: Reporter) -> None:
    """EXAM: `messages` and `state`."""
    reporter.answer(0, text="谢谢", state="examining", about_n=0)
    reporter.answer(1, text="还有吗？\n\x1b[2J")
    reporter.answer(0, Role.PROTECTION, text="safe?")

    found = reporter.json("list")

    assert [(m["from"], m["number"], m["text"], m["sent_on"]) for m in found["messages"]] == [
        ("triage", 0, "谢谢", TODAY),
        ("triage", 1, "还有吗？\n\x1b[2J", TODAY),
        ("protection", 0, "safe?", TODAY),
    ]
    assert (found["state"], found["confirmed"], found["faults"]) == ("examining", True, [])
    (acknowledged,) = found["acknowledgements"]
    root = reporter.server.installation.authority.root_text
    verified = intake("verify", acknowledged["acknowledgement"], "--root", root, "--json")
    assert json.loads(verified.out)["registered_at"] == acknowledged["registered_at"]


def test_a_terminal_sees_no_control_character(reporter: Reporter) -> None:
    """A desk may be hostile too."""
    reporter.answer(0, text="a\x1b[2J\u202eb\nc")
    root = reporter.server.installation.authority.root_text
    file = reporter.state.parent / "code"
    file.write_text(reporter.code)

    ended = intake(
        *("mailbox", "list", "--server", reporter.server.url, "--root", root),
        *("--code-file", str(file)),
        state=reporter.state,
    )

    assert (ended.code, ended.err) == (0, "")
    assert "\x1b" not in ended.out
    assert "\u202e" not in ended.out
    assert "  | a\\u{1b}[2J\\u{202e}b\n  | c" in ended.out


def test_an_unknown_code_looks_like_an_empty_mailbox(unknown: Reporter, reporter: Reporter) -> None:
    """Issue 3: the same output shape, exit 0."""
    nothing, something = unknown.json("list"), reporter.json("list")

    assert nothing.keys() == something.keys()
    assert nothing == {
        **something,
        "state": None,
        "acknowledgements": [],
        "next_number": 0,
    }
    assert (something["state"], something["confirmed"]) == ("registered", False)


_SPELLINGS: dict[str, Callable[[ReceiptCode], str]] = {
    "lower case, no groups": lambda code: code.symbols.lower().replace("-", ""),
    "spaces": lambda code: f"  {code.symbols.replace('-', ' ')}\n",
    "digits": lambda code: code.digits,
    "full width": lambda code: "".join(chr(ord(c) + 0xFEE0) for c in code.symbols),
    "look-alikes": lambda code: code.symbols.replace("0", "o").replace("1", "l"),
}


@pytest.mark.parametrize("spelling", _SPELLINGS)
def test_a_code_may_be_typed_in_any_spelling(reporter: Reporter, spelling: str) -> None:
    """SPEC 11.1."""
    typed = _SPELLINGS[spelling](parse_receipt_code(reporter.code))

    ended = reporter.run("list", code=typed)

    assert ended.code == 0
    assert len(json.loads(ended.out)["acknowledgements"]) == 1


@pytest.mark.parametrize("place", [0, 7, 20, 33])
def test_a_typing_slip_is_said_and_nothing_is_asked(reporter: Reporter, place: int) -> None:
    """SPEC 11.1: a failed check says so, and never "not found"."""
    code = reporter.code
    slip = "8" if code[place] != "8" else "9"

    ended = reporter.run("list", code=code[:place] + slip + code[place + 1 :], url=_NOWHERE)

    assert (ended.code, ended.out) == (3, "")
    assert "MalformedReceiptError" in ended.err


_NOWHERE = "http://127.0.0.1:9"


# --- sending ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("member", "value", "error"),
    [("version", 9, "KeySetRollbackError"), ("hash", "A" * 43, "KeySetForkError")],
)
@pytest.mark.parametrize("action", [("list",), ("send", "--withdraw")])
def test_a_visit_refuses_another_past_of_the_key_set(
    reporter: Reporter, member: str, value: str | int, error: str, action: tuple[str, ...]
) -> None:
    """SPEC 13.7: the mailbox reads with the same memory as `submit`."""
    (memory,) = (reporter.state / "sealed-intake").glob("*.json")
    seen = json.loads(memory.read_text())
    memory.write_text(json.dumps({**seen, member: value}))

    refused = reporter.run(*action)

    assert (refused.code, refused.out) == (3, "")
    assert error in refused.err


def test_a_visit_refuses_a_key_set_whose_time_is_over(reporter: Reporter) -> None:
    """SPEC 13.6: what `list` and `send` both fetch with."""
    raw = reporter.server.request("GET", "/api/v1/key-set").data
    root_key = reporter.server.installation.authority.root.verification_key
    later = datetime.now(UTC) + timedelta(days=20)

    with pytest.raises(KeySetExpiredError):
        trusted_key_set(lambda _version: raw, root_key, reporter.state / "sealed-intake", later)


def test_what_is_sent_is_the_next_submission_of_the_case(reporter: Reporter) -> None:
    """SPEC 10.2: the same claim key and n + 1; nobody outside can tell."""
    first, second = reporter.say("车牌是京A"), reporter.say("车牌是京A")

    assert (first["number"], second["number"]) == (1, 2)
    assert first["sequence"] < second["sequence"]
    assert [(d.n, d.kind, d.content) for d in reporter.documents()[1:]] == [
        (1, DocumentKind.MESSAGE, {"text": "车牌是京A"}),
        (2, DocumentKind.MESSAGE, {"text": "车牌是京A"}),
    ]
    numbers = [each["number"] for each in reporter.json("list")["acknowledgements"]]
    assert numbers == [0, 1, 2]


def test_corrections_wishes_and_withdrawal(reporter: Reporter, tmp_path: Path) -> None:
    """SPEC 9.5."""
    correction = tmp_path / "correction.json"
    correction.write_text('{"category": "E4"}')

    reporter.json("send", "--correct", str(correction))
    reporter.json("send", "--acknowledgements", "off")
    reporter.say("不必了", "--withdraw", "--destroy")

    assert [(d.kind, d.content) for d in reporter.documents()[1:]] == [
        (DocumentKind.CORRECTION, {"category": "E4"}),
        (DocumentKind.PREFERENCE, {"acknowledgements": False}),
        (DocumentKind.WITHDRAWAL, {"destroy": True, "text": "不必了"}),
    ]


def test_protection_may_be_asked_for_later(reporter: Reporter, tmp_path: Path) -> None:
    """Issue 3: sealed to its own readers, and no ordinary desk sees that it was asked."""
    request = tmp_path / "request.json"
    request.write_text('{"protection": {"threats": ["job"]}}')

    sent = reporter.json("send", "--document", str(request))

    assert (sent["number"], len(reporter.documents())) == (1, 1)
    assert [d.content for d in _handlers_documents(reporter)] == [{"threats": ["job"]}]


def _handlers_documents(reporter: Reporter) -> list[Document]:
    """What the protection desk can open of this case, by number."""
    authority, keys = reporter.server.installation.authority, reporter.keys
    rows = reporter.server.signed(
        authority.officer_pair(Role.PROTECTION), "GET", "/vault/v1/rows", query="purpose=4"
    ).data
    key, opened = authority.desk_pair(Role.PROTECTION).opening, []
    for start in range(0, len(rows), 32 + 9464):
        row_id, value = rows[start : start + 32], rows[start + 32 : start + 32 + 9464]
        opened.append(open_row(value, Purpose.PROTECTION, row_id, (key,), instance=keys.instance))
    mine = [d for d in opened if d.claim_key == keys.claim.verification_key and d.content]
    return sorted(mine, key=lambda document: document.n)


def _signed(reporter: Reporter, document: Document, member: str) -> Consent | Revocation:
    """The one consent or revocation of a document, its signature checked."""
    texts = (document.content or {})[member]
    assert isinstance(texts, list)
    (text,) = texts
    parsed = parse_consent(str(text))
    label = {"consents": CONSENT_LABEL, "revocations": REVOCATION_LABEL}[member]
    bound = reporter.keys.instance + reporter.keys.case_ref
    key = reporter.keys.claim.verification_key
    verify_labelled(key, label, bound, parsed.signed, parsed.signature)
    return parsed.value


@pytest.fixture
def terms(tmp_path: Path) -> str:
    """A file that says what may be disclosed."""
    file = tmp_path / "consent.json"
    file.write_text(
        '{"fields": ["legal_name", "contacts"], "recipient": "the court", "purpose": "a hearing"}'
    )
    return str(file)


def test_a_consent_is_signed_as_it_was_shown(reporter: Reporter, terms: str) -> None:
    """SPEC 14; DOMAIN §4: one use and thirty days where nothing else is said."""
    sent = reporter.json("send", "--consent", terms, "--yes", "--about-staff")

    (document,) = _handlers_documents(reporter)
    consent = _signed(reporter, document, "consents")
    assert (document.kind, document.n) == (DocumentKind.CONSENT, sent["number"])
    assert isinstance(consent, Consent)
    assert consent.fields == ("legal_name", "contacts")
    assert (consent.one_time, (consent.expires_at - consent.given_at).days) == (True, 30)
    assert "legal name, contacts" in consent.text_shown
    assert encode_base64url(consent.consent_id) == sent["consent_id"]


@pytest.mark.parametrize("way", ["number", "id", "all"])
def test_a_consent_is_ended_with_nothing_but_the_code(
    reporter: Reporter, terms: str, way: str
) -> None:
    """SPEC 14: by number, by id, or all."""
    sent = reporter.json("send", "--consent", terms, "--yes")
    which = {"number": str(sent["number"]), "id": sent["consent_id"], "all": "all"}[way]

    reporter.json("send", "--revoke", which)

    given, ended = _handlers_documents(reporter)
    revocation = _signed(reporter, ended, "revocations")
    assert isinstance(revocation, Revocation)
    expected = {"all": None}.get(way, _signed(reporter, given, "consents").consent_id)
    assert (revocation.consent_id, ended.kind) == (expected, DocumentKind.CONSENT)


def test_a_script_agrees_to_nothing_by_itself(reporter: Reporter, terms: str) -> None:
    """DOMAIN §4: refusing changes nothing."""
    ended = reporter.run("send", "--consent", terms)

    assert (ended.code, ended.out) == (2, "")
    assert "I agree that these details" in ended.err
    assert _handlers_documents(reporter) == []


@pytest.mark.parametrize(
    "document",
    [
        "[]",
        '{"fields": ["legal_name"], "recipient": "x"}',
        '{"fields": ["legal_name"], "recipient": "x", "purpose": " "}',
        '{"fields": [], "recipient": "x", "purpose": "x"}',
        '{"fields": ["note", "note"], "recipient": "x", "purpose": "x"}',
        '{"fields": ["anonymity"], "recipient": "x", "purpose": "x"}',
        '{"fields": [1], "recipient": "x", "purpose": "x"}',
        '{"fields": ["note"], "recipient": "x", "purpose": "x", "days": 0}',
        '{"fields": ["note"], "recipient": "x", "purpose": "x", "days": true}',
        '{"fields": ["note"], "recipient": "x", "purpose": "x", "one_time": 1}',
        '{"fields": ["note"], "recipient": "x", "purpose": "x", "text_shown": ""}',
        '{"fields": ["note"], "recipient": "x", "purpose": "x", "more": 1}',
    ],
)
def test_a_consent_that_says_too_little_or_too_much_is_refused(
    reporter: Reporter, tmp_path: Path, document: str
) -> None:
    """EXAM: exit 3, before anything is asked."""
    file = tmp_path / "bad.json"
    file.write_text(document)

    ended = reporter.run("send", "--consent", str(file), "--yes", url=_NOWHERE)

    assert (ended.code, ended.out) == (3, "")


def test_disclosures_are_a_list_of_their_own(reporter: Reporter) -> None:
    """DESIGN §2: the ledger that the reporter can read; SPEC 11.5, kinds 4 and 5."""
    before = reporter.json("list")["disclosures"]
    reporter.answer(0, text="name, to the court", kind=ReplyKind.DISCLOSURE)
    reporter.answer(1, text="not a disclosure")
    reporter.answer(2, kind=ReplyKind.RELEASE_NOTICE)

    found = reporter.json("list")

    assert before == []
    assert [d["number"] for d in found["disclosures"]] == [0, 2]
    assert [m["number"] for m in found["messages"]] == [0, 1, 2]


def test_what_follows_a_report_about_staff_stays_with_oversight(
    shared_server: Running, state: Path
) -> None:
    """DESIGN §3: the desk's own signature tells the client who reads."""
    document = '{"about_staff": true, "report": {"narrative": "x"}}'
    code = json.loads(submit(shared_server, state, document).out)["receipt_code"]
    reporter = Reporter(shared_server, state, code)

    reporter.say("said by the person", "--about-staff")
    reporter.answer(0, Role.OVERSIGHT, about_n=1)
    reporter.say("known from the desk")

    assert [d.n for d in reporter.documents(Role.OVERSIGHT)] == [0, 1, 2]
    assert reporter.documents(Role.TRIAGE) == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("send",), 2),
        (("send", "--destroy"), 2),
        (("send", "--withdraw", "--acknowledgements", "on"), 2),
        (("list", "--withdraw"), 2),
        (("send", "--text-file", "/nonexistent"), 6),
        (("send", "--text-file", "/dev/null"), 3),
        (("send", "--correct", "/dev/null"), 3),
        (("send", "--acknowledgements", "perhaps"), 2),
        (("send", "--revoke", "0"), 3),
        (("send", "--revoke", "65536"), 3),
        (("send", "--revoke", "AAAA"), 3),
        (("send", "--revoke", "all", "--withdraw"), 2),
        (("send", "--consent", "/dev/null", "--yes"), 3),
        (("list", "--revoke", "all"), 2),
    ],
)
def test_wrong_use_is_refused_before_anything_is_asked(
    reporter: Reporter, arguments: tuple[str, ...], code: int
) -> None:
    """EXAM, exit codes."""
    ended = reporter.run(*arguments, url=_NOWHERE)

    assert (ended.code, ended.out) == (code, "")


def test_nothing_can_be_added_to_a_report_that_is_not_there(unknown: Reporter) -> None:
    """EXAM: exit 6; nothing was sent."""
    ended = unknown.run("send", "--acknowledgements", "off")

    assert (ended.code, ended.out) == (6, "")


# --- a wire that counts, cuts and lies ----------------------------------------------------------


@dataclass
class Wire:
    """Between a client and the server.

    Attributes:
        sizes: bytes up and down of each exchange, in order.
        heads: what stands before each body, up and down, but for the time in `Date`.
        cuts: how many answers to submissions are still to be lost.
        drops: whether the submission is lost with its answer.
        lie: slots of each answer are rearranged by this: (window, slots) to slots.
    """

    url: str
    sizes: list[tuple[str, int, int]] = field(default_factory=list)
    heads: list[tuple[bytes, bytes]] = field(default_factory=list)
    cuts: int = 0
    drops: bool = False
    lie: Any = None
    windows: int = 0


def _read_message(connection: socket.socket) -> bytes:
    raw = b""
    while b"\r\n\r\n" not in raw:
        piece = connection.recv(65536)
        if not piece:
            return b""
        raw += piece
    head, _, body = raw.partition(b"\r\n\r\n")
    lengths = [
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length")
    ]
    while len(body) < (lengths[0] if lengths else 0):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


_DATE = re.compile(rb"(?m)^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r$")
_OWN_HOST = re.compile(rb"(?m)^Host: 127\.0\.0\.1:\d{4,5}\r$")


def _head(message: bytes) -> bytes:
    """Without what differs for other reasons: the time, and the test's own port."""
    head = message.partition(b"\r\n\r\n")[0] + b"\r"
    return _OWN_HOST.sub(b"", _DATE.sub(b"", head))


def _carry(wire: Wire, client: socket.socket, upstream: socket.socket) -> None:
    with client, upstream:
        while asked := _read_message(client):
            target = asked.split(b" ", 2)[1].decode()
            if target == "/api/v1/submissions" and wire.cuts and wire.drops:
                wire.cuts -= 1
                return
            upstream.sendall(asked)
            answer = _read_message(upstream)
            wire.sizes.append((target, len(asked), len(answer)))
            wire.heads.append((_head(asked), _head(answer)))
            if target == "/api/v1/submissions" and wire.cuts:
                wire.cuts -= 1
                return
            if target == "/api/v1/slots" and wire.lie is not None:
                head, _, body = answer.partition(b"\r\n\r\n")
                size = len(body) // 8
                slots = [body[at : at + size] for at in range(0, len(body), size)]
                answer = head + b"\r\n\r\n" + b"".join(wire.lie(wire.windows, slots))
                wire.windows += 1
            client.sendall(answer)


@contextmanager
def between(server: Running) -> Iterator[Wire]:
    """A wire that the test watches."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = Wire(f"http://127.0.0.1:{listener.getsockname()[1]}")

        def accept() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                upstream = socket.create_connection((host, int(port)))
                threading.Thread(target=_carry, args=(wire, client, upstream), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield wire


def test_no_news_news_and_unknown_code_look_alike_on_the_wire(
    reporter: Reporter, unknown: Reporter, shared_server: Running
) -> None:
    """Issue 3: nine requests of one size, nine answers of one size, with the same headers."""
    seen = []
    for who in (reporter, unknown):
        with between(shared_server) as wire:
            assert who.run("list", url=wire.url).code == 0
            seen.append((wire.sizes, wire.heads))
    reporter.answer(0, text="news", about_n=0)
    with between(shared_server) as wire:
        assert reporter.run("list", url=wire.url).code == 0
        seen.append((wire.sizes, wire.heads))

    no_news, no_code, news = seen
    assert no_news == no_code == news
    sizes, heads = news
    assert [target for target, _, _ in sizes] == ["/api/v1/key-set", *["/api/v1/slots"] * 9]
    assert len(set(sizes[1:])) == 1
    assert len(set(heads[1:])) == 1
    assert b"200 OK" in heads[1][1]
    assert b"Date" not in heads[1][1]


def test_what_is_sent_later_looks_like_a_first_report_on_the_wire(
    reporter: Reporter, shared_server: Running, terms: str, tmp_path: Path
) -> None:
    """DESIGN §3: outbound is always a submission, whatever it says."""
    request = tmp_path / "request.json"
    request.write_text('{"protection": {"threats": ["job"]}, "reward": {"interest": true}}')
    ways = [
        ("--text-file", "/dev/stdin"),
        ("--document", str(request)),
        ("--consent", terms, "--yes"),
        ("--revoke", "all"),
        ("--withdraw", "--destroy"),
    ]
    code = tmp_path / "code"
    code.write_text(reporter.code)
    root = reporter.server.installation.authority.root_text
    sent = []

    with between(shared_server) as wire:
        submit(shared_server, reporter.state, "first", "--server", wire.url)
        options = ("--server", wire.url, "--root", root, "--code-file", str(code))
        for way in ways:
            ended = intake("mailbox", "send", *options, *way, stdin="x", state=reporter.state)
            assert ended.code == 0, ended.err
        shapes = zip(wire.sizes, wire.heads, strict=True)
        sent = [each for each in shapes if each[0][0] == "/api/v1/submissions"]

    assert len(sent) == len(ways) + 1
    assert len(set(sent)) == 1


def test_many_answers_take_another_step_of_the_same_shape(reporter: Reporter) -> None:
    """SPEC 11.4: eight of one kind, then nine requests more."""
    for i in range(9):
        reporter.answer(i, text=str(i))

    found = reporter.json("list")

    assert [m["text"] for m in found["messages"]] == [str(i) for i in range(9)]
    assert (found["requests"], found["complete"]) == (18, True)


def _dropping(window: int, slots: list[bytes]) -> list[bytes]:
    return [bytes(len(slots[0])), *slots[1:]] if window == 1 else slots


def _reordering(window: int, slots: list[bytes]) -> list[bytes]:
    return [slots[1], slots[0], *slots[2:]] if window == 1 else slots


def _replaying(window: int, slots: list[bytes]) -> list[bytes]:
    return [*slots[:2], slots[1], *slots[3:]] if window == 1 else slots


def _without_acknowledgement(window: int, slots: list[bytes]) -> list[bytes]:
    return [bytes(len(slots[0])), *slots[1:]] if window == 0 else slots


@pytest.mark.parametrize(
    ("lie", "faults", "texts"),
    [
        (_dropping, [("gap", "triage", 0)], ["two"]),
        (_reordering, [("refused", "triage", 0), ("refused", "triage", 1)], []),
        (_replaying, [("refused", "triage", 2)], ["one", "two"]),
        (_without_acknowledgement, [("gap", "server", 0)], ["one", "two"]),
    ],
)
def test_a_server_that_lies_is_shown_up(
    reporter: Reporter,
    shared_server: Running,
    lie: Any,  # noqa: ANN401 - one of the above
    faults: list[tuple[str, str, int]],
    texts: list[str],
) -> None:
    """Issue 3: faults are listed beside what is sound, exit 3."""
    reporter.answer(0, text="one")
    reporter.answer(1, text="two")

    with between(shared_server) as wire:
        wire.lie = lie
        ended = reporter.run("list", url=wire.url)

    found = json.loads(ended.out)
    assert ended.code == 3
    assert [(f["kind"], f["from"], f["number"]) for f in found["faults"]] == faults
    assert [m["text"] for m in found["messages"]] == texts


def test_a_message_whose_answer_was_lost_is_sent_once(
    reporter: Reporter, shared_server: Running, tmp_path: Path
) -> None:
    """Issue 3: a retry never duplicates."""
    file = tmp_path / "text.txt"
    file.write_text("once")

    with between(shared_server) as wire:
        wire.cuts = 1
        cut = reporter.run("send", "--text-file", str(file), url=wire.url)

    assert (cut.code, json.loads(cut.out)["number"]) == (0, 1)
    assert [d.n for d in reporter.documents()] == [0, 1]


def _message(text: str) -> Outgoing:
    return Outgoing(DocumentKind.MESSAGE, Contents(report={"text": text}))


def _send(reporter: Reporter, url: str, outgoing: Outgoing) -> Sent:
    """One run of the command, without its waiting."""
    key_set = reporter.server.installation.key_set
    api, keys = Api(url, sleep=lambda _: None), reporter.keys
    try:
        mailbox = visit(api, keys, key_set).mailbox
        file = DraftFile.of(keys, reporter.state)
        return send(api, keys, outgoing, mailbox, file=file, fetch_key_set=lambda: key_set)
    finally:
        api.close()


@pytest.mark.parametrize("is_stored", [True, False])
def test_a_run_that_failed_is_taken_up_by_the_next(
    reporter: Reporter, shared_server: Running, *, is_stored: bool
) -> None:
    """Issue 3: the same command again sends once, whether or not the first one arrived."""
    with between(shared_server) as wire:
        wire.cuts = 5
        wire.drops = not is_stored
        with pytest.raises(ServerUnavailableError):
            _send(reporter, wire.url, _message("once"))
    kept = [path.read_bytes() for path in reporter.state.glob("*.draft")]

    again = _send(reporter, shared_server.url, _message("once"))
    more = _send(reporter, shared_server.url, _message("once"))

    assert len(kept) == 1
    assert b"once" not in kept[0]
    assert (again.n, again.was_there, more.n) == (1, is_stored, 2)
    assert [d.n for d in reporter.documents()] == [0, 1, 2]
    assert not list(reporter.state.glob("*.draft"))


def test_a_consent_that_failed_is_taken_up_by_the_next_run(
    reporter: Reporter, shared_server: Running, terms: str
) -> None:
    """The same words are the same consent, though its times are of the first try."""
    outgoing = Outgoing(
        DocumentKind.CONSENT, Contents(), parse_terms(json.loads(Path(terms).read_text()))
    )
    with between(shared_server) as wire:
        wire.cuts = 5
        with pytest.raises(ServerUnavailableError):
            _send(reporter, wire.url, outgoing)

    again = _send(reporter, shared_server.url, outgoing)

    assert (again.n, again.was_there) == (1, True)
    assert [document.n for document in _handlers_documents(reporter)] == [1]


def test_another_message_replaces_one_that_never_arrived(
    reporter: Reporter, shared_server: Running
) -> None:
    """The draft is for the same words only."""
    with between(shared_server) as wire:
        wire.cuts, wire.drops = 5, True
        with pytest.raises(ServerUnavailableError):
            _send(reporter, wire.url, _message("first thought"))

    _send(reporter, shared_server.url, _message("second thought"))

    assert [d.content for d in reporter.documents()[1:]] == [{"text": "second thought"}]


def test_a_number_that_the_server_hid_is_never_used_twice(
    reporter: Reporter, shared_server: Running
) -> None:
    """SPEC 12.3: the slot is taken, so the next number is."""
    _send(reporter, shared_server.url, _message("one"))
    with between(shared_server) as wire:
        wire.lie = _withholding_the_newest

        sent = _send(reporter, wire.url, _message("two"))

    assert sent.n == 2
    assert [d.content for d in reporter.documents()[1:]] == [{"text": "one"}, {"text": "two"}]


def _withholding_the_newest(window: int, slots: list[bytes]) -> list[bytes]:
    return [slots[0], bytes(len(slots[0])), *slots[2:]] if window == 0 else slots

"""The command `intake`: exit codes, JSON and nothing else, no trust in the server."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from crypto.custody.opening import open_report
from crypto.errors import MalformedDocumentError, MalformedJsonError, MalformedTextError
from crypto.signing.trust import verify_acknowledgement_text
from crypto.wire.codec import decode_base64url, encode_crockford, labelled_hash
from crypto.wire.feed import parse_feed_page
from crypto.wire.receipt import parse_receipt_code
from crypto.wire.roles import Role
from intake.cli import main
from intake.client.api import Api, parse_server_url
from intake.client.document import parse_document
from intake.client.errors import ServerRefusedError, ServerUnavailableError, WrongUseError
from tests.dripping_server import (
    HEADERS,
    HEADERS_WITHOUT_END,
    HEADERS_WITHOUT_LENGTH,
    dripping_server,
)
from tests.intake.authority import Authority
from tests.intake.processes import Running
from tests.ports import free_port


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder of one reporter's machine."""
    return tmp_path / "state"


def intake(*arguments: str, stdin: str = "", state: Path | None = None) -> Ended:
    """Run the command as a person would."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("INTAKE_")}
    if state is not None:
        environment["XDG_STATE_HOME"] = str(state)
    done = subprocess.run(
        [sys.executable, "-m", "intake.cli", *arguments],
        input=stdin.encode(),
        capture_output=True,
        env=environment,
        timeout=90,
        check=False,
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


def submit(server: Running, state: Path, document: str, *more: str) -> Ended:
    """`intake submit` with the document on standard input."""
    root = server.installation.authority.root_text
    options = ("--server", server.url, "--root", root, "--json", *more)
    return intake("submit", *options, stdin=document, state=state)


def test_a_report_is_filed_and_its_acknowledgement_verifies(
    shared_server: Running, state: Path
) -> None:
    """EXAM: submit and verify; one JSON object on stdout and nothing else."""
    filed = submit(shared_server, state, '{"report": {"narrative": "看见了", "category": "E4"}}')

    assert (filed.code, filed.err) == (0, "")
    keys = json.loads(filed.out)
    assert {"receipt_code", "receipt_digits", "case_ref", "acknowledgement"} <= set(keys)
    code = parse_receipt_code(keys["receipt_code"])
    assert parse_receipt_code(keys["receipt_digits"]) == code
    case_ref = decode_base64url(keys["case_ref"])
    assert keys["ref"] == encode_crockford(labelled_hash("ref", case_ref))[:8]
    root = shared_server.installation.authority.root_text
    verified = intake("verify", keys["acknowledgement"], "--root", root, "--json")
    assert verified.code == 0
    assert json.loads(verified.out)["valid"] is True
    assert json.loads(verified.out)["registered_at"] == keys["registered_at"]


def test_plain_text_is_a_report_with_only_its_narrative(
    shared_server: Running, state: Path, tmp_path: Path
) -> None:
    """EXAM: the document of submit."""
    file = tmp_path / "report.txt"
    file.write_text("[1] 平安\n第二行\n", encoding="utf-8")

    filed = submit(shared_server, state, "", "--document", str(file))

    assert filed.code == 0
    officer = shared_server.installation.authority.officer_pair(Role.TRIAGE)
    desk = shared_server.installation.authority.desk_pair(Role.TRIAGE)
    feed = parse_feed_page(
        shared_server.signed(officer, "GET", "/desk/v1/feed", query="limit=500").data
    )
    report = feed[-1].report
    assert isinstance(report, bytes)
    document = open_report(
        report,
        (desk.opening,),
        instance=shared_server.installation.key_set.instance_id,
    )
    assert document.content == {"channel": "api", "narrative": "[1] 平安\n第二行"}


@pytest.mark.parametrize(
    "document",
    [
        "",
        "   \n",
        "{}",
        '{"report": null}',
        '{"report": {}}',
        '{"report": {"narrative": "x"}, "extra": 1}',
        '{"report": {"narrative": "x", "extra": 1}}',
        '{"report": {"narrative": "x"}, "report": {"narrative": "y"}}',
        '{"report": {"narrative": ""}}',
        '{"report": {"narrative": "x", "category": "Z9"}}',
        '{"report": "x"}',
        '{"about_staff": 1, "report": {"narrative": "x"}}',
        '{"about_staff": true, "report": {"narrative": "x", "about_staff": false}}',
        '{"identity": {"legal_name": "x"}}',
        '{"identity": {"anonymity": "named", "legal_name": "x",}}',
        '{"report": {"narrative": "\\ud800"}}',
        '{"report": {"narrative": NaN}}',
    ],
)
def test_a_malformed_document_is_refused_before_anything_is_sent(
    shared_server: Running, state: Path, document: str
) -> None:
    """EXAM: unknown keys exit 3; nothing stands on stdout."""
    refused = submit(shared_server, state, document)

    assert refused.code == 3
    assert refused.out == ""
    assert refused.err.startswith("intake: ")
    assert "legal_name" not in refused.err


def test_too_long_a_report_says_by_how_much(shared_server: Running, state: Path) -> None:
    """SPEC 8.4."""
    refused = submit(shared_server, state, "x" * 20_000)

    assert refused.code == 3
    assert "bytes too many" in refused.err


def test_another_root_is_not_believed(shared_server: Running, state: Path) -> None:
    """SPEC 13.6: the pinned root decides, not the server."""
    root = Authority("other").root_text

    refused = intake(
        "submit", "--server", shared_server.url, "--root", root, "--json", stdin="x", state=state
    )

    assert refused.code == 3
    assert refused.out == ""


def test_a_server_that_rolls_its_key_set_back_is_caught(
    shared_server: Running, state: Path
) -> None:
    """SPEC 13.7: the client remembers the last version."""
    assert submit(shared_server, state, "first").code == 0
    (memory,) = (state / "sealed-intake").iterdir()
    seen = json.loads(memory.read_text())
    memory.write_text(json.dumps({**seen, "version": seen["version"] + 1}))

    refused = submit(shared_server, state, "second")

    assert refused.code == 3
    assert "KeySetRollbackError" in refused.err
    assert memory.stat().st_mode & 0o077 == 0


def test_a_forked_key_set_is_caught(shared_server: Running, state: Path) -> None:
    """SPEC 13.7."""
    assert submit(shared_server, state, "first").code == 0
    (memory,) = (state / "sealed-intake").iterdir()
    seen = json.loads(memory.read_text())
    memory.write_text(json.dumps({**seen, "hash": "A" * 43}))

    assert "KeySetForkError" in submit(shared_server, state, "second").err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 2),
        (("submit",), 2),
        (("health", "--server", "ftp://x"), 2),
        (("health", "--server", "http://report.example"), 2),
        (("verify", "/no/such/file", "--root", "/no/such/root"), 6),
        (("verify", "AAAA", "--root", "sealed-intake-root+00000000+AAAA"), 3),
        (("install-key-set", "/no/such/file", "--data-dir", "/no/such/folder"), 2),
    ],
)
def test_exit_codes_are_those_of_the_interface(arguments: tuple[str, ...], code: int) -> None:
    """EXAM: 2 wrong use, 3 input refused, 6 no such thing."""
    ended = intake(*arguments)

    assert ended.code == code
    assert ended.out == ""


def test_an_unreachable_server_is_for_later() -> None:
    """EXAM: exit 4."""
    ended = intake("health", "--server", f"http://127.0.0.1:{free_port()}", "--json")

    assert (ended.code, ended.out) == (4, "")


def test_health_says_how_the_server_is(shared_server: Running) -> None:
    """EXAM: status and checks."""
    ended = intake("health", "--server", shared_server.url, "--json")

    assert ended.code == 0
    assert json.loads(ended.out)["status"] == "ok"
    assert json.loads(ended.out)["checks"]["database"] == "ok"


def test_a_false_acknowledgement_is_not_valid(shared_server: Running, state: Path) -> None:
    """SPEC 12.4: every character counts."""
    text = json.loads(submit(shared_server, state, "x").out)["acknowledgement"]
    authority = shared_server.installation.authority
    swapped = text[:100] + ("A" if text[100] != "A" else "B") + text[101:]

    ended = intake("verify", swapped, "--root", authority.root_text, "--json")

    assert ended.code == 3
    assert json.loads(ended.out)["valid"] is False
    assert verify_acknowledgement_text(text, authority.root.verification_key).origin


@pytest.mark.parametrize("text", ["http://127.0.0.1:8080", "https://a.example", "http://x.onion/"])
def test_server_addresses(text: str) -> None:
    """Plain http for this machine and onion services only."""
    assert parse_server_url(text) == text.rstrip("/")


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"x" * 300_000])
def test_a_document_is_text_of_bounded_length(raw: bytes) -> None:
    """SPEC 2.3."""
    with pytest.raises(MalformedTextError):
        parse_document(raw)


def test_what_begins_like_an_object_is_never_taken_for_text() -> None:
    """A slip in JSON must not turn an identity into a report."""
    for raw in (b'{"identity": {"legal_name": "x"}', b"  {", b"\xef\xbb\xbf{"):
        with pytest.raises(MalformedJsonError):
            parse_document(raw)
    with pytest.raises(MalformedDocumentError):
        parse_document(b"{}")


class Scripted(BaseHTTPRequestHandler):
    """A hostile or ailing server that answers as it was told."""

    def do_POST(self) -> None:
        """Answer the next of the script."""
        server = self.server
        if not isinstance(server, ScriptedServer):
            raise TypeError
        self.rfile.read(int(self.headers["Content-Length"]))
        status, headers, body = server.script.pop(0)
        server.seen += 1
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class ScriptedServer(ThreadingHTTPServer):
    """Holds the script."""

    script: list[tuple[int, dict[str, str], bytes]]
    seen: int


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    """A server that says what a test tells it to."""
    server = ScriptedServer(("127.0.0.1", 0), Scripted)
    server.script, server.seen = [], 0
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_client_waits_as_long_as_it_is_told_and_sends_the_same_bytes(
    scripted: ScriptedServer,
) -> None:
    """API 1: Retry-After."""
    scripted.script += [
        (429, {"Retry-After": "7"}, b"{}"),
        (503, {}, b""),
        (201, {}, b'{"acknowledgement":"AAAA"}'),
    ]
    waits: list[float] = []
    api = Api(f"http://127.0.0.1:{scripted.server_port}", sleep=waits.append)

    assert api.submit(b"x") == bytes(3)

    api.close()
    assert waits == [7, 2]


def test_the_client_gives_up_after_some_tries(scripted: ScriptedServer) -> None:
    """EXAM: exit 4."""
    scripted.script += [(503, {"Retry-After": "999999"}, b"")] * 5
    waits: list[float] = []
    api = Api(f"http://127.0.0.1:{scripted.server_port}", sleep=waits.append)

    with pytest.raises(ServerUnavailableError):
        api.submit(b"x")

    api.close()
    assert scripted.seen == 5
    assert max(waits) == 60


@pytest.mark.parametrize("status", [502, 503, 504, 507])
def test_what_a_failure_says_of_the_bytes_that_were_sent(
    scripted: ScriptedServer, status: int
) -> None:
    """A reporter must not lose the code of a report that was kept behind a failing proxy."""
    scripted.script += [(status, {}, b"")] * 5
    api = Api(f"http://127.0.0.1:{scripted.server_port}", sleep=lambda _: None)

    with pytest.raises(ServerUnavailableError) as caught:
        api.submit(b"x")

    api.close()
    assert caught.value.may_be_kept is (status != 507)  # No room: nothing was kept.


def test_the_code_is_told_when_the_acknowledgement_is_none(
    shared_server: Running,
    state: Path,
    scripted: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever kept the report and answers nonsense must not take the only way back with them."""
    scripted.script += [(201, {}, b'{"acknowledgement":"AAAA"}')]
    key_set = Api(shared_server.url).key_set()
    monkeypatch.setattr(Api, "key_set", lambda *_: key_set)
    root = shared_server.installation.authority.root_text
    server = f"http://127.0.0.1:{scripted.server_port}"
    document = state.with_name("report.txt")
    document.write_text("x")
    options = ("--server", server, "--root", root, "--state-dir", str(state), "--json")

    code = main(("submit", "--document", str(document), *options))

    told = capsys.readouterr()
    assert (code, told.out) == (3, "")
    assert len(told.err.split("leads to it: ")[1].splitlines()[0]) == len("XXXX-" * 7) - 1


def test_no_code_is_told_before_anything_was_sent(shared_server: Running, state: Path) -> None:
    """A server that gives no key set was sent nothing."""
    root = shared_server.installation.authority.root_text
    server = f"http://127.0.0.1:{free_port()}"

    ended = intake("submit", "--server", server, "--root", root, "--json", stdin="x", state=state)

    assert ended.code == 4
    assert "leads to it" not in ended.err


@pytest.mark.parametrize(
    ("status", "headers"), [(302, {"Location": "http://127.0.0.1:1/"}), (400, {}), (404, {})]
)
def test_redirects_are_not_followed(
    scripted: ScriptedServer, status: int, headers: dict[str, str]
) -> None:
    """API 1."""
    scripted.script.append((status, headers, b"{}"))
    api = Api(f"http://127.0.0.1:{scripted.server_port}")

    with pytest.raises(ServerRefusedError):
        api.submit(b"x")

    api.close()
    assert scripted.seen == 1


def test_plain_http_to_elsewhere_is_refused() -> None:
    """Nothing is sent in the clear over a network."""
    with pytest.raises(WrongUseError):
        Api("http://report.example")


def test_the_server_answers_while_others_send_slowly(shared_server: Running) -> None:
    """ATTACKS B2: stalled bodies starve nobody who comes later."""
    host, port = shared_server.url.removeprefix("http://").split(":")
    stalled = [socket.create_connection((host, int(port))) for _ in range(12)]
    for connection in stalled:
        connection.sendall(
            b"POST /api/v1/submissions HTTP/1.1\r\nHost: a\r\nContent-Length: 43582\r\n"
            b"Content-Type: application/octet-stream\r\n\r\nabc"
        )

    answer = shared_server.request("GET", "/api/v1/health")

    assert answer.status == 200
    for connection in stalled:
        connection.close()


@pytest.mark.parametrize("at_once", [HEADERS, HEADERS_WITHOUT_LENGTH, HEADERS_WITHOUT_END])
def test_a_server_that_drips_is_unavailable_after_the_deadline(at_once: bytes) -> None:
    """A byte now and then keeps no reporter waiting; what was sent may be kept."""
    with dripping_server(at_once) as url:
        api = Api(url, sleep=lambda _: None, answer_seconds=0.2)
        began_at = time.monotonic()

        with pytest.raises(ServerUnavailableError) as unavailable:
            api.submit(b"sealed")

        assert unavailable.value.may_be_kept
        assert time.monotonic() - began_at < 20
        api.close()

"""What every answer of every face has in common, and what hostile requests get."""

import json
import socket
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto.wire.roles import Role
from crypto.wire.submission import SUBMISSION_BYTES
from tests.intake.processes import BINARY, Running, seal_report

ROUTES = [
    ("GET", "/api/v1/key-set"),
    ("GET", "/api/v1/key-sets/1"),
    ("GET", "/api/v1/key-sets/2"),
    ("GET", "/api/v1/health"),
    ("GET", "/api/v1/openapi.json"),
    ("POST", "/api/v1/submissions"),
    ("POST", "/api/v1/slots"),
    ("POST", "/desk/v1/nonce"),
    ("GET", "/desk/v1/feed"),
    ("GET", "/desk/v1/feed/destroyed"),
    ("POST", "/desk/v1/feed/destroy"),
    ("GET", "/desk/v1/officers"),
    ("POST", "/desk/v1/slots"),
    ("POST", "/desk/v1/grants"),
    ("GET", "/desk/v1/grants"),
    ("POST", "/vault/v1/nonce"),
    ("GET", "/vault/v1/row-digests"),
    ("GET", "/vault/v1/rows?purpose=3"),
    ("GET", "/"),
    ("GET", "/no-such-thing"),
    ("GET", "/desk/v1/no-such-thing"),
    ("GET", "/vault/v1/no-such-thing"),
    ("GET", "//api//v1/key-set"),
    ("GET", "/api/v1/key-set/"),
    ("DELETE", "/api/v1/key-set"),
    ("OPTIONS", "/api/v1/submissions"),
    ("PUT", "/api/v1/submissions"),
    ("GET", "/%2e%2e/%2e%2e/etc/passwd"),
    ("GET", "/..%2f..%2fintake.sqlite"),
]
MUST_HAVE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
MUST_NOT_HAVE = ("Set-Cookie", "ETag", "Last-Modified", "Location", "X-Powered-By")


def exchange(server: Running, request: bytes) -> bytes:
    """Send raw bytes, read until the server closes or falls silent."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=3) as connection:
        connection.sendall(request)
        received = bytearray()
        try:
            while piece := connection.recv(65536):
                received += piece
        except TimeoutError:
            return bytes(received)
    return bytes(received)


def check_headers(headers: Mapping[str, str]) -> None:
    """ATTACKS B8."""
    for name, value in MUST_HAVE.items():
        assert headers.get(name) == value, name
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "*" not in policy
    assert all(name not in headers for name in MUST_NOT_HAVE)
    assert headers.get("Vary", "Accept-Encoding") == "Accept-Encoding"
    assert "/" not in headers.get("Server", "")


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_answer_carries_the_same_headers(
    shared_server: Running, method: str, path: str
) -> None:
    """ATTACKS B8: every response, errors included."""
    answer = shared_server.request(method, path)

    check_headers(answer.headers)
    assert answer.status < 500 or path.endswith("health")


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_refusal_is_a_problem_document(
    shared_server: Running, method: str, path: str
) -> None:
    """RFC 9457; nothing of the request is repeated."""
    answer = shared_server.request(method, path)

    refused = answer.status >= 400
    assert not refused or answer.headers["Content-Type"] == "application/problem+json"
    assert not refused or answer.json()["status"] == answer.status
    assert b"no-such-thing" not in answer.data
    assert b"passwd" not in answer.data


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/v1/submissions", "POST"),
        ("PUT", "/api/v1/submissions", "POST"),
        ("HEAD", "/api/v1/slots", "POST"),
        ("GET", "/api/v1/slots", "POST"),
        ("DELETE", "/api/v1/key-set", "GET, HEAD"),
        ("GET", "/desk/v1/nonce", "POST"),
        ("PUT", "/desk/v1/grants", "GET, HEAD, POST"),
    ],
)
def test_another_method_is_told_which_ones_there_are(
    shared_server: Running, method: str, path: str, allowed: str
) -> None:
    """RFC 9110 §15.5.6."""
    answer = shared_server.request(method, path)

    assert answer.status == 405
    assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/x", "/api/v1/x", "/desk/v1/x", "/vault/v1/x", "/a/../b"])
def test_what_is_not_there_is_not_found(shared_server: Running, method: str, path: str) -> None:
    """intake/API.md 5: whatever the method and the face."""
    answer = shared_server.request(method, path)

    assert answer.status == 404
    assert answer.json()["type"] == "/problems/not-found"


def test_all_policies_are_one(shared_server: Running) -> None:
    """ISSUE 2: one exact CSP header."""
    policies = {
        shared_server.request(method, path).headers["Content-Security-Policy"]
        for method, path in ROUTES
    }

    assert len(policies) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/json"},
        {"Content-Type": "application/octet-stream; charset=utf-8"},
        {"Content-Type": "application/octet-stream", "Content-Encoding": "gzip"},
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/submissions", "/api/v1/slots", "/desk/v1/slots"])
def test_other_media_types_are_refused(
    shared_server: Running, path: str, headers: dict[str, str]
) -> None:
    """ATTACKS B3."""
    answer = shared_server.request("POST", path, b"a=b", headers)

    assert answer.status == 415
    assert answer.json()["type"] == "/problems/media-type"


def test_a_body_without_a_length_is_refused(shared_server: Running) -> None:
    """ATTACKS 1.1: a chunked body is never silently cut."""
    raw = seal_report(shared_server.installation.key_set).submission.raw
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(raw), raw)

    answer = exchange(
        shared_server,
        b"POST /api/v1/submissions HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        b"Content-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
    )

    assert answer.startswith(b"HTTP/1.1 411 ")
    assert b"/problems/length-required" in answer


@pytest.mark.parametrize("extra", [1, 1000, 5_000_000])
def test_a_longer_body_is_refused(shared_server: Running, extra: int) -> None:
    """Caps on bodies, before anything is half-written."""
    raw = seal_report(shared_server.installation.key_set).submission.raw

    answer = shared_server.request("POST", "/api/v1/submissions", raw + bytes(extra), BINARY)

    assert answer.status == 413
    assert answer.json()["type"] == "/problems/too-large"


@pytest.mark.parametrize("length", [0, 1, SUBMISSION_BYTES - 1])
def test_a_shorter_body_is_refused(shared_server: Running, length: int) -> None:
    """SPEC 10.6: always 43,582 bytes."""
    answer = shared_server.request("POST", "/api/v1/submissions", bytes(length), BINARY)

    assert answer.status == 400
    assert answer.json()["type"] == "/problems/wrong-length"


def test_a_body_that_ends_early_leaves_nothing(shared_server: Running) -> None:
    """A client that goes away half-way."""
    answer = exchange(
        shared_server,
        b"POST /api/v1/submissions HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        b"Content-Type: application/octet-stream\r\nContent-Length: 43582\r\n\r\nabc",
    )

    assert not answer.startswith(b"HTTP/1.1 2")


@pytest.mark.parametrize(
    ("at", "error"),
    [
        (0, "MalformedSubmissionError"),
        (5, "MalformedSubmissionError"),
        (6 + 32 + 1216 + 32 + 96, "MalformedEnvelopeError"),
        (6 + 32 + 1216 + 32 + 96 + 6, "MalformedEnvelopeError"),
    ],
)
def test_a_malformed_submission_is_named_by_its_rule(
    shared_server: Running, at: int, error: str
) -> None:
    """SPEC 10.6, 19: the error's name, and nothing of the input."""
    raw = bytearray(seal_report(shared_server.installation.key_set).submission.raw)
    raw[at] ^= 0x40

    answer = shared_server.request("POST", "/api/v1/submissions", bytes(raw), BINARY)

    assert answer.status == 400
    assert answer.json()["type"] == "/problems/malformed"
    assert answer.json()["error"] == error


def test_an_acknowledgement_key_of_small_order_is_refused(shared_server: Running) -> None:
    """SPEC 4.3: before anything is sealed to it."""
    raw = bytearray(seal_report(shared_server.installation.key_set).submission.raw)
    raw[38:70] = bytes(32)

    answer = shared_server.request("POST", "/api/v1/submissions", bytes(raw), BINARY)

    assert answer.json()["error"] == "MalformedKeyError"


@given(st.binary(max_size=400))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bytes_get_a_refusal_and_never_a_fault(shared_server: Running, noise: bytes) -> None:
    """ATTACKS B4."""
    for path, size in (("/api/v1/submissions", SUBMISSION_BYTES), ("/api/v1/slots", 256)):
        body = (noise * (size // max(1, len(noise)) + 1))[:size].ljust(size, b"\0")
        answer = shared_server.request("POST", path, body, BINARY)
        assert answer.status in {200, 400}


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/v1/slots HTTP/1.1\r\nHost: a\r\n%b\r\n%b\r\n\r\nab"
        % (b"Content-Length: 1", b"Content-Length: 2"),
        b"POST /api/v1/slots HTTP/1.1\r\nHost: a\r\n%b\r\n%b\r\n\r\n0\r\n\r\n"
        % (b"Content-Length: 5", b"Transfer-Encoding: chunked"),
        b"GET " + b"/" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /desk/v1/feed HTTP/1.1\r\nHost: a\r\nAuthorization: SealedIntake \xff\r\n\r\n",
    ],
)
def test_requests_that_are_no_http_are_refused(
    shared_server: Running, request_bytes: bytes
) -> None:
    """ATTACKS B5."""
    answer = exchange(shared_server, request_bytes)

    assert answer.split(b" ")[1][:1] == b"4"
    assert b"\r\nX-Content-Type-Options: nosniff" in answer


def test_a_page_number_has_one_spelling(shared_server: Running) -> None:
    """intake/API.md 3."""
    officer = shared_server.installation.authority.officer_pair(Role.TRIAGE)

    for query in ("after=01", "after=-1", "after=1e3", "after=%31%30x", "limit=501", "limit="):
        answer = shared_server.signed(officer, "GET", "/desk/v1/feed", query=query)
        assert answer.status == 400
        assert answer.json()["type"] == "/problems/query"


def test_two_visitors_get_identical_bytes(shared_server: Running) -> None:
    """ATTACKS C10."""
    one = {"User-Agent": "a", "Accept-Language": "zh-CN", "Cookie": "x=1", "Referer": "https://x"}
    two = {"User-Agent": "b", "Accept-Language": "en", "If-None-Match": '"x"'}

    answers = [shared_server.request("GET", "/api/v1/key-set", headers=h) for h in (one, two)]

    assert answers[0].data == answers[1].data
    kept = [{k: v for k, v in answer.headers.items() if k != "Date"} for answer in answers]
    assert json.dumps(kept[0], sort_keys=True) == json.dumps(kept[1], sort_keys=True)

"""What the courier takes from a server, and what it refuses. Source: SPEC §18; EXAM."""

import time
from collections.abc import Iterator

import pytest

from crypto.custody.key_pair import KeyPair
from crypto.wire.keys import officer_id
from tests.dripping_server import (
    HEADERS,
    HEADERS_WITHOUT_END,
    HEADERS_WITHOUT_LENGTH,
    dripping_server,
)
from tests.ports import free_port
from tests.triage.hostile_server import HostileServer, Said, hostile_server
from triage.courier.https import Courier, parse_server_url
from triage.errors import (
    NotAdmittedError,
    RefusedInputError,
    ServerRefusedError,
    ServerUnavailableError,
    TriageError,
    WrongUseError,
)

INSTANCE = bytes(32)


class Somebody:
    """An officer with fresh keys."""

    def __init__(self) -> None:
        self.pair = KeyPair.generate()
        self.signing = self.pair.signing

    @property
    def officer_id(self) -> bytes:
        """32 bytes."""
        return officer_id(self.pair.verification_key, self.pair.recipient_key)


@pytest.fixture
def server() -> Iterator[HostileServer]:
    """A server that misbehaves."""
    with hostile_server() as hostile:
        yield hostile


def ask(server: HostileServer, path: str = "/desk/v1/feed", max_bytes: int = 100) -> bytes:
    """One signed request."""
    courier = Courier(server.url)
    try:
        return courier.signed(
            "GET", path, signer=Somebody(), instance=INSTANCE, max_bytes=max_bytes
        )
    finally:
        courier.close()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, RefusedInputError),
        (307, RefusedInputError),
        (400, ServerRefusedError),
        (401, NotAdmittedError),
        (403, NotAdmittedError),
        (404, ServerRefusedError),
        (429, ServerUnavailableError),
        (500, ServerUnavailableError),
        (503, ServerUnavailableError),
    ],
)
def test_every_failure_is_one_declared_error(
    server: HostileServer, status: int, error: type[TriageError]
) -> None:
    """EXAM, exit codes 3, 4 and 5."""
    server.says["/desk/v1/feed"] = Said(status=status, headers=(("Location", "/elsewhere"),))

    with pytest.raises(error):
        ask(server)

    assert all(target != "/elsewhere" for _, target, _ in server.asked)


def test_an_answer_beyond_its_limit_is_refused(server: HostileServer) -> None:
    """A server can't fill the officer's memory."""
    server.says["/desk/v1/feed"] = Said(b"x" * 101)

    with pytest.raises(RefusedInputError):
        ask(server)


def test_an_answer_cut_short_is_a_failure_of_the_server(server: HostileServer) -> None:
    """Half an answer is none."""
    server.says["/desk/v1/feed"] = Said(b"x", headers=(("Content-Length", "50"),))

    with pytest.raises(TriageError):
        ask(server)


@pytest.mark.parametrize("nonce", ["", "AAAA", "!" * 75, "A" * 74 + "B"])
def test_a_nonce_that_is_none_is_refused(server: HostileServer, nonce: str) -> None:
    """SPEC 18: 56 bytes in base64url."""
    server.says["/desk/v1/nonce"] = Said(headers=(("Replay-Nonce", nonce),))

    with pytest.raises((RefusedInputError, Exception), match=r"SPEC (2.1|18)"):
        ask(server)


def test_a_nonce_from_an_answer_is_used_for_the_next_request(server: HostileServer) -> None:
    """One round trip a request."""
    fresh = "A" * 75
    server.says["/desk/v1/feed"] = Said(b"", headers=(("Replay-Nonce", fresh),))
    courier, officer = Courier(server.url), Somebody()

    for _ in range(2):
        courier.signed("GET", "/desk/v1/feed", signer=officer, instance=INSTANCE)

    assert [target for _, target, _ in server.asked] == [
        "/desk/v1/nonce",
        "/desk/v1/feed",
        "/desk/v1/feed",
    ]
    courier.close()


def test_a_kept_nonce_that_grew_old_is_replaced_once(server: HostileServer) -> None:
    """Five minutes pass quickly."""
    server.says["/desk/v1/feed"] = Said(b"", headers=(("Replay-Nonce", "A" * 75),))
    courier, officer = Courier(server.url), Somebody()
    courier.signed("GET", "/desk/v1/feed", signer=officer, instance=INSTANCE)
    server.says["/desk/v1/feed"] = Said(status=401)

    with pytest.raises(NotAdmittedError):
        courier.signed("GET", "/desk/v1/feed", signer=officer, instance=INSTANCE)

    assert [target for _, target, _ in server.asked].count("/desk/v1/nonce") == 2
    courier.close()


def test_a_server_that_is_not_there_is_unavailable() -> None:
    """EXAM, exit code 4."""
    with pytest.raises(ServerUnavailableError):
        Courier(f"http://127.0.0.1:{free_port()}").get("/api/v1/key-set")


@pytest.mark.parametrize("at_once", [HEADERS, HEADERS_WITHOUT_LENGTH, HEADERS_WITHOUT_END])
def test_a_server_that_drips_is_unavailable_after_the_deadline(at_once: bytes) -> None:
    """A byte now and then keeps no officer waiting; in headers or body, of any length."""
    with dripping_server(at_once) as url:
        courier = Courier(url, answer_seconds=0.3)
        began_at = time.monotonic()

        with pytest.raises(ServerUnavailableError):
            courier.get("/api/v1/key-set")

        assert time.monotonic() - began_at < 10
        courier.close()


def test_an_answer_in_time_is_not_disturbed_later(server: HostileServer) -> None:
    """The deadline ends with the answer; the connection serves the next."""
    server.says["/x"] = Said(b"whole")
    courier = Courier(server.url, answer_seconds=0.3)

    first = courier.get("/x")
    time.sleep(0.5)

    assert (first, courier.get("/x")) == (b"whole", b"whole")
    courier.close()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "report.example",
        "http://report.example",
        "ftp://report.example",
        "https://user@report.example",
        "https://report.example/path",
        "https://REPORT.example",
    ],
)
def test_what_is_no_safe_server_address_is_wrong_use(text: str) -> None:
    """Plain http is for this machine and onion services only."""
    with pytest.raises(WrongUseError):
        parse_server_url(text)


@pytest.mark.parametrize(
    "text", ["https://report.example", "http://127.0.0.1:8080", "http://abcdef.onion"]
)
def test_safe_server_addresses_are_taken(text: str) -> None:
    """With and without a final slash."""
    assert parse_server_url(text) == parse_server_url(f"{text}/") == text

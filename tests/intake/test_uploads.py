"""Parts of files over HTTP: what is taken, what is refused, and that reports find a thread."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import urllib3

from crypto.wire.roles import Role
from intake.server.deadlines import GUNICORN_SOCKET, Deadlines
from intake.server.problems import ProblemError
from intake.server.uploads import Turns
from tests.intake.processes import BINARY, Installation, Running, seal_report, serving
from tests.intake.sealed_files import HELD, SealedFile, sealed_file

PARTS = "/api/v1/parts"
FULL_PART = 2_097_664


def problem(answer: urllib3.BaseHTTPResponse) -> tuple[int, str]:
    """The status and the last part of the type."""
    return answer.status, answer.json()["type"].removeprefix("/problems/")


def test_a_file_arrives_part_by_part_in_any_order(shared_server: Running) -> None:
    """SPEC 17.4: the first part is longer by the header, the last one ends with the file."""
    file = sealed_file(5 * 2**20)

    before = file.held(shared_server)
    statuses = [file.send(shared_server, index).status for index in (2, 0)]
    between = file.held(shared_server)
    statuses.append(file.send(shared_server, 1).status)

    assert [len(part) for part in file.parts] == [FULL_PART + 72, FULL_PART, FULL_PART // 2]
    assert before == [0, 0, 0]
    assert between == [1, 0, 1]
    assert file.held(shared_server) == [1, 1, 1]
    assert statuses == [204, 204, 204]


def test_the_same_part_again_is_welcome_and_another_is_not(shared_server: Running) -> None:
    """FILES: the first write wins."""
    file = sealed_file(100_000)
    other = SealedFile(file.upload, bytes(len(file.raw)))

    assert [file.send(shared_server, 0).status for _ in range(2)] == [204, 204]
    assert problem(other.send(shared_server, 0)) == (409, "part-taken")


def test_a_file_with_a_hole_is_not_kept(shared_server: Running) -> None:
    """FILES: 409 `parts-missing`; complete, it is kept as often as is asked."""
    file = sealed_file(4 * 2**20)
    file.send(shared_server, 1)

    hole = file.claim(shared_server)
    file.send(shared_server, 0)

    assert problem(hole) == (409, "parts-missing")
    assert [file.claim(shared_server).status for _ in range(2)] == [204, 204]


@pytest.mark.parametrize(
    ("bucket", "index", "length", "answer"),
    [
        (65_537, 0, 65_624, (400, "malformed")),
        (0, 0, 88, (400, "malformed")),
        (2**64 - 1, 0, 88, (400, "malformed")),
        (2**47, 0, 88, (400, "malformed")),
        (5 * 2**30, 0, FULL_PART + 72, (413, "too-large")),
        (65_536, 1, 88, (400, "malformed")),
        (65_536, 2**32 - 1, 88, (400, "malformed")),
        (65_536, 0, 65_623, (400, "malformed")),
        (65_536, 0, 65_625, (413, "too-large")),
        (65_536, 0, 0, (400, "malformed")),
        (2**22, 0, FULL_PART + 73, (413, "too-large")),
        (2**22, 1, FULL_PART + 1, (413, "too-large")),
    ],
)
def test_a_part_that_is_none_is_refused(
    shared_server: Running, bucket: int, index: int, length: int, answer: tuple[int, str]
) -> None:
    """SPEC 17.4: bucket, index and length belong together; limits come from settings."""
    body = bytes(16) + bucket.to_bytes(8) + index.to_bytes(4) + bytes(length)

    refused = shared_server.request("POST", PARTS, body, BINARY)

    assert problem(refused) == answer
    assert (refused.json().get("error") == "MalformedFileError") is (answer[1] == "malformed")


@pytest.mark.parametrize("length", [0, 1, 23, 24, 27])
def test_a_body_that_ends_before_the_part_is_malformed(shared_server: Running, length: int) -> None:
    """The head alone has 28 bytes."""
    answer = shared_server.request("POST", PARTS, bytes(length), BINARY)

    assert problem(answer) == (400, "malformed")


@pytest.mark.parametrize("path", [HELD, f"{PARTS}/kept"])
@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (bytes(23), (400, "wrong-length")),
        (bytes(25), (413, "too-large")),
        (bytes(24), (400, "malformed")),
        (bytes(16) + (2**33).to_bytes(8), (413, "too-large")),
    ],
)
def test_an_upload_that_is_none_is_refused(
    shared_server: Running, path: str, body: bytes, answer: tuple[int, str]
) -> None:
    """SPEC 17.4; a question about a file that nobody may send costs nothing."""
    assert problem(shared_server.request("POST", path, body, BINARY)) == answer


def test_another_type_is_refused(shared_server: Running) -> None:
    """API 1: binary, plainly."""
    file = sealed_file(1)
    headers = {"Content-Type": "application/octet-stream; charset=x"}

    answer = shared_server.request("POST", PARTS, file.body(0), headers)

    assert problem(answer) == (415, "media-type")
    assert file.held(shared_server) == [0]


def address(server: Running) -> tuple[str, int]:
    """Where a raw socket connects."""
    host, port = server.url.removeprefix("http://").split(":")
    return host, int(port)


def head(length: int | None, *fields: bytes) -> bytes:
    """The head of a part's request."""
    announced = () if length is None else (b"Content-Length: %d" % length,)
    lines = (b"POST /api/v1/parts HTTP/1.1", b"Host: a", *announced, *fields)
    return b"\r\n".join((*lines, b"Content-Type: application/octet-stream", b"", b""))


def status_of(connection: socket.socket) -> bytes:
    """The status of the answer."""
    return connection.recv(12)[9:]


def test_a_chunked_part_is_refused(shared_server: Running) -> None:
    """ATTACKS 1.1: chunked bodies are cut without a word."""
    with socket.create_connection(address(shared_server), timeout=20) as connection:
        connection.sendall(head(None, b"Transfer-Encoding: chunked") + b"3\r\nabc\r\n0\r\n\r\n")

        assert status_of(connection) == b"411"


def test_a_part_that_is_cut_off_leaves_nothing(shared_server: Running) -> None:
    """ISSUE 3: after a crash either the whole part or nothing."""
    file = sealed_file(2**20)
    body = file.body(0)
    for sent in (0, 10, 28, 4000, len(body) - 1):
        with socket.create_connection(address(shared_server), timeout=20) as connection:
            connection.sendall(head(len(body)) + body[:sent])

    assert file.held(shared_server) == [0]
    assert file.send(shared_server, 0).status == 204


def test_a_refused_sender_gets_to_read_the_answer(shared_server: Running) -> None:
    """Closing on unread bytes would reset the connection before the answer is read."""
    body = bytes(16) + (65_537).to_bytes(8) + bytes(4 + FULL_PART)
    with socket.create_connection(address(shared_server), timeout=20) as connection:
        connection.sendall(head(len(body)))
        time.sleep(0.2)
        connection.sendall(body)

        assert status_of(connection) == b"400"


@pytest.fixture
def small_server(installation: Installation, tmp_path: Path) -> Iterator[Running]:
    """A server of four threads, two of which may receive files."""
    with serving(installation, tmp_path / "server.log", INTAKE_THREADS="4") as running:
        yield running


def test_stalled_uploads_leave_threads_for_reports(small_server: Running) -> None:
    """PERFORMANCE 6.1: uploads are capped below the thread count; who comes then is told when."""
    file = sealed_file(2**20)
    with ExitStack() as stack:
        for _ in range(2):
            stalled = stack.enter_context(socket.create_connection(address(small_server)))
            stalled.sendall(head(len(file.body(0))) + file.body(0)[:5000])
        time.sleep(0.5)
        refused = file.send(small_server, 0)
        report = small_server.submit(seal_report(small_server.installation.key_set))

    assert problem(refused) == (503, "unavailable")
    assert int(refused.headers["Retry-After"]) >= 1
    assert report.status == 201
    time.sleep(0.5)
    assert file.send(small_server, 0).status == 204


def test_uploads_end_where_the_room_for_reports_begins(
    installation: Installation, tmp_path: Path
) -> None:
    """ISSUE 3: 507 with Retry-After, nothing half-written; a flood never closes the intake."""
    file = sealed_file(1)
    settings = {"INTAKE_PARTS_RESERVE_BYTES": str(2**40)}
    with serving(installation, tmp_path / "server.log", **settings) as server:
        refused = file.send(server, 0)
        health = server.request("GET", "/api/v1/health")

        assert problem(refused) == (507, "full")
        assert int(refused.headers["Retry-After"]) >= 1
        assert file.held(server) == [0]
        assert server.submit(seal_report(installation.key_set)).status == 201
        assert (health.status, health.json()["checks"]["parts"]) == (200, "failing")


def test_parts_have_a_rate_of_their_own(installation: Installation, tmp_path: Path) -> None:
    """ATTACKS 1.4: who has no address shares a bucket; reports do not count there."""
    file = sealed_file(1)
    settings = {"INTAKE_LIMIT_SHARED": "2 per hour"}
    with serving(installation, tmp_path / "server.log", **settings) as server:
        statuses = [file.send(server, 0).status for _ in range(3)]

        assert statuses == [204, 204, 429]
        assert server.submit(seal_report(installation.key_set)).status == 201


def test_the_desk_reads_and_destroys_parts(shared_server: Running) -> None:
    """FILES: by id, which only the opened report gives."""
    file = sealed_file(4 * 2**20)
    file.send_all(shared_server)
    file.claim(shared_server)
    ids = [file.upload.part_id(index) for index in range(2)]
    officer = shared_server.installation.authority.officer_pair(Role.TRIAGE)

    def post(action: str, body: bytes) -> urllib3.BaseHTTPResponse:
        return shared_server.signed(officer, "POST", f"/desk/v1/parts/{action}", body=body)

    read = [post("read", part_id).data for part_id in ids]
    destroyed = [post("destroy", b"".join(ids)).status for _ in range(2)]

    assert read == file.parts
    assert destroyed == [204, 204]
    assert problem(post("read", ids[0])) == (404, "not-found")
    assert file.held(shared_server) == [0, 0]


@pytest.mark.parametrize("action", ["read", "destroy"])
@pytest.mark.parametrize("role", [Role.CUSTODIAN, Role.PROTECTION, Role.APPROVER])
def test_parts_are_for_the_desks_that_open_reports(
    shared_server: Running, action: str, role: Role
) -> None:
    """FILES: triage and oversight."""
    officer = shared_server.installation.authority.officer_pair(role)
    path = f"/desk/v1/parts/{action}"

    assert problem(shared_server.signed(officer, "POST", path, body=bytes(32))) == (403, "role")


@pytest.mark.parametrize(
    ("length", "answer"),
    [(31, (400, "wrong-length")), (33, (400, "wrong-length")), (513 * 32, (413, "too-large"))],
)
def test_destroying_takes_whole_ids_only(
    shared_server: Running, length: int, answer: tuple[int, str]
) -> None:
    """FILES: 1 to 512 ids."""
    officer = shared_server.installation.authority.officer_pair(Role.TRIAGE)

    refused = shared_server.signed(officer, "POST", "/desk/v1/parts/destroy", body=bytes(length))

    assert problem(refused) == answer


def test_turns_come_back_however_a_request_ends() -> None:
    """A refused upload must not cost a thread for good."""
    turns = Turns(1)

    for _ in range(3):
        with pytest.raises(KeyError), turns.take():
            raise KeyError

    with turns.take(), pytest.raises(ProblemError), turns.take():
        pass


def test_a_wait_that_is_over_ends_in_nothing_more_to_read() -> None:
    """Who sends a byte a minute would hold a thread for days."""
    ours, theirs = socket.socketpair()
    got: list[bytes] = []

    def wait() -> None:
        with Deadlines().within({GUNICORN_SOCKET: ours}, 0.1):
            got.append(ours.recv(100))

    with closing(ours), closing(theirs):
        waiting = threading.Thread(target=wait)
        waiting.start()
        waiting.join(timeout=10)

        assert not waiting.is_alive()
        assert got == [b""]
        ours.sendall(b"the answer can still be sent")


def test_a_wait_that_is_extended_goes_on() -> None:
    """A file of many parts has the time of each."""
    ours, theirs = socket.socketpair()
    with (
        closing(ours),
        closing(theirs),
        Deadlines().within({GUNICORN_SOCKET: ours}, 0.1) as wait,
    ):
        assert wait is not None
        wait.extend(60)
        time.sleep(1.5)
        theirs.sendall(b"late")

        assert ours.recv(100) == b"late"

"""Sealed reports from a form: taken whole or not at all, and plaintext leaves no trace."""

import re
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import urllib3

from crypto.signing.sign import SigningKey
from intake.server.key_sets import install_key_set
from intake.server.secret_files import make_acknowledgement_key
from tests.intake.authority import Authority, seed
from tests.intake.processes import Installation, Report, Running, seal_report, serving
from tests.intake.sealed_files import (
    BOUNDARY,
    FORM,
    SealedFile,
    as_form,
    sealed_file,
    sealed_report,
)
from tests.intake.test_durability import whole_feed

CANARY = "CaNaRy-7b2e-东风"
PAGES = Path(__file__).parents[2] / "intake" / "web" / "pages"


def deliver(server: Running, content: bytes, **form: str) -> urllib3.BaseHTTPResponse:
    """Post a file as a browser does."""
    return server.request("POST", "/deliver", as_form(content, **form), FORM)


def title_of(answer: urllib3.BaseHTTPResponse) -> str:
    """The page that came, by the English half of its title."""
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    match = re.search(r"<title>.* · (.*)</title>", answer.data.decode())
    assert match is not None
    return match[1]


@pytest.fixture
def report(shared_server: Running) -> Report:
    """A report of somebody new."""
    return seal_report(shared_server.installation.key_set)


@pytest.fixture
def files() -> tuple[SealedFile, SealedFile]:
    """Two files, one of several parts."""
    return sealed_file(5 * 2**20), sealed_file(100)


def test_a_sealed_report_is_registered_and_its_files_are_kept(
    server: Running, files: tuple[SealedFile, SealedFile]
) -> None:
    """SPEC 22: with one request."""
    report = seal_report(server.installation.key_set)

    answer = deliver(server, sealed_report(report, *files))

    assert (answer.status, title_of(answer)) == (200, "Received")
    assert [file.held(server) for file in files] == [[1, 1, 1], [1]]
    (item,) = whole_feed(server)
    assert item.report == report.submission.raw[1382:20222]
    assert report.open(server.submit(report).data, server.installation.key_set).sequence == 1


def test_the_same_file_again_is_registered_once(server: Running, files: list[SealedFile]) -> None:
    """FILES: retry until it is accepted."""
    raw = sealed_report(seal_report(server.installation.key_set), *files)

    statuses = [deliver(server, raw).status for _ in range(2)]

    assert statuses == [200, 200]
    assert len(whole_feed(server)) == 1


def test_a_report_without_files_needs_none(shared_server: Running, report: Report) -> None:
    """SPEC 22.1: f may be 0."""
    assert deliver(shared_server, sealed_report(report)).status == 200


def test_what_a_broken_connection_left_serves_the_next_try(
    shared_server: Running, report: Report, files: tuple[SealedFile, SealedFile]
) -> None:
    """FILES: idempotent by part."""
    form = as_form(sealed_report(report, *files))
    head = "\r\n".join(
        (
            "POST /deliver HTTP/1.1",
            "Host: a",
            f"Content-Type: {FORM['Content-Type']}",
            f"Content-Length: {len(form)}",
        )
    )
    host, port = shared_server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.encode() + b"\r\n\r\n" + form[: 4 * 2**20])

    again = deliver(shared_server, sealed_report(report, *files))

    assert again.status == 200


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        f"{CANARY}\n".encode() * 200_000,
        b"sealed-intake/1 sealed\n\xff" + CANARY.encode() * 1000,
        b"sealed-intake/1 sealed",
        b"%PDF-1.7\n" + CANARY.encode() * 1000,
    ],
    ids=["empty", "one byte", "text of 4 MB", "too many files", "cut early", "pdf"],
)
def test_what_is_no_sealed_report_is_refused_and_leaves_no_trace(
    installation: Installation, tmp_path: Path, content: bytes
) -> None:
    """DESIGN 1: the server never keeps plaintext, not even by a mistake of the sender."""
    with serving(installation, tmp_path / "data" / "server.log") as server:
        answer = deliver(server, content, file_name=f"{CANARY}.txt")

    written = b"".join(
        path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()
    )
    assert (answer.status, title_of(answer)) == (400, "Not taken")
    assert CANARY.encode() not in answer.data
    assert CANARY.encode() not in written
    assert b"CaNaRy" not in written


def change(raw: bytes, at: int) -> bytes:
    """One bit is another."""
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: change(raw, 30),
        lambda raw: change(raw, 24 + 2 * 56 + 5000),
        lambda raw: change(raw, len(raw) - 1),
        lambda raw: change(raw, len(raw) - 70_000),
        lambda raw: raw[:-1],
        lambda raw: raw[:-100_000],
        lambda raw: raw[:5000],
        lambda raw: raw + b"\x00",
    ],
    ids=[
        "an entry",
        "the submission",
        "the last file",
        "the first file",
        "a byte less",
        "the last file is missing",
        "half a head",
        "a byte more",
    ],
)
def test_a_damaged_report_is_not_taken_and_the_undamaged_one_is(
    server: Running, files: tuple[SealedFile, SealedFile], damage: Callable[[bytes], bytes]
) -> None:
    """SPEC 22.1: a damaged stick must not cost the report its place."""
    report = seal_report(server.installation.key_set)
    raw = sealed_report(report, *files)

    damaged = deliver(server, damage(raw))

    assert (damaged.status, title_of(damaged)) == (422, "Damaged")
    assert whole_feed(server) == []
    assert [file.held(server) for file in files] == [[0, 0, 0], [0]]
    assert deliver(server, raw).status == 200


def test_a_damaged_copy_takes_no_part_of_the_one_that_was_registered(
    server: Running, files: tuple[SealedFile, SealedFile]
) -> None:
    """Whoever carries the stick can damage a copy, and send it slowly beside the whole one."""
    raw = sealed_report(seal_report(server.installation.key_set), *files)
    form = as_form(change(raw, len(raw) - 1))
    head = "\r\n".join(
        (
            "POST /deliver HTTP/1.1",
            "Host: a",
            "Connection: close",
            f"Content-Type: {FORM['Content-Type']}",
            f"Content-Length: {len(form)}",
        )
    )
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as slow:
        slow.sendall(head.encode() + b"\r\n\r\n" + form[:-1])
        while sum(files[0].held(server)) < 2:
            time.sleep(0.05)
        whole = deliver(server, raw)
        slow.sendall(form[-1:])
        damaged = slow.recv(4096)

    assert whole.status == 200
    assert damaged.startswith(b"HTTP/1.1 422 ")
    assert [file.held(server) for file in files] == [[1, 1, 1], [1]]


def form_of(*parts: bytes) -> bytes:
    """A form of several parts."""
    return b"".join(
        b"--" + BOUNDARY + b"\r\nContent-Disposition: form-data; name=a\r\n\r\n" + part + b"\r\n"
        for part in parts
    )


def test_a_form_of_two_parts_is_refused(shared_server: Running, report: Report) -> None:
    """FILES: one part only; which of two a sender meant nobody can tell."""
    raw = sealed_report(report)
    end = b"--" + BOUNDARY + b"--\r\n"

    answers = [
        shared_server.request("POST", "/deliver", form, FORM)
        for form in (form_of(raw, b"note") + end, form_of(b"note", raw) + end, form_of(raw))
    ]

    assert [answer.status for answer in answers] == [400, 400, 400]
    assert shared_server.submit(report).status == 201


def test_a_form_within_a_form_is_no_sealed_report(shared_server: Running, report: Report) -> None:
    """The first bytes decide."""
    inner = as_form(sealed_report(report))
    outer = inner.replace(BOUNDARY, b"inner")

    assert deliver(shared_server, outer).status == 400


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("multipart/form-data", 400),
        ("multipart/mixed; boundary=a", 400),
        ("application/x-www-form-urlencoded", 400),
        ("application/octet-stream", 400),
        (f"multipart/form-data; boundary={'b' * 71}", 400),
    ],
)
def test_another_type_is_refused_with_a_page(
    shared_server: Running, report: Report, content_type: str, status: int
) -> None:
    """The answer is for people, whatever was sent."""
    headers = {"Content-Type": content_type}

    answer = shared_server.request("POST", "/deliver", sealed_report(report), headers)

    assert (answer.status, title_of(answer)) == (status, "Not taken")


def test_a_report_that_is_too_large_is_refused_before_it_is_read(
    installation: Installation, tmp_path: Path
) -> None:
    """FILES: `max_delivery_bytes` for all of it, `max_file_bytes` for each file."""
    large = sealed_report(seal_report(installation.key_set), sealed_file(3 * 2**20))
    settings = {"INTAKE_MAX_DELIVERY_BYTES": str(3 * 2**20)}
    with serving(installation, tmp_path / "server.log", **settings) as server:
        by_length = deliver(server, large)
        lies = deliver(server, large[: 2**20])
    with serving(installation, tmp_path / "server.log", INTAKE_MAX_FILE_BYTES=str(2**20)) as server:
        by_file = deliver(server, large)

    assert [answer.status for answer in (by_length, lies, by_file)] == [413, 413, 413]
    assert {title_of(answer) for answer in (by_length, lies, by_file)} == {"Too large"}


def test_files_end_where_the_room_for_reports_begins(
    installation: Installation, tmp_path: Path
) -> None:
    """ISSUE 3: 507; a report without files is still taken."""
    with_file = sealed_report(seal_report(installation.key_set), sealed_file(1))
    settings = {"INTAKE_PARTS_RESERVE_BYTES": str(2**40)}
    with serving(installation, tmp_path / "server.log", **settings) as server:
        full = deliver(server, with_file)
        without = deliver(server, sealed_report(seal_report(installation.key_set)))

    assert (full.status, title_of(full)) == (507, "No room")
    assert int(full.headers["Retry-After"]) >= 1
    assert without.status == 200


def test_who_delivers_too_often_is_told_so_on_a_page(
    installation: Installation, tmp_path: Path
) -> None:
    """A form cannot solve anything: it waits."""
    settings = {"INTAKE_LIMIT_SHARED": "1 per hour"}
    with serving(installation, tmp_path / "server.log", **settings) as server:
        answers = [deliver(server, b"x") for _ in range(2)]

    assert [answer.status for answer in answers] == [400, 429]
    assert title_of(answers[1]) == "Try later"
    assert int(answers[1].headers["Retry-After"]) >= 1


@pytest.fixture
def late(tmp_path: Path, authority: Authority) -> Installation:
    """A service whose first key set ended two days ago; the second is in force."""
    data_dir = tmp_path / "data"
    key = make_acknowledgement_key(data_dir).verification_key
    first = authority.publish(key, starts=timedelta(days=-12), life=timedelta(days=10))
    second = authority.publish(key, previous=first)
    for publication in (first, second):
        install_key_set(
            data_dir,
            authority.root.verification_key,
            publication.raw,
            publication.officers,
        )
    return Installation(data_dir, authority, first)


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({}, 200),
        ({"INTAKE_LATE_DAYS": "1"}, 409),
        ({"INTAKE_LATE_DAYS": "0"}, 409),
        ({"INTAKE_MINIMUM_VERSION": "2"}, 409),
    ],
)
def test_a_report_may_come_later_than_its_key_set_ended(
    late: Installation, tmp_path: Path, settings: dict[str, str], status: int
) -> None:
    """FILES: `late_days`, and never below `minimum_version`."""
    raw = sealed_report(seal_report(late.key_set), sealed_file(1))

    with serving(late, tmp_path / "server.log", **settings) as server:
        answer = deliver(server, raw)

    assert answer.status == status
    assert title_of(answer) == {200: "Received", 409: "Seal again"}[status]


def test_a_report_for_another_service_is_refused(
    shared_server: Running, installation: Installation
) -> None:
    """A version that was never installed here."""
    key = SigningKey(seed("elsewhere")).verification_key
    following = installation.authority.publish(key, previous=installation.publication)
    report = seal_report(replace(installation, publication=following).key_set)

    assert deliver(shared_server, sealed_report(report)).status == 409


OUTCOMES = sorted(path.name for path in PAGES.glob("deliver*.html"))


@pytest.fixture(scope="module")
def pages(shared_server: Running) -> dict[str, urllib3.BaseHTTPResponse]:
    """The pages as they are served."""
    return {name: shared_server.request("GET", f"/{name}") for name in OUTCOMES}


@pytest.mark.parametrize("name", OUTCOMES)
def test_every_page_speaks_both_languages_and_no_answer_runs_a_script(
    pages: dict[str, urllib3.BaseHTTPResponse], name: str
) -> None:
    """ISSUE 3: for Tor's "Safest"; the form may have a script beside it and needs none."""
    text = pages[name].data.decode()

    assert '<html lang="zh-CN">' in text
    assert '<section lang="en">' in text
    assert ("<script" in text) == (name == "deliver.html")
    assert "{{" not in text


def test_only_the_form_may_send_anything(pages: dict[str, urllib3.BaseHTTPResponse]) -> None:
    """FILES: all other pages keep `form-action 'none'`."""
    allowed = {
        name
        for name, answer in pages.items()
        if "form-action 'self';" in answer.headers["Content-Security-Policy"]
    }
    forms = {name for name, answer in pages.items() if b"<form" in answer.data}

    assert allowed == forms == {"deliver.html"}
    others = pages.keys() - allowed
    assert all(
        "form-action 'none';" in pages[name].headers["Content-Security-Policy"] for name in others
    )

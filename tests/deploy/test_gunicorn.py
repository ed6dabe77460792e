"""gunicorn under the shipped configuration never says anything about a request."""

import logging
import runpy
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import gunicorn
import pytest
from gunicorn.config import Config

from intake.server.gunicorn_logging import SPEAKABLE, gunicorn_settings, mute
from tests.deploy.processes import (
    REPOSITORY,
    Address,
    everything_written,
    exchange,
    run,
    running,
)
from tests.deploy.processes import gunicorn as serving
from tests.ports import free_port

CANARY = b"CaNaRy7f3a"
SOURCE = "127.77.66.55"  # An address of ours on the loopback that nothing else uses.

MALFORMED = {
    "not_http": (b"CaNaRy7f3a\r\n\r\n", 400),
    "bad_version": (b"GET /CaNaRy7f3a FOO/1.1\r\nHost: a\r\n\r\n", 400),
    "bad_method": (b"CaNaRy7f3a() / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "bad_header_name": (b"GET / HTTP/1.1\r\nHost: a\r\nCaNaRy7f3a : b\r\n\r\n", 400),
    "bad_header_value": (b"GET / HTTP/1.1\r\nHost: a\r\nA: CaNaRy7f3a\x00\r\n\r\n", 400),
    "folded_header": (b"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n CaNaRy7f3a\r\n\r\n", 400),
    "two_lengths": (
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nCaNaRy7f3a",
        400,
    ),
    "length_and_chunks": (
        b"POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n%s"
        % b"0\r\n\r\nGET /CaNaRy7f3a HTTP/1.1\r\n\r\n",
        400,
    ),
    "unknown_coding": (
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CaNaRy7f3a\r\n\r\n",
        400,
    ),
    "bad_chunk": (
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nCaNaRy7f3a\r\n",
        400,
    ),
    "long_line": (b"GET /" + CANARY * 300 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    "long_header": (b"GET / HTTP/1.1\r\nHost: a\r\nA: " + CANARY * 900 + b"\r\n\r\n", 431),
    "many_headers": (b"GET / HTTP/1.1\r\n" + b"CaNaRy7f3a: 1\r\n" * 60 + b"\r\n", 431),
    "unmet_expectation": (b"GET / HTTP/1.1\r\nHost: a\r\nExpect: CaNaRy7f3a\r\n\r\n", 417),
    "fault_of_ours": (b"GET /fail/CaNaRy7f3a HTTP/1.1\r\nHost: CaNaRy7f3a\r\n\r\n", 500),
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where everything that the server prints goes."""
    return tmp_path_factory.mktemp("gunicorn") / "log"


@pytest.fixture(scope="module")
def server(log: Path) -> Iterator[Address]:
    """A running server on a loopback port."""
    address = ("127.0.0.1", free_port())
    with serving(bind=f"127.0.0.1:{address[1]}", until=address, log=log):
        yield address


@pytest.mark.parametrize("name", MALFORMED)
def test_a_refused_request_is_answered_strictly_and_leaves_no_trace(
    server: Address, log: Path, name: str
) -> None:
    """Nothing of a request, its address included, is logged or repeated to whoever sent it."""
    request, status = MALFORMED[name]

    answer = exchange(server, request, source=SOURCE)

    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert CANARY not in answer
    assert b"\r\nCache-Control: no-store\r\n" in answer
    assert b"\r\nContent-Security-Policy: default-src 'none'; " in answer
    assert b"\r\nX-Content-Type-Options: nosniff\r\n" in answer
    assert gunicorn.__version__.encode() not in answer
    written = everything_written(log.parent)
    assert CANARY not in written
    assert SOURCE.encode() not in written


def test_an_answered_request_leaves_no_line_at_all(server: Address, log: Path) -> None:
    """There is no access log."""
    before = log.read_bytes()
    request = b"GET /CaNaRy7f3a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    answer = exchange(server, request, source=SOURCE)

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert log.read_bytes() == before


def test_a_refused_request_leaves_no_line_at_all(server: Address, log: Path) -> None:
    """A line without words would still date the visit."""
    before = log.read_bytes()

    exchange(server, b"GET / FOO/1.1\r\n\r\n")

    assert log.read_bytes() == before


def test_a_fault_of_ours_names_type_and_place(server: Address, log: Path) -> None:
    """An operator must be able to see that and where it fails."""
    exchange(server, b"GET /fail/CaNaRy7f3a HTTP/1.1\r\nHost: a\r\n\r\n")

    assert b"text withheld; builtins.ValueError at " in log.read_bytes()
    assert b"tests.deploy.tiny_application:" in log.read_bytes()


def test_the_start_is_still_told(server: Address, log: Path) -> None:
    """Gunicorn's own lines pass; the hour is the finest time in them."""
    lines = log.read_text().splitlines()

    assert server
    assert any("Listening at:" in line for line in lines)
    assert all(line[13:17] == ":00Z" for line in lines)


def test_no_control_socket_is_opened(tmp_path: Path) -> None:
    """Gunicorn opens one by default that lists requests and resizes the server."""
    address = ("127.0.0.1", free_port())
    home = tmp_path / "home"
    home.mkdir()
    command = [
        *(sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py"),
        "tests.deploy.tiny_application:application",
    ]
    environment = {
        "INTAKE_BIND": f"127.0.0.1:{address[1]}",
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
    }

    with running(command, log=tmp_path / "log", until=address, **environment) as process:
        time.sleep(1)  # It would be opened a moment after the workers.
        threads = list(Path(f"/proc/{process.pid}/task").iterdir())

    assert len(threads) == 1  # The master serves that socket from a second thread.
    assert list(home.rglob("*")) == []


def test_a_unix_socket_is_closed_to_strangers(tmp_path: Path) -> None:
    """Whoever can connect can claim any limiter key."""
    path = tmp_path / "face.sock"

    with serving(bind=f"unix:{path}", until=str(path), log=tmp_path / "log"):
        mode = path.stat().st_mode & 0o777

    assert mode == 0o770


@pytest.mark.parametrize("message", sorted(SPEAKABLE))
def test_every_speakable_message_is_one_of_gunicorns(message: str) -> None:
    """A message that gunicorn has renamed must not vanish unnoticed."""
    package = Path(str(gunicorn.__file__)).parent
    source = "".join((package / name).read_text() for name in ("arbiter.py", "sock.py"))

    # gunicorn adds this sentence to another message.
    assert message.removesuffix(" Perhaps out of memory?") in source


def test_every_setting_is_one_that_gunicorn_knows() -> None:
    """Gunicorn ignores unknown names in its configuration file silently."""
    settings = gunicorn_settings(bind="127.0.0.1:1", workers=1, threads=2)
    config = Config()

    for name, value in settings.items():
        config.set(name, value)

    assert set(settings) <= set(config.settings)


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", "", "²"])
def test_a_bad_number_ends_the_start_with_one_line(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """The line names the setting."""
    monkeypatch.setenv("INTAKE_WORKERS", value)

    with pytest.raises(SystemExit, match=r"^INTAKE_WORKERS: want a whole number above zero$"):
        runpy.run_path(str(REPOSITORY / "deploy" / "gunicorn.conf.py"))


def test_a_record_of_any_logger_loses_its_words() -> None:
    """Flask quotes the path, SQLAlchemy the parameters; neither gets past the handler."""
    record = logging.LogRecord("app", logging.ERROR, "", 0, "path %s", ("/CANARY",), None)

    passed = mute(record)

    assert passed
    assert record.getMessage().endswith("ERROR app: text withheld")
    assert "CANARY" not in repr(vars(record))


def test_uncaught_faults_of_threads_lose_their_words() -> None:
    """A thread's last words would quote SQL parameters."""
    code = (
        "import threading, warnings\n"
        "from gunicorn.config import Config\n"
        "from intake.server.gunicorn_logging import MuteLogger\n"
        "MuteLogger(Config())\n"
        "def fail(): raise ValueError('CANARY')\n"
        "thread = threading.Thread(target=fail); thread.start(); thread.join()\n"
        "class Falling:\n"
        "    def __del__(self): raise ValueError('CANARY')\n"
        "Falling()\n"
        "warnings.warn('CANARY')\n"
        "import logging; logging.getLogger('sqlalchemy').error('CANARY %s', 'CANARY')\n"
        "logging.getLogger('gunicorn.error').info('Booting worker with pid: %s')\n"
        "logging.getLogger('gunicorn.error').info('Using worker: %s', 'a', 'CANARY')\n"
    )

    done = run(sys.executable, "-c", code)

    assert done.returncode == 0
    assert "CANARY" not in done.stdout + done.stderr
    assert done.stderr.count("builtins.ValueError at") == 2

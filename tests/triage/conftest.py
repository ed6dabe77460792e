"""Offices for the tests of the office side.

Making one takes seconds, so it is made once and its folder laid anew for each test.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.triage.office import Office


@pytest.fixture(scope="session")
def made_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, Path]]:
    """An office with triage-1 and oversight-1 ready to sync, and a copy of its folder."""
    folder = tmp_path_factory.mktemp("office")
    office = Office(folder / "now", f"http://127.0.0.1:{free_port()}")
    office.folder.mkdir()
    office.set_up()
    office.start()
    office.trust("triage-1", "oversight-1")
    office.stop()
    shutil.copytree(office.folder, folder / "fresh")
    yield office, folder / "fresh"
    office.stop()


@pytest.fixture
def office(made_office: tuple[Office, Path]) -> Iterator[Office]:
    """The office as it was made, with its server running."""
    office, fresh = made_office
    shutil.rmtree(office.folder)
    shutil.copytree(fresh, office.folder)
    office.start()
    yield office
    office.stop()


@pytest.fixture
def closed_office(made_office: tuple[Office, Path]) -> Office:
    """The office as it was made, without a server."""
    office, fresh = made_office
    shutil.rmtree(office.folder)
    shutil.copytree(fresh, office.folder)
    return office

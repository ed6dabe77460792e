"""A console over a real workstation, entered and unlocked where a test wants it so."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.triage.console.office import Browser, Office, make_office, open_browser


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An officer with the triage desk and an empty register."""
    return make_office(tmp_path)


@pytest.fixture
def browser(office: Office) -> Iterator[Browser]:
    """A browser that has not followed the link yet."""
    browser = open_browser(office)
    yield browser
    browser.workplace.lock()


@pytest.fixture
def officer(browser: Browser) -> Browser:
    """A browser that entered and unlocked the console."""
    browser.enter()
    browser.unlock()
    return browser

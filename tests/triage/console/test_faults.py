"""A fault is said and logged without a word of what it was about."""

import logging

import pytest
from flask import Flask

from tests.triage.console.office import BASE_URL, Browser


def fail() -> str:
    """Fail as a programming error would, with content in the message."""
    raise ZeroDivisionError("canary-content")


@pytest.fixture
def app(browser: Browser) -> Flask:
    """A console with one page that always fails."""
    app = browser.client.application
    app.add_url_rule("/canary-path", "fail", fail)
    return app


def test_an_unforeseen_error_is_logged_by_kind_and_place(
    app: Flask, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    """ATTACKS 1.3: a traceback would carry the path, and a message could quote a report."""
    with caplog.at_level(logging.DEBUG):
        answer = app.test_client().get("/canary-path?canary-query", base_url=BASE_URL)

    assert answer.status_code == 500
    assert "canary" not in answer.get_data(as_text=True)
    assert "canary" not in caplog.text
    assert "ZeroDivisionError at " in caplog.text
    assert browser.cookie == ""


def test_a_body_that_is_too_large_is_refused(officer: Browser) -> None:
    """Nothing that an officer sends is long."""
    answer = officer.post("unlock", passphrase="x" * 70_000)

    assert answer.status_code == 413
    assert officer.workplace.is_unlocked

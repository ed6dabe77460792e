"""Destroying from the console: on its day, and not by one click (issue 3)."""

from datetime import UTC, datetime

import pytest

from crypto.wire.contents import DocumentKind
from tests.triage.console.office import Browser, Office
from tests.triage.console.test_pages import page
from triage.console.languages import catalogue


@pytest.fixture
def ref(office: Office, officer: Browser) -> str:
    """A report whose reporter wants it destroyed; its day has come long ago."""
    officer.post("language", language="en")
    ref = office.receive({"narrative": "the van at the harbour"})
    office.receive({"destroy": True}, n=1, kind=DocumentKind.WITHDRAWAL)
    return ref


def come_today(office: Office) -> None:
    """Let everything have come in this hour."""
    hour = int(datetime.now(UTC).timestamp()) // 3600
    office.register.database.execute("UPDATE documents SET hour = ?", (hour,))


def test_the_page_says_what_goes_and_what_stays(officer: Browser, ref: str) -> None:
    """In both languages; reached from the report, with a tick that is not set."""
    report, english = page(officer, f"reports/{ref}"), page(officer, f"reports/{ref}/destroy")
    officer.post("language", language="zh-CN")
    chinese = page(officer, f"reports/{ref}/destroy")

    assert f"/reports/{ref}/destroy" in report
    assert "What stays" in english
    assert "search, your answers and your internal notes" in english
    assert "永久销毁的内容" in chinese
    assert 'type="checkbox" value="1">' in english
    assert "autofocus" not in english


def test_one_click_destroys_nothing(officer: Browser, ref: str) -> None:
    """Neither opening the page nor the button without the tick."""
    answer = officer.post(f"reports/{ref}/destroy")

    assert answer.status_code == 400
    assert "Nothing was destroyed." in answer.get_data(as_text=True)
    assert "harbour" in page(officer, f"reports/{ref}")


def test_before_its_day_there_is_no_way_in(office: Office, officer: Browser, ref: str) -> None:
    """The page says when; whoever knows the address gets nothing either."""
    come_today(office)

    source = page(officer, f"reports/{ref}")
    form = officer.get(f"reports/{ref}/destroy")
    sent = officer.post(f"reports/{ref}/destroy", meant="1")

    assert f"/reports/{ref}/destroy" not in source
    assert "Nothing is destroyed before." in source
    assert (form.status_code, sent.status_code) == (404, 404)
    assert "harbour" in page(officer, f"reports/{ref}")


def test_while_the_server_is_away_nothing_is_destroyed(officer: Browser, ref: str) -> None:
    """Nobody answers where this office's server should be."""
    answer = officer.post(f"reports/{ref}/destroy", meant="1")

    assert answer.status_code == 503
    assert "The server does not answer." in answer.get_data(as_text=True)
    assert "harbour" in page(officer, f"reports/{ref}")


def test_the_list_of_destroyed_reports_explains_that_it_is_empty(officer: Browser) -> None:
    """It has a place in the side bar only once it holds something."""
    officer.post("language", language="en")

    source = page(officer, "destroyed")

    assert catalogue("en").phrase("destroyed.none") in source
    assert "/destroyed" not in page(officer)

"""The console's page over a real server: destroyed there, and one line stays (issue 3)."""

from collections.abc import Iterator

import pytest

from tests.triage.console.office import AUTHORITY, Browser, HandClock
from tests.triage.console.test_pages import page
from tests.triage.office import Office, passphrase_of, saying
from tests.triage.workstation.test_destroying import age, rows_of_server, withdraw
from triage.cases.withdrawal import DESTROY_AFTER_DAYS
from triage.console.app import create_app
from triage.console.entrance import Entrance
from triage.console.workplace import Workplace
from triage.workstation.session_process import GuardedWorkstation


@pytest.fixture
def officer(office: Office) -> Iterator[Browser]:
    """A browser with the unlocked console of triage-1, in English."""
    clock, entrance = HandClock(), Entrance()
    workstation = GuardedWorkstation.open(office.home("triage-1").folder)
    workplace = Workplace(workstation, clock=clock)
    app = create_app(workplace, entrance, authority=AUTHORITY)
    browser = Browser(app.test_client(), workplace, entrance, clock)
    browser.enter()
    browser.post("unlock", passphrase=passphrase_of("triage-1").decode())
    browser.post("language", language="en")
    yield browser
    workplace.lock()


def test_a_report_is_destroyed_from_its_page(office: Office, officer: Browser) -> None:
    """Afterwards its address says so, the list has a line, and the queue has nothing."""
    office.file(7, saying("zqxcanary at the harbour"))
    withdraw(office)
    age(office, DESTROY_AFTER_DAYS)
    officer.post("sync")
    (report,) = officer.workplace.session.list_reports()

    answer = officer.post(f"reports/{report.ref}/destroy", meant="1")
    listed, gone = page(officer, "destroyed"), officer.get(f"reports/{report.ref}")
    again = officer.post(f"reports/{report.ref}/destroy", meant="1")

    assert answer.headers["Location"] == officer.address("destroyed")
    assert report.ref in listed
    assert "The report is destroyed." in listed
    assert gone.status_code == 410
    assert "This report was destroyed" in gone.get_data(as_text=True)
    assert again.headers["Location"] == officer.address("destroyed")
    assert "zqxcanary" not in listed + page(officer)
    assert rows_of_server(office, "intake", "SELECT count(*) FROM feed WHERE report IS NULL") == [
        (2,)
    ]


def test_a_server_that_refuses_is_said_so(office: Office, officer: Browser) -> None:
    """The report stays until the server has destroyed its copy."""
    office.file(7, saying("zqxcanary at the harbour"))
    withdraw(office)
    age(office, DESTROY_AFTER_DAYS)
    officer.post("sync")
    (report,) = officer.workplace.session.list_reports()
    with office.database("intake") as connection:
        connection.execute("UPDATE feed SET destruction_id = ?", (bytes(32),))

    answer = officer.post(f"reports/{report.ref}/destroy", meant="1")

    assert answer.status_code == 502
    assert "does not destroy its copy" in answer.get_data(as_text=True)
    assert "zqxcanary" in page(officer, f"reports/{report.ref}")

"""Right after unlocking: the page waits for the first look at the server and shows what came."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.console_visit import ConsoleVisit, new_context, serve_console
from tests.triage.console.office import Office, make_office
from triage.console.workplace import utc_now

pytestmark = pytest.mark.browser


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An officer with an empty register."""
    return make_office(tmp_path)


@pytest.fixture
def visit(chromium: Browser, office: Office) -> Iterator[ConsoleVisit]:
    """An officer who has just unlocked, in English; nobody has looked at the server yet."""
    with serve_console(office) as served:
        context = new_context(chromium)
        visit = ConsoleVisit(context.new_page(), served)
        visit.watch()
        visit.unlock()
        visit.speak("en")
        yield visit
        context.close()
        assert visit.faults == []


def test_the_empty_list_shows_by_itself_what_the_first_sync_brought(
    visit: ConsoleVisit, office: Office
) -> None:
    """Asked for after 1, 2 and 4 seconds, not after 15."""
    expect(visit.page.get_by_role("heading", name="Looking at the server …")).to_be_visible()
    office.receive({"narrative": "the van at the harbour"})

    visit.served.workplace.sync(now=utc_now)

    expect(visit.page.get_by_text("the van at the harbour")).to_be_visible(timeout=8000)


def test_where_nothing_came_the_list_says_so_by_itself(visit: ConsoleVisit) -> None:
    """Also where the server was away, which stands above."""
    visit.served.workplace.sync(now=utc_now)

    expect(visit.page.get_by_role("heading", name="No reports yet")).to_be_visible(timeout=8000)


def test_what_somebody_types_meanwhile_is_not_taken_away(visit: ConsoleVisit) -> None:
    """The page stays as it is; the notice above may say that something came."""
    visit.page.fill("#q", "harb")

    visit.served.workplace.sync(now=utc_now)
    body = visit.page.locator("body")
    expect(body).to_have_attribute("data-first-sync", "ended", timeout=8000)

    expect(visit.page.locator("#q")).to_have_value("harb")

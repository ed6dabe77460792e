"""Issue 2: the console in real Chromium, both languages, phone and desktop, light and dark."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from crypto.wire.contents import DocumentKind
from crypto.wire.strict_json import JsonObject
from tests.browser.console_visit import ConsoleVisit, Served, new_context, serve_console
from tests.triage.console.office import Office, make_office
from tests.triage.console.test_pages import EVERYTHING, HOSTILE
from triage.cases.report import NoticeKind

pytestmark = pytest.mark.browser

OVERRIDES = "invoice\u202egpj.exe \u200b" + "Z" + "\u0301" * 60
HOSTILE_TEXT = "\n".join([*HOSTILE, OVERRIDES, "A" * 3000])


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """A register with a full report, a hostile one, messages, faults and forty plain ones."""
    office = make_office(tmp_path_factory.mktemp("office"))
    for number in range(100, 140):
        urgency = ("now", "24h", "7d", "none", "unknown")[number % 5]
        text = "机房的门禁坏了两个月，外包人员可以自己进去。"
        office.receive(
            {"language": "zh-CN", "category": "D2", "urgency": urgency, "narrative": text},
            reporter=number,
        )
    office.receive(
        {"category": "O", "urgency": "now", "narrative": HOSTILE_TEXT},
        reporter=1,
    )
    office.receive(EVERYTHING, reporter=2)
    office.receive({"text": HOSTILE[0]}, reporter=2, n=1, kind=DocumentKind.MESSAGE)
    office.receive({"text": "again"}, reporter=2, n=1, kind=DocumentKind.MESSAGE)
    office.receive({"destroy": True}, reporter=1, n=1, kind=DocumentKind.WITHDRAWAL)
    wish: JsonObject = {"acknowledgements": False}
    office.receive(wish, reporter=1, n=2, kind=DocumentKind.PREFERENCE)
    office.receive_damaged()
    office.register.note(NoticeKind.FEED_GAP, "12", office.authority.now)
    return office


@pytest.fixture(scope="module")
def served(office: Office) -> Iterator[Served]:
    """The office's console."""
    with serve_console(office) as served:
        yield served


@pytest.fixture
def visit(chromium: Browser, served: Served) -> Iterator[ConsoleVisit]:
    """An officer's browser that unlocked the console, in English."""
    context = new_context(chromium)
    visit = ConsoleVisit(context.new_page(), served)
    visit.watch()
    visit.unlock()
    visit.speak("en")
    yield visit
    context.close()
    assert visit.faults == []
    assert visit.elsewhere == []


def paths(visit: ConsoleVisit) -> dict[str, str]:
    """Pages by name: the list, the two newest reports, and the rest."""
    visit.go("")
    refs = [text.inner_text() for text in visit.page.locator(".row-facts .ref").all()]
    return {
        "queue": "",
        "report": f"reports/{refs[0]}",
        "hostile": f"reports/{refs[1]}",
        "answering": f"reports/{refs[1]}/reply",
        "noting": f"reports/{refs[1]}/note",
        "withdrawn": "?withdrawn=1",
        "empty": "?q=nothing",
        "quarantine": "quarantine",
        "settings": "settings",
        "missing": "reports/00000000",
    }


@pytest.mark.parametrize(
    ("language", "width", "dark"),
    [("zh-CN", 1280, False), ("en", 1280, True), ("zh-CN", 360, True), ("en", 360, False)],
)
def test_every_page_is_accessible_and_fits(
    visit: ConsoleVisit, language: str, width: int, *, dark: bool
) -> None:
    """WCAG 2.2 AA as far as axe-core sees, and no sideways scrolling."""
    visit.speak(language)
    visit.page.set_viewport_size({"width": width, "height": 800})
    visit.page.emulate_media(color_scheme="dark" if dark else "light")

    for name, path in paths(visit).items():
        visit.go(path)
        assert visit.axe() == [], name
        assert not visit.is_wider_than_window(), name
        visit.screenshot(f"console-{name}-{language}-{width}-{'dark' if dark else 'light'}")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_nothing_scrolls_sideways_at_320_pixels(visit: ConsoleVisit, language: str) -> None:
    """WCAG 1.4.10, reflow."""
    visit.speak(language)
    visit.page.set_viewport_size({"width": 320, "height": 800})

    for name, path in paths(visit).items():
        visit.go(path)
        assert not visit.is_wider_than_window(), name


@pytest.mark.parametrize(("language", "width"), [("zh-CN", 320), ("en", 1280), ("en", 320)])
def test_unlocking_is_accessible_and_fits(visit: ConsoleVisit, language: str, width: int) -> None:
    """The page before anything is open, with and without a mistake."""
    visit.speak(language)
    visit.page.set_viewport_size({"width": width, "height": 800})
    visit.page.click(".lock-button")
    visit.page.wait_for_url(visit.served.address("unlock"))

    assert visit.axe() == []
    assert not visit.is_wider_than_window()
    visit.screenshot(f"console-unlock-{language}-{width}")
    visit.page.fill("#passphrase", "another passphrase")
    visit.page.press("#passphrase", "Enter")
    expect(visit.page.locator(".notice.bad")).to_be_visible()
    assert visit.axe() == []


def test_the_keyboard_alone_works_the_queue(visit: ConsoleVisit) -> None:
    """j, k, Enter, u, / and ?, and none of them while one types."""
    page = visit.page
    rows = page.locator(".row-link")

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()

    visit.press_onward("Enter")
    expect(page.locator(".report-main")).to_contain_text("canary-narrative")
    visit.press_onward("j")
    expect(page.locator(".report-main")).not_to_contain_text("canary-narrative")
    visit.press_onward("k")
    expect(page.locator(".report-main")).to_contain_text("canary-narrative")
    visit.press_onward("u")
    expect(rows).to_have_count(42)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert visit.axe() == []
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("j?门禁")
    expect(page.locator("#q")).to_have_value("j?门禁")


def test_shortcuts_can_be_turned_off(visit: ConsoleVisit) -> None:
    """WCAG 2.1.4."""
    visit.go("settings")
    visit.page.uncheck("#shortcuts")
    visit.page.click("section:has(#shortcuts) .primary")
    expect(visit.page.get_by_text("Saved.")).to_be_visible()

    visit.go("")
    visit.page.keyboard.press("/")
    expect(visit.page.locator("#q")).not_to_be_focused()

    visit.go("settings")
    visit.page.check("#shortcuts")
    visit.page.click("section:has(#shortcuts) .primary")


def test_search_and_filters_work_by_form(visit: ConsoleVisit) -> None:
    """Two Chinese characters are enough."""
    page = visit.page
    page.fill("#q", "门禁")
    page.select_option("#urgency", "24h")
    page.press("#q", "Enter")

    expect(page.locator("h1")).to_have_text("Search results")
    expect(page.locator(".row")).to_have_count(8)
    page.click(".clear")
    expect(page.locator("h1")).to_have_text("Reports")


def test_the_sync_button_says_what_came_of_it(visit: ConsoleVisit) -> None:
    """Nobody answers at the address that this workstation trusts."""
    visit.page.click(".sync button")

    expect(visit.page.locator(".notice.told.warn")).to_contain_text("does not answer")


def test_locking_leaves_nothing_on_the_screen_or_behind_back(visit: ConsoleVisit) -> None:
    """no-store, and pages that reload themselves when they come back."""
    visit.go(paths(visit)["report"])
    visit.page.click(".lock-button")
    visit.page.wait_for_url(visit.served.address("unlock"))

    visit.page.go_back()
    visit.page.wait_for_url(visit.served.address("unlock"))

    assert "canary" not in visit.page.content()


def test_a_link_is_refused_in_a_second_browser(chromium: Browser, served: Served) -> None:
    """One-time link, planted cookie."""
    link = served.link()
    first, second = new_context(chromium), new_context(chromium)
    path = f"{served.url}/{served.entrance.path}/"
    second.add_cookies([{"name": "console", "value": "planted", "url": path}])

    entered, refused = first.new_page(), second.new_page()
    entered.goto(link)
    answer = refused.goto(link)
    listed = refused.goto(served.address(""))

    assert answer is not None
    assert listed is not None
    assert entered.url == served.address("unlock")
    assert (answer.status, listed.status) == (403, 403)
    first.close()
    second.close()


def test_another_port_of_this_machine_never_sees_the_cookie(visit: ConsoleVisit) -> None:
    """Cookies are shared between ports; a path that nobody can guess keeps ours apart."""
    seen: list[str | None] = []

    class Neighbour(http.server.BaseHTTPRequestHandler):
        """Any other program that listens on this machine."""

        def do_GET(self) -> None:
            """Note the cookie."""
            seen.append(self.headers.get("Cookie"))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Neighbour) as neighbour:
        threading.Thread(target=neighbour.serve_forever).start()
        visit.page.context.new_page().goto(f"http://127.0.0.1:{neighbour.server_port}/")
        neighbour.shutdown()

    assert seen
    assert set(seen) == {None}


def test_it_locks_itself_on_the_screen_too(chromium: Browser, tmp_path: Path) -> None:
    """The countdown is visible, warns, and ends with an empty page that asks for the passphrase."""
    office = make_office(tmp_path)
    office.receive(EVERYTHING)
    context = new_context(chromium)
    with serve_console(office, idle_seconds=4) as served:
        visit = ConsoleVisit(context.new_page(), served)
        visit.unlock()

        expect(visit.page.locator("#soon")).to_be_visible()
        visit.page.wait_for_url(served.address("unlock"))

        assert not served.workplace.is_unlocked
        # Words of the queue; a form token may hold any two symbols.
        assert "canary" not in visit.page.content()
        assert "E3" not in visit.page.inner_text("body")
        context.close()


def test_paper_shows_the_report_and_nothing_else(visit: ConsoleVisit) -> None:
    """Print style."""
    visit.go(paths(visit)["report"])
    visit.page.emulate_media(media="print")

    for chrome in (".top", ".side", ".report-nav", ".tools"):
        expect(visit.page.locator(chrome).first).to_be_hidden()
    expect(visit.page.locator(".report-main")).to_be_visible()
    visit.screenshot("console-report-on-paper")

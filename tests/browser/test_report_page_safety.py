"""What must never happen to somebody who reports (DESIGN §4, ATTACKS B19, C9)."""

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.conftest import OpenForm
from tests.browser.report_form import catalogue

pytestmark = pytest.mark.browser

CANARY = "purple heron 紫鹭"


def test_no_byte_of_an_answer_leaves_unsealed(visit: OpenForm) -> None:
    """Everything goes to the one server, and what was typed is in none of it."""
    form = visit("en")
    form.to_check(CANARY)
    form.send()

    everything = b"".join(form.posted) + "".join(form.seen).encode()

    assert all(address.startswith((form.url, "blob:")) for address in form.seen)
    assert CANARY.encode() not in everything
    assert b"heron" not in everything


def test_nothing_stays_in_the_browser(visit: OpenForm) -> None:
    """No cookie, no storage, and a history of bare numbers at one address."""
    form = visit("en")
    form.to_check(CANARY)
    kept = """[localStorage.length, sessionStorage.length, document.cookie, typeof history.state]"""
    databases = "indexedDB.databases().then((found) => found.length)"

    assert form.page.evaluate(kept) == [0, 0, "", "number"]
    assert form.page.evaluate(databases) == 0
    assert form.page.context.cookies() == []
    assert form.page.url == form.url


def test_the_browser_has_nothing_to_complain_of(chromium: Browser, report_url: str) -> None:
    """ATTACKS B8: no rule of a policy that it does not know, no digest that differs."""
    page = chromium.new_page(locale="en")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))

    page.goto(report_url)
    page.get_by_role("button", name=catalogue("en")["start.begin"]).wait_for()

    assert said == []
    page.context.close()


def test_no_field_could_be_posted(visit: OpenForm) -> None:
    """No field has a name, and no form has an address."""
    form = visit("en")
    form.begin()
    form.to_narrative()

    assert form.page.locator("form [name], form[action]").count() == 0


def test_leaving_replaces_page_and_history_entry(visit: OpenForm) -> None:
    """One press, no question, and the page is gone."""
    form = visit("en")
    form.begin()
    form.to_narrative()
    form.box("narrative.label").fill(CANARY)

    form.button("leave.button").click()
    form.page.wait_for_url(lambda url: not url.startswith(form.url))

    assert "heron" not in form.page.content()


def test_esc_three_times_leaves(visit: OpenForm) -> None:
    """Faster than finding the button."""
    form = visit("zh-CN")
    form.begin()

    for _ in range(3):
        form.page.keyboard.press("Escape")

    form.page.wait_for_url(lambda url: not url.startswith(form.url))


def test_esc_of_an_input_method_does_not_leave(visit: OpenForm) -> None:
    """Esc closes the candidates of a Chinese input method, often several times."""
    form = visit("zh-CN")
    form.begin()
    form.to_narrative()
    form.box("narrative.label").focus()
    session = form.page.context.new_cdp_session(form.page)

    for _ in range(4):
        composing = {"text": "bailu", "selectionStart": 5, "selectionEnd": 5}
        session.send("Input.imeSetComposition", composing)
        form.page.keyboard.press("Escape")
    form.page.wait_for_timeout(300)

    assert form.heading("narrative.heading").is_visible()


def test_a_lost_connection_loses_nothing(visit: OpenForm) -> None:
    """The sealed bytes stay in memory; the same ones are sent again."""
    form = visit("en")
    form.to_check("a heron")

    form.page.context.set_offline(offline=True)
    form.button("check.send").click()
    form.heading("sending.waiting.heading").wait_for()
    form.page.context.set_offline(offline=False)
    form.button("sending.now").click()
    form.heading("code.heading").wait_for()

    assert len(set(form.posted)) == 1


def test_a_lost_answer_is_asked_for_again_with_the_same_bytes(visit: OpenForm) -> None:
    """The server has it, the answer was lost: one report, one code (SPEC 12.3)."""
    form = visit("en")
    form.to_check("a heron")

    def lose_first_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    form.page.route("**/api/v1/submissions", lose_first_answer, times=1)
    form.button("check.send").click()
    form.button("sending.now").click()
    form.heading("code.heading").wait_for()
    form.tick("code.kept")
    form.onward()

    form.heading("done.heading").wait_for()
    assert len(set(form.posted)) == 1


def test_waiting_can_be_stopped_without_losing_the_answers(visit: OpenForm) -> None:
    """Back to the check page, with everything still there."""
    form = visit("en")
    form.to_check(CANARY)

    form.page.context.set_offline(offline=True)
    form.button("check.send").click()
    form.button("sending.stop").click()
    form.heading("check.heading").wait_for()

    assert form.page.get_by_text(CANARY).is_visible()


def test_a_busy_server_is_waited_for(visit: OpenForm) -> None:
    """429 with Retry-After: a visible countdown, then the same bytes again."""
    form = visit("en")
    form.to_check("a heron")

    def refuse_once(route: Route) -> None:
        route.fulfill(status=429, headers={"Retry-After": "2"}, body="{}")

    form.page.route("**/api/v1/submissions", refuse_once, times=1)
    form.button("check.send").click()
    form.page.get_by_text(form.t("sending.busy")).wait_for()
    form.heading("code.heading").wait_for()

    assert len(set(form.posted)) == 1


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_forged_key_set_is_refused(chromium: Browser, report_url: str, language: str) -> None:
    """ATTACKS A3: one changed byte, and the page takes no report."""
    page = chromium.new_page(locale=language)

    def forge(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.body().replace(b"Z", b"Y", 1))

    page.route("**/api/v1/key-set", forge)
    page.goto(report_url)
    page.get_by_role("heading", name=catalogue(language)["refusal.untrusted.heading"]).wait_for()

    assert page.locator("input, textarea, form").count() == 0
    page.context.close()


def test_without_a_key_set_no_report_is_taken(chromium: Browser, report_url: str) -> None:
    """The page says so, and what else one can do."""
    page = chromium.new_page(locale="en")
    page.route("**/api/v1/key-set", lambda route: route.abort())
    page.goto(report_url)

    name = catalogue("en")["refusal.unreachable.heading"]
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    assert page.locator("form").count() == 0
    page.context.close()


def test_without_javascript_nothing_can_be_filled_in(chromium: Browser, report_url: str) -> None:
    """Both languages say why, and what else one can do; there is no plaintext field."""
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report_url)
    text = page.locator("body").inner_text()

    assert "JavaScript" in text
    assert "命令行" in text
    assert "command-line" in text
    assert page.locator("input, textarea, select, form, button").count() == 0
    for path in ("offline.html", "deliver.html"):
        assert page.locator(f'a[href="{path}"]').count() == 2
    context.close()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_first_screen_offers_what_does_not_depend_on_it(visit: OpenForm, language: str) -> None:
    """Issue 3: what loading a page risks, in one sentence, and three other ways."""
    form = visit(language)

    assert form.page.get_by_text(form.t("start.risk")).is_visible()
    assert "intake submit" in form.page.locator("main").inner_text()
    with form.page.expect_download() as waiting:
        form.page.get_by_role("link", name=form.t("start.offline")).click()
    assert waiting.value.suggested_filename == "offline.html"
    form.page.get_by_role("link", name=form.t("start.deliver")).click()
    form.heading("deliver.heading").wait_for()

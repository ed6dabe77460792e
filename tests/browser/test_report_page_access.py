"""Everybody can use the page: WCAG 2.2 AA, keyboard, screen reader, 320 px, dark mode."""

import pytest

from tests.browser.conftest import OpenForm
from tests.browser.report_form import Inspector, ReportForm

pytestmark = pytest.mark.browser

LOOKS = [("zh-CN", 320, False), ("en", 320, True), ("zh-CN", 1280, True), ("en", 1280, False)]


def _walk_report(form: ReportForm, inspector: Inspector) -> None:
    form.begin()
    inspector.onward()
    inspector.look()
    form.tick("secrets.tick")
    form.onward()
    form.choose("choice.no")
    inspector.onward()
    form.choose("family.X")
    inspector.onward()
    form.choose("category.X3")
    inspector.onward()
    form.box("narrative.label").fill("苍鹭")
    inspector.onward()
    inspector.onward()
    form.page.get_by_label(form.t("where.region")).select_option("CN-32")
    inspector.onward()
    form.button("who.add").click()
    inspector.onward()
    form.tick("how.saw")
    inspector.onward()
    form.choose("whoelse.few")
    inspector.onward()
    inspector.onward()
    form.choose("urgency.now")
    for _ in range(3):
        inspector.onward()


def _walk_person(form: ReportForm, inspector: Inspector) -> None:
    form.choose("anonymity.named")
    inspector.onward()
    form.box("name.legal").fill("李明")
    inspector.onward()
    form.onward()
    inspector.look()
    form.page.locator("#field-contacts-0-method").fill("phone")
    form.page.locator("#field-contacts-0-address").fill("1")
    form.onward()
    inspector.onward()
    form.choose("protection.yes")
    inspector.onward()
    form.choose("imminence.now")
    for _ in range(6):
        inspector.onward()
    form.choose("reward.yes")
    for _ in range(3):
        inspector.onward()
    form.tick("truth.tick")
    inspector.onward()


@pytest.mark.slow
@pytest.mark.parametrize(("language", "width", "dark"), LOOKS)
def test_axe_finds_nothing_on_any_screen(
    visit: OpenForm, language: str, width: int, *, dark: bool
) -> None:
    """Every screen and error state, none of them wider than the window."""
    form = visit(language, width=width, dark=dark)
    inspector = Inspector(form)

    form.page.locator("summary").click()
    inspector.look()
    _walk_report(form, inspector)
    _walk_person(form, inspector)
    inspector.look()
    form.send()
    form.page.locator(".code-box summary").click()
    inspector.onward()
    inspector.look()
    form.tick("code.kept")
    form.onward()
    inspector.look()

    assert inspector.faults == []
    assert form.faults == []


def test_the_keyboard_alone_files_a_report(visit: OpenForm) -> None:
    """Tab, arrows, Space and Enter are enough."""
    form = visit("en")
    keyboard = form.page.keyboard

    def press(*keys: str) -> None:
        for key in keys:
            keyboard.press(key)

    form.button("start.begin").focus()
    press("Enter", "Tab", "Tab", "Space", "Tab", "Enter")
    form.heading("staff.heading").wait_for()
    press("Tab", "ArrowDown", "Tab", "Enter")
    form.heading("family.heading").wait_for()
    press("Tab", "ArrowUp", "Enter")
    form.heading("narrative.heading").wait_for()
    press("Tab")
    keyboard.type("a heron")
    press("Tab", "Enter")

    form.heading("when.heading").wait_for()


def test_the_focus_moves_to_the_heading_of_each_screen(visit: OpenForm) -> None:
    """A screen reader begins where the screen begins."""
    form = visit("en")

    form.begin()

    assert form.page.evaluate("document.activeElement.id") == "heading"


def test_errors_are_summed_up_and_lead_to_their_fields(visit: OpenForm) -> None:
    """The summary takes the focus; its link moves it on, and the address stays as it was."""
    form = visit("en")
    form.begin()

    form.onward()
    focused = form.page.evaluate("document.activeElement.id")
    form.page.get_by_role("alert").get_by_role("link").click()

    assert focused == "errors"
    assert form.page.evaluate("document.activeElement.id") == "field-noSecrets"
    assert form.page.url == form.url


def test_arrow_keys_move_within_a_group_of_choices(visit: OpenForm) -> None:
    """The buttons have no name, so the page keeps the group: one chosen, one reached by Tab."""
    form = visit("en")
    form.begin()
    form.tick("secrets.tick")
    form.onward()
    form.choose("choice.yes")

    form.page.keyboard.press("ArrowDown")
    chosen = "[...document.querySelectorAll('[type=radio]')].map((radio) => radio.checked)"
    reached = "[...document.querySelectorAll('[type=radio]')].map((radio) => radio.tabIndex)"

    assert form.page.evaluate(chosen) == [False, True]
    assert form.page.evaluate(reached) == [-1, 0]

"""Issue 2: what a person reports in the browser is what the officer reads in the console.

Real Chromium, the real server, the real console, in both languages; pictures of every screen are
kept under var/screenshots/.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.console_visit import SCREENSHOTS, new_context
from tests.browser.report_form import ReportForm

pytestmark = pytest.mark.browser

NARRATIVES = {
    "zh-CN": "上周三晚上，我在码头看到两个人拍摄军舰。<b>不是标签</b> “引号” 𠮷",
    "en": "On Wednesday night two people photographed the ships. <b>no markup</b> 'quotes'",
}


@pytest.fixture(scope="module")
def console(chromium: Browser, demo: Mapping[str, Any]) -> Page:
    """The demonstration's console, unlocked by its one-time link."""
    page = new_context(chromium).new_page()
    page.goto(demo["console_url"])
    officer = demo["officers"][0]
    passphrase = Path(officer["passphrase_file"]).read_text().strip()
    page.fill("#passphrase", passphrase)
    page.press("#passphrase", "Enter")
    page.wait_for_url(re.compile(r"/$"))
    return page


def picture(page: Page, name: str) -> None:
    """Keep a picture of the whole page."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("width", [360, 1280])
def test_a_report_from_the_page_is_read_in_the_console(
    chromium: Browser, demo: Mapping[str, Any], console: Page, language: str, width: int
) -> None:
    """The narrative arrives to the letter, as text, and the reporter gets code and receipt."""
    context = chromium.new_context(viewport={"width": width, "height": 800}, locale=language)
    context.set_default_timeout(15_000)
    form = ReportForm(context.new_page(), language, f"{demo['server_url']}/")
    form.open()
    picture(form.page, f"report-start-{language}-{width}")
    narrative = f"{NARRATIVES[language]} {width}"

    form.begin()
    form.to_narrative()
    form.box("narrative.label").fill(narrative)
    picture(form.page, f"report-question-{language}-{width}")
    form.page.reload()
    form.button("start.begin").wait_for()
    form.to_check(narrative)
    picture(form.page, f"report-check-{language}-{width}")
    form.send()
    picture(form.page, f"report-code-{language}-{width}")

    assert re.fullmatch(r"([0-9A-Z]{4}-?){7}", form.code().replace(" ", ""))
    assert not any(b"narrative" in body or narrative.encode() in body for body in form.posted)
    assert form.faults == []
    context.close()
    read_in_console(console, language, width, narrative)


def read_in_console(console: Page, language: str, width: int, narrative: str) -> None:
    """Synchronise, find the report by its text and read it."""
    console.set_viewport_size({"width": width, "height": 800})
    if console.get_attribute("html", "lang") != language:
        console.click(f".language-switch button[value='{language}']")
        console.wait_for_selector(f"html[lang='{language}']")
    home = re.sub(r"(http://[^/]+/[^/]+/).*", r"\1", console.url)
    console.goto(home)
    console.click(".sync-form button, form[action$='sync'] button")
    console.wait_for_load_state()
    picture(console, f"console-queue-{language}-{width}")
    console.locator(".row-link").first.click()
    expect(console.locator("#report")).to_contain_text(narrative)
    picture(console, f"console-report-{language}-{width}")
    console.goto(home)

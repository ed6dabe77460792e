"""`make screenshots`: the README's pictures, taken from the running demonstration.

A demonstration of its own is started in a temporary folder, so the one under var/demo/ is left
alone; generated reports fill its queue.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright

from deploy.demo.layout import FOLDER_VARIABLE, REPOSITORY
from tests.browser.report_form import ReportForm

PICTURES: Final = REPOSITORY / "deploy" / "screenshots"
CHROMIUM: Final = "/usr/bin/chromium"
START_WITHIN_SECONDS: Final = 90
REPORTS: Final = 60
HEIGHT_PIXELS: Final = 860


def free_port() -> int:
    """A port of the loopback address that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def demonstration(folder: Path) -> Iterator[Mapping[str, Any]]:
    """A demonstration with some reports; what its `demo.json` says."""
    environment = {
        **os.environ,
        FOLDER_VARIABLE: str(folder),
        "INTAKE_BIND": f"127.0.0.1:{free_port()}",
        "TRIAGE_CONSOLE_PORT": str(free_port()),
    }
    process = subprocess.Popen([sys.executable, "-m", "deploy.demo"], env=environment)
    try:
        give_up_at = time.monotonic() + START_WITHIN_SECONDS
        while not (folder / "demo.json").exists() and time.monotonic() < give_up_at:
            time.sleep(0.1)
        seed = [sys.executable, "-m", "deploy.demo.seed", str(REPORTS)]
        subprocess.run(seed, env=environment, check=True)
        yield json.loads((folder / "demo.json").read_bytes())
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(START_WITHIN_SECONDS)


def new_page(browser: Browser, language: str, width: int) -> Page:
    """A page in a profile of its own."""
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHT_PIXELS}, locale=language
    )
    return context.new_page()


def picture(page: Page, name: str) -> None:
    """Save what the window shows."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


def picture_report_page(browser: Browser, url: str) -> None:
    """The first screen in English, one question in Chinese on a phone."""
    form = ReportForm(new_page(browser, "en", 1280), "en", url)
    form.open()
    picture(form.page, "report-start-en-1280")
    phone = ReportForm(new_page(browser, "zh-CN", 360), "zh-CN", url)
    phone.open()
    phone.begin()
    phone.to_narrative()
    picture(phone.page, "report-question-zh-360")


def picture_console(browser: Browser, described: Mapping[str, Any]) -> None:
    """The queue in English and one report in Chinese."""
    page = new_page(browser, "en", 1280)
    page.goto(described["console_url"])
    page.fill("#passphrase", Path(described["officers"][0]["passphrase_file"]).read_text().strip())
    page.press("#passphrase", "Enter")
    page.wait_for_url(re.compile(r"/$"))
    page.click("form.sync button")
    page.locator(".row-link").first.wait_for()
    speak(page, "en")
    picture(page, "console-queue-en-1280")
    speak(page, "zh-CN")
    page.locator(".row-link").first.click()
    page.locator("#report").wait_for()
    picture(page, "console-report-zh-1280")


def speak(page: Page, language: str) -> None:
    """Switch the console's language if another one is shown."""
    if page.get_attribute("html", "lang") != language:
        page.click(f".language-switch button[value='{language}']")
        page.wait_for_selector(f"html[lang='{language}']")


def main() -> None:
    """Take all pictures."""
    with (
        tempfile.TemporaryDirectory(prefix="screenshots-") as folder,
        demonstration(Path(folder)) as described,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        picture_report_page(browser, f"{described['server_url']}/")
        picture_console(browser, described)
        browser.close()


if __name__ == "__main__":
    main()

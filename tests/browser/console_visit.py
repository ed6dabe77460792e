"""The console as an officer uses it, in a real browser over a real register."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

from tests.triage.console.office import PASSPHRASE, Office
from triage.console.app import create_app
from triage.console.entrance import Entrance
from triage.console.serving import LOOPBACK, QuietRequestHandler
from triage.console.workplace import IDLE_SECONDS, Workplace
from triage.workstation.session_process import GuardedWorkstation

ROOT = Path(__file__).parents[2]
AXE = ROOT / "intake" / "web" / "node_modules" / "axe-core" / "axe.min.js"
SCREENSHOTS = ROOT / "var" / "screenshots"
_RUN_AXE = """axe.run(document).then((result) => JSON.stringify([
    ...result.violations.map(({id, nodes}) => [id, nodes.map(({html}) => html)])]))"""


@dataclass(slots=True)
class Served:
    """A console that listens.

    Attributes:
        url: its origin.
    """

    url: str
    workplace: Workplace
    entrance: Entrance

    def link(self) -> str:
        """A fresh one-time link."""
        return f"{self.url}/enter/{self.entrance.new_link_token()}"

    def address(self, path: str) -> str:
        """A page below the console's path."""
        return f"{self.url}/{self.entrance.path}/{path}"


@contextmanager
def serve_console(office: Office, *, idle_seconds: int = IDLE_SECONDS) -> Iterator[Served]:
    """Serve an office's console on a free port of the loopback address."""
    workplace = Workplace(GuardedWorkstation.open(office.home.folder), idle_seconds=idle_seconds)
    entrance = Entrance()
    server = make_server(
        LOOPBACK, 0, Flask(__name__), threaded=True, request_handler=QuietRequestHandler
    )
    server.app = create_app(workplace, entrance, authority=f"{LOOPBACK}:{server.port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Served(f"http://{LOOPBACK}:{server.port}", workplace, entrance)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        workplace.lock()


@dataclass
class ConsoleVisit:
    """One browser profile before one console.

    Attributes:
        faults: what the browser complained about: script errors, refused content, dialogs.
        elsewhere: requests that went to any other origin.
    """

    page: Page
    served: Served
    faults: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Note everything that should not happen."""
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("dialog", lambda dialog: self._note_dialog(dialog.message))
        self.page.on(
            "console",
            lambda line: self.faults.append(line.text) if "Security Policy" in line.text else None,
        )
        self.page.on("request", lambda request: self._note_request(request.url))

    def _note_dialog(self, message: str) -> None:
        self.faults.append(f"dialog: {message}")

    def _note_request(self, url: str) -> None:
        if not url.startswith(f"{self.served.url}/"):
            self.elsewhere.append(url)

    def unlock(self) -> None:
        """Follow a link and type the passphrase."""
        self.page.goto(self.served.link())
        self.page.fill("#passphrase", PASSPHRASE.decode())
        self.page.press("#passphrase", "Enter")
        self.page.wait_for_url(self.served.address(""))

    def speak(self, language: str) -> None:
        """Switch the language if another one is shown."""
        if self.page.get_attribute("html", "lang") != language:
            self.page.click(f".language-switch button[value='{language}']")
            self.page.wait_for_selector(f"html[lang='{language}']")

    def go(self, path: str) -> None:
        """Open a page below the console's path."""
        self.page.goto(self.served.address(path))

    def press_onward(self, key: str) -> None:
        """Press a key that leads to another page, and wait until that one hears keys too."""
        before = self.page.url
        self.page.keyboard.press(key)
        self.page.wait_for_url(lambda url: url != before)

    def axe(self) -> list[list[object]]:
        """What axe-core finds on the page as it is."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        return cast("list[list[object]]", json.loads(self.page.evaluate(_RUN_AXE)))

    def is_wider_than_window(self) -> bool:
        """Whether one would have to scroll sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))

    def screenshot(self, name: str) -> None:
        """Keep a picture of the whole page."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def new_context(browser: Browser, *, width: int = 1280, dark: bool = False) -> BrowserContext:
    """A browser profile of its own."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if dark else "light",
        locale="en",
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    return context

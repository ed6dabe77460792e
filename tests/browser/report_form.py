"""The report page as a person uses it: by what its labels say, in either language."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import cast

from playwright.sync_api import CDPSession, Locator, Page

WEB = Path(__file__).parents[2] / "intake" / "web"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
_RUN_AXE = """axe.run(document, {resultTypes: ["violations"]}).then((result) =>
    JSON.stringify(result.violations.map(({id, nodes}) => [id, nodes.map(({html}) => html)])))"""


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """The texts that the page was built with, by msgid."""
    folder = WEB / "dist" / "locale"
    texts: dict[str, str] = {}
    for part in ("", "mailbox.", "files.", "deliver."):
        own = json.loads((folder / f"{part}{language}.json").read_text())
        # What one page says in the place of a common text is left to its own tests.
        texts = own | texts
    return texts


def watch_choosers(page: Page) -> None:
    """Announce file choosers from now on; asked for together with a key, that comes too late."""
    page.on("filechooser", lambda _: None)
    page.evaluate("0")


@dataclass
class ReportForm:
    """One visit.

    Attributes:
        posted: every body that left the browser.
        seen: the address of every request.
        faults: what the browser complained about.
    """

    page: Page
    language: str
    url: str
    posted: list[bytes] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def texts(self) -> Mapping[str, str]:
        """What the page says in the language of this visit."""
        return catalogue(self.language)

    def t(self, msgid: str, **values: object) -> str:
        """A text of the page in the language of this visit."""
        text = self.texts()[msgid]
        return re.sub(r"\{([a-z]+)\}", lambda match: str(values.get(match[1], match[0])), text)

    def open(self) -> None:
        """Load the page and wait until it has checked itself."""
        self.page.on("request", self._note_request)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.goto(self.url)
        self.button("start.begin").wait_for()

    def _note_request(self, request: object) -> None:
        self.seen.append(getattr(request, "url", ""))
        body = getattr(request, "post_data_buffer", None)
        if body is not None:
            self.posted.append(body)

    def button(self, msgid: str) -> Locator:
        """A button by its text."""
        return self.page.get_by_role("button", name=self.t(msgid), exact=True)

    def heading(self, msgid: str) -> Locator:
        """The screen's heading by its text."""
        return self.page.get_by_role("heading", level=1, name=self.t(msgid), exact=True)

    def box(self, msgid: str) -> Locator:
        """A text field by its label."""
        return self.page.get_by_role("textbox", name=re.compile(f"^{re.escape(self.t(msgid))}"))

    def choose(self, msgid: str) -> None:
        """Take one of several choices."""
        self.page.get_by_role("radio", name=self.t(msgid), exact=True).check()

    def tick(self, msgid: str) -> None:
        """Tick a box."""
        self.page.get_by_role("checkbox", name=self.t(msgid), exact=True).check()

    def onward(self) -> None:
        """Continue, or save a change."""
        self.page.locator("form button[type=submit]").click()

    def begin(self) -> None:
        """Leave the start screen."""
        self.button("start.begin").click()

    def to_narrative(self, *, about_staff: bool = False) -> None:
        """Answer the first three questions as most people would, but for whom it is about."""
        self.tick("secrets.tick")
        self.onward()
        self.choose("choice.yes" if about_staff else "choice.no")
        self.onward()
        self.choose("family.X0")
        self.onward()
        self.heading("narrative.heading").wait_for()

    def to_files(self, narrative: str = "a heron", *, about_staff: bool = False) -> None:
        """Answer what must be answered, from the start to the question for files."""
        self.begin()
        self.to_narrative(about_staff=about_staff)
        self.box("narrative.label").fill(narrative)
        self.onward()
        self.onward()
        self.page.get_by_label(self.t("where.region")).select_option("unknown")
        self.onward()
        self.onward()
        self.tick("how.saw")
        self.onward()
        self.heading("whoelse.heading").wait_for()
        self.onward()
        self.heading("files.heading").wait_for()

    def from_files_to_check(self) -> None:
        """Answer the rest."""
        for msgid in ("files", "urgency", "elsewhere", "limits", "anonymity"):
            self.heading(f"{msgid}.heading").wait_for()
            self.onward()
        self.onward()
        self.onward()
        self.tick("truth.tick")
        self.onward()
        self.heading("check.heading").wait_for()

    def to_check(self, narrative: str, *, about_staff: bool = False) -> None:
        """Answer what must be answered, from the start to the check page."""
        self.to_files(narrative, about_staff=about_staff)
        self.from_files_to_check()

    def send(self) -> None:
        """Seal and send, and wait for the receipt code."""
        self.button("check.send").click()
        self.heading("code.heading").wait_for()

    def code(self) -> str:
        """The receipt code as shown."""
        return self.page.locator(".code").inner_text().replace("\n", "")

    def axe_violations(self, session: CDPSession) -> list[object]:
        """What axe-core finds on the present screen, run past the page's own policy."""
        session.send("Runtime.evaluate", {"expression": f"{AXE.read_text()};0"})
        answer = session.send(
            "Runtime.evaluate",
            {"expression": _RUN_AXE, "awaitPromise": True, "returnByValue": True},
        )
        return cast("list[object]", json.loads(answer["result"]["value"]))


class Inspector:
    """Goes through the screens and notes what is wrong with each."""

    def __init__(self, form: ReportForm) -> None:
        self.form = form
        self.session: CDPSession = form.page.context.new_cdp_session(form.page)
        self.faults: list[object] = []

    def look(self) -> None:
        """Check the present screen."""
        screen = self.form.page.locator("h1:visible").first.inner_text()
        faults = self.form.axe_violations(self.session)
        self.faults += [(screen, fault) for fault in faults]
        too_wide = "document.documentElement.scrollWidth > innerWidth"
        if self.form.page.evaluate(too_wide):
            self.faults.append((screen, "wider than the window"))

    def onward(self) -> None:
        """Look at the screen, then leave it."""
        self.look()
        self.form.onward()

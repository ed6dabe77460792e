"""Issue 2: Tor Browser's "Safer" level (no JIT, no WebAssembly), in Debian's Firefox ESR."""

import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.browser.files_visit import exported_files
from tests.browser.firefox import SAVED, FirefoxPage, safer_firefox
from tests.browser.mailbox_visit import AnsweringDesk
from tests.browser.offline_form import offline_catalogue
from tests.browser.report_form import catalogue
from tests.workstation_cli import triage

pytestmark = pytest.mark.browser

NARRATIVE = "没有即时编译的浏览器里写下的 𠮷 <i>text</i>"

SAVED_WITHIN_SECONDS = 30

# Acts on the page by what it says, as a person would; waits for what is not there yet.
TOOLS = """
const [wanted, value] = args
const shown = (node) => node.checkVisibility()
const named = (selector, text) => [...document.querySelectorAll(selector)].filter(shown)
    .find((node) => (node.textContent ?? "").trim().startsWith(text))
const found = async (find) => {
    for (let left = 600; left > 0; left -= 1) {
        const node = find()
        if (node) return node
        await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error("not found: " + wanted)
}
"""
PRESS = TOOLS + "(await found(() => named('button', wanted))).click()"
TICK = TOOLS + "(await found(() => named('label', wanted))).click()"
HEADING = TOOLS + "await found(() => named('h1', wanted))"
TEXT = (
    TOOLS
    + """
const label = await found(() => named('label', wanted))
label.control.value = value
label.control.dispatchEvent(new Event("input", {bubbles: true}))
label.control.dispatchEvent(new Event("change", {bubbles: true}))
"""
)
# Known once the page has drawn its frame; what stands there before says nothing.
LANGUAGE = TOOLS + "await found(() => named('h1', '')); return document.documentElement.lang"
ONWARD = "document.querySelector('form button[type=submit]').click()"


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Firefox's own folder."""
    return tmp_path_factory.mktemp("firefox")


@pytest.fixture(scope="module")
def firefox(profile: Path) -> Iterator[FirefoxPage]:
    """One Firefox with the settings of the "Safer" level."""
    assert shutil.which("firefox-esr"), "firefox-esr is needed; deploy/build/test_tools.sh has it"
    with safer_firefox(profile) as page:
        yield page


# A file of 3 MiB, in two parts, chosen as a person would; the page looks into it at once.
CHOOSE_FILE = (
    TOOLS
    + """
const input = await found(() => document.querySelector("input[type=file]"))
const bytes = Uint8Array.from({length: value}, (_, i) => (i * 31 + (i >> 16)) % 251)
const transfer = new DataTransfer()
transfer.items.add(new File([bytes], "canary.bin"))
input.files = transfer.files
input.dispatchEvent(new Event("change", {bubbles: true}))
"""
)
FILE_BYTES = 3 * 2**20


def fill_in(
    page: FirefoxPage,
    texts: Mapping[str, str],
    narrative: str = NARRATIVE,
    at_files: Callable[[], None] = lambda: None,
) -> None:
    """From the start screen to the check page, answering what must be answered.

    Args:
        page: at the start screen.
        texts: of the page.
        narrative: what was done.
        at_files: what is done at the files question.
    """
    page.run(PRESS, texts["start.begin"])
    for msgid in ("secrets.tick", "choice.no", "family.X0"):
        page.run(TICK, texts[msgid])
        page.run(ONWARD)
    page.run(TEXT, texts["narrative.label"], narrative)
    page.run(ONWARD)
    page.run(ONWARD)
    page.run(TEXT, texts["where.region"], "unknown")
    page.run(ONWARD)
    page.run(ONWARD)
    page.run(TICK, texts["how.saw"])
    page.run(ONWARD)
    page.run(HEADING, texts["whoelse.heading"])
    page.run(ONWARD)
    page.run(HEADING, texts["files.heading"])
    at_files()
    page.run(ONWARD)
    for msgid in ("urgency", "elsewhere", "limits", "anonymity"):
        page.run(HEADING, texts[f"{msgid}.heading"])
        page.run(ONWARD)
    page.run(ONWARD)
    page.run(ONWARD)
    page.run(TICK, texts["truth.tick"])
    page.run(ONWARD)
    page.run(HEADING, texts["check.heading"])


def test_a_report_is_sealed_and_read_without_jit_or_webassembly(
    firefox: FirefoxPage, demo: Mapping[str, Any]
) -> None:
    """The page seals with what the "Safer" level leaves, and the officer reads it."""
    firefox.open(f"{demo['server_url']}/")
    assert firefox.run("return typeof WebAssembly") == "undefined"
    texts = catalogue(str(firefox.run(LANGUAGE, "a heading")))

    fill_in(firefox, texts)
    firefox.run(PRESS, texts["check.send"])
    firefox.run(HEADING, texts["code.heading"])

    code = str(firefox.run("return document.querySelector('.code').textContent"))
    assert re.fullmatch(r"([0-9A-Z]{4}-?){7}", re.sub(r"\s", "", code))
    officer = demo["officers"][0]
    triage(officer, "sync")
    refs = [report["ref"] for report in triage(officer, "list")]
    narratives = [triage(officer, "show", ref)["report"]["narrative"] for ref in refs]
    assert NARRATIVE in narratives


def test_a_file_is_sealed_and_opened_without_jit_or_webassembly(
    firefox: FirefoxPage, demo: Mapping[str, Any], tmp_path: Path
) -> None:
    """Looked into, sealed in parts, sent by a worker, and the desk has every byte."""
    firefox.open(f"{demo['server_url']}/")
    texts = catalogue(str(firefox.run(LANGUAGE, "a heading")))

    def choose() -> None:
        firefox.run(CHOOSE_FILE, "input", FILE_BYTES)
        firefox.run(TICK, texts["files.cannot.send"])

    fill_in(firefox, texts, at_files=choose)
    firefox.run(PRESS, texts["check.send"])
    firefox.run(HEADING, texts["code.heading"])

    desk = AnsweringDesk(demo)
    desk.triage("sync")
    with_files = [
        line["ref"]
        for line in desk.triage("list")
        if desk.triage("show", line["ref"])["files"]
        and desk.triage("show", line["ref"])["report"]["narrative"] == NARRATIVE
    ]
    (opened,) = exported_files(desk, with_files[0], tmp_path)
    assert opened == bytes((i * 31 + (i >> 16)) % 251 for i in range(FILE_BYTES))


def test_nothing_is_kept_in_firefox(firefox: FirefoxPage, demo: Mapping[str, Any]) -> None:
    """ATTACKS C9: no cookie, no storage, no cache."""
    firefox.open(f"{demo['server_url']}/")

    kept = firefox.run(
        "return [document.cookie, localStorage.length, sessionStorage.length,"
        " (await indexedDB.databases()).length, (await caches.keys()).length]"
    )

    assert kept == ["", 0, 0, 0, 0]


def saved_in(folder: Path) -> Path:
    """The file that Firefox saved, once it is whole."""
    give_up_at = time.monotonic() + SAVED_WITHIN_SECONDS
    while time.monotonic() < give_up_at:
        found = list(folder.glob("*.sealed")) if not list(folder.glob("*.part")) else []
        if found and found[0].stat().st_size > 0:
            return found[0]
        time.sleep(0.1)
    pytest.fail("Firefox saved nothing")


def test_the_offline_page_seals_from_a_disk(
    firefox: FirefoxPage, profile: Path, demo: Mapping[str, Any]
) -> None:
    """Issue 3: opened as a file, sealed in a worker of its own script, saved and delivered."""
    narrative = f"{NARRATIVE} offline"
    firefox.open(Path(demo["offline_page"]).as_uri())
    texts = offline_catalogue(str(firefox.run(LANGUAGE, "a heading")))

    fill_in(firefox, texts, narrative)
    firefox.run(PRESS, texts["check.send"])
    firefox.run(HEADING, texts["code.heading"])
    firefox.run(TICK, texts["code.kept"])
    firefox.run(ONWARD)
    firefox.run(HEADING, texts["offline.file.heading"])
    firefox.run("document.querySelector('a[download]').click()")

    sealed = saved_in(profile / SAVED).read_bytes()
    body, kind = urllib3.encode_multipart_formdata({"sealed": ("x", sealed)})
    headers = {"Content-Type": kind}
    answer = urllib3.request("POST", f"{demo['server_url']}/deliver", body=body, headers=headers)
    assert answer.status == 200
    officer = demo["officers"][0]
    triage(officer, "sync")
    refs = [report["ref"] for report in triage(officer, "list")]
    assert narrative in [triage(officer, "show", ref)["report"]["narrative"] for ref in refs]

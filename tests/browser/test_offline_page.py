"""Issue 3: a report sealed by a page on a disk, with no network, delivered in every way."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nacl.utils import random
from playwright.sync_api import Browser, BrowserContext, Page, expect

from crypto.wire.files import file_digest, part_hash
from crypto.wire.sealed_report import MAGIC, head_bytes, parse_head
from crypto.wire.signed_note import ROOT_NAME, encode_verifier_key
from tests.authority import make_authority
from tests.browser.console_visit import SCREENSHOTS
from tests.browser.offline_form import OfflineForm, authority_at, offline_catalogue, page_of
from tests.browser.report_form import Inspector, catalogue
from tests.workstation_cli import triage

pytestmark = pytest.mark.browser

NARRATIVE = "离线页面里写下的 purple heron 𠮷 <i>text</i>"
OpenOffline = Callable[..., OfflineForm]


@pytest.fixture
def offline(chromium: Browser, demo: Mapping[str, Any]) -> Iterator[OpenOffline]:
    """Opens the page from the disk in a browser without a network: `offline("en", width=320)`."""
    contexts: list[BrowserContext] = []

    def open_page(
        language: str = "en", *, width: int = 1280, dark: bool = False, path: Path | None = None
    ) -> OfflineForm:
        context = chromium.new_context(
            viewport={"width": width, "height": 800},
            locale=language,
            color_scheme="dark" if dark else "light",
        )
        contexts.append(context)
        context.set_default_timeout(30_000)
        context.set_offline(offline=True)
        url = (path or Path(demo["offline_page"])).as_uri()
        form = OfflineForm(context.new_page(), language, url)
        form.open()
        return form

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def refused(chromium: Browser, tmp_path: Path) -> Callable[[str], Page]:
    """Opens a page that takes no report: `refused(text of the page)`."""

    def open_page(text: str) -> Page:
        path = tmp_path / "offline.html"
        path.write_text(text, encoding="utf-8")
        page = chromium.new_page(locale="en")
        page.goto(path.as_uri())
        return page

    return open_page


def picture(page: Page, name: str) -> None:
    """Keep a picture of the whole page."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def reports(demo: Mapping[str, Any]) -> list[Any]:
    """Every report that the first triage officer can read."""
    officer = demo["officers"][0]
    triage(officer, "sync")
    refs = [listed["ref"] for listed in triage(officer, "list")]
    return [triage(officer, "show", ref) for ref in refs]


# --- sealed without a network, delivered in three ways ------------------------------------------


def by_page(chromium: Browser, demo: Mapping[str, Any], sealed: Path) -> None:
    """The report page's site, with scripts."""
    page = chromium.new_page(locale="en")
    page.goto(f"{demo['server_url']}/deliver.html")
    page.locator("label input[type=file]").set_input_files(sealed)
    heading = catalogue("en")["deliver.done.heading"]
    page.get_by_role("heading", level=1, name=heading).wait_for()
    page.context.close()


def by_form(chromium: Browser, demo: Mapping[str, Any], sealed: Path) -> None:
    """The same address without scripts, as at Tor Browser's "Safest" level."""
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{demo['server_url']}/deliver.html")
    page.locator("input[type=file]").set_input_files(sealed)
    page.locator("button[type=submit]").click()
    expect(page.locator("h1").first).to_have_text("已收到并登记")
    context.close()


def by_command(_: Browser, demo: Mapping[str, Any], sealed: Path) -> None:
    """`intake submit --sealed`."""
    server, root = demo["server_url"], demo["root_key"]
    arguments = ["submit", "--sealed", str(sealed), "--server", server, "--root", root, "--json"]
    subprocess.run(
        [sys.executable, "-m", "intake.cli", *arguments],
        env={**os.environ, "XDG_STATE_HOME": str(sealed.parent)},
        check=True,
        timeout=60,
        capture_output=True,
    )


@pytest.mark.parametrize(
    ("language", "width", "deliver"),
    [("zh-CN", 360, by_page), ("en", 1280, by_form), ("zh-CN", 1280, by_command)],
)
def test_a_report_sealed_without_a_network_opens_at_the_desk(
    chromium: Browser,
    offline: OpenOffline,
    demo: Mapping[str, Any],
    tmp_path: Path,
    *,
    language: str,
    width: int,
    deliver: Callable[[Browser, Mapping[str, Any], Path], None],
) -> None:
    """From the disk to the desk; nothing but the file leaves the page."""
    narrative = f"{NARRATIVE} {language} {width}"
    form = offline(language, width=width)
    picture(form.page, f"offline-start-{language}-{width}")
    form.to_check(narrative)
    picture(form.page, f"offline-check-{language}-{width}")
    form.seal()
    picture(form.page, f"offline-code-{language}-{width}")
    form.keep_code()
    sealed = form.save(tmp_path)
    picture(form.page, f"offline-file-{language}-{width}")
    deliver(chromium, demo, sealed)

    raw = sealed.read_bytes()
    assert sealed.name == "file.sealed"
    assert raw.startswith(MAGIC)
    assert b"heron" not in raw
    assert all(address.startswith(("file:", "blob:")) for address in form.seen)
    assert form.posted == []
    assert form.faults == []
    found = [each["report"] for each in reports(demo)]
    (report,) = [each for each in found if each["narrative"] == narrative]
    assert report["channel"] == "offline"


def test_the_acknowledgement_waits_in_the_mailbox(
    chromium: Browser, offline: OpenOffline, demo: Mapping[str, Any], tmp_path: Path
) -> None:
    """Issue 3: whoever sealed it finds it there with the code, whoever delivered it."""
    form = offline("en")
    form.to_check("a grey heron")
    form.seal()
    code = form.code()
    form.keep_code()
    by_form(chromium, demo, form.save(tmp_path))
    note = tmp_path / "code"
    note.write_text(code)
    arguments = (
        "--code-file",
        str(note),
        "--server",
        demo["server_url"],
        "--root",
        demo["root_key"],
        "--json",
    )

    listed = subprocess.run(
        [sys.executable, "-m", "intake.cli", "mailbox", "list", *arguments],
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path)},
        check=True,
        timeout=60,
        capture_output=True,
        text=True,
    )

    assert '"state"' in listed.stdout
    assert "registered" in listed.stdout


def test_files_are_sealed_into_it_and_open_at_the_desk(
    chromium: Browser, offline: OpenOffline, demo: Mapping[str, Any], tmp_path: Path
) -> None:
    """SPEC 22: head, then the sealed files; a file of several parts among them."""
    large, small = tmp_path / "large.bin", tmp_path / "small.txt"
    large.write_bytes(random(5_000_000))
    small.write_text("a note 笔记", encoding="utf-8")
    form = offline("en")
    form.to_files()
    form.page.locator("input[type=file]").set_input_files([large, small])
    form.tick("files.cannot.send")
    picture(form.page, "offline-files-en-1280")
    form.from_files_to_check()
    form.seal()
    form.keep_code()
    sealed = form.save(tmp_path)
    by_page(chromium, demo, sealed)

    raw = sealed.read_bytes()
    head = parse_head(raw[: head_bytes(2)])
    at, digests = head_bytes(2), []
    for carried in head.files:
        upload = carried.upload
        starts = [at + upload.part_start(index) for index in range(upload.part_count)]
        parts = [
            raw[start : start + upload.part_bytes(index)] for index, start in enumerate(starts)
        ]
        digests.append(file_digest([part_hash(part) for part in parts]))
        at += upload.sealed_bytes
    assert at == len(raw)
    assert digests == [carried.digest for carried in head.files]
    sizes = [[file["size_bytes"] for file in each["files"]] for each in reports(demo)]
    assert [5_000_000, small.stat().st_size] in sizes


# --- what it refuses -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "heading"),
    [(-20, "refusal.expired.heading"), (20, "refusal.clock.heading")],
)
def test_a_page_out_of_its_time_seals_nothing(
    refused: Callable[[str], Page], days: int, heading: str
) -> None:
    """Issue 3: it says which date, and asks to check the clock."""
    authority = authority_at(datetime.now(UTC) + timedelta(days=days))
    page = refused(page_of(authority))

    page.get_by_role("heading", level=1, name=offline_catalogue("en")[heading]).wait_for()

    body = page.locator("main").inner_text()
    edges = (authority.body.valid_from, authority.body.valid_until)
    named = [(edge + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M") for edge in edges]
    assert any(day in body for day in named)
    assert datetime.now().astimezone().strftime("%Y-%m-%d") in body
    assert page.locator("form, input, textarea").count() == 0
    page.context.close()


def altered_key_set(text: str) -> str:
    """One symbol inside the signed text."""
    place = text.index('name="key-set"') + 900
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]


def anothers_root(text: str) -> str:
    """The root key of somebody else."""
    own, other = authority_at(datetime.now(UTC)), make_authority("elsewhere")
    return text.replace(
        encode_verifier_key(ROOT_NAME, own.root_key),
        encode_verifier_key(ROOT_NAME, other.root_key),
    )


def no_key_set(text: str) -> str:
    """Nothing to seal to."""
    return re.sub(r'(name="key-set" content=")[^"]*', r"\1", text)


@pytest.mark.parametrize("alter", [altered_key_set, anothers_root, no_key_set])
def test_a_page_whose_key_set_was_altered_seals_nothing(
    refused: Callable[[str], Page], alter: Callable[[str], str]
) -> None:
    """SPEC 13.6: verified against the root inside the page before anything is asked."""
    page = refused(alter(page_of(authority_at(datetime.now(UTC)))))

    heading = offline_catalogue("en")["refusal.untrusted.heading"]
    page.get_by_role("heading", level=1, name=heading).wait_for()

    assert page.locator("form, input, textarea").count() == 0
    page.context.close()


def test_a_page_whose_script_was_altered_does_not_run(refused: Callable[[str], Page]) -> None:
    """Its own policy names the digest of its script: damage is noticed, malice is not."""
    text = page_of(authority_at(datetime.now(UTC)))
    page = refused(text.replace("</script>", " </script>"))

    expect(page.get_by_text("Loading…")).to_be_visible()
    assert page.locator("button, form, input").count() == 0
    page.context.close()


# --- how it behaves --------------------------------------------------------------------------


def test_where_no_worker_starts_the_page_seals_by_itself(
    offline: OpenOffline, tmp_path: Path
) -> None:
    """A browser that starts no worker for a page from a disk: refused by policy here."""
    text = page_of(authority_at(datetime.now(UTC)))
    path = tmp_path / "offline.html"
    path.write_text(text.replace("worker-src blob:", "worker-src 'none'"), encoding="utf-8")
    form = offline("en", path=path)

    form.to_check("a heron")
    form.seal()
    form.keep_code()

    assert form.page.workers == []
    assert form.save(tmp_path).read_bytes().startswith(MAGIC)


def test_nothing_leads_on_before_the_code_is_kept(offline: OpenOffline) -> None:
    """Issue 3: exactly as on the report page."""
    form = offline("zh-CN")
    form.to_check("苍鹭")
    form.seal()

    form.onward()

    assert form.heading("code.heading").is_visible()
    assert form.page.get_by_text(form.t("code.kept.required")).is_visible()
    form.keep_code()


def test_the_page_is_not_left_before_the_file_is_saved(
    offline: OpenOffline, tmp_path: Path
) -> None:
    """The file exists in this page alone until then."""
    form = offline("en")
    form.to_check("a heron")
    form.seal()
    form.keep_code()
    form.button("offline.finish").click()
    unsaved = form.page.get_by_text(form.t("offline.unsaved")).is_visible()

    form.save(tmp_path)
    form.button("offline.finish").click()
    form.page.wait_for_url("about:blank")

    assert unsaved


def test_the_page_carries_the_fingerprint_that_is_published_elsewhere(
    offline: OpenOffline, demo: Mapping[str, Any]
) -> None:
    """Issue 3: shown for comparing; and the service and time that it seals for."""
    form = offline("en")
    text = form.page.locator("main").inner_text()

    assert re.search(r"([0-9A-Z]{4}-){12}[0-9A-Z]{4}", text)
    assert demo["server_url"] in text
    assert form.t("fingerprint.self") in text


@pytest.mark.parametrize(("language", "dark"), [("zh-CN", False), ("en", True)])
def test_every_screen_of_its_own_passes_at_320_pixels(
    offline: OpenOffline, tmp_path: Path, language: str, *, dark: bool
) -> None:
    """WCAG 2.2 AA by axe, nothing wider than the window."""
    form = offline(language, width=320, dark=dark)
    inspector = Inspector(form)
    inspector.look()
    form.to_files()
    small = tmp_path / "small.txt"
    small.write_text("x")
    form.page.locator("input[type=file]").set_input_files(small)
    form.page.get_by_text(form.t("files.clean")).wait_for()
    inspector.look()
    form.from_files_to_check()
    inspector.look()
    form.seal()
    inspector.look()
    form.keep_code()
    inspector.look()

    assert inspector.faults == []


def test_it_is_worked_by_keyboard_alone(offline: OpenOffline) -> None:
    """From the start to the first question and back, without a pointer."""
    form = offline("en")
    form.button("start.begin").focus()
    form.page.keyboard.press("Enter")
    form.heading("secrets.heading").wait_for()

    form.page.keyboard.press("Tab")
    focused = "document.activeElement.closest('main') !== null"

    assert form.page.evaluate(focused)
    assert form.page.evaluate("document.activeElement.tagName") in {"BUTTON", "INPUT", "SUMMARY"}

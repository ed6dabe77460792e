"""Issue 3: files travel sealed, and what the desk opens is what the reporter chose to send."""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from nacl.utils import random
from playwright.sync_api import Browser, Route, expect

from tests.browser.conftest import OpenProfile
from tests.browser.files_visit import (
    PROGRESS_WITHIN_MS,
    FilesVisit,
    FilingDesk,
    exported_files,
)
from tests.browser.mailbox_visit import AnsweringDesk, MailboxVisit
from tests.browser.report_form import Inspector, ReportForm, watch_choosers
from tests.browser.slow_line import SlowLine, slow_line
from tests.intake.pictures import WORD, exif, saved, scene

pytestmark = pytest.mark.browser

OpenFiles = Callable[..., FilesVisit]

PDF = b"%PDF-1.7\n1 0 obj\n<< /Author (Canary Heron) >>\nendobj\ntrailer << /Info 1 0 R >>\n%%EOF\n"
LARGE_BYTES = 5 * 2**20 + 17
PARTS = "**/api/v1/parts"
SLOW = 700_000  # Bytes a second: the large file takes nine seconds.
MOVED = re.compile(r"^[1-9][\d.]* (?:kB|MB) / [\d.]+ MB$")
LOOKS = [("zh-CN", 360, False), ("en", 360, True), ("zh-CN", 1280, True), ("en", 1280, False)]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photo that says where, when and by whom it was taken."""
    file = tmp_path / "heron-at-the-quay.jpg"
    file.write_bytes(saved(scene(), "JPEG", exif=exif()))
    return file


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file of several parts."""
    file = tmp_path / "recording.bin"
    file.write_bytes(random(LARGE_BYTES))
    return file


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    """A document that names its author."""
    file = tmp_path / "letter.pdf"
    file.write_bytes(PDF)
    return file


@pytest.fixture
def chosen(photo: Path, letter: Path, large: Path) -> Sequence[Path]:
    """One of each."""
    return (photo, letter, large)


@pytest.fixture
def desk(demo: Mapping[str, Any]) -> FilingDesk:
    """The triage desk of the demonstration."""
    return FilingDesk(demo)


@pytest.fixture
def line() -> Iterator[SlowLine]:
    """What lies between the browser and the server."""
    with slow_line() as carrying:
        yield carrying


@pytest.fixture
def files(chromium: Browser, report_url: str, line: SlowLine) -> Iterator[OpenFiles]:
    """A visit that stands at the files question: `files("en", width=360)`."""
    contexts = []

    def open_files(language: str = "en", *, width: int = 1280, dark: bool = False) -> FilesVisit:
        context = chromium.new_context(
            viewport={"width": width, "height": 800},
            locale=language,
            color_scheme="dark" if dark else "light",
            proxy={"server": line.url, "bypass": "<-loopback>"},
        )
        contexts.append(context)
        context.set_default_timeout(30_000)
        visited = FilesVisit(ReportForm(context.new_page(), language, report_url))
        visited.form.open()
        visited.to_files()
        return visited

    yield open_files
    for context in contexts:
        context.close()


def test_three_files_are_opened_by_the_desk_as_they_were_sent(
    files: OpenFiles, desk: FilingDesk, photo: Path, large: Path, letter: Path
) -> None:
    """The photo without its hidden data, the others byte for byte; only a kept name arrives."""
    visit = files("en")
    visit.add(photo, letter, large)
    visit.send_as_it_is()
    visit.keep_name(2)
    visit.to_check("three files")
    visit.form.send()

    entries = desk.newest_files("three files")
    opened = [desk.open(entry) for entry in entries]

    assert [entry.get("name") for entry in entries] == [None, "letter.pdf", None]
    assert opened[1:] == [PDF, large.read_bytes()]
    assert opened[0].startswith(b"\xff\xd8")
    assert WORD.encode() not in opened[0]
    assert visit.form.faults == []


def test_nothing_of_a_file_leaves_before_the_report_is_sent(
    files: OpenFiles, photo: Path, large: Path
) -> None:
    """Who leaves the page before leaves no trace on the server."""
    visit = files("en")
    visit.add(photo, large)
    visit.send_as_it_is()
    visit.to_check("not sent")

    assert visit.form.posted == []
    assert not any("/parts" in address for address in visit.form.seen)


def test_no_name_and_no_hidden_word_is_in_what_leaves(
    files: OpenFiles, photo: Path, letter: Path
) -> None:
    """File names, findings and contents are sealed like every answer."""
    visit = files("en")
    visit.add(photo, letter)
    visit.send_as_it_is()
    visit.keep_name(1)
    visit.to_check("sealed names")
    visit.form.send()

    everything = b"".join(visit.form.posted) + "".join(visit.form.seen).encode()

    assert len(visit.form.posted) > 3
    assert b"heron" not in everything.lower()
    assert WORD.encode() not in everything


def test_the_untouched_original_goes_only_on_purpose(
    files: OpenFiles, desk: FilingDesk, photo: Path
) -> None:
    """The switch warns, and then every byte arrives."""
    visit = files("en")
    visit.add(photo)
    visit.form.tick("files.original")
    expect(visit.form.page.get_by_text(visit.form.t("files.original.advice"))).to_be_visible()
    visit.to_check("the original")
    visit.form.send()

    (entry,) = desk.newest_files("the original")

    assert desk.open(entry) == photo.read_bytes()


def test_what_a_photo_gives_away_is_shown(files: OpenFiles, photo: Path) -> None:
    """Place, time and device, before anything is decided."""
    visit = files("en")
    visit.add(photo)

    card = visit.card(1)

    expect(card).to_contain_text("31.23040 N, 121.47369 E")
    expect(card).to_contain_text("2026:03:05 14:03:22")
    expect(card).to_contain_text(f"{WORD}-model")
    expect(card).to_contain_text(visit.form.t("files.removed"))


def test_a_file_that_cannot_be_cleaned_asks_for_a_decision(files: OpenFiles, letter: Path) -> None:
    """Continue leads to its card until it is decided."""
    visit = files("en")
    visit.add(letter)

    visit.form.onward()
    visit.form.page.get_by_role("alert").get_by_role("link").click()

    assert visit.form.page.evaluate("document.activeElement.id") == "field-file-1"
    visit.send_as_it_is()
    visit.form.onward()
    visit.form.heading("urgency.heading").wait_for()


def test_an_empty_file_is_refused_with_a_reason(files: OpenFiles, tmp_path: Path) -> None:
    """There is nothing to send in it."""
    visit = files("en")
    (tmp_path / "nothing.txt").write_bytes(b"")

    visit.choose_files(tmp_path / "nothing.txt")

    text = visit.form.t("files.empty", name="nothing.txt")
    expect(visit.form.page.get_by_text(text)).to_be_visible()
    assert visit.form.page.locator(".file").count() == 0


def test_a_cut_connection_goes_on_where_it_was(
    files: OpenFiles, line: SlowLine, desk: FilingDesk, large: Path
) -> None:
    """On a throttled line, cut in the middle and restored: only what was lost is sent again."""
    visit = files("en")
    visit.add(large)
    visit.send_as_it_is()
    visit.to_check("a cut connection")
    line.bytes_per_second = SLOW
    visit.form.button("check.send").click()
    visit.wait_for_progress()

    line.cut()
    expect(visit.status()).to_contain_text(
        visit.form.t("files.wait.unreachable"), timeout=PROGRESS_WITHIN_MS
    )
    line.restore()
    visit.form.heading("code.heading").wait_for()

    (entry,) = desk.newest_files("a cut connection")
    assert desk.open(entry) == large.read_bytes()
    assert visit.count("/api/v1/parts/held") >= 1
    assert visit.count("/api/v1/parts/kept") == 1


def test_pause_stops_at_once_and_goes_on_later(
    files: OpenFiles, line: SlowLine, desk: FilingDesk, large: Path
) -> None:
    """Paused, nothing more is sent even on a fast line; the focus stays on the button."""
    visit = files("en")
    visit.add(large)
    visit.send_as_it_is()
    visit.to_check("a pause")
    line.bytes_per_second = SLOW
    visit.form.button("check.send").click()
    visit.wait_for_progress()

    visit.form.button("files.pause").click()
    visit.form.page.wait_for_timeout(500)
    sent = visit.count("/api/v1/parts")
    line.restore()
    visit.form.page.wait_for_timeout(2000)

    assert visit.count("/api/v1/parts") == sent
    expect(visit.status()).to_have_text(visit.form.t("files.paused"))
    expect(visit.form.button("files.resume")).to_be_focused()
    visit.form.button("files.resume").click()
    visit.form.heading("code.heading").wait_for()
    (entry,) = desk.newest_files("a pause")
    assert desk.open(entry) == large.read_bytes()


def test_a_file_that_the_server_refuses_is_removed_and_the_report_goes(
    files: OpenFiles, desk: FilingDesk, photo: Path, letter: Path
) -> None:
    """413 is said plainly; the rest is sent when the person says so."""
    visit = files("en")
    visit.add(photo, letter)
    visit.send_as_it_is()
    visit.to_check("one refused")
    refused = refuse_first(413)
    visit.form.page.context.route(PARTS, refused)
    visit.form.button("check.send").click()
    failed = visit.form.page.locator(".uploads li", has=visit.form.page.locator(".error"))
    expect(failed).to_contain_text(visit.form.t("files.failed.large"))

    failed.get_by_role("button").last.click()
    visit.form.button("files.send").click()
    visit.form.heading("code.heading").wait_for()

    assert len(desk.newest_files("one refused")) == 1


def test_a_full_server_is_said_and_waited_for(files: OpenFiles, photo: Path) -> None:
    """507: the page says that there is no room, and goes on when there is."""
    visit = files("en")
    visit.add(photo)
    visit.to_check("no room")
    visit.form.page.context.route(PARTS, refuse_first(507))
    visit.form.button("check.send").click()
    expect(visit.status()).to_contain_text(visit.form.t("files.wait.full"))

    visit.form.button("sending.now").click()

    visit.form.heading("code.heading").wait_for()


def test_a_file_that_changes_on_disk_is_never_sent_half(files: OpenFiles, letter: Path) -> None:
    """The browser no longer reads it, and the page says so."""
    visit = files("en")
    visit.add(letter)
    visit.send_as_it_is()
    visit.to_check("changed")
    time.sleep(1.1)  # Browsers compare times of whole seconds.
    letter.write_bytes(PDF + b"more")

    visit.form.button("check.send").click()

    expect(visit.form.page.locator(".uploads .error")).to_have_text(
        visit.form.t("files.failed.changed")
    )
    assert visit.form.posted == []


def test_leaving_ends_every_request_at_once(files: OpenFiles, line: SlowLine, large: Path) -> None:
    """The leave button works while parts are on their way."""
    visit = files("en")
    visit.add(large)
    visit.send_as_it_is()
    visit.to_check("leaving")
    line.bytes_per_second = SLOW
    visit.form.button("check.send").click()
    visit.form.heading("files.sending.heading").wait_for()

    visit.form.button("leave.button").click()
    visit.form.page.wait_for_url(lambda url: not url.startswith(visit.form.url))
    line.restore()
    visit.form.page.wait_for_timeout(2000)

    # The operating system still sends what it was given; the last part was not.
    assert line.carried_bytes < LARGE_BYTES


@pytest.mark.parametrize("look", LOOKS)
def test_everybody_can_use_the_screens_of_files(
    files: OpenFiles, line: SlowLine, chosen: Sequence[Path], look: tuple[str, int, bool]
) -> None:
    """WCAG 2.2 AA by axe, nothing wider than a phone, in both languages; pictures are kept."""
    language, width, dark = look
    visit = files(language, width=width, dark=dark)
    inspector = Inspector(visit.form)
    inspector.look()
    visit.add(*chosen)
    visit.form.onward()
    inspector.look()
    visit.send_as_it_is()
    visit.picture(f"files-question-{language}-{width}")
    inspector.look()
    visit.to_check("screens")
    visit.picture(f"files-check-{language}-{width}")
    line.bytes_per_second = SLOW
    visit.form.button("check.send").click()
    visit.wait_for_progress()
    visit.picture(f"files-sending-{language}-{width}")
    inspector.look()
    visit.form.heading("code.heading").wait_for()

    assert inspector.faults == []
    assert visit.form.faults == []


def test_progress_is_told_to_a_screen_reader(files: OpenFiles, line: SlowLine, large: Path) -> None:
    """Bars have a name and a value in words."""
    visit = files("en")
    visit.add(large)
    visit.send_as_it_is()
    visit.to_check("spoken")
    line.bytes_per_second = SLOW
    visit.form.button("check.send").click()
    visit.wait_for_progress()

    bar = visit.form.page.get_by_role("progressbar", name=visit.form.t("files.sending.all"))

    expect(bar).to_have_attribute("aria-valuetext", MOVED)


def test_the_keyboard_alone_adds_and_removes_a_file(files: OpenFiles, photo: Path) -> None:
    """The chooser takes the focus and a key; removing leads back to it."""
    visit = files("en")
    page = visit.form.page
    watch_choosers(page)
    page.locator("input[type=file]").focus()

    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(photo)
    expect(visit.card(1)).to_contain_text(visit.form.t("files.removed"))
    visit.card(1).get_by_role("button").focus()
    page.keyboard.press("Enter")

    assert page.locator(".file").count() == 0
    assert page.evaluate("document.activeElement.type") == "file"


def refuse_first(status: int) -> Callable[[Route], None]:
    """Answer the first request with a refusal, let the others through."""
    seen: list[Route] = []

    def handle(route: Route) -> None:
        seen.append(route)
        if len(seen) == 1:
            route.fulfill(status=status, headers={"Retry-After": "600"}, body="{}")
        else:
            route.continue_()

    return handle


def test_a_message_to_a_case_takes_files(
    profile: OpenProfile, report_url: str, demo: Mapping[str, Any], photo: Path, tmp_path: Path
) -> None:
    """Who comes back with the code adds a file; the desk has it with the case."""
    desk = AnsweringDesk(demo)
    code = desk.file_report("the shearwater at the western pier")
    found = MailboxVisit(profile("en").new_page(), "en", f"{report_url}mailbox.html")
    found.open()
    found.look(code)
    found.button("mailbox.act.write").click()
    found.box("mailbox.message.label").fill("here is the photo")
    found.page.locator("input[type=file]").set_input_files(photo)
    expect(found.page.locator(".file")).to_contain_text(found.t("files.removed"))
    found.choose("choice.no")

    found.onward()
    found.heading("mailbox.sent.heading").wait_for()
    desk.triage("sync")
    (ref,) = [line["ref"] for line in desk.triage("search", "shearwater")]
    (opened,) = exported_files(desk, ref, tmp_path)

    assert opened.startswith(b"\xff\xd8")
    assert WORD.encode() not in opened
    assert found.faults == []

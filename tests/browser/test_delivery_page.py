"""Delivering a sealed file with scripts: nothing unsealed leaves, a cut one goes on (SPEC 22)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from nacl.utils import random
from playwright.sync_api import Browser, Page, Request, Route

from crypto.signing.trust import verify_key_set
from crypto.wire.key_set import KeySet, parse_key_set
from crypto.wire.sealed_report import MAGIC
from crypto.wire.signed_note import ROOT_NAME, parse_verifier_key
from tests.browser.report_form import Inspector, ReportForm, catalogue, watch_choosers
from tests.intake.processes import seal_report
from tests.intake.sealed_files import SealedFile, sealed_file, sealed_report

pytestmark = pytest.mark.browser

MIB = 1 << 20


@dataclass
class Delivery:
    """One visit to the page.

    Attributes:
        posted: path of each request that carried something, with its length.
    """

    page: Page
    posted: list[tuple[str, int]] = field(default_factory=list)

    def note(self, request: Request) -> None:
        """Remember what leaves."""
        body = request.post_data_buffer
        if body is not None:
            self.posted.append((request.url.rpartition("/api/v1/")[2], len(body)))

    def choose(self, path: Path) -> None:
        """Choose a file."""
        self.page.locator("label input[type=file]").set_input_files(path)

    def wait_for(self, msgid: str) -> None:
        """Wait until the page says something."""
        self.page.get_by_text(catalogue("en")[msgid], exact=True).first.wait_for()

    def sent(self, path: str) -> int:
        """How many requests went there."""
        return len([each for each, _ in self.posted if each == path])


@pytest.fixture
def delivery(chromium: Browser, demo: Mapping[str, Any]) -> Iterator[Delivery]:
    """The page, ready to take a file."""
    page = chromium.new_page(locale="en")
    page.set_default_timeout(30_000)
    visit = Delivery(page)
    page.on("request", visit.note)
    page.goto(f"{demo['server_url']}/deliver.html")
    visit.wait_for("deliver.heading")
    yield visit
    page.context.close()


@pytest.fixture(scope="module")
def key_set(demo: Mapping[str, Any]) -> KeySet:
    """What the demonstration's reporters seal to."""
    published = max(Path(demo["data_dir"], "key-sets").glob("*.json")).read_bytes()
    root = parse_verifier_key(Path(demo["root_key"]).read_text().strip(), ROOT_NAME)
    return verify_key_set(parse_key_set(published), root, now=None)


def write(path: Path, raw: bytes) -> Path:
    """A file to choose."""
    path.write_bytes(raw)
    return path


def sealed(key_set: KeySet, folder: Path, *files: SealedFile) -> Path:
    """A sealed report with files; its desk could open the report, and nobody the files."""
    return write(folder / "any.name", sealed_report(seal_report(key_set, "a heron"), *files))


def test_what_is_not_sealed_never_leaves_the_device(delivery: Delivery, tmp_path: Path) -> None:
    """Issue 3: refused before a byte is sent, whatever its name says."""
    for name, raw in (
        ("holiday.sealed", b"\xff\xd8\xff\xe0 a photograph" * 1000),
        ("words.sealed", "没有加密的举报".encode() * 100),
        ("empty.sealed", b""),
        ("short.sealed", MAGIC),
    ):
        delivery.choose(write(tmp_path / name, raw))
        delivery.wait_for("deliver.notsealed")
        delivery.choose(write(tmp_path / "other.sealed", MAGIC + b"\x00"))
        delivery.wait_for("deliver.damaged")

    assert delivery.posted == []


@pytest.mark.parametrize("at", [40, 30_000, 50_000, -1])
def test_a_damaged_file_is_refused_before_a_byte_is_sent(
    delivery: Delivery, key_set: KeySet, tmp_path: Path, at: int
) -> None:
    """SPEC 22: in the head, in the submission, inside a file."""
    path = sealed(key_set, tmp_path, sealed_file(3 * MIB))
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1

    delivery.choose(write(path, bytes(raw)))
    delivery.wait_for("deliver.damaged")

    assert delivery.posted == []


def test_a_cut_delivery_goes_on_where_it_stopped(
    delivery: Delivery, key_set: KeySet, tmp_path: Path
) -> None:
    """FILES: what the server holds is asked for; each part goes once."""
    path = sealed(key_set, tmp_path, sealed_file(5 * MIB), sealed_file(10))
    cut_after = 2

    def cut(route: Route) -> None:
        if delivery.sent("parts") > cut_after:
            route.abort()
        else:
            route.continue_()

    delivery.page.route("**/api/v1/parts", cut)
    delivery.choose(path)
    delivery.page.get_by_role("button", name=catalogue("en")["sending.now"]).wait_for()
    delivery.page.locator(".upload-status:not(:empty)").wait_for()
    delivery.page.unroute("**/api/v1/parts")
    delivery.page.reload()
    delivery.wait_for("deliver.heading")
    delivery.posted.clear()
    delivery.choose(path)
    delivery.wait_for("deliver.done.heading")

    assert delivery.sent("parts/held") == 2
    assert delivery.sent("parts") == 4 - cut_after
    assert (delivery.sent("submissions"), delivery.sent("parts/kept")) == (1, 2)


def test_the_same_file_twice_is_registered_once(
    delivery: Delivery, key_set: KeySet, tmp_path: Path
) -> None:
    """SPEC 12.3: the same bytes get the same answer."""
    path = sealed(key_set, tmp_path)

    delivery.choose(path)
    delivery.wait_for("deliver.done.heading")
    delivery.page.get_by_role("button", name=catalogue("en")["deliver.another"]).click()
    delivery.choose(path)
    delivery.wait_for("deliver.done.heading")

    assert delivery.sent("submissions") == 2
    assert delivery.sent("parts") == 0


def test_a_report_sealed_for_keys_that_are_gone_is_sent_back(
    delivery: Delivery, key_set: KeySet, tmp_path: Path
) -> None:
    """API 2.1, 409: it has to be sealed anew, which nobody can do here."""

    def outdated(route: Route) -> None:
        route.fulfill(status=409, json={"type": "/problems/key-set-outdated"})

    delivery.page.route("**/api/v1/submissions", outdated)
    delivery.choose(sealed(key_set, tmp_path))

    delivery.wait_for("deliver.outdated")


@pytest.mark.parametrize(("language", "dark"), [("zh-CN", True), ("en", False)])
def test_every_screen_passes_at_320_pixels(
    chromium: Browser,
    demo: Mapping[str, Any],
    key_set: KeySet,
    tmp_path: Path,
    *,
    language: str,
    dark: bool,
) -> None:
    """WCAG 2.2 AA by axe, and nothing wider than the window."""
    context = chromium.new_context(
        viewport={"width": 320, "height": 800},
        locale=language,
        color_scheme="dark" if dark else "light",
    )
    url = f"{demo['server_url']}/deliver.html"
    form = ReportForm(context.new_page(), language, url)
    form.page.goto(url)
    form.heading("deliver.heading").wait_for()
    inspector = Inspector(form)
    inspector.look()
    chooser = form.page.locator("label input[type=file]")
    chooser.set_input_files(write(tmp_path / "x", b"no"))
    form.page.get_by_text(form.t("deliver.notsealed")).wait_for()
    inspector.look()
    chooser.set_input_files(sealed(key_set, tmp_path, sealed_file(10)))
    form.heading("deliver.done.heading").wait_for()
    inspector.look()

    assert inspector.faults == []
    context.close()


def test_the_page_takes_a_file_by_keyboard_alone(delivery: Delivery) -> None:
    """The chooser is an input like any other to keyboards and screen readers."""
    chooser = delivery.page.get_by_label(catalogue("en")["deliver.choose"])
    watch_choosers(delivery.page)
    chooser.focus()

    with delivery.page.expect_file_chooser() as waiting:
        delivery.page.keyboard.press("Space")

    assert not waiting.value.is_multiple()


def test_a_file_that_changes_on_the_way_is_not_delivered(
    delivery: Delivery, key_set: KeySet, tmp_path: Path
) -> None:
    """What was verified is what is sent, or nothing."""
    path = sealed(key_set, tmp_path, sealed_file(2 * MIB))

    def change(route: Route) -> None:
        path.write_bytes(random(path.stat().st_size))
        route.continue_()

    delivery.page.route("**/api/v1/parts/held", change)
    delivery.choose(path)
    delivery.wait_for("deliver.unreadable")

    assert delivery.sent("parts") == delivery.sent("submissions") == 0

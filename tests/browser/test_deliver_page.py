"""The form for browsers without scripts: usable by everybody, with no script at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.report_form import ReportForm
from tests.intake.authority import Authority
from tests.intake.processes import Running, install, seal_report, serving
from tests.intake.sealed_files import sealed_file, sealed_report

LOOKS = [(320, True), (1280, False)]
PAGES = Path(__file__).parents[2] / "intake" / "web" / "pages"
NAMES = sorted(path.name for path in PAGES.glob("deliver*.html"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server of its own."""
    folder = tmp_path_factory.mktemp("deliver")
    with serving(install(folder / "data", Authority()), folder / "server.log") as running:
        yield running


@pytest.fixture
def scriptless(chromium: Browser, server: Running) -> Iterator[Page]:
    """The form on a phone, where no script runs."""
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": 320, "height": 640}
    )
    page = context.new_page()
    page.goto(f"{server.url}/deliver.html")
    yield page
    context.close()


def send(page: Page, file: Path) -> str:
    """Choose a file and press the button; the headings of the page that comes."""
    page.set_input_files("#sealed", file)
    page.click("button")
    return " ".join(page.locator("h1").all_inner_texts())


def test_a_sealed_report_is_delivered_without_a_script(
    scriptless: Page, server: Running, tmp_path: Path
) -> None:
    """ISSUE 3: for Tor's "Safest"."""
    file = sealed_file(3 * 2**20)
    path = tmp_path / "报告.sealed"
    path.write_bytes(sealed_report(seal_report(server.installation.key_set), file))

    said = send(scriptless, path)

    assert said == "已收到并登记 Received and registered"
    assert file.held(server) == [1, 1]


def test_a_picture_is_refused_with_a_page_that_says_why(scriptless: Page, tmp_path: Path) -> None:
    """Not with a broken connection: people would try again and again."""
    path = tmp_path / "IMG_0001.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe1" + bytes(8 * 2**20))

    said = send(scriptless, path)

    assert said == "这不是加密好的举报文件 This is not a sealed report"
    scriptless.click("main a")
    assert scriptless.url.endswith("/deliver.html")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_everybody_can_use_every_page(
    chromium: Browser, server: Running, name: str, width: int, *, dark: bool
) -> None:
    """WCAG 2.2 AA as far as axe-core sees, no sideways scrolling, targets of 44 px."""
    context = chromium.new_context(
        viewport={"width": width, "height": 640}, color_scheme="dark" if dark else "light"
    )
    page = context.new_page()
    page.goto(f"{server.url}/{name}")

    faults = ReportForm(page, "en", server.url).axe_violations(context.new_cdp_session(page))
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    heights = page.evaluate(
        "[...document.querySelectorAll('button, input')].map((c) => c.offsetHeight)"
    )
    context.close()

    assert faults == []
    assert overflow <= 0
    assert all(height >= 44 for height in heights)

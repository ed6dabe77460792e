"""Debian's Chromium, and the report page of the running demonstration."""

from collections.abc import Callable, Iterator, Mapping

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.report_form import ReportForm

CHROMIUM = "/usr/bin/chromium"
OpenProfile = Callable[..., BrowserContext]
OpenForm = Callable[..., ReportForm]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; each visit gets a profile of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def report_url(demo: Mapping[str, str]) -> str:
    """Where the demonstration serves the report page."""
    return f"{demo['server_url']}/"


@pytest.fixture
def profile(chromium: Browser, report_url: str) -> Iterator[OpenProfile]:
    """Makes browser profiles: `profile("en", width=320, dark=True)`; they end with the test."""
    contexts = []

    def open_profile(
        language: str = "en", *, width: int = 1280, dark: bool = False
    ) -> BrowserContext:
        context = chromium.new_context(
            viewport={"width": width, "height": 800},
            locale=language,
            color_scheme="dark" if dark else "light",
        )
        contexts.append(context)
        # Where "Leave now" goes is another site; the tests have no network.
        context.route(
            lambda address: not address.startswith(report_url),
            lambda route: route.fulfill(body="", content_type="text/html"),
        )
        context.set_default_timeout(15_000)
        return context

    yield open_profile
    for context in contexts:
        context.close()


@pytest.fixture
def visit(profile: OpenProfile, report_url: str) -> OpenForm:
    """Opens the report page: `visit("en", width=320, dark=True)`."""

    def open_form(language: str = "en", *, width: int = 1280, dark: bool = False) -> ReportForm:
        context = profile(language, width=width, dark=dark)
        form = ReportForm(context.new_page(), language, report_url)
        form.open()
        return form

    return open_form

"""What the page says when a server, a clock or a wire can't be trusted (SPEC 13.6, 13.7).

The hostile server here is a real one, pinned to a root that the tests hold, whose key set is
swapped on the way: for one that this root once signed, will sign, or never signed.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from intake.server.key_sets import install_key_set
from tests.browser.conftest import OpenForm
from tests.browser.report_form import Inspector, ReportForm
from tests.intake.authority import Authority
from tests.intake.processes import install, serving

pytestmark = pytest.mark.browser

LANGUAGES = ("zh-CN", "en")
REFUSALS = {
    "expired": "refusal.expired.heading",
    "not yet valid": "refusal.clock.heading",
    "of another root": "refusal.untrusted.heading",
    "rolled back": "refusal.older.heading",
}
UNDELIVERED: Mapping[str, Callable[[Route], None]] = {
    "sending.busy": lambda route: route.fulfill(status=429, headers={"Retry-After": "600"}),
    "sending.full": lambda route: route.fulfill(status=507, headers={"Retry-After": "600"}),
    "sending.unreachable": lambda route: route.fulfill(status=502),
    "sending.refused": lambda route: route.fulfill(status=400),
}


class Hostile:
    """A service at its second version, and what could be handed out in its place."""

    def __init__(self, folder: Path) -> None:
        authority = Authority("pinned")
        self.installation = install(folder / "data", authority)
        first = self.installation.publication
        key = self.installation.key_set.acknowledgement_keys[0].verification_key
        second = authority.publish(key, previous=first)
        install_key_set(
            folder / "data", authority.root.verification_key, second.raw, second.officers
        )
        past, future, days = timedelta(days=-20), timedelta(days=2), timedelta(days=10)
        self.key_sets: Mapping[str, bytes] = {
            "expired": authority.publish(key, previous=second, starts=past, life=days).raw,
            "not yet valid": authority.publish(key, previous=second, starts=future, life=days).raw,
            "of another root": Authority("other").publish(key, previous=first).raw,
            "rolled back": first.raw,
        }
        self.url = ""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    """The service, running; its page takes nothing older than version 2."""
    folder = tmp_path_factory.mktemp("hostile")
    service = Hostile(folder)
    log = folder / "server.log"
    with serving(service.installation, log, INTAKE_MINIMUM_VERSION="2") as running:
        service.url = f"{running.url}/"
        yield service


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[Page]:
    """A page in a profile of its own, as narrow as WCAG 2.2 SC 1.4.10 asks."""
    context = chromium.new_context(viewport={"width": 320, "height": 800})
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def prefer(page: Page, language: str) -> None:
    """Have the browser ask for a language."""
    page.add_init_script(
        f"Object.defineProperty(navigator, 'languages', {{get: () => ['{language}']}})"
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fault", REFUSALS)
def test_a_key_set_that_can_not_be_used_is_refused_by_its_name(
    new_page: Page, hostile: Hostile, language: str, fault: str
) -> None:
    """SPEC 13.6, 13.7: nothing is asked; the person learns why, and what else can be done."""
    form = ReportForm(new_page, language, hostile.url)
    prefer(new_page, language)

    new_page.route("**/api/v1/key-set", lambda route: route.fulfill(body=hostile.key_sets[fault]))
    new_page.goto(hostile.url)
    form.heading(REFUSALS[fault]).wait_for()
    inspector = Inspector(form)
    inspector.look()

    assert new_page.locator("form, input, textarea").count() == 0
    assert inspector.faults == []


def test_the_same_service_is_used_when_nothing_is_swapped(new_page: Page, hostile: Hostile) -> None:
    """The refusals above come from the key sets and from nothing else."""
    prefer(new_page, "en")

    ReportForm(new_page, "en", hostile.url).open()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_altered_catalogue_is_refused(new_page: Page, report_url: str, language: str) -> None:
    """DESIGN §4: words that were not published are never shown; what is said needs no catalogue."""
    prefer(new_page, language)

    def alter(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("110", "911"))

    new_page.route("**/locale/*.json", alter)
    new_page.goto(report_url)
    new_page.get_by_role("heading", name="本页的文字没有通过检查").wait_for()
    inspector = Inspector(ReportForm(new_page, language, report_url))
    inspector.look()

    text = new_page.locator("body").inner_text()
    assert "The words of this page failed their check" in text
    assert "911" not in text
    assert new_page.locator("form, button").count() == 0
    assert inspector.faults == []


@pytest.mark.parametrize(("language", "other"), [("en", "zh-CN"), ("zh-CN", "en")])
def test_the_language_stays_when_the_other_catalogue_is_altered(
    visit: OpenForm, language: str, other: str
) -> None:
    """Somebody in the middle of an answer goes on in the language that they have."""
    form = visit(language)
    form.begin()

    form.page.route(f"**/locale/{other}.json", lambda route: route.fulfill(body="{}"))
    form.page.locator("button.language").click()
    form.page.locator("main").get_by_text(form.t("language.unavailable")).wait_for()

    assert form.heading("secrets.heading").is_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_way_of_not_arriving_is_said_accessibly(visit: OpenForm, language: str) -> None:
    """Busy, full, unreachable, refused: each says what becomes of the answers."""
    form = visit(language, width=320)
    inspector = Inspector(form)
    form.to_check("a heron")

    for said, answer in UNDELIVERED.items():
        form.page.route("**/api/v1/submissions", answer, times=1)
        form.button("check.send").click()
        form.page.get_by_text(form.t(said)).wait_for()
        for summary in form.page.locator("summary").all():
            summary.click()
        inspector.look()
        form.button("sending.stop").click()
        form.heading("check.heading").wait_for()

    assert inspector.faults == []
    assert len(set(form.posted)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_forged_acknowledgement_proves_nothing_and_the_page_says_so(
    visit: OpenForm, language: str
) -> None:
    """SPEC 12: the code is still given, since the report may have been registered."""
    form = visit(language, width=320)
    form.to_check("a heron")

    forged = {"acknowledgement": "A" * 340}
    form.page.route("**/api/v1/submissions", lambda route: route.fulfill(status=201, json=forged))
    form.send()
    form.tick("code.kept")
    form.onward()
    form.heading("done.unproven.heading").wait_for()
    inspector = Inspector(form)
    inspector.look()

    assert inspector.faults == []
    assert form.page.get_by_text(form.t("done.unproven.code")).is_visible()

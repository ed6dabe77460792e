"""Issue 3: files in real Chromium: they are seen, and what is in them reaches nothing."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Frame, expect
from playwright.sync_api import Error as PlaywrightError

from tests.browser.console_visit import ConsoleVisit, Served, new_context, serve_console
from tests.triage.attachments import hostile_files as hostile
from tests.triage.attachments.sealed_files import lay_here, seal
from tests.triage.console.office import Office, make_office
from triage.workstation.session import Session

pytestmark = pytest.mark.browser

PAGES = [hostile.page_saying(f"page {number}") for number in range(1, 6)]
RAWS = (
    hostile.picture("JPEG", (1600, 1000), note="SECRET"),
    hostile.pdf(PAGES),
    "第一行：门禁坏了。\nsecond line\n".encode() + hostile.BIDI_TEXT,
    hostile.wav(),
    hostile.HTML_CALLED_JPEG,
    hostile.SVG,
    hostile.bomb_png(),
    hostile.zip_bomb()[:70_000],
)
NAMES = ("门口的照片.jpg", None, "notes.txt", "call.wav", "photo.jpg", "logo.svg", "x.png", "x.zip")
PICTURE, DOCUMENT, TEXT, SOUND, NO_PICTURE, DRAWING, BOMB, ARCHIVE = range(1, 9)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """A case with files of every kind here, and one with files that are not."""
    office = make_office(tmp_path_factory.mktemp("office"))
    sealed = [seal(raw) for raw in RAWS]
    files = [
        each.json() if name is None else each.json(name=name, media_type="image/jpeg")
        for each, name in zip(sealed, NAMES, strict=True)
    ]
    report = {
        "language": "zh-CN",
        "category": "D2",
        "narrative": "附上照片和录音。",
        "files": files,
    }
    ref = office.receive(report, reporter=1)  # type: ignore[arg-type] # JSON
    session = Session(office.keyring)
    lay_here(session, ref, *sealed)
    session.close()
    away = [seal(b"away").json(), seal(b"away too").json(name="a" * 200)]
    office.receive({"narrative": "elsewhere", "files": away}, reporter=2)
    return office


@pytest.fixture(scope="module")
def served(office: Office) -> Iterator[Served]:
    """The office's console."""
    with serve_console(office) as served:
        yield served


@pytest.fixture
def visit(chromium: Browser, served: Served) -> Iterator[ConsoleVisit]:
    """An officer's browser that unlocked the console, in English."""
    context = new_context(chromium)
    visit = ConsoleVisit(context.new_page(), served)
    visit.watch()
    visit.unlock()
    visit.speak("en")
    yield visit
    context.close()


def refs(visit: ConsoleVisit) -> tuple[str, str]:
    """Of the case with files here, and of the other one."""
    visit.go("")
    links = visit.page.locator(".row-link")
    found = [str(links.nth(at).get_attribute("href")).rpartition("/")[2] for at in range(2)]
    return found[1], found[0]


def look(visit: ConsoleVisit, number: int, query: str = "") -> Frame:
    """Open a file; the frame with its content."""
    ref, _ = refs(visit)
    visit.go(f"reports/{ref}/files/{number}{query}")
    frame = visit.page.locator("iframe").element_handle().content_frame()
    assert frame is not None
    frame.wait_for_load_state()
    return frame


def reached(frame: Frame, work: str) -> str:
    """What a script would get in this frame, were one to run there; it can't wait for anything."""
    try:
        return str(frame.evaluate(work))
    except PlaywrightError:
        return "refused"


def test_a_picture_is_seen(visit: ConsoleVisit) -> None:
    """Painted anew, fitted to the window."""
    frame = look(visit, PICTURE)

    image = frame.locator("img")
    assert image.evaluate("image => image.complete && image.naturalWidth") == 1400
    width = image.evaluate("image => image.getBoundingClientRect().width")
    assert width <= visit.page.viewport_size["width"]  # type: ignore[index] # it has a size
    assert visit.faults == []
    assert visit.elsewhere == []


def test_a_text_is_seen(visit: ConsoleVisit) -> None:
    """With what would disturb it named."""
    frame = look(visit, TEXT)

    expect(frame.locator("pre")).to_contain_text("第一行：门禁坏了。")
    expect(frame.locator("pre")).to_contain_text("invoiceU+202Egpj.exe")
    assert visit.faults == []


def test_pages_are_turned_by_keyboard_and_zoomed(visit: ConsoleVisit) -> None:
    """j and k turn pages, + and - zoom, n and p go to the next and previous file."""
    look(visit, DOCUMENT)
    page = visit.page
    expect(page.locator("#page")).to_have_value("1")

    visit.press_onward("j")
    expect(page.locator("#page")).to_have_value("2")
    visit.press_onward("+")
    assert "zoom=2" in page.url
    visit.press_onward("k")
    expect(page.locator("#page")).to_have_value("1")
    page.fill("#page", "5")
    page.press("#page", "Enter")
    expect(page.locator("#older")).to_have_count(0)
    page.wait_for_load_state()
    page.keyboard.press("Tab")
    page.locator("h1").click()
    page.keyboard.press("n")
    page.wait_for_url(f"**/files/{TEXT}")

    assert visit.faults == []


def test_a_recording_plays(visit: ConsoleVisit) -> None:
    """From its one address, in ranges, in a frame without scripts."""
    frame = look(visit, SOUND)

    audio = frame.locator("audio")
    audio.evaluate(
        "audio => new Promise((done, fail) => { if (audio.readyState) return done();"
        " audio.onloadedmetadata = done; audio.onerror = () => fail(audio.error.message); })"
    )
    assert audio.evaluate("audio => audio.duration") == pytest.approx(1.0, abs=0.1)
    assert visit.faults == []


ATTEMPTS = (
    "void fetch(location.href.replace(/reports.*/, 'settings'))",
    "void fetch(location.href.replace(/reports.*/, 'status'), {credentials: 'include'})",
    "void fetch('http://127.0.0.1:9/')",
    "void navigator.sendBeacon('http://127.0.0.1:9/', 'x')",
    "void new WebSocket('ws://127.0.0.1:9/')",
    "void (new Image().src = '/static/icon.svg')",
    "void (new Image().src = 'http://127.0.0.1:9/x.png')",
    "void document.body.append(Object.assign(document.createElement('iframe'), {src: '/'}))",
    "void document.body.append(Object.assign(document.createElement('script'), {text: 'x=1'}))",
    "void window.open('/')",
    "void (top.location = '/')",
)
FORBIDDEN = ("parent.document.title", "top.location.href", "document.cookie", "localStorage.length")


@pytest.mark.parametrize("number", [PICTURE, DOCUMENT, TEXT, DRAWING])
def test_a_frame_reaches_nothing(visit: ConsoleVisit, number: int) -> None:
    """Even from inside, nothing is answered, no page round it is seen, none is left."""
    frame = look(visit, number)
    answers: list[tuple[Frame, str]] = []
    visit.page.on("response", lambda response: answers.append((response.frame, response.url)))
    address = visit.page.url
    # The page round it asks by itself whether the console is still unlocked.
    status = visit.page.evaluate("new URL(document.body.dataset.status, location).href")
    own = (visit.page.main_frame, status)

    for work in ATTEMPTS:
        reached(frame, work)
    visit.page.wait_for_timeout(700)

    assert frame.evaluate("window.origin") == "null"
    assert {reached(frame, work) for work in FORBIDDEN} == {"refused"}
    assert [each for each in answers if each != own] == []
    assert visit.page.url == address
    assert len(visit.page.context.pages) == 1
    assert reached(frame, "typeof x") == "undefined"


def test_a_player_frame_runs_nothing_and_loads_one_address(visit: ConsoleVisit) -> None:
    """It keeps our origin for its cookie; its policy still lets nothing else through."""
    frame = look(visit, SOUND)
    frame.locator("audio").wait_for()
    visit.page.wait_for_load_state("networkidle")
    answers: list[tuple[Frame, str]] = []
    visit.page.on("response", lambda response: answers.append((response.frame, response.url)))
    status = visit.page.evaluate("new URL(document.body.dataset.status, location).href")
    own = (visit.page.main_frame, status)

    for work in ATTEMPTS[:-1]:
        reached(frame, work)
    visit.page.wait_for_timeout(700)

    assert [each for each in answers if each != own] == []
    assert reached(frame, "typeof x") == "undefined"


@pytest.mark.parametrize("number", [TEXT, DRAWING, NO_PICTURE, BOMB, ARCHIVE])
def test_no_script_of_a_file_runs(visit: ConsoleVisit, number: int) -> None:
    """HTML, SVG, a text full of tags, a JPEG that is a page: nothing happens."""
    ref, _ = refs(visit)
    visit.go(f"reports/{ref}/files/{number}")
    visit.page.wait_for_timeout(300)

    assert visit.page.title().startswith("File")
    assert visit.faults == []
    assert visit.elsewhere == []


def test_a_copy_is_saved_under_our_name(visit: ConsoleVisit) -> None:
    """After a warning, and the page can be used again."""
    ref, _ = refs(visit)
    visit.go(f"reports/{ref}/files/{PICTURE}/save")

    with visit.page.expect_download() as saving:
        visit.page.click("form[data-saves] button")

    assert saving.value.suggested_filename == f"{ref}-file-01.jpg"
    assert saving.value.path().read_bytes() == RAWS[0]
    assert visit.page.locator("form[data-saves] button").is_enabled()


def test_a_fetch_is_watched(visit: ConsoleVisit) -> None:
    """The list shows what waits; calling it off brings the buttons back."""
    _, ref = refs(visit)
    visit.go(f"reports/{ref}")

    visit.page.click("text=Fetch all")
    expect(
        visit.page.locator("[data-state='fetching'], [data-state='waiting']").first
    ).to_be_visible()
    visit.screenshot("console-files-coming-en-1280")
    visit.page.locator("[data-number='2'] button").first.click()
    expect(visit.page.locator("[data-number='2']")).to_have_attribute("data-state", "not-fetched")

    assert visit.faults == []


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("looks", ["light", "dark"])
def test_pages_fit_and_are_accessible(
    chromium: Browser, served: Served, width: int, language: str, looks: str
) -> None:
    """Phone and desktop, both languages, light and dark: no sideways scrolling, no axe finding."""
    context = new_context(chromium, width=width, dark=looks == "dark")
    visit = ConsoleVisit(context.new_page(), served)
    visit.watch()
    visit.unlock()
    visit.speak(language)
    ref, _ = refs(visit)

    for name, path in {
        "list": f"reports/{ref}",
        "picture": f"reports/{ref}/files/{PICTURE}",
        "document": f"reports/{ref}/files/{DOCUMENT}?page=2",
        "text": f"reports/{ref}/files/{TEXT}",
        "sound": f"reports/{ref}/files/{SOUND}",
        "bomb": f"reports/{ref}/files/{BOMB}",
        "save": f"reports/{ref}/files/{PICTURE}/save",
        "export": f"reports/{ref}/export",
    }.items():
        visit.go(path)
        visit.page.wait_for_load_state("networkidle")
        assert not visit.is_wider_than_window(), name
        assert visit.axe() == [], name
        visit.page.wait_for_timeout(150)
        visit.screenshot(f"console-file-{name}-{language}-{width}-{looks}")
    assert visit.faults == []
    context.close()

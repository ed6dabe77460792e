"""Issue 3: files in the console: what is said of them, and what their answers may do."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.triage.attachments import hostile_files as hostile
from tests.triage.attachments.sealed_files import Sealed, lay_here, seal
from tests.triage.console.office import Browser, Office
from triage.attachments import clean_copy
from triage.attachments.detection import TYPES, Viewer
from triage.attachments.painter_messages import REASONS
from triage.cases.report import FileState
from triage.console.languages import LANGUAGES, catalogue, parse_language
from triage.workstation.session import Session

HOSTILE_NAME = "<b>x</b>\u202egpj.exe"


def received(office: Office, *raws: bytes, here: bool = True) -> str:
    """A report with these files, on the workstation; its REF."""
    sealed = [seal(raw) for raw in raws]
    files = [each.json(name=HOSTILE_NAME, media_type="text/html") for each in sealed]
    ref = office.receive({"narrative": "with files", "files": files})
    if here:
        lay(office, ref, sealed)
    return ref


def lay(office: Office, ref: str, sealed: Sequence[Sealed]) -> None:
    """Have them here."""
    session = Session(office.keyring)
    lay_here(session, ref, *sealed)
    session.close()


def policy(answer: TestResponse) -> dict[str, str]:
    """The content security policy, by directive."""
    pieces = answer.headers["Content-Security-Policy"].split(";")
    return {name: values for name, _, values in (each.strip().partition(" ") for each in pieces)}


def test_files_are_listed_by_what_is_known_of_them(office: Office, officer: Browser) -> None:
    """Before it is here a file has no type; what its reporter calls it is text."""
    ref = received(office, hostile.picture(), here=False)

    page = officer.get(f"reports/{ref}").get_data(as_text=True)

    assert 'data-state="not-fetched"' in page
    assert "&lt;b&gt;x&lt;/b&gt;[U+202E]gpj.exe" in page
    assert HOSTILE_NAME not in page
    assert "PNG picture" not in page


def test_a_file_that_is_here_has_a_type_and_can_be_looked_at(
    office: Office, officer: Browser
) -> None:
    """By content, whatever the reporter said."""
    ref = received(office, hostile.picture(), hostile.HTML_CALLED_JPEG)

    page = officer.get(f"reports/{ref}").get_data(as_text=True)

    assert page.count('data-state="here"') == 2
    assert "PNG 图片" in page or "PNG picture" in page
    assert f"reports/{ref}/files/1" in page


def test_a_picture_stands_in_a_frame_that_can_do_nothing(office: Office, officer: Browser) -> None:
    """No script, no form, no address; the picture is data that was spelled here."""
    ref = received(office, hostile.picture(note="SECRET"))

    viewer = officer.get(f"reports/{ref}/files/1")
    frame = officer.get(f"reports/{ref}/files/1/frame")

    assert policy(viewer)["frame-src"] == "'self'"
    assert 'sandbox=""' in viewer.get_data(as_text=True)
    allowed = policy(frame)
    assert allowed["sandbox"] == ""
    assert allowed["default-src"] == "'none'"
    assert allowed["img-src"] == "data:"
    assert "script-src" not in allowed
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert frame.headers["X-Content-Type-Options"] == "nosniff"
    assert frame.mimetype == "text/html"
    body = frame.get_data(as_text=True)
    assert re.search(r'src="data:image/png;base64,[A-Za-z0-9+/=]+"', body)
    assert "SECRET" not in body
    assert "http" not in body


@pytest.mark.parametrize("raw", [hostile.BIDI_TEXT, hostile.HTML, hostile.SVG])
def test_text_is_escaped_and_named(office: Office, officer: Browser, raw: bytes) -> None:
    """HTML and SVG are shown as text; what hides or reorders stands as its number."""
    ref = received(office, raw)

    frame = officer.get(f"reports/{ref}/files/1/frame")

    body = frame.get_data(as_text=True)
    assert policy(frame)["sandbox"] == ""
    for mark in ("<script", "<svg", "\u202e", "\x1b", "<img"):
        assert mark not in body
    assert "&lt;script&gt;" in body


def test_pages_of_a_document_are_turned(office: Office, officer: Browser) -> None:
    """A PDF, page by page; odd addresses mean the first."""
    ref = received(office, hostile.pdf([hostile.page_saying("one"), hostile.page_saying("two")]))

    first = officer.get(f"reports/{ref}/files/1?page=x&zoom=99").get_data(as_text=True)
    second = officer.get(f"reports/{ref}/files/1?page=2").get_data(as_text=True)
    beyond = officer.get(f"reports/{ref}/files/1?page=3").get_data(as_text=True)

    assert 'id="older"' in first
    assert 'id="newer"' not in first
    assert 'id="newer"' in second
    assert 'id="older"' not in second
    assert "<iframe" not in beyond
    assert officer.get(f"reports/{ref}/files/1/frame?page=3").status_code == 404


@pytest.mark.parametrize(
    "raw", [hostile.zip_bomb()[:200_000], hostile.bomb_png(), b"%PDF-1.7\ngarbage", b"\0\1\2"]
)
def test_what_cannot_be_shown_says_why_and_can_be_saved(
    office: Office, officer: Browser, raw: bytes
) -> None:
    """No frame, no browser that tries; the console goes on."""
    ref = received(office, raw)

    page = officer.get(f"reports/{ref}/files/1")

    assert page.status_code == 200
    assert "<iframe" not in page.get_data(as_text=True)
    assert "files/1/save" in page.get_data(as_text=True)
    assert officer.get("").status_code == 200


def test_a_recording_is_played_from_one_address_only(office: Office, officer: Browser) -> None:
    """The frame keeps our origin for its cookie, and still runs no script."""
    raw = hostile.wav()
    ref = received(office, raw)

    viewer = officer.get(f"reports/{ref}/files/1").get_data(as_text=True)
    frame = officer.get(f"reports/{ref}/files/1/frame")
    media = officer.get(f"reports/{ref}/files/1/media")

    assert 'sandbox="allow-same-origin"' in viewer
    allowed = policy(frame)
    assert allowed["sandbox"] == "allow-same-origin"
    assert allowed["default-src"] == "'none'"
    assert allowed["media-src"].endswith(f"/reports/{ref}/files/1/media")
    assert media.data == raw
    assert media.mimetype == "audio/wav"
    assert policy(media)["sandbox"] == ""
    assert media.headers["Accept-Ranges"] == "bytes"
    assert media.headers["Content-Disposition"] == 'inline; filename="file-01.wav"'


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-99", 0, 100), ("bytes=100-", 100, None), ("bytes=-50", -50, None)],
)
def test_a_player_may_ask_for_ranges(
    office: Office, officer: Browser, asked: str, start: int, end: int | None
) -> None:
    """RFC 9110 §14: random access, verified chunk by chunk."""
    raw = hostile.wav()
    ref = received(office, raw)

    answer = officer.get(f"reports/{ref}/files/1/media", Range=asked)

    assert answer.status_code == 206
    assert answer.data == raw[start:end]
    assert answer.headers["Content-Length"] == str(len(answer.data))
    assert answer.headers["Content-Range"].endswith(f"/{len(raw)}")


@pytest.mark.parametrize("asked", ["bytes=999999-", "bytes=0-1,5-9", "lines=1-2", "bytes=x"])
def test_a_range_that_makes_no_sense_is_the_whole_file(
    office: Office, officer: Browser, asked: str
) -> None:
    """As RFC 9110 lets a server do."""
    raw = hostile.wav()
    ref = received(office, raw)

    answer = officer.get(f"reports/{ref}/files/1/media", Range=asked)

    assert (answer.status_code, answer.data) == (200, raw)


@pytest.mark.parametrize("raw", [hostile.picture(), hostile.HTML, hostile.zip_bomb()[:70_000]])
def test_only_recordings_are_handed_to_a_player(
    office: Office, officer: Browser, raw: bytes
) -> None:
    """No address of the console gives a browser the bytes of a hostile page."""
    ref = received(office, raw)

    assert officer.get(f"reports/{ref}/files/1/media").status_code == 404


def test_saving_asks_first_and_names_the_file_itself(office: Office, officer: Browser) -> None:
    """A download leaves the protected place: a warning page, then a form with its token."""
    ref = received(office, hostile.HTML)

    asked = officer.get(f"reports/{ref}/files/1/save")
    refused = officer.post(f"reports/{ref}/files/1/save", token="guess")
    saved = officer.post(f"reports/{ref}/files/1/save")

    assert asked.status_code == 200
    assert refused.status_code == 403
    assert saved.data == hostile.HTML
    assert saved.mimetype == "application/octet-stream"
    assert saved.headers["Content-Disposition"] == f'attachment; filename="{ref}-file-01.html"'
    assert policy(saved)["sandbox"] == ""


def test_deleting_leaves_nothing_here(office: Office, officer: Browser) -> None:
    """The list offers to fetch it again."""
    ref = received(office, b"for a while")

    officer.post(f"reports/{ref}/files/1/forget")

    assert 'data-state="not-fetched"' in officer.get(f"reports/{ref}").get_data(as_text=True)
    assert list(office.home.attachments_folder.iterdir()) == []
    assert officer.get(f"reports/{ref}/files/1").status_code == 404


def test_a_fetch_can_be_asked_for_watched_and_stopped(office: Office, officer: Browser) -> None:
    """No server answers here: the file waits or comes, and then is called off."""
    ref = received(office, b"one", b"two", here=False)

    officer.post(f"reports/{ref}/files/fetch")
    states = [each["state"] for each in officer.get(f"reports/{ref}/files/status").json or []]
    officer.post(f"reports/{ref}/files/2/cancel")
    officer.post(f"reports/{ref}/files/1/cancel")

    moving = {FileState.WAITING, FileState.FETCHING}
    assert len(states) == 2
    assert set(states) <= moving
    assert officer.get(f"reports/{ref}").status_code == 200


def test_watching_a_fetch_is_no_sign_of_an_officer(office: Office, officer: Browser) -> None:
    """A page that asks by itself must not keep the console unlocked."""
    ref = received(office, b"one", here=False)
    officer.clock.seconds += 599
    officer.get(f"reports/{ref}/files/status")
    officer.clock.seconds += 2

    assert not officer.workplace.is_unlocked


@pytest.mark.parametrize("path", ["0", "2", "1/frame", "1/media", "1/save", "99999999999"])
def test_what_is_not_here_is_a_plain_404(office: Office, officer: Browser, path: str) -> None:
    """Numbers are the case's own; nothing else is an address."""
    ref = received(office, b"one", here=False)

    assert officer.get(f"reports/{ref}/files/{path}").status_code == 404


def test_a_file_that_the_disk_altered_is_said_and_never_shown(
    office: Office, officer: Browser
) -> None:
    """Its tags fail; other files stay as they are."""
    ref = received(office, hostile.picture(), b"other")
    session = Session(office.keyring)
    path: Path = session.held_file(ref, 1)[0].path
    session.close()
    raw = bytearray(path.read_bytes())
    raw[300] ^= 1
    path.write_bytes(raw)

    page = officer.get(f"reports/{ref}").get_data(as_text=True)

    assert page.count('data-state="damaged"') == 1
    assert page.count('data-state="here"') == 1
    assert officer.get(f"reports/{ref}/files/1/frame").status_code == 404


def test_after_a_lock_no_file_is_to_be_had(office: Office, officer: Browser) -> None:
    """Every address leads to the unlock page."""
    ref = received(office, hostile.picture())
    officer.post("lock")

    for path in ("", "/frame", "/media", "/save"):
        answer = officer.get(f"reports/{ref}/files/1{path}")
        assert answer.status_code == 303
        assert answer.location.endswith("/unlock")


def test_the_export_page_gives_the_command(
    office: Office, officer: Browser, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The console writes where no request says; without mat2 it says so."""
    ref = received(office, b"one")

    page = officer.get(f"reports/{ref}/export").get_data(as_text=True)
    monkeypatch.setenv("PATH", str(tmp_path))
    without = officer.get(f"reports/{ref}/export").get_data(as_text=True)

    assert f"triage export {ref} --out" in page
    assert "--clean" in page
    assert clean_copy.find_mat2() is None
    assert "--clean" not in without


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_is_said_of_a_file_has_words(language: str) -> None:
    """Types, states, reasons."""
    phrases = catalogue(parse_language(language)).phrases
    reasons = [*REASONS, "type", "gave-up"]

    wanted = [
        *(f"file.type.{code}" for code in TYPES),
        *(f"file.state.{state}" for state in FileState),
        *(f"file.reason.{reason}" for reason in reasons),
        *(f"file.how.{viewer}" for viewer in Viewer if viewer is not Viewer.NONE),
    ]
    assert set(wanted) <= phrases.keys()

"""Internal notes: on this workstation only, and nothing like an answer (issue 3)."""

import pytest

from tests.triage.console.office import Browser, Office
from tests.triage.console.test_pages import HOSTILE, Elements, page
from triage.console.notes import MAX_NOTE_CHARACTERS
from triage.register.replies import Replies


@pytest.fixture
def ref(office: Office) -> str:
    """A report to note something about."""
    return office.receive({"narrative": "the van with plate B-7712", "language": "en"})


def test_a_note_is_kept_and_nothing_waits_to_be_sent(
    office: Office, officer: Browser, ref: str
) -> None:
    """Nobody reads it but this officer."""
    officer.post("language", language="en")

    kept = officer.post(f"reports/{ref}/note", note="ask the harbour office\r\nfirst")
    source = page(officer, f"reports/{ref}")

    assert kept.status_code == 303
    assert "Nothing was sent." in source
    assert "ask the harbour office\nfirst" in source
    waiting = Replies(office.register.database).waiting()
    assert [each.kind.name for each in waiting] == ["OPENED"]


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_neither_page_can_be_taken_for_the_other(officer: Browser, ref: str, language: str) -> None:
    """Its own page, form, field, label and colour."""
    officer.post("language", language=language)

    note, reply = page(officer, f"reports/{ref}/note"), page(officer, f"reports/{ref}/reply")

    stays = {"en": "This stays on this workstation.", "zh-CN": "只留在本工作站。"}[language]
    goes = {"en": "This goes to the reporter.", "zh-CN": "这会发给报告人。"}[language]
    assert (stays in note, goes in note) == (True, False)
    assert (stays in reply, goes in reply) == (False, True)
    assert ("note-form" in note, "reply-form" in note) == (True, False)
    assert ("note-form" in reply, "reply-form" in reply) == (False, True)


def test_what_is_typed_for_the_one_is_not_taken_by_the_other(officer: Browser, ref: str) -> None:
    """The fields have different names."""
    as_reply = officer.post(f"reports/{ref}/reply", note="a private thought")
    as_note = officer.post(f"reports/{ref}/note", text="an answer")

    assert (as_reply.status_code, as_note.status_code) == (400, 400)
    assert "a private thought" not in page(officer, f"reports/{ref}")
    assert "an answer" not in page(officer, f"reports/{ref}")


@pytest.mark.parametrize("text", ["", " \r\n ", "x" * (MAX_NOTE_CHARACTERS + 1)])
def test_what_cannot_be_kept_comes_back(officer: Browser, ref: str, text: str) -> None:
    """A refusal says why and keeps what was typed."""
    answer = officer.post(f"reports/{ref}/note", note=text)

    assert answer.status_code == 400
    assert 'role="alert"' in answer.get_data(as_text=True)
    assert text.strip() in answer.get_data(as_text=True)


def test_a_note_needs_the_form_token_a_report_and_an_unlocked_console(
    officer: Browser, ref: str
) -> None:
    """DESIGN 5: as everything that changes something."""
    assert officer.post(f"reports/{ref}/note", note="x", token="wrong").status_code == 403
    assert officer.post("reports/ABCDEFGH/note", note="x").status_code == 404
    officer.workplace.lock()
    assert officer.post(f"reports/{ref}/note", note="x").status_code == 303


def test_a_note_is_escaped(officer: Browser, ref: str) -> None:
    """An officer pastes hostile text."""
    officer.post(f"reports/{ref}/note", note="\n".join(HOSTILE))

    for source in (page(officer, f"reports/{ref}"), page(officer, f"reports/{ref}/note")):
        elements = Elements(source)
        assert "img" not in elements.tags
        assert not {each for each in elements.attributes if each.startswith("on")}

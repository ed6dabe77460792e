"""Answering from the console: clearly an answer, never sent by a slip (issue 3)."""

import pytest

from tests.triage.console.office import Browser, Office
from tests.triage.console.test_pages import HOSTILE, Elements, page
from triage.cases.phrases import PHRASES


@pytest.fixture
def ref(office: Office) -> str:
    """A report to answer."""
    return office.receive({"narrative": "the van with plate B-7712", "language": "en"})


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_form_says_to_whom_it_goes(officer: Browser, ref: str, language: str) -> None:
    """Nobody sends a note for an answer: the words, the colour and a page of its own."""
    officer.post("language", language=language)

    source = page(officer, f"reports/{ref}/reply")

    assert ("This goes to the reporter." in source) == (language == "en")
    assert source.count("reply-form") == 1
    assert all(code in source for code in PHRASES)
    assert "reply-form" not in page(officer, f"reports/{ref}")


def test_an_answer_that_cannot_be_sent_is_kept_and_shown_as_waiting(
    officer: Browser, ref: str
) -> None:
    """Nobody answers at this office's address; the same answer again is the same one."""
    officer.post("language", language="en")

    for _ in range(2):
        answer = officer.post(f"reports/{ref}/reply", text="please add\r\nthe time")
        assert answer.status_code == 303
        assert "the next sync sends it once" in page(officer, f"reports/{ref}")

    source = page(officer, f"reports/{ref}")
    assert source.count("Not sent yet") == 1
    assert "please add\nthe time" in source


def test_a_quotation_is_asked_about_before_anything_is_written_down(
    officer: Browser, ref: str
) -> None:
    """The text stays in the form, and a tick sends it."""
    officer.post("language", language="en")
    text = "Is it the van with plate B-7712?"

    asked = officer.post(f"reports/{ref}/reply", text=text)
    before = page(officer, f"reports/{ref}")
    agreed = officer.post(f"reports/{ref}/reply", text=text, quotes="1")

    assert asked.status_code == 400
    assert "thevanwithplateb-7712" in asked.get_data(as_text=True)
    assert text in asked.get_data(as_text=True)
    assert "Not sent yet" not in before
    assert agreed.status_code == 303
    assert "Not sent yet" in page(officer, f"reports/{ref}")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"text": "  \r\n "},
        {"phrase": "nonsense"},
        {"state": "nonsense"},
        {"phrase": "closed", "state": "accepted"},
        {"text": "x" * 5000},
    ],
    ids=["nothing", "blank", "no phrase", "no state", "two states", "too long"],
)
def test_what_cannot_be_sent_comes_back(officer: Browser, ref: str, fields: dict[str, str]) -> None:
    """A refusal says why and keeps what was typed."""
    answer = officer.post(f"reports/{ref}/reply", **fields)

    assert answer.status_code == 400
    assert 'role="alert"' in answer.get_data(as_text=True)
    assert fields.get("text", "").strip() in answer.get_data(as_text=True)


def test_no_other_page_sends_an_answer(officer: Browser, ref: str) -> None:
    """DESIGN 5: a form token, as for everything that changes something."""
    assert officer.post(f"reports/{ref}/reply", text="x", token="wrong").status_code == 403
    assert officer.post("reports/ABCDEFGH/reply", text="x").status_code == 404
    officer.workplace.lock()
    assert officer.post(f"reports/{ref}/reply", text="x").status_code == 303


def test_what_an_officer_typed_is_escaped(officer: Browser, ref: str) -> None:
    """An officer pastes hostile text."""
    text = "\n".join(HOSTILE)

    typed = officer.post(f"reports/{ref}/reply", text=text, state="nonsense").get_data(as_text=True)
    officer.post(f"reports/{ref}/reply", text=text)
    shown = page(officer, f"reports/{ref}")

    for source in (typed, shown):
        elements = Elements(source)
        assert "img" not in elements.tags
        assert not {each for each in elements.attributes if each.startswith("on")}

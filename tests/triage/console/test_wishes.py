"""What a reporter asked for after the report: withdrawal, no notices, corrections (issue 3)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from crypto.wire.contents import DocumentKind
from crypto.wire.strict_json import JsonObject
from tests.triage.console.office import FIRST_HOUR, Browser, Office
from tests.triage.console.test_pages import page
from triage.cases.report import NoticeKind, instant_of_hour
from triage.cases.withdrawal import DESTROY_AFTER_DAYS, Withdrawal

AT = datetime(2026, 3, 2, 23, tzinfo=UTC)


@pytest.fixture
def ref(office: Office, officer: Browser) -> str:
    """A report of the first reporter, in English."""
    officer.post("language", language="en")
    return office.receive({"narrative": "the van at the harbour", "language": "en"})


def later(office: Office, kind: DocumentKind, content: JsonObject, n: int = 1) -> None:
    """The same reporter sends more."""
    office.receive(content, n=n, kind=kind)


def test_the_clock_runs_from_the_day_on_which_the_wish_came() -> None:
    """Thirty days after that day; the day itself is not late yet."""
    withdrawal = Withdrawal(AT, AT)

    assert DESTROY_AFTER_DAYS == 30
    assert withdrawal.destroy_on == date(2026, 4, 1)
    assert withdrawal.days_left(date(2026, 4, 1)) == 0
    assert withdrawal.days_left(date(2026, 4, 2)) == -1
    assert Withdrawal(AT, None).days_left(date(2026, 4, 2)) is None


def test_a_withdrawn_report_says_so_on_its_page_and_in_the_queue(
    office: Office, officer: Browser, ref: str
) -> None:
    """With the day by which its content must be gone, and that nothing does it by itself."""
    later(office, DocumentKind.WITHDRAWAL, {"destroy": True, "text": "I am afraid"})
    due = instant_of_hour(FIRST_HOUR + 2).date() + timedelta(days=30)

    queue, source = page(officer), page(officer, f"reports/{ref}")

    assert "badge withdrawn" in queue
    assert "The reporter has withdrawn this report." in source
    assert due.isoformat() in source
    assert "destroys nothing by itself" in source
    assert "I am afraid" in source


def test_content_that_may_stay_has_no_clock(office: Office, officer: Browser, ref: str) -> None:
    """SPEC 9.5: `destroy` false, or left out."""
    later(office, DocumentKind.WITHDRAWAL, {"destroy": False})

    source = page(officer, f"reports/{ref}")

    assert "They did not ask for its content to be destroyed." in source
    assert "destroys nothing by itself" not in source
    assert "should be destroyed by now" not in page(officer)


def test_what_is_overdue_is_listed(office: Office, officer: Browser, ref: str) -> None:
    """The feed of this office is years old by the test's clock."""
    other = office.receive({"narrative": "kept"}, reporter=9)
    later(office, DocumentKind.WITHDRAWAL, {"destroy": True})

    queue, listed = page(officer), page(officer, "?withdrawn=1")
    notices = officer.workplace.session.notices()

    assert "One withdrawn report should be destroyed by now." in queue
    overdue = [each for each in notices if each.kind is NoticeKind.DESTRUCTION_OVERDUE]
    assert [each.subject for each in overdue] == [ref]
    assert "overdue" in page(officer, f"reports/{ref}")
    assert (f"/reports/{ref}" in listed, f"/reports/{other}" in listed) == (True, False)


def test_a_second_wish_to_destroy_does_not_move_the_day(
    office: Office, officer: Browser, ref: str
) -> None:
    """The first one counts, also where a withdrawal without it came before."""
    later(office, DocumentKind.WITHDRAWAL, {"text": "first thought"})
    later(office, DocumentKind.WITHDRAWAL, {"destroy": True}, n=2)
    later(office, DocumentKind.WITHDRAWAL, {"destroy": True}, n=3)

    withdrawal = officer.workplace.session.report(ref).summary.withdrawal

    asked_at = instant_of_hour(FIRST_HOUR + 3)
    assert withdrawal == Withdrawal(instant_of_hour(FIRST_HOUR + 2), asked_at)


def test_who_withdrew_is_written_to_on_purpose_only(
    office: Office, officer: Browser, ref: str
) -> None:
    """The form warns, and wants a tick."""
    later(office, DocumentKind.WITHDRAWAL, {"destroy": True})

    form = page(officer, f"reports/{ref}/reply")
    refused = officer.post(f"reports/{ref}/reply", text="are you safe?")
    agreed = officer.post(f"reports/{ref}/reply", text="are you safe?", withdrawn="1")

    assert "Write only where it can&#39;t be helped." in form
    assert refused.status_code == 400
    assert "are you safe?" in refused.get_data(as_text=True)
    assert agreed.status_code == 303


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"phrase": "later"}, 400),
        ({"state": "closed"}, 400),
        ({"phrase": "later", "declined": "1"}, 303),
        ({"text": "which day was it?"}, 303),
    ],
)
def test_who_declined_notices_gets_none_by_a_slip(
    office: Office, officer: Browser, ref: str, fields: dict[str, str], status: int
) -> None:
    """SPEC 9.5, kind 6: fixed phrases need a tick, questions can be asked."""
    later(office, DocumentKind.PREFERENCE, {"acknowledgements": False})

    answer = officer.post(f"reports/{ref}/reply", **fields)

    assert answer.status_code == status
    assert "The reporter wants no acknowledgements." in page(officer, f"reports/{ref}/reply")


def test_the_newest_wish_about_notices_counts(office: Office, officer: Browser, ref: str) -> None:
    """SPEC 9.5: it can be taken back."""
    later(office, DocumentKind.PREFERENCE, {"acknowledgements": False})
    later(office, DocumentKind.PREFERENCE, {"acknowledgements": True}, n=2)

    assert officer.post(f"reports/{ref}/reply", phrase="later").status_code == 303


def test_what_came_since_the_officer_read_is_marked_once(
    office: Office, officer: Browser, ref: str
) -> None:
    """Issue 3: read state, on the report and where an answer is written."""
    page(officer, f"reports/{ref}")
    later(office, DocumentKind.MESSAGE, {"text": "it was Wednesday"})

    composing = page(officer, f"reports/{ref}/reply")
    first, second = page(officer, f"reports/{ref}"), page(officer, f"reports/{ref}")

    assert "Something new came from the reporter." in composing
    assert ("badge new" in first, "badge new" in second) == (True, False)
    assert "Something new came" not in page(officer, f"reports/{ref}/reply")


def test_a_correction_shows_every_answer_that_it_changes(
    office: Office, officer: Browser, ref: str
) -> None:
    """SPEC 9.5, kind 5: codes too, which have no text."""
    later(office, DocumentKind.CORRECTION, {"category": "E4", "urgency": "7d"})

    source = page(officer, f"reports/{ref}")
    message = source[source.index('class="message"') :]

    assert "E4" in message
    assert "urgency-7d" in message

"""Coming back with nothing but the receipt code (DESIGN §3; SPEC §11)."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from crypto.wire.receipt import parse_receipt_code
from crypto.wire.reply import ReplyKind
from crypto.wire.slots import SLOT_VALUE_BYTES, SLOT_WINDOW
from crypto.wire.submission import SUBMISSION_BYTES
from intake.client.report import random_receipt_code
from tests.browser.conftest import OpenForm, OpenProfile
from tests.browser.mailbox_visit import AnsweringDesk, MailboxVisit
from tests.browser.report_form import Inspector

pytestmark = pytest.mark.browser

LANGUAGES = ("zh-CN", "en")
WINDOWS = 9
SLOTS_ANSWER_BYTES = SLOT_WINDOW * (1 + SLOT_VALUE_BYTES)
WINDOW_REQUEST_BYTES = 256
OpenMailbox = Callable[..., MailboxVisit]


@pytest.fixture
def mailbox(profile: OpenProfile, report_url: str) -> OpenMailbox:
    """Opens the mailbox page: `mailbox("en", width=320, dark=True)`."""

    def open_page(language: str = "en", *, width: int = 1280, dark: bool = False) -> MailboxVisit:
        context = profile(language, width=width, dark=dark)
        visit = MailboxVisit(context.new_page(), language, f"{report_url}mailbox.html")
        visit.open()
        return visit

    return open_page


@pytest.fixture(scope="module")
def desk(demo: Mapping[str, Any]) -> AnsweringDesk:
    """The triage desk of the demonstration."""
    return AnsweringDesk(demo)


def test_a_report_from_the_page_is_found_with_its_code_alone(
    visit: OpenForm, mailbox: OpenMailbox
) -> None:
    """Acknowledged by the server, and not confirmed by the desk."""
    form = visit("en")
    form.to_check("a heron")
    form.send()
    code = form.code()

    found = mailbox("en")
    found.look(code)

    assert found.shows(found.t("mailbox.unconfirmed.heading"))
    assert found.shows(found.t("mailbox.sent", n=1))
    assert found.shows(found.t("mailbox.state", state=found.t("mailbox.state.registered")))
    assert found.faults == []


def test_the_report_page_and_the_mailbox_lead_to_each_other(visit: OpenForm) -> None:
    """A link on the start screen, and one back."""
    form = visit("en")

    form.page.get_by_role("link", name=form.t("start.mailbox")).click()
    form.heading("mailbox.code.heading").wait_for()
    form.page.get_by_role("link", name=form.t("mailbox.report")).click()

    form.button("start.begin").wait_for()


@pytest.mark.parametrize(("language", "width"), [("zh-CN", 320), ("en", 1280)])
def test_replies_are_shown_in_the_order_of_their_days(
    mailbox: OpenMailbox, desk: AnsweringDesk, language: str, width: int
) -> None:
    """SPEC 11.5: opened notice, then state and text, as text."""
    code = desk.file_report()
    desk.answer(code, 0, ReplyKind.OPENED, {"sent_on": "2026-11-23", "about_n": 0})
    text = "请补充时间。<b>When</b> was it?"
    accepted = {"sent_on": "2026-11-24", "state": "accepted", "text": text}
    desk.answer(code, 1, ReplyKind.REPLY, accepted)

    found = mailbox(language, width=width)
    found.look(code)
    days = found.page.locator("main section.row h3").all_inner_texts()

    assert found.shows(text)
    assert [day[:10] for day in days] == ["2026-11-23", "2026-11-24"]
    assert found.shows(found.t("mailbox.state", state=found.t("mailbox.state.accepted")))
    assert not found.shows(found.t("mailbox.unconfirmed.heading"))
    assert found.faults == []


def test_the_language_changes_without_asking_for_the_code_again(
    mailbox: OpenMailbox, desk: AnsweringDesk
) -> None:
    """What lies open stays open."""
    found = mailbox("en")
    found.look(desk.file_report())
    asked = len(found.posted)

    found.page.locator("button.language").click()
    found.language = "zh-CN"
    found.heading("mailbox.heading").wait_for()

    assert len(found.posted) == asked


def test_a_missing_reply_and_a_forged_one_are_said_plainly(
    mailbox: OpenMailbox, desk: AnsweringDesk
) -> None:
    """SPEC 11.5: a gap, and a signature of no desk; the sound one is shown all the same."""
    code = desk.file_report()
    forged = {"sent_on": "2026-11-24", "text": "do not show this"}
    desk.answer(code, 0, ReplyKind.REPLY, forged, forged=True)
    desk.answer(code, 2, ReplyKind.REPLY, {"sent_on": "2026-11-24", "text": "sound"})

    found = mailbox("en")
    found.look(code)
    triage = found.t("mailbox.desk.triage")

    assert found.shows(found.t("mailbox.fault.refused", n=1, desk=triage))
    assert found.shows(found.t("mailbox.fault.gap", n=2, desk=triage))
    assert found.shows("sound")
    assert "do not show this" not in found.page.content()


def test_a_message_from_the_mailbox_reaches_the_desk(
    mailbox: OpenMailbox, desk: AnsweringDesk
) -> None:
    """Outbound is always a submission; retried, it is there once."""
    narrative, text = "the grebe at the northern pier", "补充：那是星期三。"
    code = desk.file_report(narrative)
    found = mailbox("zh-CN")
    found.look(code)
    found.button("mailbox.act.write").click()
    found.box("mailbox.message.label").fill(text)
    found.choose("choice.no")

    found.onward()
    found.heading("mailbox.sent.heading").wait_for()
    found.button("mailbox.sent.back").click()
    found.heading("mailbox.heading").wait_for()
    desk.triage("sync")
    (ref,) = [line["ref"] for line in desk.triage("search", "grebe", "northern")]
    shown = desk.triage("show", ref)

    assert found.shows(found.t("mailbox.sent", n=2))
    assert text in str(shown["messages"])
    assert SUBMISSION_BYTES in [len(body) for body in found.posted]
    assert found.faults == []


def test_a_message_is_sent_again_when_the_answer_was_lost(
    mailbox: OpenMailbox, desk: AnsweringDesk
) -> None:
    """The same bytes: the server registers them once."""
    found = mailbox("en")
    found.look(desk.file_report())
    lost: list[str] = []

    def lose_one(route: Any) -> None:  # noqa: ANN401 - Playwright's Route
        if not lost:
            lost.append(route.request.url)
            route.fetch()
            route.abort()
        else:
            route.continue_()

    found.page.route("**/api/v1/submissions", lose_one)
    found.button("mailbox.act.write").click()
    found.box("mailbox.message.label").fill("two herons")
    found.choose("choice.no")
    found.onward()
    found.button("sending.now").click()
    found.heading("mailbox.sent.heading").wait_for()
    found.button("mailbox.sent.back").click()
    found.heading("mailbox.heading").wait_for()

    assert found.shows(found.t("mailbox.sent", n=2))


def test_a_message_says_what_is_missing(mailbox: OpenMailbox, desk: AnsweringDesk) -> None:
    """Neither empty nor to a desk that the person did not choose."""
    found = mailbox("en")
    found.look(desk.file_report())
    found.button("mailbox.act.write").click()

    found.onward()

    assert found.shows(found.t("mailbox.text.required"))
    assert found.shows(found.t("mailbox.staff.required"))
    assert found.page.evaluate("document.activeElement.id") == "field-text"


def test_a_withdrawal_is_confirmed_and_reaches_the_desk(
    mailbox: OpenMailbox, desk: AnsweringDesk
) -> None:
    """SPEC 9.5: kind 4, with the wish to destroy."""
    found = mailbox("en")
    found.look(desk.file_report("withdrawn bittern"))
    found.page.locator("summary").click()
    found.button("mailbox.act.withdraw").click()
    found.page.get_by_role("radiogroup").first.get_by_label(found.t("choice.yes")).check()
    found.page.get_by_role("radiogroup").last.get_by_label(found.t("choice.no")).check()
    found.onward()
    found.heading("mailbox.confirm.heading").wait_for()

    found.button("mailbox.confirm.yes").click()
    found.heading("mailbox.sent.heading").wait_for()
    desk.triage("sync")
    (ref,) = [line["ref"] for line in desk.triage("search", "withdrawn", "bittern")]

    assert "withdrawal" in str(desk.triage("show", ref)["messages"])


@pytest.mark.parametrize("spelling", ["symbols", "digits", "loose"])
def test_a_code_is_taken_in_every_spelling(
    mailbox: OpenMailbox, desk: AnsweringDesk, spelling: str
) -> None:
    """SPEC 11.1: any case, spaces, dashes, full-width characters."""
    code = parse_receipt_code(desk.file_report())
    wide = str.maketrans("0123456789-", "０１２３４５６７８９－")
    typed = {
        "symbols": code.symbols,
        "digits": code.digits.translate(wide),
        "loose": f" {code.symbols.lower().replace('-', ' — ')} ",
    }

    found = mailbox("en")
    found.look(typed[spelling])

    assert found.shows(found.t("mailbox.sent", n=1))


def test_a_slip_in_the_code_is_said_and_nothing_is_asked(mailbox: OpenMailbox) -> None:
    """Never "not found": the check tells on this device."""
    code = random_receipt_code().symbols
    slipped = ("0" if code[0] != "0" else "1") + code[1:]
    found = mailbox("en")

    found.enter(slipped)
    found.page.locator("#field-code-error").wait_for()

    assert found.shows(found.t("mailbox.code.wrong"))
    assert found.posted == []
    assert found.page.locator("#field-code").get_attribute("name") is None


def test_unknown_empty_and_full_look_the_same_from_outside(
    mailbox: OpenMailbox, desk: AnsweringDesk
) -> None:
    """SPEC 11.4: number and sizes of requests and answers."""
    full = desk.file_report()
    for i in range(7):
        desk.answer(full, i, ReplyKind.REPLY, {"sent_on": "2026-11-24", "text": f"reply {i}"})
    unknown = mailbox("en")
    unknown.enter(random_receipt_code().symbols)
    unknown.heading("mailbox.empty.heading").wait_for()
    known = mailbox("en")
    known.look(full)

    for visit in (unknown, known):
        assert [len(body) for body in visit.posted] == [WINDOW_REQUEST_BYTES] * WINDOWS
        assert visit.answered == [SLOTS_ANSWER_BYTES] * WINDOWS


def test_nothing_is_stored_and_leaving_wipes_the_page(
    mailbox: OpenMailbox, desk: AnsweringDesk
) -> None:
    """A seized device says nothing."""
    found = mailbox("en")
    found.look(desk.file_report())

    stored = found.page.evaluate(
        "async () => [localStorage.length, sessionStorage.length, document.cookie,"
        " (await indexedDB.databases()).length]"
    )
    for _ in range(3):
        found.page.keyboard.press("Escape")
    found.page.wait_for_url("about:blank")

    assert stored == [0, 0, "", 0]


LOOKS = [("zh-CN", 320, False), ("en", 320, True), ("zh-CN", 1280, True)]


@pytest.mark.slow
@pytest.mark.parametrize(("language", "width", "dark"), LOOKS)
def test_axe_finds_nothing_in_any_state(
    mailbox: OpenMailbox, desk: AnsweringDesk, language: str, width: int, *, dark: bool
) -> None:
    """WCAG 2.2 AA; none of the screens is wider than the window."""
    code = desk.file_report()
    desk.answer(code, 1, ReplyKind.REPLY, {"sent_on": "2026-11-24", "text": "x" * 300})
    found = mailbox(language, width=width, dark=dark)
    inspector = Inspector(found)

    inspector.look()
    found.enter("x")
    found.page.locator("#field-code-error").wait_for()
    inspector.look()
    found.enter(random_receipt_code().symbols)
    found.heading("mailbox.empty.heading").wait_for()
    inspector.look()
    found.button("mailbox.act.other").click()
    found.look(code)
    found.page.locator("summary").click()
    inspector.look()
    for action in ("write", "correct", "withdraw", "notices"):
        if action != "write":
            found.page.locator("summary").click()
        found.button(f"mailbox.act.{action}").click()
        found.onward()
        inspector.look()
        found.page.locator(".back button").click()
        found.heading("mailbox.heading").wait_for()

    assert inspector.faults == []
    assert found.faults == []

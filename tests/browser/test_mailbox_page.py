"""Coming back with nothing but the receipt code (DESIGN §3; SPEC §11)."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from crypto.wire.consent import Consent, Revocation, parse_consent
from crypto.wire.contents import DocumentKind
from crypto.wire.documents import Document
from crypto.wire.envelope import Purpose
from crypto.wire.receipt import parse_receipt_code
from crypto.wire.reply import ReplyKind
from crypto.wire.roles import Role
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
    found.act("mailbox.act.withdraw")
    found.page.get_by_role("radiogroup").first.get_by_label(found.t("choice.yes")).check()
    found.page.get_by_role("radiogroup").last.get_by_label(found.t("choice.no")).check()
    found.onward()
    found.heading("mailbox.confirm.heading").wait_for()

    found.button("mailbox.confirm.yes").click()
    found.heading("mailbox.sent.heading").wait_for()
    desk.triage("sync")
    (ref,) = [line["ref"] for line in desk.triage("search", "withdrawn", "bittern")]

    assert "withdrawal" in str(desk.triage("show", ref)["messages"])


def test_protection_is_asked_for_later_question_by_question(
    mailbox: OpenMailbox, desk: AnsweringDesk
) -> None:
    """Sealed to the protection desk alone; Back and Forward lead through the questions."""
    code = desk.file_report()
    found = mailbox("en")
    found.look(code)
    found.act("mailbox.act.protection")
    found.heading("imminence.heading").wait_for()
    found.choose("imminence.days")
    found.onward()
    found.heading("persons.heading").wait_for()
    found.page.go_back()
    found.heading("imminence.heading").wait_for()
    found.page.go_forward()
    for heading in ("persons", "threats", "safety", "safecontact"):
        found.heading(f"{heading}.heading").wait_for()
        found.onward()
    found.box("wishes.wishes").fill("不要告诉我的单位")
    found.onward()
    found.choose("choice.no")
    found.onward()
    found.heading("mailbox.protection.check").wait_for()

    found.button("mailbox.send").click()
    found.sent()
    (document,) = desk.vault_documents(code, Role.PROTECTION, Purpose.PROTECTION)

    assert (document.n, document.kind) == (1, DocumentKind.MESSAGE)
    assert document.content == {"imminence": "days", "wishes": "不要告诉我的单位"}
    assert found.shows(found.t("mailbox.sent", n=2))
    assert found.faults == []


def test_a_reward_is_claimed_later_with_the_code(mailbox: OpenMailbox, desk: AnsweringDesk) -> None:
    """奖励办法 Art. 5: sealed to the reward officers alone."""
    code = desk.file_report()
    desk.answer(code, 0, ReplyKind.OPENED, {"sent_on": "2026-11-23", "about_n": 0})
    found = mailbox("zh-CN")
    found.look(code)
    found.act("mailbox.act.reward")
    found.choose("claim.sole")
    found.onward()
    found.choose("receiving.certificate")
    found.onward()

    found.button("mailbox.send").click()
    found.sent()
    (document,) = desk.vault_documents(code, Role.REWARD, Purpose.REWARD)

    assert document.content == {"interest": True, "sharing": "sole", "form": "certificate"}


def test_contact_details_are_given_later_and_half_a_contact_is_not_sent(
    mailbox: OpenMailbox, desk: AnsweringDesk
) -> None:
    """DOMAIN rows 14 and 15: the report page's questions and rules."""
    found = mailbox("en")
    found.look(desk.file_report())
    found.act("mailbox.act.identity")
    found.onward()
    missing = found.page.locator("#errors").inner_text()
    found.choose("anonymity.named")
    found.onward()
    found.box("name.legal").fill("Li")
    found.onward()
    found.onward()
    half = found.page.locator("#errors").inner_text()
    found.box("contacts.method").fill("telephone")
    found.box("contacts.address").fill("0000")
    found.onward()
    found.onward()
    found.choose("choice.no")
    found.onward()
    found.heading("mailbox.identity.check").wait_for()

    found.button("mailbox.send").click()
    found.sent()

    assert found.t("mailbox.choose.required") in missing
    assert found.t("contacts.required") in half
    assert found.shows(found.t("mailbox.sent", n=2))


def permit(found: MailboxVisit) -> None:
    """Fill in a consent, up to the sentence that is agreed to."""
    found.act("mailbox.act.consent")
    found.tick("mailbox.consent.legal_name")
    found.box("mailbox.consent.recipient").fill("the district office")
    found.box("mailbox.consent.purpose").fill("to hear me as a witness")
    found.choose("choice.no")
    found.onward()
    found.heading("mailbox.consent.confirm").wait_for()


def consents_of(document: Document, member: str) -> list[Consent | Revocation]:
    """What the claim key signed in a document."""
    texts = (document.content or {})[member]
    assert isinstance(texts, list)
    return [parse_consent(str(text)).value for text in texts]


def test_a_consent_is_one_sentence_signed_as_it_was_shown(
    mailbox: OpenMailbox, desk: AnsweringDesk
) -> None:
    """SPEC 14; DOMAIN §4: thirty days and one use where nothing else is chosen."""
    code = desk.file_report()
    found = mailbox("en")
    found.look(code)
    permit(found)
    shown = found.page.locator("#agreed-text").inner_text()

    found.button("mailbox.consent.agree").click()
    found.heading("mailbox.sent.heading").wait_for()
    kept = found.page.locator("main").inner_text()
    (document,) = desk.vault_documents(code, Role.PROTECTION, Purpose.PROTECTION)
    (consent,) = consents_of(document, "consents")

    assert isinstance(consent, Consent)
    assert (consent.text_shown, consent.one_time) == (shown, True)
    assert (consent.fields, consent.recipient) == (("legal_name",), "the district office")
    assert (consent.expires_at - consent.given_at).days == 30
    assert shown in kept
    assert found.t("mailbox.consent.number", n=2) in kept
    assert found.faults == []


def test_who_does_not_agree_sends_nothing(mailbox: OpenMailbox, desk: AnsweringDesk) -> None:
    """DOMAIN §4: refusing changes nothing else."""
    found = mailbox("en")
    found.look(desk.file_report())
    permit(found)
    posted = len(found.posted)

    found.button("mailbox.consent.refuse").click()
    found.heading("mailbox.heading").wait_for()

    assert len(found.posted) == posted
    assert found.shows(found.t("mailbox.sent", n=1))


@pytest.mark.parametrize("number", ["2", ""])
def test_a_consent_is_ended_with_nothing_but_the_code(
    mailbox: OpenMailbox, desk: AnsweringDesk, number: str
) -> None:
    """SPEC 14: another device, which never saw the consent; by its number, or all of them."""
    code = desk.file_report()
    giving = mailbox("en")
    giving.look(code)
    permit(giving)
    giving.button("mailbox.consent.agree").click()
    giving.sent()
    ending = mailbox("zh-CN")
    ending.look(code)
    ending.act("mailbox.act.ending")
    ending.choose("mailbox.ending.one" if number else "mailbox.ending.all")
    for box in ending.page.locator("#field-number").all():
        box.fill(number)
    ending.choose("choice.no")

    ending.onward()
    ending.sent()
    given, ended = desk.vault_documents(code, Role.PROTECTION, Purpose.PROTECTION)
    (consent,), (revocation,) = consents_of(given, "consents"), consents_of(ended, "revocations")

    assert isinstance(consent, Consent)
    assert isinstance(revocation, Revocation)
    assert revocation.consent_id == (consent.consent_id if number else None)
    assert (given.n, ended.n, ended.kind) == (1, 2, DocumentKind.CONSENT)


def test_a_consent_whose_answer_was_lost_is_given_once(
    mailbox: OpenMailbox, desk: AnsweringDesk
) -> None:
    """The same number and the same bytes, though time has passed."""
    code = desk.file_report()
    found = mailbox("en")
    found.look(code)
    permit(found)
    lost: list[str] = []

    def lose_one(route: Any) -> None:  # noqa: ANN401 - Playwright's Route
        if not lost:
            lost.append(route.request.url)
            route.fetch()
            route.abort()
        else:
            route.continue_()

    found.page.route("**/api/v1/submissions", lose_one)
    found.button("mailbox.consent.agree").click()
    found.button("sending.now").click()
    found.sent()
    sent = [body for body in found.posted if len(body) == SUBMISSION_BYTES]

    assert len(sent) == 2
    assert sent[0] == sent[1]
    assert len(desk.vault_documents(code, Role.PROTECTION, Purpose.PROTECTION)) == 1


def test_the_disclosure_ledger_is_a_list_of_its_own(
    mailbox: OpenMailbox, desk: AnsweringDesk
) -> None:
    """DESIGN §2; SPEC 11.5, kinds 4 and 5: empty until a desk signs an entry."""
    code = desk.file_report()
    found = mailbox("en")
    found.look(code)
    empty = found.shows(found.t("mailbox.ledger.none"))
    desk.answer(code, 0, ReplyKind.DISCLOSURE, {"sent_on": "2026-11-24", "text": "name, to court"})
    desk.answer(code, 1, ReplyKind.RELEASE_NOTICE, {"sent_on": "2026-11-25"})

    found.button("mailbox.act.again").click()
    found.page.get_by_text("name, to court").wait_for()

    assert empty
    assert found.shows(found.t("mailbox.replies.none"))
    assert found.shows(found.t("mailbox.reply.disclosure"))
    assert found.shows(found.t("mailbox.reply.release"))


def rearrange(found: MailboxVisit, lie: Callable[[list[bytes]], list[bytes]]) -> None:
    """Have the server lie about the one window in which two replies lie."""

    def answer(route: Any) -> None:  # noqa: ANN401 - Playwright's Route
        response = route.fetch()
        body = response.body()
        size = 1 + SLOT_VALUE_BYTES
        slots = [body[at : at + size] for at in range(0, len(body), size)]
        lies = slots[0][0] and slots[1][0]
        route.fulfill(response=response, body=b"".join(lie(slots)) if lies else body)

    found.page.route("**/api/v1/slots", answer)


_LIES: dict[str, tuple[Callable[[list[bytes]], list[bytes]], list[tuple[str, int]]]] = {
    "dropped": (lambda slots: [bytes(len(slots[0])), *slots[1:]], [("gap", 1)]),
    "reordered": (
        lambda slots: [slots[1], slots[0], *slots[2:]],
        [("refused", 1), ("refused", 2)],
    ),
    "replayed": (lambda slots: [*slots[:2], slots[1], *slots[3:]], [("refused", 3)]),
}


@pytest.mark.parametrize("lie", _LIES)
def test_a_server_that_lies_is_shown_up(
    mailbox: OpenMailbox, desk: AnsweringDesk, lie: str
) -> None:
    """SPEC 11.5: gaps, reordering and replay, said in words."""
    code = desk.file_report()
    for i in range(2):
        desk.answer(code, i, ReplyKind.REPLY, {"sent_on": "2026-11-24", "text": f"reply {i}"})
    change, faults = _LIES[lie]
    found = mailbox("en")
    rearrange(found, change)

    found.look(code)

    triage = found.t("mailbox.desk.triage")
    said = [found.t(f"mailbox.fault.{kind}", n=n, desk=triage) for kind, n in faults]
    assert found.page.locator(".notice.danger li").all_inner_texts() == said


def test_what_a_server_takes_away_while_the_page_is_open_is_missed(
    mailbox: OpenMailbox, desk: AnsweringDesk
) -> None:
    """SPEC 20: the newest items too, as long as this page has seen them."""
    code = desk.file_report()
    for i in range(2):
        desk.answer(code, i, ReplyKind.REPLY, {"sent_on": "2026-11-24", "text": f"reply {i}"})
    found = mailbox("en")
    found.look(code)
    rearrange(found, lambda slots: [slots[0], bytes(len(slots[1])), *slots[2:]])

    found.button("mailbox.act.again").click()
    triage = found.t("mailbox.desk.triage")

    found.page.get_by_text(found.t("mailbox.fault.vanished", n=2, desk=triage)).wait_for()


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
    for summary in found.page.locator("summary").all():
        summary.click()
    inspector.look()
    for action in ("write", "correct", "withdraw", "notices", "consent", "ending", "identity"):
        found.act(f"mailbox.act.{action}")
        found.onward()
        inspector.look()
        found.page.locator(".back button").click()
        found.heading("mailbox.heading").wait_for()

    assert inspector.faults == []
    assert found.faults == []

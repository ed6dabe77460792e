"""Answering a reporter from the console; nothing else on a page sends anything to anybody."""

from dataclasses import dataclass, replace

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crypto.errors import DocumentTooLargeError
from crypto.wire.reply import CASE_STATES
from triage.cases.answer import Answer, compose
from triage.cases.phrases import PHRASES
from triage.cases.report import OpenedReport
from triage.console.context import Message, console, speaker
from triage.errors import (
    NoKeyError,
    RefusedInputError,
    ServerRefusedError,
    ServerUnavailableError,
    WrongUseError,
)

_WARNINGS = ("quotes", "withdrawn", "declined")

replies = Blueprint("replies", __name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the form.

    Attributes:
        error: a sentence about what is wrong with it, perhaps empty.
        quoted: what the text repeats of the report.
        ticked: the warnings that the officer ticked off.
    """

    text: str = ""
    phrase: str = ""
    state: str = ""
    error: str = ""
    quoted: tuple[str, ...] = ()
    ticked: frozenset[str] = frozenset()


@replies.get("/reports/<ref>/reply")
def reply_form(ref: str) -> ResponseReturnValue:
    """The form by itself."""
    return _page(console().workplace.session.report(ref), Draft())


@replies.post("/reports/<ref>/reply")
def send_reply(ref: str) -> ResponseReturnValue:
    """Send an answer, unless it says nothing, says too much, or needs a tick that is missing."""
    session = console().workplace.session
    opened = session.report(ref)
    draft = _typed()
    try:
        answer = _answer(draft, opened)
    except WrongUseError:
        return _again(opened, draft, speaker().phrase("reply.error.empty"))
    unwanted = _unwanted(opened, draft)
    if unwanted:
        return _again(opened, draft, speaker().phrase(unwanted))
    quoted = session.quoted(opened.ref, draft.text)
    if quoted and "quotes" not in draft.ticked:
        return _again(opened, draft, "", quoted)
    return _deliver(opened, draft, answer)


def _unwanted(opened: OpenedReport, draft: Draft) -> str:
    """The phrase that says what the reporter does not want, unless the officer ticked it off."""
    if opened.summary.withdrawal is not None and "withdrawn" not in draft.ticked:
        return "reply.error.withdrawn"
    if opened.declines_notices and not draft.text and "declined" not in draft.ticked:
        return "reply.error.declined"
    return ""


def _deliver(opened: OpenedReport, draft: Draft, answer: Answer) -> ResponseReturnValue:
    phrase = speaker().phrase
    try:
        delivered = console().workplace.session.reply(opened.ref, answer)
    except DocumentTooLargeError as error:
        return _again(opened, draft, phrase("reply.error.long", bytes=error.excess_bytes))
    except ServerUnavailableError:
        return _back(opened, Message(phrase("reply.waiting"), good=False))
    except NoKeyError:
        return _again(opened, draft, phrase("reply.error.key"))
    except (ServerRefusedError, RefusedInputError) as error:
        return _again(opened, draft, speaker().fault(type(error).__name__))
    return _back(opened, Message(phrase("reply.sent.others" if delivered.others else "reply.sent")))


def _typed() -> Draft:
    text = request.form.get("text", "").replace("\r\n", "\n").replace("\0", "").strip()
    phrase, state = request.form.get("phrase", ""), request.form.get("state", "")
    ticked = frozenset(name for name in _WARNINGS if request.form.get(name) == "1")
    return Draft(text, phrase, state, ticked=ticked)


def _answer(draft: Draft, opened: OpenedReport) -> Answer:
    language = opened.report.get("language")
    return compose(
        written=draft.text,
        phrase_code=draft.phrase or None,
        state=draft.state or None,
        language=language if isinstance(language, str) else None,
    )


def _again(
    opened: OpenedReport, draft: Draft, error: str, quoted: tuple[str, ...] = ()
) -> ResponseReturnValue:
    """The form with what was typed; nothing was sent."""
    return Response(_page(opened, replace(draft, error=error, quoted=quoted)), 400)


def _page(opened: OpenedReport, draft: Draft) -> str:
    return render_template(
        "reply.html", opened=opened, draft=draft, phrases=PHRASES.items(), states=CASE_STATES
    )


def _back(opened: OpenedReport, message: Message) -> ResponseReturnValue:
    console().message = message
    return redirect(url_for("pages.report", ref=opened.ref, _anchor="answers"), 303)

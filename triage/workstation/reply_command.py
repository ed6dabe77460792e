"""`triage reply`: one answer to a reporter, out of fixed phrases and what the officer writes."""

import argparse
import sys
from pathlib import Path
from typing import Final

from crypto.wire.reply import ReplyKind
from triage.cases.answer import Answer, compose
from triage.cases.report import OpenedReport
from triage.errors import RefusedInputError, ServerUnavailableError
from triage.output import Output
from triage.private_files import read_file
from triage.terminal import confirm, tell
from triage.workstation.session import Session

MAX_TEXT_BYTES: Final = 16_384
_KINDS: Final = {
    "reply": ReplyKind.REPLY,
    "state": ReplyKind.STATE,
    "warning": ReplyKind.WARNING,
}


def written(name: str | None) -> str:
    """What an officer wrote into a file or types; empty where no file is named.

    Raises:
        RefusedInputError: empty, not UTF-8, or too long.
    """
    if name is None:
        return ""
    raw = (
        sys.stdin.buffer.read(MAX_TEXT_BYTES + 1)
        if name == "-"
        else read_file(Path(name), max_bytes=MAX_TEXT_BYTES)
    )
    try:
        text = raw.decode().removeprefix("\ufeff").strip()
    except UnicodeDecodeError:
        raise RefusedInputError("the text is not UTF-8") from None
    if not text or "\0" in text:
        raise RefusedInputError("the text is empty or holds U+0000")
    return text


def _ask_about_wishes(opened: OpenedReport, text: str, *, agreed: bool) -> None:
    """A reporter who withdrew, or wants no notices, is written to on purpose only.

    Raises:
        WrongUseError: nobody agreed; nothing was sent.
    """
    if opened.summary.withdrawal is not None:
        confirm("The reporter has withdrawn this report.", agreed=agreed)
    if opened.declines_notices and not text:
        confirm("The reporter wants no acknowledgements, and this is one.", agreed=agreed)


def reply(session: Session, arguments: argparse.Namespace) -> Output:
    """Answer one reporter.

    Raises:
        TriageError, SealedIntakeError: as `Session.reply`; nothing is sent where a quotation was
            not agreed to.
    """
    text = written(arguments.text_file)
    opened = session.report(arguments.ref)
    language = arguments.language or opened.report.get("language")
    answer = compose(
        written=text,
        phrase_code=arguments.phrase,
        state=arguments.state,
        language=language if isinstance(language, str) else None,
    )
    if arguments.kind is not None:
        answer = Answer(_KINDS[arguments.kind], answer.text, answer.state)
    _ask_about_wishes(opened, text, agreed=arguments.yes)
    quoted = session.quoted(opened.ref, text)
    if quoted:
        confirm(
            "The text repeats what the report says: "
            + "; ".join(f"“{piece}”" for piece in quoted)
            + "\nWhoever sees the answer learns it.",
            agreed=arguments.yes,
        )
    try:
        delivered = session.reply(opened.ref, answer)
    except ServerUnavailableError:
        tell("triage: written down; the next sync sends it, or this command again: once")
        raise
    if delivered.others:
        tell("triage: another officer had answered; this answer stands behind that one")
    return Output(
        {
            "ref": opened.ref,
            "sent": delivered.reply.is_sent,
            "number": delivered.reply.number,
            "kind": delivered.reply.kind,
            "state": answer.state,
            "others": delivered.others,
        },
        (f"Sent to the reporter of {opened.ref} as answer {delivered.reply.number}.",),
    )

"""Reports as JSON values and as lines; the terminal escapes whatever they hold."""

from collections.abc import Mapping, Sequence

from crypto.wire.instants import encode_instant
from crypto.wire.strict_json import JsonObject, JsonValue
from triage.cases.report import (
    FileEntry,
    InternalNote,
    Message,
    OpenedReport,
    Quarantined,
    ReportSummary,
    SentReply,
)
from triage.cases.withdrawal import Withdrawal
from triage.output import Json, Output

_INDENT = "  "
_NOTICE = "opened"


def summary_json(summary: ReportSummary) -> Mapping[str, Json]:
    """One element of `triage list --json`."""
    return {
        "ref": summary.ref,
        "sequence": summary.sequence,
        "received_at": encode_instant(summary.received_at),
        "category": summary.category,
        "urgency": summary.urgency,
        "state": summary.state,
        "unread": summary.unread,
        "language": summary.language,
        "channel": summary.channel,
        "about_staff": summary.about_staff,
        "messages": summary.messages,
        "flagged": summary.flagged,
        **_withdrawal_json(summary),
    }


def _withdrawal_json(summary: ReportSummary) -> Mapping[str, Json]:
    withdrawal = summary.withdrawal
    destroy_on = None if withdrawal is None else withdrawal.destroy_on
    return {
        "withdrawn": withdrawal is not None,
        "destroy_on": None if destroy_on is None else destroy_on.isoformat(),
    }


def summaries_output(summaries: Sequence[ReportSummary]) -> Output:
    """A list of reports."""
    lines = [
        f"{'*' if each.unread else ' '}{'!' if each.flagged else ' '} {each.ref}"
        f"  {encode_instant(each.received_at)}  {each.category or '–':<3}"
        f" {each.urgency or '–':<8} {'WITHDRAWN ' if each.withdrawal else ''}"
        f"{_one_line(each.opening_words)}"
        for each in summaries
    ]
    return Output([summary_json(each) for each in summaries], tuple(lines) or ("No report here.",))


def _one_line(text: str) -> str:
    return " ".join(text.split())[:60]


def _message_json(message: Message) -> Mapping[str, Json]:
    return {
        "direction": "in",
        "n": message.n,
        "sequence": message.sequence,
        "received_at": encode_instant(message.received_at),
        "kind": message.kind,
        "unread": message.unread,
        "content": message.content,
    }


def _reply_json(reply: SentReply) -> Mapping[str, Json]:
    return {
        "direction": "out",
        "number": reply.number,
        "kind": reply.kind,
        "content": reply.content,
        "sent": reply.is_sent,
    }


def _conversation(report: OpenedReport) -> list[Message | SentReply]:
    """Messages and answers; an answer stands behind what its officer had read."""
    answers = [each for each in report.replies if each.kind != _NOTICE]
    return sorted((*report.messages, *answers), key=_place)


def _place(each: Message | SentReply) -> tuple[int, bool, int]:
    if isinstance(each, Message):
        return each.n, False, each.sequence
    about_n = each.content.get("about_n")
    return about_n if isinstance(about_n, int) else 0, True, each.number


def _file_json(entry: FileEntry) -> Mapping[str, Json]:
    return {
        "number": entry.number,
        "n": entry.n,
        "upload": entry.upload,
        "digest": entry.digest,
        "size_bytes": entry.size_bytes,
        "type": entry.type_code,
        "state": entry.state.value,
        "stated_type": entry.media_type,
        "name": entry.name,
    }


def report_json(report: OpenedReport) -> Mapping[str, Json]:
    """`triage show --json`."""
    return {
        "ref": report.ref,
        "report": report.report,
        "messages": [
            _message_json(each) if isinstance(each, Message) else _reply_json(each)
            for each in _conversation(report)
        ],
        "opened_notice": _opened_notice(report),
        "answers_of_others": report.answers_of_others,
        "files": [_file_json(entry) for entry in report.files],
        "events": [],
        "notes": [_note_json(each) for each in report.notes],
        **_withdrawal_json(report.summary),
        "declines_notices": report.declines_notices,
        "sequence": report.summary.sequence,
        "received_at": encode_instant(report.summary.received_at),
        "n": report.n,
        "key_set_version": report.key_set_version,
        "siblings": [
            {"sequence": each.sequence, "purpose": each.purpose, "state": each.state.value}
            for each in report.siblings
        ],
        "duplicates": list(report.duplicates),
    }


def _note_json(note: InternalNote) -> Mapping[str, Json]:
    return {"noted_at": encode_instant(note.noted_at), "text": note.text}


def _withdrawal_lines(withdrawal: Withdrawal | None) -> list[str]:
    if withdrawal is None:
        return []
    lines = [f"! WITHDRAWN by the reporter, received {encode_instant(withdrawal.received_at)}."]
    if withdrawal.destroy_on is not None:
        lines.append(
            f"! Its content must be destroyed by {withdrawal.destroy_on}; nothing does so"
            " by itself."
        )
    return lines


def report_output(report: OpenedReport) -> Output:
    """One report with everything that belongs to it."""
    summary = report.summary
    lines = [
        f"{report.ref}  received {encode_instant(summary.received_at)}  item {summary.sequence}",
        *_withdrawal_lines(summary.withdrawal),
        *_content_lines(report.report, ""),
    ]
    for each in _conversation(report):
        lines += ["", _headline(each), *_content_lines(each.content, "")]
    for entry in report.files:
        lines.append(_file_line(entry))
    if report.answers_of_others:
        lines.append(f"! {report.answers_of_others} answer(s) of other officers lie there too.")
    if report.declines_notices:
        lines.append("! The reporter wants no acknowledgements.")
    for note in report.notes:
        lines += ["", f"--- internal note, {encode_instant(note.noted_at)}, on this workstation"]
        lines += [f"{_INDENT}| {line}" for line in note.text.split("\n")]
    wrong = [each for each in report.siblings if each.state.value in {"missing", "altered"}]
    lines += [f"! The {each.purpose} envelope is {each.state.value}." for each in wrong]
    lines += [f"! Item {sequence} is the same again." for sequence in report.duplicates]
    return Output(report_json(report), tuple(lines))


def _file_line(entry: FileEntry) -> str:
    """A file by what is known of it here; what its reporter called it stands in the report."""
    known = entry.type_code or "type not known yet"
    return (
        f"file {entry.number}: {known}, {entry.size_bytes} bytes, {entry.state.value},"
        f" digest {entry.digest}"
    )


def _headline(each: Message | SentReply) -> str:
    if isinstance(each, Message):
        new = "NEW: " if each.unread else ""
        return f"{new}{each.kind} {each.n}, received {encode_instant(each.received_at)}"
    state = "" if each.is_sent else ", NOT SENT YET"
    return f">>> {each.kind} {each.number} to the reporter{state}"


def _opened_notice(report: OpenedReport) -> Json:
    """Whether the reporter was told that the report was opened; None where that is not meant."""
    return next((each.is_sent for each in report.replies if each.kind == _NOTICE), None)


def _content_lines(content: JsonObject, indent: str) -> list[str]:
    lines: list[str] = []
    for name, value in content.items():
        if isinstance(value, str | int | None):
            lines += _value_lines(f"{indent}{name}: ", value)
        else:
            lines.append(f"{indent}{name}:")
            lines += _nested_lines(value, indent + _INDENT)
    return lines


def _nested_lines(value: JsonValue, indent: str) -> list[str]:
    if isinstance(value, Mapping):
        return _content_lines(value, indent)
    if isinstance(value, list):
        lines: list[str] = []
        for member in value:
            lines += _nested_lines(member, indent)
        return lines
    return _value_lines(indent + "- ", value)


def _value_lines(start: str, value: JsonValue) -> list[str]:
    """A text keeps its lines, each behind a bar, so that none can pose as a line of ours."""
    if isinstance(value, bool):
        return [start + ("yes" if value else "no")]
    first, *rest = str(value).split("\n")
    return [start + first, *(f"{_INDENT}| {line}" for line in rest)]


def quarantined_output(found: Sequence[Quarantined]) -> Output:
    """What was set aside."""
    return Output(
        [
            {
                "sequence": each.sequence,
                "received_at": encode_instant(each.received_at),
                "reason": each.reason,
            }
            for each in found
        ],
        tuple(
            f"item {each.sequence}  {encode_instant(each.received_at)}  {each.reason}"
            for each in found
        )
        or ("Nothing is quarantined.",),
    )

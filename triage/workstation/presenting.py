"""Reports as JSON values and as lines; the terminal escapes whatever they hold."""

from collections.abc import Mapping, Sequence

from crypto.wire.instants import encode_instant
from crypto.wire.strict_json import JsonObject, JsonValue
from triage.cases.report import (
    FileEntry,
    Message,
    OpenedReport,
    Quarantined,
    ReportSummary,
    SentReply,
)
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
    }


def summaries_output(summaries: Sequence[ReportSummary]) -> Output:
    """A list of reports."""
    lines = [
        f"{'*' if each.unread else ' '}{'!' if each.flagged else ' '} {each.ref}"
        f"  {encode_instant(each.received_at)}  {each.category or '–':<3}"
        f" {each.urgency or '–':<8} {_one_line(each.opening_words)}"
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


def report_output(report: OpenedReport) -> Output:
    """One report with everything that belongs to it."""
    summary = report.summary
    lines = [
        f"{report.ref}  received {encode_instant(summary.received_at)}  item {summary.sequence}",
        *_content_lines(report.report, ""),
    ]
    for each in _conversation(report):
        lines += ["", _headline(each), *_content_lines(each.content, "")]
    for entry in report.files:
        lines.append(_file_line(entry))
    if report.answers_of_others:
        lines.append(f"! {report.answers_of_others} answer(s) of other officers lie there too.")
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
        return f"{each.kind} {each.n}, received {encode_instant(each.received_at)}"
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

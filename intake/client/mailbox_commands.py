"""`intake mailbox list` and `intake mailbox send`.

Which answer a code gets is for the person alone: the requests are the same whatever lies there.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from crypto.custody.mailbox import Acknowledged, Fault, Mailbox, newest_opened
from crypto.custody.reporter import Contents, ReporterKeys
from crypto.errors import MalformedDocumentError, SlotGapError
from crypto.wire.codec import encode_base64url
from crypto.wire.contents import DocumentKind, check_content
from crypto.wire.envelope import Purpose
from crypto.wire.instants import encode_instant, instant_of_minute
from crypto.wire.key_set import KeySet
from crypto.wire.receipt import ReceiptCode, parse_receipt_code
from crypto.wire.reply import Reply, ReplyKind
from crypto.wire.roles import Role
from crypto.wire.strict_json import JsonObject, JsonValue, parse_json_object
from intake.client.api import Api
from intake.client.attachments import Attachments, terminal_of
from intake.client.courier import LANES, Courier
from intake.client.document import MAX_DOCUMENT_BYTES
from intake.client.drafts import DraftFile
from intake.client.errors import NothingThereError, ServerUnavailableError, WrongUseError
from intake.client.files import total_parts_bytes
from intake.client.input_output import pinned_root, read_input, read_text, say, visible
from intake.client.mailbox import Outgoing, Sent, Visit, send, visit
from intake.client.memory import default_state_dir, trusted_key_set
from intake.client.message_files import MessageFiles
from intake.client.patience import Patience
from intake.client.permissions import ConsentTerms, parse_ending, parse_terms
from intake.client.progress import Progress
from intake.client.report import acknowledgement_text
from intake.exit_codes import ExitCode

_MAX_CODE_BYTES: Final = 4096
_SIBLINGS: Final = ("identity", "protection", "reward")
_SWITCH: Final = {"on": True, "off": False}
# What a reporter reads; the codes are those of SPEC 11.5.
_STATES: Final[Mapping[str | None, str]] = {
    None: "Nothing is registered under this code, or the server shows nothing of it.",
    "registered": "Registered.",
    "examining": "Being examined.",
    "accepted": "Accepted.",
    "not_accepted": "Not accepted.",
    "closed": "Closed.",
}
_NOT_CONFIRMED: Final = (
    "Not confirmed by the desk yet: only its signature shows that the report was opened. If it"
    " stays away for a week, look over another network, then ask by telephone (without the receipt"
    " code), or report again."
)
_DISCLOSURES: Final = frozenset({ReplyKind.DISCLOSURE, ReplyKind.RELEASE_NOTICE})
_NO_DISCLOSURE: Final = "No disclosure about you is recorded."


@dataclass(frozen=True, slots=True)
class _Visitor:
    """One run of the command: who asks, and whom."""

    api: Api
    code: ReceiptCode
    fetch_key_set: Callable[[], KeySet]

    def keys(self, key_set: KeySet) -> ReporterKeys:
        return ReporterKeys.derive(self.code, key_set.instance_id)


def run_mailbox(arguments: argparse.Namespace) -> ExitCode:
    """Run `list` or `send`; whatever is malformed is refused before anything is asked.

    Raises:
        SealedIntakeError, ClientError, OSError: as their names say.
    """
    root_key = pinned_root(arguments.root)
    code = parse_receipt_code(read_text(str(arguments.code_file), _MAX_CODE_BYTES))
    outgoing = _outgoing(arguments)
    attached = Attachments.of(arguments)
    state_dir = arguments.state_dir or default_state_dir(os.environ)
    api = Api(arguments.server, connections=LANES if attached.sources else 1)

    def fetch() -> KeySet:
        return trusted_key_set(api.key_set, root_key, state_dir, datetime.now(UTC))

    visitor = _Visitor(api, code, fetch)
    try:
        if outgoing is None:
            return _list(arguments, visitor)
        return _send(arguments, visitor, outgoing, attached)
    finally:
        api.close()


# --- reading ------------------------------------------------------------------------------------


def _list(arguments: argparse.Namespace, visitor: _Visitor) -> ExitCode:
    key_set = visitor.fetch_key_set()
    found = visit(visitor.api, visitor.keys(key_set), key_set)
    say(arguments, _listed(found, key_set), _words(found))
    if not found.mailbox.faults:
        return ExitCode.DONE
    sys.stderr.write("intake: the server withholds or alters something: see the faults\n")
    return ExitCode.REFUSED


def _listed(found: Visit, key_set: KeySet) -> JsonObject:
    """The same members whatever was found."""
    mailbox = found.mailbox
    return {
        "messages": [_message(reply) for reply in mailbox.replies],
        "disclosures": [_message(each) for each in mailbox.replies if each.kind in _DISCLOSURES],
        "state": mailbox.state,
        "confirmed": mailbox.confirms(0),
        "acknowledgements": [
            _acknowledgement(each, mailbox, key_set) for each in mailbox.acknowledgements
        ],
        "faults": [_fault(each) for each in mailbox.faults],
        "next_number": mailbox.next_n,
        "complete": found.is_complete,
        "requests": found.requests,
    }


def _message(reply: Reply) -> JsonObject:
    content = reply.content
    members: dict[str, JsonValue] = {
        "from": reply.role.wire_name,
        "number": reply.i,
        "kind": reply.kind.name.lower().replace("_", "-"),
        "text": content.get("text", ""),
        "sent_on": content["sent_on"],
        "about_number": newest_opened(reply),
    }
    if "state" in content:
        members["state"] = content["state"]
    return members


def _acknowledgement(each: Acknowledged, mailbox: Mailbox, key_set: KeySet) -> JsonObject:
    return {
        "number": each.n,
        "sequence": each.acknowledgement.sequence,
        "registered_at": encode_instant(instant_of_minute(each.acknowledgement.minute)),
        "confirmed": mailbox.confirms(each.n),
        "acknowledgement": acknowledgement_text(each.acknowledgement, key_set),
    }


def _fault(fault: Fault) -> JsonObject:
    return {
        "kind": "gap" if isinstance(fault.error, SlotGapError) else "refused",
        "from": "server" if fault.lane is None else fault.lane.wire_name,
        "number": fault.number,
        "error": type(fault.error).__name__,
    }


def _words(found: Visit) -> str:
    mailbox = found.mailbox
    lines = [_STATES[mailbox.state]]
    for each in mailbox.acknowledgements:
        at = encode_instant(instant_of_minute(each.acknowledgement.minute))
        opened = "opened by the desk" if mailbox.confirms(each.n) else "not confirmed by the desk"
        lines.append(f"Submission {each.n}: registered {at}, {opened}.")
    if mailbox.acknowledgements and not mailbox.confirms(0):
        lines.append(_NOT_CONFIRMED)
    for reply in mailbox.replies:
        if reply.kind not in _DISCLOSURES:
            lines += _reply_words(reply)
    ledger = [reply for reply in mailbox.replies if reply.kind in _DISCLOSURES]
    if mailbox.acknowledgements:
        lines += ["", "Who was told about you:" if ledger else _NO_DISCLOSURE]
    for reply in ledger:
        lines += _reply_words(reply)
    lines += [
        f"! {'Missing' if isinstance(fault.error, SlotGapError) else 'Refused'}: number"
        f" {fault.number} of {'the server' if fault.lane is None else fault.lane.wire_name}"
        f" ({type(fault.error).__name__})."
        for fault in mailbox.faults
    ]
    return "\n".join(lines)


def _reply_words(reply: Reply) -> list[str]:
    text = str(reply.content.get("text", ""))
    return [
        "",
        f"From {reply.role.wire_name}, {reply.content['sent_on']}, {_kind(reply)}:",
        *(f"  | {visible(line)}" for line in text.split("\n") if text),
    ]


def _kind(reply: Reply) -> str:
    names = {
        ReplyKind.REPLY: "message",
        ReplyKind.OPENED: "your report was opened",
        ReplyKind.STATE: "state",
        ReplyKind.DISCLOSURE: "disclosure of your identity",
        ReplyKind.RELEASE_NOTICE: "release of your identity",
        ReplyKind.WARNING: "warning",
    }
    state = reply.content.get("state")
    return f"{names[reply.kind]} ({state})" if isinstance(state, str) else names[reply.kind]


# --- sending ------------------------------------------------------------------------------------


def _outgoing(arguments: argparse.Namespace) -> Outgoing | None:
    """What is to be sent, checked before anything leaves; None for `list`."""
    ways = {
        "document": arguments.document is not None,
        "correct": arguments.correct is not None,
        "acknowledgements": arguments.acknowledgements is not None,
        "withdraw": arguments.withdraw,
        "consent": arguments.consent is not None,
        "revoke": arguments.revoke is not None,
    }
    chosen = [way for way, is_chosen in ways.items() if is_chosen]
    has_text = arguments.text_file is not None
    if arguments.action == "list":
        if chosen or has_text or arguments.about_staff or arguments.destroy or arguments.files:
            raise WrongUseError("list sends nothing")
        return None
    alone = {"correct", "acknowledgements", "consent", "revoke"}
    if len(chosen) > 1 or (has_text and alone & set(chosen)) or not (chosen or has_text):
        raise WrongUseError(
            "say one thing at a time: a text, a correction, a withdrawal, a wish, a consent"
        )
    if arguments.files and not (has_text and not arguments.withdraw):
        raise WrongUseError("--file goes with a message: --text-file says what the files are")
    if arguments.destroy and not arguments.withdraw:
        raise WrongUseError("--destroy goes with --withdraw")
    outgoing = _content(arguments)
    for purpose in (Purpose.REPORT, Purpose.IDENTITY, Purpose.PROTECTION, Purpose.REWARD):
        content = outgoing.contents.of(purpose)
        if content is not None:
            check_content(purpose, outgoing.kind, content)
    return outgoing


def _content(arguments: argparse.Namespace) -> Outgoing:
    staff = arguments.about_staff
    if arguments.consent is not None:
        terms = parse_terms(_object(arguments.consent))
        return Outgoing(DocumentKind.CONSENT, Contents(staff), terms)
    if arguments.revoke is not None:
        return Outgoing(DocumentKind.CONSENT, Contents(staff), parse_ending(arguments.revoke))
    if arguments.acknowledgements is not None:
        wish: JsonObject = {"acknowledgements": _SWITCH[arguments.acknowledgements]}
        return Outgoing(DocumentKind.PREFERENCE, Contents(staff, report=wish))
    if arguments.correct is not None:
        return Outgoing(DocumentKind.CORRECTION, Contents(staff, report=_object(arguments.correct)))
    text = {}
    if arguments.text_file is not None:
        text["text"] = read_text(arguments.text_file, MAX_DOCUMENT_BYTES)
    if arguments.withdraw:
        report: JsonObject = {"destroy": arguments.destroy, **text}
        return Outgoing(DocumentKind.WITHDRAWAL, Contents(staff, report=report))
    parts = {} if arguments.document is None else _object(arguments.document)
    if not parts.keys() <= set(_SIBLINGS):
        raise MalformedDocumentError("the document has an unknown member")
    return Outgoing(
        DocumentKind.MESSAGE,
        Contents(
            staff,
            report=text or None,
            identity=_part(parts, "identity"),
            protection=_part(parts, "protection"),
            reward=_part(parts, "reward"),
        ),
    )


def _part(parts: JsonObject, name: str) -> JsonObject | None:
    value = parts.get(name)
    if value is None or isinstance(value, Mapping):
        return value
    raise MalformedDocumentError("a part is an object or null")


def _object(name: str) -> JsonObject:
    return parse_json_object(read_input(name, MAX_DOCUMENT_BYTES), max_bytes=MAX_DOCUMENT_BYTES)


def _send(
    arguments: argparse.Namespace, visitor: _Visitor, outgoing: Outgoing, attached: Attachments
) -> ExitCode:
    key_set = visitor.fetch_key_set()
    keys = visitor.keys(key_set)
    mailbox = visit(visitor.api, keys, key_set).mailbox
    if mailbox.next_n == 0:
        raise NothingThereError("the server shows no report under this code; nothing was sent")
    outgoing = _to_the_reading_desk(outgoing, mailbox)
    _ask_to_agree(outgoing, agreed=arguments.yes)
    state_dir = arguments.state_dir or default_state_dir(os.environ)
    dispatch = _Dispatch(arguments, visitor, keys, mailbox, state_dir)
    try:
        if attached.sources:
            files = MessageFiles.begin(attached, outgoing, keys, key_set, state_dir)
            attached.warn()
            sent, are_kept = dispatch.with_files(outgoing, files)
        else:
            sent, are_kept = dispatch.alone(outgoing), None
    except (ServerUnavailableError, KeyboardInterrupt):
        sys.stderr.write("intake: not acknowledged; the same command again sends it once\n")
        raise
    document, words = _sent(sent, outgoing, keys)
    if are_kept is not None:
        document |= {"files": len(attached.sources), "files_kept": are_kept}
    say(arguments, document, words)
    return _say_kept(are_kept=are_kept)


@dataclass(frozen=True, slots=True)
class _Dispatch:
    """One message on its way."""

    arguments: argparse.Namespace
    visitor: _Visitor
    keys: ReporterKeys
    mailbox: Mailbox
    state_dir: Path

    def alone(self, outgoing: Outgoing) -> Sent:
        file = DraftFile.of(self.keys, self.state_dir)
        fetch = self.visitor.fetch_key_set
        return send(
            self.visitor.api, self.keys, outgoing, self.mailbox, file=file, fetch_key_set=fetch
        )

    def with_files(self, outgoing: Outgoing, files: MessageFiles) -> tuple[Sent, bool]:
        progress = Progress(total_parts_bytes(files.uploads), terminal_of(self.arguments))
        patience = Patience(self.arguments.patience, progress.wait)
        courier = Courier(self.visitor.api, patience, progress)
        try:
            complete = files.upload(courier, outgoing)
            sent = patience.persist(lambda: self.alone(complete))
            return sent, files.keep(courier)
        finally:
            progress.end()


def _sent(sent: Sent, outgoing: Outgoing, keys: ReporterKeys) -> tuple[dict[str, JsonValue], str]:
    """What is printed of a message that is registered: for scripts, and for people."""
    registered_at = encode_instant(instant_of_minute(sent.acknowledgement.minute))
    document: dict[str, JsonValue] = {
        "sent": True,
        "number": sent.n,
        "sequence": sent.acknowledgement.sequence,
        "registered_at": registered_at,
        "acknowledgement": acknowledgement_text(sent.acknowledgement, sent.key_set),
        "was_there": sent.was_there,
    }
    words = f"Submission {sent.n} is registered since {registered_at}."
    if isinstance(outgoing.permission, ConsentTerms):
        document["consent_id"] = encode_base64url(keys.consent_id(sent.n))
        words += f"\nTo end this consent: intake mailbox send --revoke {sent.n}"
    return document, words


def _say_kept(*, are_kept: bool | None) -> ExitCode:
    if are_kept is not False:
        return ExitCode.DONE
    sys.stderr.write(
        "intake: registered, but the server has not confirmed that it keeps the files; the same"
        " command again within 48 hours sees to it\n"
    )
    return ExitCode.UNAVAILABLE


def _ask_to_agree(outgoing: Outgoing, *, agreed: bool) -> None:
    """Show the very sentence that is signed, and have it agreed to.

    Raises:
        WrongUseError: nobody agreed; nothing was sent.
    """
    terms = outgoing.permission
    if agreed or not isinstance(terms, ConsentTerms):
        return
    sys.stderr.write(f"{visible(terms.text_shown)}\n")
    if not sys.stdin.isatty():
        raise WrongUseError("a consent is agreed to at a terminal, or with --yes; nothing was sent")
    if not _asked("Do you agree to this"):
        raise WrongUseError("not agreed; nothing was sent")


def _to_the_reading_desk(outgoing: Outgoing, mailbox: Mailbox) -> Outgoing:
    """What belongs to a report about the authority's own people stays with the independent desks.

    Only the reporter and that desk know which kind of report it was, so the desk's own signature
    tells, or the person.
    """
    contents = outgoing.contents
    if contents.about_staff or mailbox.reading_desk is Role.TRIAGE:
        return outgoing
    if mailbox.reading_desk is None and not _says_about_staff():
        return outgoing
    return replace(outgoing, contents=replace(contents, about_staff=True))


def _says_about_staff() -> bool:
    """Ask the person; a script that does not say --about-staff means an ordinary report."""
    sys.stderr.write(
        "intake: no desk has answered yet. Whether the report is about the authority's own people"
        " decides who reads this.\n"
    )
    if not sys.stdin.isatty():
        sys.stderr.write("intake: taken as an ordinary report; otherwise say --about-staff\n")
        return False
    return _asked("Is it about the authority's own people")


def _asked(question: str) -> bool:
    """Ask a person at the terminal, until yes or no is typed.

    Raises:
        WrongUseError: the input ended; nothing was sent.
    """
    answer = ""
    while answer not in {"yes", "no"}:
        sys.stderr.write(f"{question} (yes or no)? ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            raise WrongUseError("nothing was sent: it was not answered")
        answer = line.strip().lower()
    return answer == "yes"

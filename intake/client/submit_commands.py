"""`intake submit`: a report, its files, and reports sealed into a file."""

import argparse
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from crypto.custody.reporter import Contents, ReporterKeys
from crypto.errors import SealedIntakeError
from crypto.signing.trust import verify_key_set
from crypto.wire.codec import encode_base64url, encode_crockford, labelled_hash
from crypto.wire.instants import encode_instant
from crypto.wire.key_set import MAX_KEY_SET_BYTES, KeySet, parse_key_set
from crypto.wire.receipt import ReceiptCode, parse_receipt_code
from crypto.wire.strict_json import JsonObject, JsonValue
from intake.client.api import Api
from intake.client.attachments import Attachments, terminal_of
from intake.client.courier import LANES, Courier
from intake.client.document import (
    CHANNEL,
    MAX_DOCUMENT_BYTES,
    OFFLINE_CHANNEL,
    parse_document,
)
from intake.client.errors import ClientError, ServerUnavailableError, WrongUseError
from intake.client.files import SealingFile, total_parts_bytes
from intake.client.filing import Filing, Way, begin, go_on, kept
from intake.client.input_output import pinned_root, read_input, read_text, say
from intake.client.memory import default_state_dir, trusted_key_set
from intake.client.patience import Patience
from intake.client.progress import Progress
from intake.client.report import (
    Filed,
    SealedDraft,
    file_report,
    random_receipt_code,
    registered,
)
from intake.client.sealed_files import Sealing, read_sealed_report, write_sealed_report
from intake.exit_codes import ExitCode

_REF_SYMBOLS: Final = 8
_MAX_CODE_BYTES: Final = 4096


def run_submit(arguments: argparse.Namespace) -> ExitCode:
    """Send a report, seal one into a file, or deliver one that was sealed into a file.

    Raises:
        SealedIntakeError, ClientError, OSError: as their names say.
    """
    _refuse_contradictions(arguments)
    if arguments.seal_to is not None:
        return _seal_to(arguments)
    if arguments.sealed is not None:
        return _deliver(arguments)
    attached = Attachments.of(arguments)
    contents = parse_document(read_input(arguments.document, MAX_DOCUMENT_BYTES), CHANNEL)
    if attached.sources:
        return _submit_with_files(arguments, contents, attached)
    return _submit(arguments, contents)


def _refuse_contradictions(arguments: argparse.Namespace) -> None:
    seals, delivers = arguments.seal_to is not None, arguments.sealed is not None
    if seals and delivers:
        raise WrongUseError("--seal-to makes a file, --sealed delivers one: say one of them")
    if seals == (arguments.server is not None):
        raise WrongUseError("want --server, or --seal-to, which sends nothing")
    if seals != (arguments.key_set is not None):
        raise WrongUseError("--seal-to wants --key-set, and nothing else does")
    if delivers and (arguments.files or arguments.document is not None):
        raise WrongUseError("a sealed report goes as it is, without --document or --file")
    if arguments.resume_file is not None and (seals or delivers or not arguments.files):
        raise WrongUseError("--resume-file goes with --file; a sealed report can be sent again")
    if arguments.code_file is not None and not (delivers or arguments.resume_file is not None):
        raise WrongUseError("--code-file goes with --resume-file or --sealed")
    arguments.document = arguments.document or "-"
    if arguments.code_file == "-" and arguments.document == "-" and not delivers:
        raise WrongUseError("code and document cannot both come from standard input")


# --- a report alone -----------------------------------------------------------------------------


def _submit(arguments: argparse.Namespace, contents: Contents) -> ExitCode:
    api = Api(arguments.server)
    fetch = _fetcher(arguments, api)
    code, draft = random_receipt_code(), SealedDraft()
    try:
        filed = file_report(api, contents, code, fetch, draft)
    except ServerUnavailableError as error:
        if error.may_be_kept:
            _tell_code(code)
        raise
    except SealedIntakeError:
        if api.has_answered:  # With an acknowledgement that is none: it may have kept the bytes.
            _tell_code(code)
        raise
    except KeyboardInterrupt:
        if draft.raw is not None:
            _tell_code(code)
        raise
    finally:
        api.close()
    say(arguments, _members(filed), _words(filed))
    return ExitCode.DONE


def _fetcher(arguments: argparse.Namespace, api: Api) -> Callable[[], KeySet]:
    root_key = pinned_root(arguments.root)
    state_dir = arguments.state_dir or default_state_dir(os.environ)
    return lambda: trusted_key_set(api.key_set, root_key, state_dir, datetime.now(UTC))


def _tell_code(code: ReceiptCode) -> None:
    sys.stderr.write(
        "intake: nothing was acknowledged; if the report was kept all the same, this code leads"
        f" to it: {code.symbols}\n"
    )


def _members(filed: Filed) -> dict[str, JsonValue]:
    return {
        **_code_members(filed.code, filed.case_ref),
        "acknowledgement": filed.acknowledgement_text,
        "ref": _ref(filed.case_ref),
        "sequence": filed.sequence,
        "registered_at": encode_instant(filed.registered_at),
    }


def _code_members(code: ReceiptCode, case_ref: bytes) -> dict[str, JsonValue]:
    return {
        "receipt_code": code.symbols,
        "receipt_digits": code.digits,
        "case_ref": encode_base64url(case_ref),
    }


def _ref(case_ref: bytes) -> str:
    return encode_crockford(labelled_hash("ref", case_ref))[:_REF_SYMBOLS]


def _words(filed: Filed) -> str:
    return (
        f"Registered at {encode_instant(filed.registered_at)}.\n"
        f"{_code_words(filed.code)}\n"
        f"Acknowledgement:\n  {filed.acknowledgement_text}"
    )


def _code_words(code: ReceiptCode) -> str:
    return (
        f"Receipt code, the only way back to this report; keep it secret:\n  {code.symbols}\n"
        f"The same in digits:\n  {code.digits}"
    )


# --- a report with files ------------------------------------------------------------------------


def _submit_with_files(
    arguments: argparse.Namespace, contents: Contents, attached: Attachments
) -> ExitCode:
    code = None if arguments.code_file is None else _read_code(arguments.code_file)
    api = Api(arguments.server, connections=LANES)
    try:
        fetch = _fetcher(arguments, api)
        key_set = fetch()
        filing = _filing(arguments, contents, attached, key_set, code)
        attached.warn()
        _announce_code(filing.keys.code)
        return _run(arguments, filing, api, fetch)
    finally:
        api.close()


def _read_code(name: str) -> ReceiptCode:
    return parse_receipt_code(read_text(name, _MAX_CODE_BYTES))


def _filing(
    arguments: argparse.Namespace,
    contents: Contents,
    attached: Attachments,
    key_set: KeySet,
    code: ReceiptCode | None,
) -> Filing:
    keys = ReporterKeys.derive(code or random_receipt_code(), key_set.instance_id)
    if code is None:
        return begin(contents, attached, keys, key_set, arguments.resume_file)
    return go_on(contents, attached, keys, arguments.resume_file)


def _announce_code(code: ReceiptCode) -> None:
    """Before the upload: whoever loses power near its end must not lose the way back."""
    sys.stderr.write(
        "intake: keep this receipt code; it leads to the report once that is registered:\n"
        f"  {code.symbols}\n"
    )


def _run(
    arguments: argparse.Namespace, filing: Filing, api: Api, fetch: Callable[[], KeySet]
) -> ExitCode:
    uploads = [each.upload for each in filing.begun.transfers]
    progress = Progress(total_parts_bytes(uploads), terminal_of(arguments))
    patience = Patience(arguments.patience, progress.wait)
    way = Way(api, Courier(api, patience, progress), patience, fetch)
    try:
        done = filing.run(way)
    except BaseException:
        progress.end()
        _advise(arguments)
        raise
    progress.end()
    members = {**_members(done.filed), **_kept_members(len(uploads), are_kept=done.are_kept)}
    say(arguments, members, _words(done.filed))
    return _end_of_keeping(arguments, are_kept=done.are_kept)


def _kept_members(files: int, *, are_kept: bool) -> dict[str, JsonValue]:
    return {"files": files, "files_kept": are_kept}


def _advise(arguments: argparse.Namespace) -> None:
    """What to do after a run that ended before the report was known to be registered."""
    if arguments.resume_file is None:
        advice = "what was sent of it goes within 48 hours; without --resume-file begin anew"
    else:
        advice = "to go on: the same command with --code-file FILE, which holds the receipt code"
    sys.stderr.write(f"intake: not known to be registered; {advice}\n")


def _end_of_keeping(arguments: argparse.Namespace, *, are_kept: bool) -> ExitCode:
    if are_kept:
        return ExitCode.DONE
    if arguments.resume_file is not None:
        again = "the same command with --code-file FILE, which holds the receipt code"
    elif arguments.sealed is not None:
        again = "the same command"
    else:
        again = "`intake mailbox send --file`, with the files again"
    sys.stderr.write(
        "intake: registered, but the server has not confirmed that it keeps the files; it may"
        f" delete them after 48 hours. Within that time: {again}\n"
    )
    return ExitCode.UNAVAILABLE


# --- sealed into a file -------------------------------------------------------------------------


def _seal_to(arguments: argparse.Namespace) -> ExitCode:
    """Needs no network and leaves nothing on this machine but the file."""
    raw = read_input(arguments.key_set, MAX_KEY_SET_BYTES)
    key_set = verify_key_set(parse_key_set(raw), pinned_root(arguments.root), now=datetime.now(UTC))
    attached = Attachments.of(arguments)
    document = read_input(arguments.document, MAX_DOCUMENT_BYTES)
    contents = parse_document(document, OFFLINE_CHANNEL)
    keys = ReporterKeys.derive(random_receipt_code(), key_set.instance_id)
    files = tuple(SealingFile.fresh(each) for each in attached.sources)
    attached.warn()
    total = total_parts_bytes([each.upload for each in files])
    progress = Progress(total, terminal_of(arguments))
    try:
        write_sealed_report(
            arguments.seal_to, Sealing(keys, key_set, contents, attached, files), progress
        )
    finally:
        progress.end()
    members: JsonObject = {
        **_code_members(keys.code, keys.case_ref),
        "acknowledgement": None,
        "ref": _ref(keys.case_ref),
        "files": len(files),
        "key_set_version": key_set.version,
        "valid_until": encode_instant(key_set.body.valid_until),
    }
    people = (
        "Sealed; nothing was sent. Deliver the file with `intake submit --sealed`, or on the report"
        f" page, before {encode_instant(key_set.body.valid_until)}.\n{_code_words(keys.code)}"
    )
    say(arguments, members, people)
    return ExitCode.DONE


def _deliver(arguments: argparse.Namespace) -> ExitCode:
    code = None if arguments.code_file is None else _read_code(arguments.code_file)
    report, transfers = read_sealed_report(arguments.sealed)
    total = total_parts_bytes([each.upload for each in transfers])
    progress = Progress(total, terminal_of(arguments))
    patience = Patience(arguments.patience, progress.wait)
    api = Api(arguments.server, connections=LANES)
    courier = Courier(api, patience, progress)
    try:
        key_set = _fetcher(arguments, api)()
        courier.send(transfers)
        sealed = patience.persist(lambda: api.submit(report.submission))
        are_kept = kept(courier, transfers)
    except (ClientError, KeyboardInterrupt):
        sys.stderr.write("intake: not known to be registered; the same command again goes on\n")
        raise
    finally:
        progress.end()
        api.close()
    members: dict[str, JsonValue] = {
        **dict.fromkeys(("receipt_code", "receipt_digits", "case_ref", "acknowledgement")),
        "delivered": True,
        **_kept_members(len(transfers), are_kept=are_kept),
    }
    people = "Delivered. Only who has the receipt code can open the acknowledgement."
    if code is not None:
        keys = ReporterKeys.derive(code, key_set.instance_id)
        filed = registered(sealed, report.submission, keys, key_set)
        members |= _members(filed)
        people = _words(filed)
    say(arguments, members, people)
    return _end_of_keeping(arguments, are_kept=are_kept)

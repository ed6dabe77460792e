"""The client's commands: submit, verify, verify-page, health, mailbox."""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from crypto.errors import KeySetNotYetValidError, SealedIntakeError
from crypto.signing.trust import verify_acknowledgement_text
from crypto.wire.codec import encode_base64url, encode_crockford, labelled_hash
from crypto.wire.instants import encode_instant
from crypto.wire.key_set import KeySet
from crypto.wire.receipt import ReceiptCode
from crypto.wire.strict_json import JsonObject
from intake.client.api import Api
from intake.client.document import MAX_DOCUMENT_BYTES, parse_document
from intake.client.errors import (
    ClientError,
    NothingThereError,
    ServerRefusedError,
    ServerUnavailableError,
)
from intake.client.input_output import pinned_root, read_input, say
from intake.client.mailbox_commands import run_mailbox
from intake.client.memory import default_state_dir, trusted_key_set
from intake.client.page_commands import verify_page
from intake.client.report import Filed, file_report, random_receipt_code
from intake.exit_codes import ExitCode

_REF_SYMBOLS = 8


def run(arguments: argparse.Namespace) -> ExitCode:
    """Run one of the client's commands."""
    commands = {
        "submit": _submit,
        "verify": _verify,
        "verify-page": verify_page,
        "health": _health,
        "mailbox": run_mailbox,
    }
    try:
        return commands[arguments.command](arguments)
    except (SealedIntakeError, ClientError, OSError) as error:
        return _end(_code_of(error), _words_of(error))


def _code_of(error: SealedIntakeError | ClientError | OSError) -> ExitCode:
    if isinstance(error, SealedIntakeError | ServerRefusedError):
        return ExitCode.REFUSED
    if isinstance(error, ServerUnavailableError):
        return ExitCode.UNAVAILABLE
    if isinstance(error, FileNotFoundError | NothingThereError):
        return ExitCode.NO_SUCH_THING
    return ExitCode.WRONG_USE


def _words_of(error: SealedIntakeError | ClientError | OSError) -> str:
    if isinstance(error, KeySetNotYetValidError):
        return f"{type(error).__name__}: {error}; is this machine's clock right?"
    if isinstance(error, SealedIntakeError):
        return f"{type(error).__name__}: {error}"
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return "a file cannot be read" if isinstance(error, OSError) else str(error)


def _submit(arguments: argparse.Namespace) -> ExitCode:
    if arguments.files:
        return _end(ExitCode.WRONG_USE, "files cannot be sent in this version; nothing was sent")
    root_key = pinned_root(arguments.root)
    contents = parse_document(read_input(arguments.document, MAX_DOCUMENT_BYTES))
    state_dir = arguments.state_dir or default_state_dir(os.environ)
    api = Api(arguments.server)
    code = random_receipt_code()

    def fetch() -> KeySet:
        return trusted_key_set(api.key_set, root_key, state_dir, datetime.now(UTC))

    try:
        filed = file_report(api, contents, code, fetch)
    except ServerUnavailableError as error:
        if error.may_be_kept:
            _tell_code(code)
        raise
    except SealedIntakeError:
        if (
            api.has_answered
        ):  # With an acknowledgement that is none: yet it may have kept the bytes.
            _tell_code(code)
        raise
    finally:
        api.close()
    _say_filed(arguments, filed)
    return ExitCode.DONE


def _tell_code(code: ReceiptCode) -> None:
    sys.stderr.write(
        "intake: nothing was acknowledged; if the report was kept all the same, this code leads"
        f" to it: {code.symbols}\n"
    )


def _say_filed(arguments: argparse.Namespace, filed: Filed) -> None:
    ref = encode_crockford(labelled_hash("ref", filed.case_ref))[:_REF_SYMBOLS]
    document: JsonObject = {
        "receipt_code": filed.code.symbols,
        "receipt_digits": filed.code.digits,
        "case_ref": encode_base64url(filed.case_ref),
        "acknowledgement": filed.acknowledgement_text,
        "ref": ref,
        "sequence": filed.sequence,
        "registered_at": encode_instant(filed.registered_at),
    }
    people = (
        f"Registered at {encode_instant(filed.registered_at)}.\n"
        f"Receipt code, the only way back to this report; keep it secret:\n  {filed.code.symbols}\n"
        f"The same in digits:\n  {filed.code.digits}\n"
        f"Acknowledgement:\n  {filed.acknowledgement_text}"
    )
    say(arguments, document, people)


def _verify(arguments: argparse.Namespace) -> ExitCode:
    root_key = pinned_root(arguments.root)
    text = _text_or_file(arguments.acknowledgement)
    try:
        verified = verify_acknowledgement_text(text, root_key)
    except SealedIntakeError:
        if arguments.json:
            say(arguments, {"valid": False, "registered_at": None}, "")
        raise
    registered_at = encode_instant(verified.registered_at)
    document: JsonObject = {
        "valid": True,
        "registered_at": registered_at,
        "origin": verified.origin,
        "sequence": verified.acknowledgement.sequence,
    }
    say(arguments, document, f"Valid. Registered at {registered_at} by {verified.origin}.")
    return ExitCode.DONE


def _health(arguments: argparse.Namespace) -> ExitCode:
    api = Api(arguments.server)
    try:
        report = api.health()
    finally:
        api.close()
    status = str(report.get("status"))
    say(arguments, report, status)
    return ExitCode.DONE if status == "ok" else ExitCode.UNAVAILABLE


def _text_or_file(text: str) -> str:
    if text == "-":
        return sys.stdin.read(MAX_DOCUMENT_BYTES).strip()
    if len(text) <= os.pathconf("/", "PC_NAME_MAX") or "/" in text or "." in text:
        text = Path(text).read_text(encoding="ascii", errors="replace").strip()
    return text


def _end(code: ExitCode, reason: str) -> ExitCode:
    sys.stderr.write(f"intake: {reason}\n")
    return code

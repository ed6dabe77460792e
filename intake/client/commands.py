"""The client's commands: submit, verify, verify-page, health, mailbox."""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from crypto.errors import DocumentTooLargeError, KeySetNotYetValidError, SealedIntakeError
from crypto.signing.trust import verify_acknowledgement_text
from crypto.wire.instants import encode_instant
from crypto.wire.strict_json import JsonObject
from intake.client.api import Api
from intake.client.document import MAX_DOCUMENT_BYTES
from intake.client.errors import (
    ClientError,
    FileChangedError,
    NothingThereError,
    PartsLostError,
    ServerRefusedError,
    ServerUnavailableError,
    WrongCodeError,
)
from intake.client.input_output import pinned_root, say
from intake.client.mailbox_commands import run_mailbox
from intake.client.page_commands import verify_page
from intake.client.submit_commands import run_submit
from intake.exit_codes import ExitCode

_REFUSALS: Final[Mapping[str, str]] = {
    "too-large": "the service takes no file as large as this",
    "part-taken": "a file has changed since its sending began, or the server lies",
    "parts-missing": "the server has lost parts of a file",
}


def run(arguments: argparse.Namespace) -> ExitCode:
    """Run one of the client's commands."""
    commands = {
        "submit": run_submit,
        "verify": _verify,
        "verify-page": verify_page,
        "health": _health,
        "mailbox": run_mailbox,
    }
    try:
        return commands[arguments.command](arguments)
    except KeyboardInterrupt:
        return _end(ExitCode.INTERRUPTED, "interrupted")
    except (SealedIntakeError, ClientError, OSError) as error:
        return _end(_code_of(error), _words_of(error))


def _code_of(error: SealedIntakeError | ClientError | OSError) -> ExitCode:
    refused = SealedIntakeError | ServerRefusedError | FileChangedError | PartsLostError
    if isinstance(error, refused):
        return ExitCode.REFUSED
    if isinstance(error, WrongCodeError):
        return ExitCode.LOCKED
    if isinstance(error, ServerUnavailableError):
        return ExitCode.UNAVAILABLE
    if isinstance(error, FileNotFoundError | NothingThereError):
        return ExitCode.NO_SUCH_THING
    return ExitCode.WRONG_USE


def _words_of(error: SealedIntakeError | ClientError | OSError) -> str:
    if isinstance(error, KeySetNotYetValidError):
        return f"{type(error).__name__}: {error}; is this machine's clock right?"
    if isinstance(error, DocumentTooLargeError):
        return f"{type(error).__name__}: {error}; a shorter text, or fewer files in one report"
    if isinstance(error, SealedIntakeError):
        return f"{type(error).__name__}: {error}"
    if isinstance(error, ServerRefusedError) and error.name in _REFUSALS:
        return f"{error}: {_REFUSALS[error.name]}"
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return "a file cannot be read" if isinstance(error, OSError) else str(error)


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

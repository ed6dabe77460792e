"""The command `intake`.

Servers carry `intake.server` and no client, reporters' machines may carry both; so the part that a
command needs is loaded when it is called.
"""

import argparse
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from intake.exit_codes import ExitCode

SERVER_COMMANDS: Final = frozenset(
    {"serve", "acknowledgement-key", "install-key-set", "install-offline-page"}
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="intake", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_server_commands(commands)
    _add_client_commands(commands)
    return parser


def _add_server_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    serve = commands.add_parser("serve", help="run the server")
    key = commands.add_parser(
        "acknowledgement-key",
        help="make the key that signs acknowledgements; print its public half",
    )
    install = commands.add_parser("install-key-set", help="verify a key set and serve it")
    install.add_argument("key_set", type=Path, metavar="FILE")
    install.add_argument("--officers", type=Path, metavar="FILE", help="its officers note")
    page = commands.add_parser(
        "install-offline-page", help="verify the page that seals without a network, and offer it"
    )
    page.add_argument("page", type=Path, metavar="FILE")
    page.add_argument("--note", type=Path, required=True, metavar="FILE", help="what was signed")
    for command in (serve, key, install, page):
        command.add_argument("--config", type=Path, metavar="FILE", help="settings, in TOML")
        command.add_argument("--data-dir", type=Path, metavar="FOLDER")
        command.add_argument("--json", action="store_true")


def _add_client_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    submit = commands.add_parser("submit", help="seal a report and send it")
    submit.add_argument("--document", metavar="FILE", help="JSON or text; - is stdin (default)")
    _add_files(submit, nargs="+", action="extend")
    _add_submitting(submit)
    mailbox = commands.add_parser("mailbox", help="read and answer messages")
    mailbox.add_argument("action", choices=("list", "send"))
    mailbox.add_argument("--code-file", metavar="FILE", required=True, help="- is stdin")
    _add_sending(mailbox)
    _add_files(mailbox, nargs=None, action="append")
    verify = commands.add_parser("verify", help="verify an acknowledgement")
    verify.add_argument("acknowledgement", help="its text, or a file that holds it")
    page = commands.add_parser("verify-page", help="verify an offline page by its signed note")
    page.add_argument("page", type=Path, metavar="FILE")
    page.add_argument("--note", type=Path, required=True, metavar="FILE", help="what was signed")
    health = commands.add_parser("health", help="ask whether a server takes submissions")
    submit.add_argument("--server", metavar="URL", help="wanted unless --seal-to is given")
    for command in (mailbox, health):
        command.add_argument("--server", metavar="URL", required=True)
    for command in (submit, mailbox, verify, page):
        command.add_argument("--root", metavar="KEY", required=True, help="root key, or its file")
    for command in (submit, mailbox):
        command.add_argument("--state-dir", type=Path, metavar="FOLDER")
    for command in (submit, mailbox, verify, page, health):
        command.add_argument("--json", action="store_true")


def _add_submitting(submit: argparse.ArgumentParser) -> None:
    submit.add_argument(
        "--resume-file",
        metavar="FILE",
        type=Path,
        help="lets a later run go on; holds only what the receipt code opens, and is deleted"
        " when the report is registered and its files are kept",
    )
    submit.add_argument(
        "--code-file",
        metavar="FILE",
        help="receipt code, to go on with --resume-file or to open the acknowledgement of"
        " --sealed; - is stdin",
    )
    sealed = submit.add_argument_group("without a network, or for somebody else")
    sealed.add_argument(
        "--seal-to", metavar="FILE", type=Path, help="seal into a new file, send nothing"
    )
    sealed.add_argument("--key-set", metavar="FILE", help="to which --seal-to seals")
    sealed.add_argument("--sealed", metavar="FILE", type=Path, help="deliver such a file")


def _add_files(command: argparse.ArgumentParser, nargs: str | None, action: str) -> None:
    """Files; where a word may follow the options, each has an option of its own."""
    files = command.add_argument_group("files", "sealed on this machine, of any size")
    files.add_argument(
        "--file", metavar="PATH", nargs=nargs, action=action, default=[], dest="files"
    )
    files.add_argument("--keep-name", action="store_true", help="put their names in the report")
    files.add_argument("--keep-type", action="store_true", help="put their types in the report")
    files.add_argument("--max-files", metavar="N", type=int, default=20, help="(%(default)s)")
    files.add_argument(
        "--patience",
        metavar="SECONDS",
        type=float,
        default=300.0,
        help="how long the server may stay away during an upload (%(default)g)",
    )


def _add_sending(mailbox: argparse.ArgumentParser) -> None:
    sending = mailbox.add_argument_group("send", "what to add to the report; each is sealed")
    sending.add_argument("--text-file", metavar="FILE", help="a message; - is stdin")
    sending.add_argument(
        "--document", metavar="FILE", help="JSON with identity, protection, reward"
    )
    sending.add_argument("--correct", metavar="FILE", help="answers in JSON that replace others")
    sending.add_argument(
        "--consent", metavar="FILE", help="JSON with fields, recipient, purpose; one at a time"
    )
    sending.add_argument("--yes", action="store_true", help="agree to the consent without asking")
    sending.add_argument(
        "--revoke", metavar="WHICH", help="end a consent: its number, its id, or all of them"
    )
    sending.add_argument("--withdraw", action="store_true", help="withdraw the report")
    sending.add_argument("--destroy", action="store_true", help="and have its content destroyed")
    sending.add_argument(
        "--acknowledgements", choices=("on", "off"), help="whether the desk should answer"
    )
    sending.add_argument(
        "--about-staff",
        action="store_true",
        help="the report is about the authority's own people: no ordinary desk reads this",
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns:
        One of `ExitCode`.
    """
    arguments = _parser().parse_args(argv)
    side = "server" if arguments.command in SERVER_COMMANDS else "client"
    if importlib.util.find_spec(f"intake.{side}") is None:
        sys.stderr.write(f"intake: {arguments.command} is not in this package\n")
        return ExitCode.WRONG_USE
    return int(importlib.import_module(f"intake.{side}.commands").run(arguments))


if __name__ == "__main__":
    sys.exit(main())

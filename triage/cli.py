"""The command `triage`. Source: EXAM, commands and exit codes."""

import argparse
import importlib
import io
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from crypto.errors import SealedIntakeError
from crypto.wire.reply import CASE_STATES
from crypto.wire.roles import Role
from triage.authority import commands as authority
from triage.cases.phrases import PHRASES
from triage.errors import (
    EXIT_UNFORESEEN,
    EXIT_WRONG_USE,
    TriageError,
    WrongUseError,
    exit_code_of,
)
from triage.output import Output, show
from triage.terminal import tell
from triage.traces import refuse_traces
from triage.workstation import commands as workstation
from triage.workstation import parting

HOME_VARIABLE: Final = "TRIAGE_HOME"
NOT_IN_THIS_VERSION: Final = ("identity", "protection")
DEFAULT_CONSOLE_PORT: Final = 8090
EXIT_READER_GONE: Final = 128 + signal.SIGPIPE  # what a shell says of any program that ends so
_ROLE_NAMES: Final = ", ".join(role.wire_name for role in Role)


def _positive(text: str) -> int:
    """A number of things to show.

    Raises:
        ValueError: not one; argparse says so.
    """
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _shared() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    shared.add_argument("--home", type=Path, metavar="FOLDER", help=f"instead of {HOME_VARIABLE}")
    shared.add_argument("--json", action="store_true", help="one JSON value on standard output")
    return shared


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="triage", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    shared = _shared()
    ceremonies = commands.add_parser("authority", help="ceremonies of the offline machine")
    authority.add_parsers(
        ceremonies.add_subparsers(dest="ceremony", required=True, metavar="CEREMONY"), shared
    )
    _add_keys(commands, shared)
    _add_reading(commands, shared)
    console = commands.add_parser("console", parents=[shared], help="serve the console")
    console.add_argument("--port", type=int, default=DEFAULT_CONSOLE_PORT)
    for name in NOT_IN_THIS_VERSION:
        commands.add_parser(name, help="not in this version", add_help=False)
    return parser


def _add_keys(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    shared: argparse.ArgumentParser,
) -> None:
    enrol = commands.add_parser("enrol", parents=[shared], help="make your keys on this machine")
    enrol.add_argument("--label", required=True, help="service name, not a person's")
    enrol.add_argument("--throw-away-keys", action="store_true", help="for demos")
    found = commands.add_parser("found", parents=[shared], help="make a desk's keys here")
    found.add_argument("role", help=_ROLE_NAMES)
    found.add_argument("--epoch", type=int, help="the next one otherwise")
    trust = commands.add_parser("trust", parents=[shared], help="pin a root and a server")
    trust.add_argument("--root", required=True, metavar="KEY", help="root key, or its file")
    trust.add_argument("--server", required=True, metavar="URL")
    grant = commands.add_parser("grant", parents=[shared], help="pass a desk's keys on")
    grant.add_argument("role")
    receivers = grant.add_mutually_exclusive_group(required=True)
    receivers.add_argument("--to", metavar="OFFICER")
    receivers.add_argument("--everyone", action="store_true", help="every other listed member")
    grant.add_argument("--epoch", type=int, help="every listed one that you hold otherwise")
    grant.add_argument("--out", type=Path, metavar="FILE", help="instead of the server")
    receive = commands.add_parser("receive", parents=[shared], help="take what was granted to you")
    receive.add_argument("--file", type=Path, metavar="FILE", help="instead of the server")
    parting.add_parsers(commands, shared)
    for command in (found, trust, grant):
        command.add_argument("--yes", action="store_true", help="do it without asking")


def _add_reading(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    shared: argparse.ArgumentParser,
) -> None:
    sync = commands.add_parser("sync", parents=[shared], help="fetch and open what is new")
    sync.add_argument("--processes", type=int, choices=range(1, 17), help="one a core otherwise")
    every = commands.add_parser("list", parents=[shared], help="the queue, newest first")
    every.add_argument("--unread", action="store_true")
    every.add_argument("--withdrawn", action="store_true", help="only what reporters took back")
    every.add_argument("--category")
    every.add_argument("--urgency")
    one = commands.add_parser("show", parents=[shared], help="one report with all that it holds")
    one.add_argument("ref", metavar="REF")
    _add_reply(commands, shared)
    _add_files(commands, shared)
    search = commands.add_parser("search", parents=[shared], help="reports with these words")
    search.add_argument("text", nargs="+", metavar="TEXT")
    search.add_argument("--limit", type=_positive, default=50, metavar="N")
    commands.add_parser("quarantined", parents=[shared], help="what was set aside")
    commands.add_parser("notices", parents=[shared], help="what is wrong")


def _add_files(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    shared: argparse.ArgumentParser,
) -> None:
    fetch = commands.add_parser(
        "fetch", parents=[shared], help="have a report's files here, sealed"
    )
    forget = commands.add_parser("forget", parents=[shared], help="delete such files from here")
    for command in (fetch, forget):
        command.add_argument("ref", metavar="REF")
        command.add_argument(
            "number", nargs="?", type=_positive, metavar="N", help="or all of them"
        )
    export = commands.add_parser(
        "export", parents=[shared], help="a report and its files in a folder, no longer sealed"
    )
    export.add_argument("ref", metavar="REF")
    export.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="a new one")
    export.add_argument("--clean", action="store_true", help="copies without hidden data, by mat2")


def _add_reply(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    shared: argparse.ArgumentParser,
) -> None:
    reply = commands.add_parser(
        "reply", parents=[shared], help="answer the reporter; not for internal notes"
    )
    reply.add_argument("ref", metavar="REF")
    reply.add_argument("--text-file", metavar="FILE", help="what you write; - is stdin")
    reply.add_argument("--phrase", metavar="CODE", help=f"a fixed phrase: {', '.join(PHRASES)}")
    reply.add_argument("--state", metavar="STATE", help=f"one of {', '.join(CASE_STATES)}")
    reply.add_argument("--kind", choices=("reply", "state", "warning"))
    reply.add_argument("--language", choices=("zh-CN", "en"), help="of the phrase")
    reply.add_argument(
        "--yes", action="store_true", help="although it quotes the report, or was not wanted"
    )
    note = commands.add_parser(
        "note", parents=[shared], help="note something for yourself; the reporter never sees it"
    )
    note.add_argument("ref", metavar="REF")
    note.add_argument("--text-file", metavar="FILE", required=True, help="- is stdin")


def _home(arguments: argparse.Namespace) -> Path:
    named = arguments.home or os.environ.get(HOME_VARIABLE)
    if not named:
        raise WrongUseError(f"which folder? Set {HOME_VARIABLE} or give --home")
    return Path(named).absolute()


def _run(arguments: argparse.Namespace) -> Output:
    arguments.home = _home(arguments)
    if arguments.command == "authority":
        return authority.run(arguments)
    if arguments.command == "console":
        return _console(arguments)
    return workstation.COMMANDS[arguments.command](arguments)


def _console(arguments: argparse.Namespace) -> Output:
    """Serve until asked to end; Flask is loaded for this command only."""
    importlib.import_module("triage.console").main(arguments.home, arguments.port)
    return Output({})


def _leave_no_traces() -> None:
    """No core file ever holds a key, and neither memory nor files of ours are anybody else's."""
    refuse_traces()
    os.umask(0o077)


def _speak_any_script() -> None:
    """A terminal of another encoding gets escapes instead of a fault."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns:
        An exit code of EXAM.
    """
    parser = _parser()
    arguments, surplus = parser.parse_known_args(argv)
    if arguments.command in NOT_IN_THIS_VERSION:
        tell(f"triage: {arguments.command} is not in this version")
        return EXIT_WRONG_USE
    if surplus:
        parser.error("unrecognised arguments")
    _leave_no_traces()
    _speak_any_script()
    try:
        output = _run(arguments)
        if arguments.command != "console":
            show(output, as_json=arguments.json)
            sys.stdout.flush()
    except (TriageError, SealedIntakeError) as error:
        tell(f"triage: {error}")
        return exit_code_of(error)
    except BrokenPipeError:
        # Whoever read us has read enough; nothing more may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_READER_GONE
    except OSError as error:
        tell(f"triage: {error.strerror or type(error).__name__}")
        return EXIT_UNFORESEEN
    except KeyboardInterrupt:
        tell("triage: interrupted")
        return EXIT_UNFORESEEN
    return output.exit_code


if __name__ == "__main__":
    sys.exit(main())

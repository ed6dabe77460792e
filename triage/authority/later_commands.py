"""`triage authority …` after the first day: losses, dismissals, ends of epochs, root on paper."""

import argparse
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from crypto.custody.recovery import RecoverySheet, rejoin_root
from crypto.wire.instance import fingerprint
from crypto.wire.roles import Role
from triage.authority.ceremony import change_passphrases
from triage.authority.departures import Departed, dismiss, replace_lost
from triage.authority.destruction import destroy_epoch, take_reports
from triage.authority.enrolment import MAX_FILE_BYTES, DeskKeys, parse_desk, parse_enrolment
from triage.authority.root_backup import MAX_SHEET_BYTES, back_up, parse_typed_sheet, recover
from triage.authority.seed_reports import MAX_REPORT_BYTES
from triage.authority.state import Destroyed, Exposed, load_state, role_named
from triage.errors import RefusedInputError
from triage.locked_files import MEASURED, THROW_AWAY
from triage.output import Json, Output
from triage.private_files import read_file
from triage.terminal import confirm, read_new_passphrase, read_passphrase

Command = Callable[[argparse.Namespace], Output]
_PROMPT = "Passphrase of the authority"
_MAX_EPOCH = (1 << 32) - 1


def exposed_json(exposed: tuple[Exposed, ...]) -> Json:
    """Desks that need a new epoch."""
    return [{"role": each.role.wire_name, "epoch": each.epoch} for each in exposed]


def exposed_lines(exposed: tuple[Exposed, ...]) -> list[str]:
    """What is overdue, a line each."""
    return [
        f"Overdue: a new epoch of the {each.role.wire_name} desk; somebody left with the seed of"
        f" epoch {each.epoch}."
        for each in exposed
    ]


def destroyed_json(destroyed: Destroyed) -> Json:
    """One destroyed epoch, and who has yet to report."""
    return {
        "role": destroyed.role.wire_name,
        "epoch": destroyed.epoch,
        "state": "shut" if destroyed.is_shut else "deleted-not-yet-shut",
        "reported": [each.label for each in destroyed.holders if each.reported_at is not None],
        "missing": [each.label for each in destroyed.missing],
    }


def destroyed_line(destroyed: Destroyed) -> str:
    """The same for a person."""
    name = f"{destroyed.role.wire_name}, epoch {destroyed.epoch}"
    if destroyed.is_shut:
        return f"{name}: shut; all {len(destroyed.holders)} members reported the seed gone"
    missing = ", ".join(each.label for each in destroyed.missing)
    return f"{name}: deleted, not yet shut; no report from {missing}"


def _desks_in(paths: list[Path]) -> tuple[DeskKeys, ...]:
    return tuple(parse_desk(read_file(path, max_bytes=MAX_FILE_BYTES)) for path in paths)


def _desk_lines(desks: tuple[DeskKeys, ...]) -> str:
    return "".join(
        f"\nNew epoch {keys.epoch} of {keys.role.wire_name}, current at once. Compare by voice:"
        f" {keys.fingerprint}"
        for keys in desks
    )


def _departed(label: str, departed: Departed, what: str) -> Output:
    return Output(
        {
            "label": label,
            "roles": [role.wire_name for role in sorted(departed.roles)],
            "renewed": [
                {"role": keys.role.wire_name, "epoch": keys.epoch} for keys in departed.renewed
            ],
            "overdue": exposed_json(departed.overdue),
        },
        (
            f"{label} {what}. Publish now.",
            "Then a member runs triage withdraw --unlisted, and the founder of each new epoch",
            "triage grant ROLE --everyone --epoch N.",
            *exposed_lines(departed.overdue),
        ),
    )


def _officer_dismiss(arguments: argparse.Namespace) -> Output:
    desks = _desks_in(arguments.desk)
    confirm(
        f"Lists the officer {arguments.label} no longer. What they copied stays theirs: reports of"
        f" the epochs that they held are readable for them.{_desk_lines(desks)}",
        agreed=arguments.yes,
    )
    departed = dismiss(arguments.home, arguments.label, desks)
    return _departed(arguments.label, departed, "is dismissed")


def _officer_lost(arguments: argparse.Namespace) -> Output:
    desks = _desks_in(arguments.desk)
    replacement, compare = None, "\nNo new keys yet: list them later with officer add."
    if arguments.enrolment is not None:
        raw = read_file(arguments.enrolment, max_bytes=MAX_FILE_BYTES)
        replacement = parse_enrolment(raw)
        compare = f"\nNew keys in their place. Compare by voice: {replacement.fingerprint}"
    confirm(
        f"Lists the keys on the lost workstation of {arguments.label} no longer."
        f"{compare}{_desk_lines(desks)}",
        agreed=arguments.yes,
    )
    departed = replace_lost(arguments.home, arguments.label, replacement, desks)
    what = "has new keys" if replacement is not None else "has no keys for now"
    return _departed(arguments.label, departed, what)


def _epoch_destroy(arguments: argparse.Namespace) -> Output:
    role: Role = role_named(arguments.role)
    confirm(
        f"Lists epoch {arguments.epoch} of {role.wire_name} no longer. First make sure that no live"
        " case needs it: nobody who joins later can open its reports, and live cases are not"
        " sealed anew in this version.",
        agreed=arguments.yes,
    )
    destroyed = destroy_epoch(arguments.home, role, arguments.epoch, now=datetime.now(UTC))
    return Output(
        destroyed_json(destroyed),
        (
            destroyed_line(destroyed),
            "Publish; each member runs triage withdraw with --report and hands the file over.",
        ),
    )


def _epoch_report(arguments: argparse.Namespace) -> Output:
    raws = [read_file(path, max_bytes=MAX_REPORT_BYTES) for path in arguments.report]
    confirm(f"Takes {len(raws)} report(s) that a seed is gone.", agreed=arguments.yes)
    touched = take_reports(arguments.home, raws)
    return Output(
        [destroyed_json(each) for each in touched], tuple(destroyed_line(each) for each in touched)
    )


def _backup(arguments: argparse.Namespace) -> Output:
    confirm(
        f"Writes three recovery sheets into {arguments.out}. Any two of them are the root key:"
        " print them, check two of them with check-backup, destroy the folder.",
        agreed=arguments.yes,
    )
    sheets = back_up(arguments.home, arguments.out, passphrase=read_passphrase(_PROMPT))
    files = [str(arguments.out / f"sheet-{sheet.number}.txt") for sheet in sheets]
    return Output(
        {"sheets": files, "fingerprint": fingerprint(sheets[0].root_key)},
        (*files, "One to each holder; nobody holds two."),
    )


def _sheets(arguments: argparse.Namespace) -> tuple[RecoverySheet, RecoverySheet]:
    one, other = (
        parse_typed_sheet(
            sys.stdin.buffer.read(MAX_SHEET_BYTES)
            if str(path) == "-"
            else read_file(path, max_bytes=MAX_SHEET_BYTES)
        )
        for path in arguments.sheet
    )
    return one, other


def _check_backup(arguments: argparse.Namespace) -> Output:
    one, other = _sheets(arguments)
    rejoin_root(one, other)
    if one.root_key != load_state(arguments.home).root_key:
        raise RefusedInputError("these sheets are another authority's")
    mark = fingerprint(one.root_key)
    return Output(
        {"fingerprint": mark, "sheets": [one.number, other.number]},
        (f"Sheets {one.number} and {other.number} bring back the root key:", mark),
    )


def _recover(arguments: argparse.Namespace) -> Output:
    sheets = _sheets(arguments)
    confirm(
        f"Brings the root key back into {arguments.home} and locks it with a new passphrase.\n"
        "The directory key is kept if that passphrase opens it, else made anew, and certified.\n"
        f"Compare with what was published: {fingerprint(sheets[0].root_key)}",
        agreed=arguments.yes,
    )
    state = recover(
        arguments.home,
        sheets,
        passphrase=read_passphrase(_PROMPT, new=True),
        now=datetime.now(UTC),
        cost=THROW_AWAY if arguments.throw_away_keys else MEASURED,
        published=arguments.key_sets,
    )
    mark = fingerprint(state.root_key)
    return Output(
        {"fingerprint": mark, "directory_key": fingerprint(state.directory_key)},
        (
            f"The root key is back: {mark}",
            "Publish, and make a new backup: these two sheets were together in one room.",
        ),
    )


def _passphrase(arguments: argparse.Namespace) -> Output:
    confirm(
        "Locks root and directory key with another passphrase. Copies of the old files still open"
        " with the old one: destroy them.",
        agreed=arguments.yes,
    )
    change_passphrases(
        arguments.home,
        old=read_passphrase(_PROMPT),
        new=read_new_passphrase("New passphrase of the authority"),
        cost=THROW_AWAY if arguments.throw_away_keys else MEASURED,
    )
    return Output({"changed": True}, ("Root and directory key have the new passphrase.",))


LATER_CEREMONIES: Mapping[str, Command] = MappingProxyType(
    {
        "officer dismiss": _officer_dismiss,
        "officer lost": _officer_lost,
        "epoch destroy": _epoch_destroy,
        "epoch report": _epoch_report,
        "backup": _backup,
        "check-backup": _check_backup,
        "recover": _recover,
        "passphrase": _passphrase,
    }
)


def _epoch_number(text: str) -> int:
    """An epoch.

    Raises:
        ValueError: not one; argparse says so.
    """
    number = int(text)
    if not 1 <= number <= _MAX_EPOCH:
        raise ValueError
    return number


def add_officer_parsers(
    officer: "argparse._SubParsersAction[argparse.ArgumentParser]",
    agreeing: argparse.ArgumentParser,
) -> None:
    """`officer dismiss` and `officer lost`."""
    dismissal = officer.add_parser(
        "dismiss", parents=[agreeing], help="list an officer no longer, with new epochs at once"
    )
    lost = officer.add_parser(
        "lost", parents=[agreeing], help="an officer's workstation is lost: other keys"
    )
    lost.add_argument("--enrolment", type=Path, metavar="ENROLMENT.json", help="the new keys")
    for parser in (dismissal, lost):
        parser.add_argument("label")
        parser.add_argument(
            "--desk",
            type=Path,
            action="append",
            default=[],
            metavar="DESK.json",
            help="a new epoch of a desk that they were a member of; may be repeated",
        )


def add_parsers(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    agreeing: argparse.ArgumentParser,
    shared: argparse.ArgumentParser,
) -> None:
    """Everything else of this module."""
    epoch = commands.add_parser("epoch", help="end an epoch", allow_abbrev=False)
    ends = epoch.add_subparsers(dest="action", required=True, metavar="ACTION")
    destroy = ends.add_parser("destroy", parents=[agreeing], help="list an epoch no longer")
    destroy.add_argument("role")
    destroy.add_argument("epoch", type=_epoch_number)
    report = ends.add_parser("report", parents=[agreeing], help="take members' reports")
    report.add_argument("report", type=Path, nargs="+", metavar="REPORT.json")
    backup = commands.add_parser("backup", parents=[agreeing], help="the root key on paper")
    backup.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    check = commands.add_parser("check-backup", parents=[shared], help="try two sheets")
    back = commands.add_parser("recover", parents=[agreeing], help="the root key from two sheets")
    back.add_argument("--key-sets", type=Path, metavar="FOLDER", help="where the folder is lost")
    for parser in (check, back):
        parser.add_argument("sheet", type=Path, nargs=2, metavar="SHEET.txt")
    other = commands.add_parser("passphrase", parents=[agreeing], help="change the passphrase")
    for parser in (back, other):
        parser.add_argument("--throw-away-keys", action="store_true", help="for demos")

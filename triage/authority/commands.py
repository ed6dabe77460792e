"""`triage authority …`: the ceremonies as commands, each saying first what it will do."""

import argparse
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from crypto.wire.codec import decode_base64url, encode_base64url
from crypto.wire.instance import fingerprint
from crypto.wire.instants import encode_instant
from crypto.wire.key_set import MAX_KEY_SET_LIFE
from crypto.wire.keys import parse_verification_key
from crypto.wire.roles import Role
from triage.authority import later_commands as later
from triage.authority.ceremony import (
    ROOT_PUBLIC_FILE,
    add_acknowledgement_key,
    add_desk,
    add_officer,
    found_authority,
    move_origin,
    remove_officer,
    renew_certificate,
    rotate,
)
from triage.authority.enrolment import MAX_FILE_BYTES, parse_desk, parse_enrolment
from triage.authority.epochs import overdue
from triage.authority.page_commands import PAGE_CEREMONIES, add_page_parsers
from triage.authority.publishing import DEFAULT_DAYS, latest_version, publish
from triage.authority.state import AuthorityState, load_state, role_named
from triage.errors import WrongUseError
from triage.locked_files import MEASURED, THROW_AWAY
from triage.output import Json, Output
from triage.private_files import read_file
from triage.terminal import confirm, read_passphrase

Command = Callable[[argparse.Namespace], Output]
_PROMPT = "Passphrase of the authority"
_MAX_KEY_TEXT_BYTES = 512


def roles_of(text: str) -> frozenset[Role]:
    """Roles by name, joined by commas.

    Raises:
        WrongUseError: none, or one that is no role.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise WrongUseError("want roles such as triage,oversight")
    return frozenset(role_named(name) for name in names)


def _init(arguments: argparse.Namespace) -> Output:
    confirm(
        f"Makes a root key and a directory key in {arguments.home} for {arguments.origin}.",
        agreed=arguments.yes,
    )
    state = found_authority(
        arguments.home,
        origin=arguments.origin,
        names=(arguments.name_zh, arguments.name_en),
        passphrase=read_passphrase(_PROMPT, new=True),
        now=datetime.now(UTC),
        cost=THROW_AWAY if arguments.throw_away_keys else MEASURED,
    )
    mark = fingerprint(state.root_key)
    path = arguments.home / ROOT_PUBLIC_FILE
    return Output(
        {"root_key": str(path), "fingerprint": mark, "origin": state.origin},
        (f"Root key for pinning: {path}", "Publish its fingerprint outside the site:", mark),
    )


def _officer_add(arguments: argparse.Namespace) -> Output:
    enrolment = parse_enrolment(read_file(arguments.enrolment, max_bytes=MAX_FILE_BYTES))
    roles = roles_of(arguments.roles)
    names = ", ".join(role.wire_name for role in sorted(roles))
    confirm(
        f"Lists the officer {enrolment.label} as {names}.\n"
        f"Compare the fingerprint by voice: {enrolment.fingerprint}",
        agreed=arguments.yes,
    )
    officer = add_officer(arguments.home, enrolment, roles)
    return Output(
        {
            "label": officer.label,
            "roles": [role.wire_name for role in sorted(officer.roles)],
            "fingerprint": enrolment.fingerprint,
        },
        (f"{officer.label} is listed as {names}; publish to make it known.",),
    )


def _officer_remove(arguments: argparse.Namespace) -> Output:
    confirm(
        f"Lists the officer {arguments.label} no longer. Found and rotate the desks whose keys"
        " this officer holds.",
        agreed=arguments.yes,
    )
    remove_officer(arguments.home, arguments.label)
    return Output({"removed": arguments.label}, ("Removed; publish to make it known.",))


def _desk_add(arguments: argparse.Namespace) -> Output:
    keys = parse_desk(read_file(arguments.desk, max_bytes=MAX_FILE_BYTES))
    confirm(
        f"Lists the {keys.role.wire_name} desk, epoch {keys.epoch}.\n"
        f"Compare the fingerprint by voice: {keys.fingerprint}",
        agreed=arguments.yes,
    )
    desk = add_desk(arguments.home, keys)
    state = "current" if desk.current else "waiting for rotate"
    return Output(
        {
            "role": desk.role.wire_name,
            "epoch": desk.epoch,
            "current": desk.current,
            "fingerprint": keys.fingerprint,
        },
        (f"The {desk.role.wire_name} desk, epoch {desk.epoch}, is listed: {state}.",),
    )


def _acknowledgement_key_add(arguments: argparse.Namespace) -> Output:
    key = parse_key_text(arguments.key)
    mark = fingerprint(key)
    confirm(
        f"Lists a server's acknowledgement key.\nCompare the fingerprint by voice: {mark}",
        agreed=arguments.yes,
    )
    added = add_acknowledgement_key(arguments.home, key, now=datetime.now(UTC))
    return Output(
        {"fingerprint": mark, "until": encode_instant(added.valid_until)},
        ("The acknowledgement key is listed; publish to make it known.",),
    )


def parse_key_text(text: str) -> bytes:
    """A verification key as `intake acknowledgement-key` prints it, or the file that holds it.

    Raises:
        MalformedTextError, MalformedKeyError: not one.
    """
    path = Path(text)
    try:
        is_file = path.is_file()
    except OSError:
        is_file = False
    if is_file:
        text = read_file(path, max_bytes=_MAX_KEY_TEXT_BYTES).decode("ascii", "replace")
    return parse_verification_key(decode_base64url(text.strip()))


def _rotate(arguments: argparse.Namespace) -> Output:
    role = role_named(arguments.role)
    confirm(
        f"New envelopes for {role.wire_name} go to its newest epoch from the next key set on.",
        agreed=arguments.yes,
    )
    desk = rotate(arguments.home, role)
    return Output(
        {"role": role.wire_name, "epoch": desk.epoch},
        (f"Epoch {desk.epoch} of {role.wire_name} is current; publish to make it known.",),
    )


def _renew(arguments: argparse.Namespace) -> Output:
    confirm("Certifies the directory key for another 400 days.", agreed=arguments.yes)
    state = renew_certificate(
        arguments.home, passphrase=read_passphrase(_PROMPT), now=datetime.now(UTC)
    )
    mark = fingerprint(state.directory_key)
    return Output({"directory_key": mark}, ("Renewed; publish to make it known.",))


def _move(arguments: argparse.Namespace) -> Output:
    confirm(
        f"From the next key set on the service lies at {arguments.origin}; what was sealed for"
        " the old address opens no more at the new one.",
        agreed=arguments.yes,
    )
    state = move_origin(arguments.home, arguments.origin)
    return Output({"origin": state.origin}, ("Moved; publish to make it known.",))


def _publish(arguments: argparse.Namespace) -> Output:
    if not 1 <= arguments.days <= MAX_KEY_SET_LIFE.days:
        raise WrongUseError("SPEC 13.3: a key set is valid for 1 to 14 days")
    version = latest_version(arguments.home) + 1
    confirm(
        f"Signs key set {version}, valid for {arguments.days} days, and writes it to"
        f" {arguments.out}.",
        agreed=arguments.yes,
    )
    made = publish(
        arguments.home,
        arguments.out,
        passphrase=read_passphrase(_PROMPT),
        now=datetime.now(UTC),
        days=arguments.days,
    )
    late = overdue(load_state(arguments.home))
    return Output(
        {
            "version": made.version,
            "hash": encode_base64url(made.hash),
            "valid_until": encode_instant(made.valid_until),
            "key_set": str(made.key_set_file),
            "officers": str(made.officers_file),
            "overdue": later.exposed_json(late),
        },
        (
            f"Key set {made.version}: {made.key_set_file}",
            f"Officers: {made.officers_file}",
            *later.exposed_lines(late),
        ),
    )


def _show(arguments: argparse.Namespace) -> Output:
    state = load_state(arguments.home)
    version = latest_version(arguments.home)
    return Output(_state_json(state, version), tuple(_state_lines(state, version)))


def _state_json(state: AuthorityState, version: int) -> Json:
    return {
        "origin": state.origin,
        "fingerprint": fingerprint(state.root_key),
        "published": version,
        "officers": [
            {
                "label": officer.label,
                "roles": [role.wire_name for role in sorted(officer.roles)],
                "fingerprint": fingerprint(officer.verification_key),
            }
            for officer in state.officers
        ],
        "desks": [
            {
                "role": desk.role.wire_name,
                "epoch": desk.epoch,
                "current": desk.current,
                "fingerprint": fingerprint(desk.verification_key),
            }
            for desk in state.desks
        ],
        "acknowledgement_keys": [
            {
                "fingerprint": fingerprint(key.verification_key),
                "until": encode_instant(key.valid_until),
            }
            for key in state.acknowledgement_keys
        ],
        "overdue": later.exposed_json(overdue(state)),
        "destroyed": [later.destroyed_json(each) for each in state.destroyed],
    }


def _state_lines(state: AuthorityState, version: int) -> list[str]:
    lines = [
        f"{state.name_zh} · {state.name_en}",
        f"Service: {state.origin}",
        f"Root fingerprint: {fingerprint(state.root_key)}",
        f"Last key set published: {version or 'none'}",
        "Officers:",
    ]
    for officer in state.officers:
        names = ", ".join(role.wire_name for role in sorted(officer.roles))
        lines.append(f"  {officer.label}: {names}")
    lines.append("Desks:")
    for desk in state.desks:
        mark = " (current)" if desk.current else ""
        lines.append(f"  {desk.role.wire_name}, epoch {desk.epoch}{mark}")
    lines.append(f"Acknowledgement keys: {len(state.acknowledgement_keys)}")
    if state.destroyed:
        lines.append("Destroyed epochs:")
        lines += [f"  {later.destroyed_line(each)}" for each in state.destroyed]
    return lines + later.exposed_lines(overdue(state))


CEREMONIES: Mapping[str, Command] = MappingProxyType(
    {
        "init": _init,
        "officer add": _officer_add,
        "officer remove": _officer_remove,
        "desk add": _desk_add,
        "acknowledgement-key add": _acknowledgement_key_add,
        "rotate": _rotate,
        "renew": _renew,
        "move": _move,
        "publish": _publish,
        "show": _show,
        **later.LATER_CEREMONIES,
        **PAGE_CEREMONIES,
    }
)


def add_parsers(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    shared: argparse.ArgumentParser,
) -> None:
    """Add every ceremony below `triage authority`."""
    agreeing = argparse.ArgumentParser(add_help=False, parents=[shared])
    agreeing.add_argument("--yes", action="store_true", help="do it without asking")
    init = commands.add_parser("init", parents=[agreeing], help="make root and directory key")
    init.add_argument("--origin", required=True, metavar="URL")
    init.add_argument("--name-zh", required=True, metavar="TEXT")
    init.add_argument("--name-en", required=True, metavar="TEXT")
    init.add_argument("--throw-away-keys", action="store_true", help="for demos: cheap passphrases")
    officer = _group(commands, "officer", "list or remove officers")
    add = officer.add_parser("add", parents=[agreeing], help="list an officer with roles")
    add.add_argument("enrolment", type=Path, metavar="ENROLMENT.json")
    add.add_argument("--roles", required=True, metavar="ROLE,…")
    remove = officer.add_parser("remove", parents=[agreeing], help="list an officer no longer")
    remove.add_argument("label")
    later.add_officer_parsers(officer, agreeing)
    desk = _group(commands, "desk", "list desks")
    add = desk.add_parser("add", parents=[agreeing], help="list a desk's new epoch")
    add.add_argument("desk", type=Path, metavar="DESK.json")
    key = _group(commands, "acknowledgement-key", "list the server's acknowledgement keys")
    add = key.add_parser("add", parents=[agreeing], help="list a key")
    add.add_argument("key", metavar="KEYTEXT", help="what the server printed, or its file")
    turn = commands.add_parser("rotate", parents=[agreeing], help="make the newest epoch current")
    turn.add_argument("role")
    commands.add_parser("renew", parents=[agreeing], help="certify the directory key anew")
    move = commands.add_parser("move", parents=[agreeing], help="change the service's address")
    move.add_argument("origin", metavar="URL")
    sign = commands.add_parser("publish", parents=[agreeing], help="sign the next key set")
    sign.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    sign.add_argument("--days", type=int, default=DEFAULT_DAYS)
    commands.add_parser("show", parents=[shared], help="what is listed now")
    later.add_parsers(commands, agreeing, shared)
    add_page_parsers(commands, shared, agreeing)


def _group(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, purpose: str
) -> "argparse._SubParsersAction[argparse.ArgumentParser]":
    parser = commands.add_parser(name, help=purpose, allow_abbrev=False)
    return parser.add_subparsers(dest="action", required=True, metavar="ACTION")


def run(arguments: argparse.Namespace) -> Output:
    """Carry out the ceremony that was named."""
    action = getattr(arguments, "action", None)
    name = f"{arguments.ceremony} {action}" if action else arguments.ceremony
    return CEREMONIES[name](arguments)

"""An officer's commands: keys, trust, grants, syncing, reading."""

import argparse
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from crypto.wire.grant import GRANT_BYTES
from crypto.wire.instance import fingerprint
from crypto.wire.roles import Role
from triage.authority.state import role_named
from triage.courier.https import Courier
from triage.errors import EXIT_REFUSED, NoSuchThingError, ServerUnavailableError
from triage.locked_files import MEASURED, THROW_AWAY
from triage.output import Output
from triage.private_files import read_file, write_new_file
from triage.register.reading import Filter
from triage.terminal import confirm, read_passphrase, tell
from triage.workstation import file_commands, grants
from triage.workstation.home import Home
from triage.workstation.keyring import Keyring, enrol, found_desk, unlock
from triage.workstation.parting import passphrase, withdraw
from triage.workstation.presenting import (
    quarantined_output,
    report_output,
    summaries_output,
)
from triage.workstation.reply_command import reply, written
from triage.workstation.session import Session, Workstation
from triage.workstation.sync import FEED_ROLES
from triage.workstation.trust import Trust, courier_of, load_trust, parse_root, pin, refresh

Command = Callable[[argparse.Namespace], Output]
_PROMPT = "Your passphrase"
_MAX_ROOT_BYTES = 512


def _home(arguments: argparse.Namespace) -> Home:
    return Home(arguments.home)


def _keyring(arguments: argparse.Namespace) -> Keyring:
    home = _home(arguments)
    home.enrolment()
    return unlock(home, read_passphrase(_PROMPT))


def _session(arguments: argparse.Namespace) -> Session:
    return Workstation.open(arguments.home).unlock(read_passphrase(_PROMPT))


def _enrol(arguments: argparse.Namespace) -> Output:
    cost = THROW_AWAY if arguments.throw_away_keys else MEASURED
    home = _home(arguments)
    enrolment = enrol(home, arguments.label, read_passphrase(_PROMPT, new=True), cost)
    return Output(
        {
            "enrolment": str(home.enrolment_file),
            "label": enrolment.label,
            "fingerprint": enrolment.fingerprint,
        },
        (
            f"Hand this file to the authority: {home.enrolment_file}",
            "and read it your fingerprint by voice:",
            enrolment.fingerprint,
        ),
    )


def _next_epoch(keyring: Keyring, role: Role) -> int:
    """The epoch after the newest that the trusted key set lists, 1 before there is one."""
    try:
        desks = load_trust(keyring.home).key_set.body.desks
    except NoSuchThingError:
        return 1
    return 1 + max((desk.epoch for desk in desks if desk.role is role), default=0)


def _ask_if_unlisted(keyring: Keyring, role: Role, *, agreed: bool) -> None:
    """Founding precedes listing, so it is not refused; but it should be no mistake.

    Raises:
        WrongUseError: the known key set lists this officer without the role, and nobody agreed.
    """
    try:
        trust = load_trust(keyring.home)
        listed = trust.require_officers().officers
    except NoSuchThingError:
        return
    if any(each.officer_id == keyring.officer_id and role in each.roles for each in listed):
        return
    confirm(
        f"Key set {trust.key_set.version} does not list you for the {role.wire_name} desk. Make its"
        " keys here only if the authority is going to list you for it.",
        agreed=agreed,
    )


def _found(arguments: argparse.Namespace) -> Output:
    role = role_named(arguments.role)
    keyring = _keyring(arguments)
    _ask_if_unlisted(keyring, role, agreed=arguments.yes)
    epoch = arguments.epoch or _next_epoch(keyring, role)
    keys = found_desk(keyring, role, epoch)
    path = keyring.home.desk_file(role, epoch)
    return Output(
        {
            "desk": str(path),
            "role": role.wire_name,
            "epoch": epoch,
            "fingerprint": keys.fingerprint,
        },
        (
            f"The {role.wire_name} desk, epoch {epoch}, was made here; its seed stays here.",
            f"Hand this file to the authority: {path}",
            "and read it the fingerprint by voice:",
            keys.fingerprint,
        ),
    )


def read_root(text: str) -> bytes:
    """A root key: its text, or the file that holds it.

    Raises:
        MalformedNoteError, MalformedKeyError: not one.
    """
    path = Path(text)
    try:
        is_file = path.is_file()
    except OSError:
        is_file = False
    if is_file:
        text = read_file(path, max_bytes=_MAX_ROOT_BYTES).decode("ascii", "replace")
    return parse_root(text)


def _trust(arguments: argparse.Namespace) -> Output:
    root_key = read_root(arguments.root)
    mark = fingerprint(root_key)
    courier = Courier(arguments.server)
    confirm(
        f"Pins this root for {courier.server_url}; compare it with what the authority published:\n"
        f"{mark}",
        agreed=arguments.yes,
    )
    try:
        trust = pin(_home(arguments), root_key, courier, datetime.now(UTC))
    finally:
        courier.close()
    return Output(
        {
            "server_url": trust.server_url,
            "fingerprint": mark,
            "version": trust.key_set.version,
            "origin": trust.key_set.body.origin,
        },
        (f"Pinned, with key set {trust.key_set.version}.",),
    )


def _refreshed(keyring: Keyring, courier: Courier) -> Trust:
    return refresh(keyring.home, courier, keyring, datetime.now(UTC))


def _grant(arguments: argparse.Namespace) -> Output:
    role = role_named(arguments.role)
    keyring = _keyring(arguments)
    courier = courier_of(load_trust(keyring.home))
    try:
        trust = _refreshed(keyring, courier)
        epoch, everyone = arguments.epoch, arguments.everyone
        made = (
            grants.grants_for_everyone(role, epoch=epoch, granter=keyring, trust=trust)
            if everyone
            else grants.grants_for(role, arguments.to, epoch=epoch, granter=keyring, trust=trust)
        )
        receivers = "every other member" if everyone else arguments.to
        confirm(
            f"Passes the {role.wire_name} desk's keys to {receivers}: {len(made)} grant(s).",
            agreed=arguments.yes,
        )
        if arguments.out is not None:
            write_new_file(arguments.out, b"".join(made))
        else:
            for raw in made:
                grants.post_grant(raw, courier=courier, granter=keyring, trust=trust)
    finally:
        courier.close()
    place = "on the server" if arguments.out is None else f"in {arguments.out}"
    return Output(
        {
            "role": role.wire_name,
            "to": arguments.to,
            "granted": len(made),
            "file": None if arguments.out is None else str(arguments.out),
        },
        (f"{len(made)} grant(s) for {receivers} lie {place}.",),
    )


def _receive(arguments: argparse.Namespace) -> Output:
    keyring = _keyring(arguments)
    courier = courier_of(load_trust(keyring.home))
    try:
        trust = _refreshed(keyring, courier)
        if arguments.file is not None:
            held = read_file(arguments.file, max_bytes=grants.MAX_GRANTS * GRANT_BYTES)
            found = grants.split_grants(held)
        else:
            found = grants.fetch_grants(courier=courier, receiver=keyring, trust=trust)
    finally:
        courier.close()
    desks = [grants.open_grant(raw, receiver=keyring, trust=trust) for raw in found]
    new = [desk for desk in desks if not keyring.holds(desk.role, desk.epoch)]
    if any(desk.role in FEED_ROLES for desk in new):
        session = Session(keyring)
        session.scan_again()
        session.close()
    kept = [desk for desk in new if keyring.keep_desk(desk)]
    return Output(
        {"received": [{"role": desk.role.wire_name, "epoch": desk.epoch} for desk in kept]},
        tuple(f"Received: {desk.role.wire_name} desk, epoch {desk.epoch}" for desk in kept)
        or ("No new grant.",),
    )


def _sync(arguments: argparse.Namespace) -> Output:
    session = _session(arguments)
    try:
        result = session.sync(processes=arguments.processes)
    finally:
        session.close()
    lines = [f"{result.new} new: {result.opened} opened, {result.quarantined} quarantined"]
    lines += [f"Noted: {problem}" for problem in result.problems]
    return Output(
        {"new": result.new, "opened": result.opened, "quarantined": result.quarantined},
        tuple(lines),
        EXIT_REFUSED if result.problems else 0,
    )


def _list(arguments: argparse.Namespace) -> Output:
    session = _session(arguments)
    which = Filter(
        unread=True if arguments.unread else None,
        category=arguments.category,
        urgency=arguments.urgency,
        withdrawn=arguments.withdrawn,
    )
    try:
        found = session.every_report(which)
    finally:
        session.close()
    return summaries_output(found)


def _search(arguments: argparse.Namespace) -> Output:
    session = _session(arguments)
    try:
        found = session.every_report(Filter(said=" ".join(arguments.text)), limit=arguments.limit)
    finally:
        session.close()
    return summaries_output(found)


def _show(arguments: argparse.Namespace) -> Output:
    session = _session(arguments)
    try:
        report = session.report(arguments.ref)
        session.mark_read(report.ref)
        try:
            problems = session.send_waiting()
        except ServerUnavailableError:
            problems = (ServerUnavailableError.__name__,)
        if problems:
            tell("triage: the reporter is told by the next sync that this was opened")
    finally:
        session.close()
    return report_output(report)


def _quarantined(arguments: argparse.Namespace) -> Output:
    session = _session(arguments)
    try:
        return quarantined_output(session.quarantined())
    finally:
        session.close()


def _notices(arguments: argparse.Namespace) -> Output:
    session = _session(arguments)
    try:
        found = session.notices()
    finally:
        session.close()
    return Output(
        [{"kind": notice.kind.value, "subject": notice.subject} for notice in found],
        tuple(f"{notice.kind.value}: {notice.subject}" for notice in found)
        or ("Nothing is wrong.",),
    )


def _with_session(work: Callable[[Session, argparse.Namespace], Output]) -> Command:
    """A command that needs nothing but an unlocked session."""

    def run(arguments: argparse.Namespace) -> Output:
        session = _session(arguments)
        try:
            return work(session, arguments)
        finally:
            session.close()

    return run


def _note(arguments: argparse.Namespace) -> Output:
    text = written(arguments.text_file)
    session = _session(arguments)
    try:
        ref = session.report(arguments.ref).ref
        session.add_note(ref, text)
        notes = len(session.report(ref).notes)
    finally:
        session.close()
    words = f"Noted about {ref} on this workstation; the reporter is not told."
    return Output({"ref": ref, "noted": True, "notes": notes}, (words,))


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "enrol": _enrol,
        "found": _found,
        "trust": _trust,
        "grant": _grant,
        "receive": _receive,
        "withdraw": withdraw,
        "passphrase": passphrase,
        "sync": _sync,
        "list": _list,
        "search": _search,
        "show": _show,
        "note": _note,
        "reply": _with_session(reply),
        "fetch": _with_session(file_commands.fetch),
        "forget": _with_session(file_commands.forget),
        "export": _with_session(file_commands.write_out),
        "quarantined": _quarantined,
        "notices": _notices,
    }
)

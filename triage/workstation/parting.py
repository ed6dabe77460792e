"""Parting with keys: `triage withdraw` and `triage passphrase`.

A seed that is deleted here must not come back from the server with the next sync, so the grants of
its epoch go there too. Source: DESIGN §3; SPEC §24.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from crypto.signing.trust import verify_key_set
from crypto.wire.key_set import MAX_KEY_SET_BYTES, KeySet, parse_key_set
from crypto.wire.roles import Role
from triage.authority.seed_reports import SeedReport
from triage.authority.state import role_named
from triage.courier.https import Courier
from triage.errors import (
    NoSuchThingError,
    NotAdmittedError,
    ServerUnavailableError,
    WrongUseError,
)
from triage.locked_files import MEASURED, THROW_AWAY, change_passphrase
from triage.output import Output
from triage.private_files import only_one, replace_file
from triage.register.database import Database
from triage.terminal import confirm, read_new_passphrase, read_passphrase, tell
from triage.workstation import grants
from triage.workstation.home import Home
from triage.workstation.keyring import Keyring, unlock
from triage.workstation.sync import FEED_ROLES
from triage.workstation.trust import (
    KEY_SETS_PATH,
    Trust,
    courier_of,
    load_trust,
    refresh,
)

_PROMPT: Final = "Your passphrase"


def _keyring(home: Home) -> Keyring:
    home.enrolment()
    return unlock(home, read_passphrase(_PROMPT))


def withdraw(arguments: argparse.Namespace) -> Output:
    """Delete a desk's key here, or grants on the server.

    Raises:
        WrongUseError: not exactly one of the three ways.
    """
    ways = (arguments.role is not None, arguments.to is not None, arguments.unlisted)
    if sum(ways) != 1 or (arguments.role is not None) != (arguments.epoch is not None):
        raise WrongUseError("want ROLE with --epoch, or --to OFFICER, or --unlisted")
    if arguments.report is not None and arguments.role is None:
        raise WrongUseError("a report is about one ROLE and --epoch")
    if arguments.role is None:
        return _withdraw_grants(arguments)
    role = role_named(arguments.role)
    keyring = _keyring(Home(arguments.home))
    if arguments.report is not None:
        return _report_gone(keyring, role, arguments)
    return _withdraw_seed(keyring, role, arguments)


def _withdraw_grants(arguments: argparse.Namespace) -> Output:
    keyring = _keyring(Home(arguments.home))
    receivers = "everybody whom the key set does not list" if arguments.unlisted else arguments.to
    confirm(f"Deletes on the server the grants for {receivers}.", agreed=arguments.yes)
    courier = courier_of(load_trust(keyring.home))
    try:
        trust = refresh(keyring.home, courier, keyring, datetime.now(UTC))
        if arguments.unlisted:
            grants.withdraw_unlisted(courier=courier, signer=keyring, trust=trust)
        else:
            grants.withdraw_given(arguments.to, courier=courier, granter=keyring, trust=trust)
    finally:
        courier.close()
    return Output(
        {"withdrawn": True, "to": arguments.to, "unlisted": arguments.unlisted},
        ("Deleted on the server. What was received already stays where it is.",),
    )


def _withdraw_seed(keyring: Keyring, role: Role, arguments: argparse.Namespace) -> Output:
    confirm(
        f"Deletes the key of the {role.wire_name} desk, epoch {arguments.epoch}, from this"
        " workstation, and its grant from the server. Copies that other members hold stay theirs.",
        agreed=arguments.yes,
    )
    found = _withdraw_received(keyring, role, arguments.epoch)
    if keyring.holds(role, arguments.epoch) or not found:
        keyring.forget_desk(role, arguments.epoch)
    return Output(
        {"role": role.wire_name, "epoch": arguments.epoch, "withdrawn": True},
        ("Deleted from this workstation.",),
    )


def _withdraw_received(keyring: Keyring, role: Role, epoch: int) -> int:
    """How many grants of the epoch lay on the server; 0 where it could not be asked."""
    try:
        trust = load_trust(keyring.home)
    except NoSuchThingError:
        return 0
    courier = courier_of(trust)
    try:
        return grants.withdraw_received(role, epoch, courier=courier, receiver=keyring, trust=trust)
    except (ServerUnavailableError, NotAdmittedError):
        tell("triage: the server was not asked; a grant that lies there brings the key back")
        return 0
    finally:
        courier.close()


def _report_gone(keyring: Keyring, role: Role, arguments: argparse.Namespace) -> Output:
    """Delete a destroyed epoch's seed everywhere that this officer reaches, and say so signed."""
    epoch, file = arguments.epoch, arguments.report
    confirm(
        f"Deletes the key of the {role.wire_name} desk, epoch {epoch}, from this workstation and"
        f" the server, and writes a signed statement that it is gone to {file}. Sign it only if"
        " you hold no other copy.",
        agreed=arguments.yes,
    )
    courier = courier_of(load_trust(keyring.home))
    try:
        trust = _followed(keyring, courier)
        if trust.key_set.desk(role, epoch) is not None:
            raise WrongUseError("the key set still lists this epoch: the authority destroys it")
        _refuse_while_needed(keyring, courier, trust, role, epoch)
        if trust.officers is not None:
            grants.withdraw_received(role, epoch, courier=courier, receiver=keyring, trust=trust)
    finally:
        courier.close()
    if keyring.holds(role, epoch):
        keyring.forget_desk(role, epoch)
    report = SeedReport(role, epoch, datetime.now(UTC), keyring.pair.verification_key)
    replace_file(file, report.encode(keyring.signing, trust.instance))
    return Output(
        {"role": role.wire_name, "epoch": epoch, "withdrawn": True, "report": str(file)},
        (f"The key is gone from here. Hand this file to the authority: {file}",),
    )


def _followed(keyring: Keyring, courier: Courier) -> Trust:
    """The newest key set, also for an officer whom it does not list."""
    try:
        return refresh(keyring.home, courier, keyring, datetime.now(UTC))
    except NotAdmittedError:
        return load_trust(keyring.home)


def _refuse_while_needed(
    keyring: Keyring, courier: Courier, trust: Trust, role: Role, epoch: int
) -> None:
    """Live cases are not sealed anew, so their epoch stays until they are destroyed.

    Raises:
        WrongUseError: the register holds cases whose reports were sealed to this epoch.
    """
    if role not in FEED_ROLES:
        return
    database = Database(keyring.home.register_file(trust.instance), keyring.register_key())
    try:
        rows = database.rows(
            "SELECT key_set_version, count(DISTINCT case_ref) FROM documents"
            " JOIN cases USING (case_ref) GROUP BY key_set_version"
        )
    finally:
        database.close()
    cases = 0
    for version, count in rows:
        desk = _key_set_of(courier, trust, version).current_desk(role)
        cases += count if desk is not None and desk.epoch == epoch else 0
    if cases:
        raise WrongUseError(f"{cases} case(s) here need this epoch: destroy them first")


def _key_set_of(courier: Courier, trust: Trust, version: int) -> KeySet:
    if version == trust.key_set.version:
        return trust.key_set
    raw = courier.get(f"{KEY_SETS_PATH}/{version}", max_bytes=MAX_KEY_SET_BYTES)
    return verify_key_set(parse_key_set(raw), trust.root_key, now=None)


def passphrase(arguments: argparse.Namespace) -> Output:
    """Lock the officer's seed with another passphrase; the old file is gone at that moment."""
    home = Home(arguments.home)
    home.enrolment()
    confirm(
        "Locks your key with another passphrase. Backups of the old file still open with the old"
        " one: destroy them.",
        agreed=arguments.yes,
    )
    cost = THROW_AWAY if arguments.throw_away_keys else MEASURED
    old = read_passphrase(_PROMPT)
    new = read_new_passphrase("Your new passphrase")
    with only_one(home.keyring_lock):
        change_passphrase(home.seed_file, old, new, cost)
    return Output({"changed": True}, ("Your key has the new passphrase.",))


def add_parsers(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    shared: argparse.ArgumentParser,
) -> None:
    """`triage withdraw` and `triage passphrase`."""
    parting = commands.add_parser(
        "withdraw", parents=[shared], help="delete a desk's key here, or grants on the server"
    )
    parting.add_argument("role", nargs="?")
    parting.add_argument("--epoch", type=int)
    parting.add_argument("--report", type=Path, metavar="FILE", help="say signed that it is gone")
    parting.add_argument("--to", metavar="OFFICER", help="what you granted to this officer")
    parting.add_argument("--unlisted", action="store_true", help="of all who are not listed")
    other = commands.add_parser("passphrase", parents=[shared], help="change your passphrase")
    other.add_argument("--throw-away-keys", action="store_true", help="for demos")
    for command in (parting, other):
        command.add_argument("--yes", action="store_true", help="do it without asking")

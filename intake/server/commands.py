"""The server's commands: serve, acknowledgement-key, install-key-set, install-offline-page."""

import argparse
import os
import sys
from pathlib import Path

from crypto.errors import SealedIntakeError
from crypto.wire.codec import encode_base64url
from crypto.wire.instants import encode_instant
from crypto.wire.strict_json import encode_json
from intake.exit_codes import ExitCode
from intake.server.config import ConfigError, Settings, load_settings
from intake.server.errors import ServerError, StartError, StoreFullError, StoreUnavailableError
from intake.server.face import utc_now
from intake.server.key_sets import KeySets, install_key_set, read_root_key
from intake.server.offline_page import install_offline_page
from intake.server.secret_files import make_acknowledgement_key
from intake.server.serve import serve


def run(arguments: argparse.Namespace) -> ExitCode:
    """Run one of the server's commands."""
    try:
        return _run(arguments)
    except (ConfigError, StartError) as error:
        return _end(ExitCode.WRONG_USE, str(error))
    except SealedIntakeError as error:
        return _end(ExitCode.REFUSED, f"{type(error).__name__}: {error}")
    except (StoreUnavailableError, StoreFullError) as error:
        return _end(ExitCode.UNAVAILABLE, str(error))
    except ServerError as error:
        return _end(ExitCode.UNFORESEEN, str(error))


def _run(arguments: argparse.Namespace) -> ExitCode:
    environment = dict(os.environ)
    if arguments.data_dir is not None:
        environment["INTAKE_DATA_DIR"] = str(arguments.data_dir)
    if arguments.command == "acknowledgement-key" and "INTAKE_ROOT_KEY" not in environment:
        environment["INTAKE_ROOT_KEY"] = "none"  # Needed for everything but this.
    file = arguments.config or environment.get("INTAKE_CONFIG") or None
    settings = load_settings(Path(file) if file else None, environment)
    if arguments.command == "serve":
        serve(settings)
        return ExitCode.DONE
    if arguments.command == "acknowledgement-key":
        key = encode_base64url(make_acknowledgement_key(settings.data_dir).verification_key)
        _say(arguments, {"verification_key": key}, key)
        return ExitCode.DONE
    if arguments.command == "install-offline-page":
        return _install_page(arguments, settings)
    return _install(arguments, settings)


def _install_page(arguments: argparse.Namespace, settings: Settings) -> ExitCode:
    key_sets = KeySets(settings.data_dir, read_root_key(settings.root_key), utc_now)
    key_sets.load()
    try:
        installed = install_offline_page(
            settings.data_dir, arguments.page, arguments.note, key_sets
        )
    except FileNotFoundError:
        return _end(ExitCode.NO_SUCH_THING, "there is no such file")
    until = encode_instant(installed.note.valid_until)
    digest = installed.note.sha256.hex()
    document: dict[str, str | int] = {
        "sha256": digest,
        "key_set_version": installed.note.key_set_version,
        "valid_until": until,
    }
    _say(arguments, document, f"offline page {digest} installed; it is offered until {until}")
    return ExitCode.DONE


def _install(arguments: argparse.Namespace, settings: Settings) -> ExitCode:
    try:
        raw = arguments.key_set.read_bytes()
        officers = arguments.officers.read_text(encoding="utf-8") if arguments.officers else ""
    except FileNotFoundError:
        return _end(ExitCode.NO_SUCH_THING, "there is no such file")
    except (OSError, UnicodeDecodeError):
        return _end(ExitCode.WRONG_USE, "a file cannot be read")
    root_key = read_root_key(settings.root_key)
    version = install_key_set(settings.data_dir, root_key, raw, officers)
    _say(arguments, {"version": version}, f"key set {version} installed")
    return ExitCode.DONE


def _say(arguments: argparse.Namespace, document: dict[str, str | int], text: str) -> None:
    line = encode_json(document).decode() if arguments.json else text
    sys.stdout.write(f"{line}\n")


def _end(code: ExitCode, reason: str) -> ExitCode:
    sys.stderr.write(f"intake: {reason}\n")
    return code

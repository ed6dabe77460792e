"""`intake verify-page`: is an offline page the one that the authority signed? Source: SPEC 13.8."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from crypto.errors import MalformedKeySetError, SealedIntakeError
from crypto.signing.trust import verify_offline_page
from crypto.wire.instants import encode_instant
from crypto.wire.offline_page import (
    MAX_OFFLINE_PAGE_BYTES,
    MAX_PUBLISHED_BYTES,
    parse_offline_page_note,
)
from crypto.wire.strict_json import JsonObject
from intake.client.input_output import pinned_root, say
from intake.exit_codes import ExitCode


def _read(path: Path, max_bytes: int) -> bytes:
    with path.open("rb") as file:
        raw = file.read(max_bytes + 1)
    if len(raw) > max_bytes:
        raise MalformedKeySetError(f"SPEC 13.8: want at most {max_bytes} bytes")
    return raw


def verify_page(arguments: argparse.Namespace) -> ExitCode:
    """Verify a page by its note and the root key alone.

    Raises:
        SealedIntakeError: Refused.
        OSError: A file cannot be read.
    """
    root_key = pinned_root(arguments.root)
    page = _read(arguments.page, MAX_OFFLINE_PAGE_BYTES)
    raw_note = _read(arguments.note, MAX_PUBLISHED_BYTES)
    try:
        note = verify_offline_page(
            page, parse_offline_page_note(raw_note), root_key, now=datetime.now(UTC)
        )
    except SealedIntakeError:
        if arguments.json:
            say(arguments, {"valid": False}, "")
        raise
    until = encode_instant(note.valid_until)
    document: JsonObject = {
        "valid": True,
        "sha256": note.sha256.hex(),
        "key_set_version": note.key_set_version,
        "valid_until": until,
    }
    say(arguments, document, f"Valid. The page seals until {until}. SHA-256: {note.sha256.hex()}")
    return ExitCode.DONE

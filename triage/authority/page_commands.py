"""`triage authority offline-page` and `sign-offline-page`."""

import argparse
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from crypto.wire.instants import encode_instant
from crypto.wire.key_set import MAX_KEY_SET_BYTES
from crypto.wire.offline_page import MAX_OFFLINE_PAGE_BYTES
from triage.authority.offline_page import (
    HOTLINE,
    MAX_FILE_BYTES,
    MAX_FILES,
    OfflinePage,
    PageTexts,
    fill_template,
    read_page,
    sign_page,
)
from triage.authority.publishing import PUBLISHED_FOLDER, latest_version, version_name
from triage.authority.state import load_state
from triage.errors import NoSuchThingError
from triage.output import Json, Output
from triage.private_files import PUBLIC, read_file, replace_file
from triage.terminal import confirm, read_passphrase

NOTE_SUFFIX: Final = ".note"
_PROMPT: Final = "Passphrase of the authority"


def _newest_key_set(home: Path) -> Path:
    version = latest_version(home)
    if version == 0:
        raise NoSuchThingError("no key set was published yet")
    return home / PUBLISHED_FOLDER / f"{version_name(version)}.json"


def _said(page: OfflinePage) -> dict[str, Json]:
    return {
        "sha256": page.sha256.hex(),
        "key_set_version": page.key_set.version,
        "valid_until": encode_instant(page.key_set.body.valid_until),
    }


def _fill(arguments: argparse.Namespace) -> Output:
    key_set = arguments.key_set or _newest_key_set(arguments.home)
    page = fill_template(
        arguments.home,
        read_file(arguments.template, max_bytes=MAX_OFFLINE_PAGE_BYTES),
        read_file(key_set, max_bytes=MAX_KEY_SET_BYTES),
        PageTexts(
            arguments.fingerprint_published_zh,
            arguments.fingerprint_published_en,
            arguments.hotline,
            arguments.max_files,
            arguments.max_file_bytes,
        ),
        now=datetime.now(UTC),
    )
    replace_file(arguments.out, page.raw, PUBLIC)
    return Output(
        {"page": str(arguments.out), **_said(page)},
        (
            f"Offline page with key set {page.key_set.version}: {arguments.out}",
            "Make it on a second machine too; both must give this SHA-256:",
            page.sha256.hex(),
        ),
    )


def _sign(arguments: argparse.Namespace) -> Output:
    now = datetime.now(UTC)
    raw = read_file(arguments.page, max_bytes=MAX_OFFLINE_PAGE_BYTES)
    page = read_page(load_state(arguments.home), raw, now=now)
    until = encode_instant(page.key_set.body.valid_until)
    confirm(
        f"Signs the offline page with key set {page.key_set.version}, which seals until {until}."
        f"\nCompare its SHA-256 with a second machine's: {page.sha256.hex()}",
        agreed=arguments.yes,
    )
    note = sign_page(arguments.home, raw, passphrase=read_passphrase(_PROMPT), now=now)
    out = arguments.note or arguments.page.with_name(arguments.page.name + NOTE_SUFFIX)
    replace_file(out, note, PUBLIC)
    return Output(
        {"note": str(out), **_said(page)},
        (
            f"Signed: {out}",
            "Publish page and note, and this SHA-256 outside the site:",
            page.sha256.hex(),
        ),
    )


PAGE_CEREMONIES: Final[Mapping[str, Callable[[argparse.Namespace], Output]]] = MappingProxyType(
    {"offline-page": _fill, "sign-offline-page": _sign}
)


def add_page_parsers(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    shared: argparse.ArgumentParser,
    agreeing: argparse.ArgumentParser,
) -> None:
    """Add both below `triage authority`."""
    fill = commands.add_parser(
        "offline-page", parents=[shared], help="fill in the page that seals without a network"
    )
    fill.add_argument("--template", type=Path, required=True, metavar="FILE", help="of the build")
    fill.add_argument("--key-set", type=Path, metavar="FILE", help="instead of the newest")
    fill.add_argument("--out", type=Path, required=True, metavar="FILE")
    fill.add_argument("--hotline", default=HOTLINE, metavar="TEXT")
    fill.add_argument("--max-files", type=int, default=MAX_FILES, metavar="N")
    fill.add_argument("--max-file-bytes", type=int, default=MAX_FILE_BYTES, metavar="BYTES")
    for language in ("zh", "en"):
        fill.add_argument(
            f"--fingerprint-published-{language}",
            default="",
            metavar="TEXT",
            help="where the root's fingerprint is published",
        )
    sign = commands.add_parser("sign-offline-page", parents=[agreeing], help="sign a filled page")
    sign.add_argument("page", type=Path, metavar="FILE")
    sign.add_argument("--note", type=Path, metavar="FILE", help="instead of FILE.note")

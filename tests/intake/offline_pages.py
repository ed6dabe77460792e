"""An offline page as an operator gets it from the authority."""

from dataclasses import dataclass
from pathlib import Path

from intake.server.key_sets import KeySets
from intake.server.offline_page import InstalledPage, install_offline_page
from tests.intake.processes import Installation

PAGE = b"<!doctype html>\n<title>sealed</title>\n" + b"<p>the same for everyone</p>\n" * 100


@dataclass(frozen=True)
class HandedOut:
    """The two files."""

    page: Path
    note: Path


def hand_out(installation: Installation, folder: Path, page: bytes = PAGE) -> HandedOut:
    """Page and note of the installation's own authority."""
    files = HandedOut(folder / "page.html", folder / "page.note")
    files.page.write_bytes(page)
    note = installation.authority.offline_page_note(page, installation.publication)
    files.note.write_bytes(note)
    return files


def install_page(installation: Installation, files: HandedOut) -> InstalledPage:
    """As the command does."""
    authority = installation.authority
    key_sets = KeySets(
        installation.data_dir, authority.root.verification_key, lambda: authority.now
    )
    key_sets.load()
    return install_offline_page(installation.data_dir, files.page, files.note, key_sets)

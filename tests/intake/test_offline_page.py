"""The offline page on the server: verified, offered in its time, refused otherwise (API 8)."""

import gzip
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crypto.errors import SealedIntakeError
from crypto.wire.offline_page import MAX_OFFLINE_PAGE_BYTES
from intake.server.errors import StartError
from intake.server.offline_page import (
    NOTE_NAME,
    OFFLINE_FOLDER,
    PAGE_NAME,
    SECONDS_BETWEEN_LOOKS,
    OfflinePages,
)
from tests.intake.authority import Authority
from tests.intake.offline_pages import PAGE, HandedOut, hand_out, install_page
from tests.intake.processes import Installation, Running, serving
from tests.intake.test_client import intake

LOOKED_AGAIN_SECONDS = SECONDS_BETWEEN_LOOKS + 0.5


@pytest.fixture
def files(installation: Installation, tmp_path: Path) -> HandedOut:
    """What the authority handed out."""
    return hand_out(installation, tmp_path)


def offered(installation: Installation, now: datetime) -> bytes | None:
    """What a server that starts now would hand out."""
    root_key = installation.authority.root.verification_key
    found = OfflinePages(installation.data_dir, root_key, lambda: now).current()
    return None if found is None else found.raw


def test_an_installed_page_is_offered_as_a_download(
    installation: Installation, files: HandedOut, tmp_path: Path
) -> None:
    """API 2: its bytes as signed, to be saved; it never runs with this site's origin."""
    install_page(installation, files)
    with serving(installation, tmp_path / "log") as server:
        page = server.request("GET", "/offline.html")
        packed = server.request("GET", "/offline.html", headers={"Accept-Encoding": "gzip"})
        note = server.request("GET", "/offline.html.note")

    assert (page.status, page.data) == (200, PAGE)
    assert page.headers["Content-Disposition"] == "attachment; filename=offline.html"
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert (packed.headers["Content-Encoding"], packed.data) == ("gzip", PAGE)
    assert (note.status, note.data) == (200, files.note.read_bytes())
    assert note.headers["Content-Disposition"] == "attachment; filename=offline.html.note"


def test_a_page_installed_later_is_offered_without_a_restart(
    server: Running, tmp_path: Path
) -> None:
    """API 8: as key sets are; before that both languages say that there is none."""
    before = server.request("GET", "/offline.html")
    before_note = server.request("GET", "/offline.html.note")

    install_page(server.installation, hand_out(server.installation, tmp_path))
    time.sleep(LOOKED_AGAIN_SECONDS)
    first = server.request("GET", "/offline.html").data
    install_page(server.installation, hand_out(server.installation, tmp_path, PAGE + b"<p>"))
    time.sleep(LOOKED_AGAIN_SECONDS)

    assert (before.status, before_note.status) == (404, 404)
    assert before.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "没有可以下载的离线页面".encode() in before.data
    assert b"no offline page to download" in before.data
    assert first == PAGE
    assert server.request("GET", "/offline.html").data == PAGE + b"<p>"


def test_a_page_is_offered_no_longer_than_it_seals(
    installation: Installation, files: HandedOut
) -> None:
    """SPEC 13.8."""
    install_page(installation, files)
    until = installation.key_set.body.valid_until

    assert offered(installation, until - timedelta(seconds=1)) == PAGE
    assert offered(installation, until) is None


def page_changed(files: HandedOut, _: Installation) -> None:
    """One byte."""
    files.page.write_bytes(PAGE.replace(b"sealed", b"Sealed"))


def note_changed(files: HandedOut, _: Installation) -> None:
    """Another version in the signed text."""
    note = files.note.read_text().replace('key_set_version\\":1', 'key_set_version\\":2')
    files.note.write_text(note)


def signed_by_another(files: HandedOut, installation: Installation) -> None:
    """Of an authority with another root."""
    other = Authority("other", now=installation.authority.now)
    key = installation.key_set.acknowledgement_keys[0].verification_key
    files.note.write_bytes(other.offline_page_note(PAGE, other.publish(key)))


def no_note(files: HandedOut, _: Installation) -> None:
    """Something else."""
    files.note.write_text("{}")


@pytest.mark.parametrize("tamper", [page_changed, note_changed, signed_by_another, no_note])
def test_what_the_pinned_root_does_not_vouch_for_is_not_installed(
    installation: Installation,
    files: HandedOut,
    tamper: Callable[[HandedOut, Installation], None],
) -> None:
    """Issue 3: refused, and nothing is written."""
    tamper(files, installation)

    with pytest.raises(SealedIntakeError):
        install_page(installation, files)

    assert not (installation.data_dir / OFFLINE_FOLDER).exists()


def test_a_page_for_a_key_set_that_is_not_installed_is_refused(
    installation: Installation, tmp_path: Path
) -> None:
    """Its reports would be sent back."""
    key = installation.key_set.acknowledgement_keys[0].verification_key
    following = installation.authority.publish(key, previous=installation.publication)
    files = hand_out(replace(installation, publication=following), tmp_path)

    with pytest.raises(StartError, match="not installed"):
        install_page(installation, files)


def test_a_page_that_is_too_large_is_refused(installation: Installation, files: HandedOut) -> None:
    """Before it is read whole."""
    with files.page.open("ab") as file:
        file.truncate(MAX_OFFLINE_PAGE_BYTES + 1)

    with pytest.raises(StartError, match="larger"):
        install_page(installation, files)


@pytest.mark.parametrize("name", [PAGE_NAME, NOTE_NAME])
def test_a_pair_that_does_not_match_is_not_offered(
    installation: Installation, files: HandedOut, name: str
) -> None:
    """A disk that lies, or an installation that was cut between its two files."""
    install_page(installation, files)
    path = installation.data_dir / OFFLINE_FOLDER / name
    path.write_bytes(path.read_bytes()[:-1])

    assert offered(installation, installation.authority.now) is None


def test_a_page_that_was_damaged_while_offered_stays_as_it_was(
    installation: Installation, files: HandedOut, tmp_path: Path
) -> None:
    """The pair that was verified lies in memory."""
    install_page(installation, files)
    with serving(installation, tmp_path / "log") as server:
        (installation.data_dir / OFFLINE_FOLDER / PAGE_NAME).write_bytes(b"<p>another</p>")
        time.sleep(LOOKED_AGAIN_SECONDS)
        assert server.request("GET", "/offline.html").data == PAGE


def test_a_page_that_was_taken_away_is_gone(server: Running, tmp_path: Path) -> None:
    """An operator removes the folder's files."""
    install_page(server.installation, hand_out(server.installation, tmp_path))
    time.sleep(LOOKED_AGAIN_SECONDS)
    found = server.request("GET", "/offline.html").status

    (server.installation.data_dir / OFFLINE_FOLDER / PAGE_NAME).unlink()
    time.sleep(LOOKED_AGAIN_SECONDS)

    assert (found, server.request("GET", "/offline.html").status) == (200, 404)


def test_install_and_verify_as_commands(installation: Installation, files: HandedOut) -> None:
    """EXAM: exit codes, one JSON object."""
    root = installation.authority.root_text
    data = ("--data-dir", str(installation.data_dir))
    config = installation.data_dir / "intake.toml"
    config.write_text(f'root_key = "{root}"\n')
    install = ("install-offline-page", str(files.page), "--note", str(files.note))
    verify = ("verify-page", str(files.page), "--note", str(files.note), "--root", root)

    installed = intake(*install, *data, "--config", str(config), "--json")
    valid = intake(*verify, "--json")
    files.page.write_bytes(PAGE + b"x")
    refused = intake(*install, *data, "--config", str(config))
    invalid = intake(*verify, "--json")
    files.note.unlink()
    missing = intake(*install, *data, "--config", str(config))
    missing_too = intake(*verify)

    digest = hashlib.sha256(PAGE).hexdigest()
    assert (installed.code, valid.code, refused.code, invalid.code) == (0, 0, 3, 3)
    assert (missing.code, missing_too.code) == (6, 6)
    assert json.loads(installed.out)["sha256"] == json.loads(valid.out)["sha256"] == digest
    assert json.loads(valid.out)["valid"] is True
    assert json.loads(invalid.out) == {"valid": False}
    assert "KeySetUntrustedError" in refused.err


def test_the_page_is_compressed_to_the_same_bytes_everywhere(
    installation: Installation, files: HandedOut
) -> None:
    """DESIGN 4: the same bytes for everyone."""
    first, second = (install_page(installation, files) for _ in range(2))

    assert first.gzipped == second.gzipped
    assert gzip.decompress(first.gzipped) == PAGE

"""Key sets: verified against root and chain, noticed while running, refused when wrong."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crypto.errors import KeySetForkError, KeySetUntrustedError, SealedIntakeError, SignatureError
from crypto.wire.roles import Role
from intake.server.config import load_settings
from intake.server.errors import StartError
from intake.server.key_sets import KEY_SET_FOLDER, KeySets, install_key_set, read_root_key
from intake.server.secret_files import (
    ACKNOWLEDGEMENT_KEY_FILE,
    make_acknowledgement_key,
    read_acknowledgement_key,
)
from intake.server.wsgi import create_app
from tests.intake.authority import Authority, Publication
from tests.intake.processes import Installation, Running, seal_report


def put(installation: Installation, publication: Publication) -> int:
    """Install a publication."""
    root = installation.authority.root.verification_key
    return install_key_set(installation.data_dir, root, publication.raw, publication.officers)


def own_key(installation: Installation) -> bytes:
    """The server's acknowledgement verification key."""
    return read_acknowledgement_key(installation.data_dir).verification_key


def test_a_newer_key_set_is_served_without_a_restart(server: Running) -> None:
    """API 8; reports sealed to the version before are still taken."""
    installation = server.installation
    old_report = seal_report(installation.key_set)
    following = installation.authority.publish(
        own_key(installation), previous=installation.publication
    )

    assert put(installation, following) == 2
    time.sleep(2.5)

    assert server.request("GET", "/api/v1/key-set").data == following.raw
    assert server.request("GET", "/api/v1/key-sets/1").data == installation.publication.raw
    assert server.submit(old_report).status == 201
    new = replace(installation, publication=following)
    assert server.submit(seal_report(new.key_set)).status == 201


def test_the_officers_of_every_version_can_be_read(server: Running) -> None:
    """API 3: who missed versions checks that nobody was custodian and handler (SPEC 13.7)."""
    installation = server.installation
    first = installation.publication
    second = installation.authority.publish(own_key(installation), previous=first)
    put(installation, second)
    time.sleep(2.5)
    officer = installation.authority.officer_pair(Role.CUSTODIAN)

    def officers(query: str) -> tuple[int, str]:
        answer = server.signed(officer, "GET", "/desk/v1/officers", query=query)
        return answer.status, answer.data.decode()

    assert officers("version=1") == (200, first.officers)
    assert officers("version=2") == officers("") == (200, second.officers)
    assert [officers(f"version={n}")[0] for n in ("0", "3", "01", "x")] == [404, 404, 400, 400]


def test_a_report_for_an_unknown_key_set_is_sent_back(server: Running) -> None:
    """409 key-set-outdated: the page seals again."""
    installation = server.installation
    following = installation.authority.publish(
        own_key(installation), previous=installation.publication
    )
    report = seal_report(replace(installation, publication=following).key_set)

    answer = server.submit(report)

    assert answer.status == 409
    assert answer.json()["type"] == "/problems/key-set-outdated"


def test_an_expired_key_set_takes_reports_as_late_as_was_set_and_no_later(
    tmp_path: Path, authority: Authority
) -> None:
    """SPEC 13.6."""
    data_dir = tmp_path / "data"
    key = make_acknowledgement_key(data_dir).verification_key
    expired = authority.publish(key, starts=timedelta(days=-12), life=timedelta(days=10))
    installation = Installation(data_dir, authority, expired)
    put(installation, expired)
    key_sets = KeySets(data_dir, authority.root.verification_key, lambda: datetime.now(UTC))
    key_sets.load()

    assert key_sets.newest().key_set.version == 1
    assert not key_sets.is_current()
    assert not key_sets.accepts(1, timedelta())
    assert not key_sets.accepts(2, timedelta(days=30))
    assert key_sets.accepts(1, timedelta(days=3))
    assert key_sets.find(0) is None


def test_a_key_set_of_another_root_is_refused(installation: Installation) -> None:
    """SPEC 13.6."""
    other = Authority("other").publish(own_key(installation))

    with pytest.raises(SealedIntakeError):
        put(installation, other)


def test_a_fork_is_refused(installation: Installation) -> None:
    """SPEC 13.7."""
    again = replace(
        installation.authority, now=installation.authority.now - timedelta(hours=1)
    ).publish(own_key(installation))

    with pytest.raises(KeySetForkError):
        put(installation, again)


def test_the_same_key_set_again_changes_nothing(installation: Installation) -> None:
    """Installing is safe to repeat."""
    assert put(installation, installation.publication) == 1


def test_another_officers_note_is_refused(installation: Installation) -> None:
    """SPEC 13.5: the note that the key set names."""
    following = installation.authority.publish(
        own_key(installation), previous=installation.publication
    )
    swapped = replace(following, officers=installation.publication.officers)

    with pytest.raises((KeySetUntrustedError, SignatureError)):
        put(installation, swapped)


def test_a_damaged_file_stops_the_start_and_names_itself(installation: Installation) -> None:
    """One line that says which."""
    file = installation.data_dir / KEY_SET_FOLDER / "000001.json"
    file.write_bytes(file.read_bytes()[:-40])

    with pytest.raises(StartError, match="key-sets/000001"):
        create_app(load_settings(None, installation.environment))


def test_a_key_that_nobody_certified_stops_the_start(installation: Installation) -> None:
    """A 201 that nobody could verify is worse than none."""
    file = installation.data_dir / ACKNOWLEDGEMENT_KEY_FILE
    file.unlink()
    make_acknowledgement_key(installation.data_dir)

    with pytest.raises(StartError, match="certify"):
        create_app(load_settings(None, installation.environment))


def test_a_secret_that_others_may_read_stops_the_start(installation: Installation) -> None:
    """Mode 0600."""
    (installation.data_dir / ACKNOWLEDGEMENT_KEY_FILE).chmod(0o644)

    with pytest.raises(StartError, match="0600"):
        create_app(load_settings(None, installation.environment))


def test_the_acknowledgement_key_is_never_replaced(tmp_path: Path) -> None:
    """ISSUE 2: never overwritten."""
    first = make_acknowledgement_key(tmp_path)
    second = make_acknowledgement_key(tmp_path)

    assert first.verification_key == second.verification_key
    assert (tmp_path / ACKNOWLEDGEMENT_KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert "seed" not in repr(first)


def test_the_root_may_be_a_file(tmp_path: Path, authority: Authority) -> None:
    """EXAM: the pinned root verification key."""
    file = tmp_path / "root.pub"
    file.write_text(authority.root_text + "\n")

    assert read_root_key(str(file)) == authority.root.verification_key
    with pytest.raises(StartError):
        read_root_key(str(tmp_path / "none"))

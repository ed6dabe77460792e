"""Files of one owner, whole or absent. Source: issue 2, secrets."""

import stat
from pathlib import Path

import pytest

from triage.errors import LockedError, NoSuchThingError, RefusedInputError, WrongUseError
from triage.locked_files import Cost, open_locked, write_locked
from triage.private_files import (
    make_private_folder,
    only_one,
    read_file,
    read_secret_file,
    replace_file,
    write_new_file,
)

CHEAP = Cost(passes=1, memory_bytes=8192)


def test_a_new_file_is_its_owners_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    """0600, and no temporary file remains."""
    write_new_file(tmp_path / "a", b"secret")

    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    """Not even by the same bytes."""
    write_new_file(tmp_path / "a", b"first")

    with pytest.raises(WrongUseError):
        write_new_file(tmp_path / "a", b"second")

    assert (tmp_path / "a").read_bytes() == b"first"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_link_planted_by_somebody_is_not_followed(tmp_path: Path) -> None:
    """A new file is linked to its name, a replaced one renamed."""
    (tmp_path / "target").write_bytes(b"theirs")
    (tmp_path / "a").symlink_to(tmp_path / "target")

    with pytest.raises(WrongUseError):
        write_new_file(tmp_path / "a", b"mine")
    replace_file(tmp_path / "a", b"mine")

    assert (tmp_path / "target").read_bytes() == b"theirs"
    assert not (tmp_path / "a").is_symlink()


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """Whoever copied it keeps the copy; the officer should know."""
    write_new_file(tmp_path / "a", b"secret")
    (tmp_path / "a").chmod(0o644)

    with pytest.raises(WrongUseError):
        read_secret_file(tmp_path / "a", max_bytes=100)


def test_a_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    """chmod 700."""
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)

    with pytest.raises(WrongUseError):
        make_private_folder(tmp_path / "open")


def test_reading_what_is_absent_too_large_or_a_folder(tmp_path: Path) -> None:
    """One declared error each."""
    write_new_file(tmp_path / "a", b"12345")

    with pytest.raises(NoSuchThingError):
        read_file(tmp_path / "b", max_bytes=5)
    with pytest.raises(RefusedInputError):
        read_file(tmp_path / "a", max_bytes=4)
    with pytest.raises(RefusedInputError):
        read_file(tmp_path, max_bytes=4)
    assert read_file(tmp_path / "a", max_bytes=5) == b"12345"


def test_only_one_at_a_time(tmp_path: Path) -> None:
    """Two ceremonies on one folder never mix."""
    with (
        only_one(tmp_path / "lock"),
        pytest.raises(LockedError),
        only_one(tmp_path / "lock", wait=False),
    ):
        pass


def test_a_locked_file_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    """EXAM, exit code 5."""
    write_locked(tmp_path / "a", b"seed", b"right", CHEAP)

    assert open_locked(tmp_path / "a", b"right") == b"seed"
    with pytest.raises(LockedError):
        open_locked(tmp_path / "a", b"wrong")
    with pytest.raises(WrongUseError):
        write_locked(tmp_path / "a", b"other", b"right", CHEAP)

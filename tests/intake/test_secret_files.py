"""Secrets of the data folder: made once, whole, and never through what somebody else left there."""

import os
from pathlib import Path

import pytest

from intake.server.errors import StartError
from intake.server.secret_files import nonce_secret, write_once


def test_a_link_that_was_laid_out_is_not_followed(tmp_path: Path) -> None:
    """A name that can be foreseen is a way to have another file overwritten."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / f"a.key.{os.getpid()}.draft").symlink_to(victim)

    assert write_once(folder / "a.key", bytes(32))

    assert victim.read_bytes() == b"precious"
    assert (folder / "a.key").read_bytes() == bytes(32)
    assert (folder / "a.key").stat().st_mode & 0o777 == 0o600


def test_what_is_there_is_left_and_no_draft_stays(tmp_path: Path) -> None:
    """Never overwritten; a second call tells."""
    assert write_once(tmp_path / "a.key", b"1" * 32)
    assert not write_once(tmp_path / "a.key", b"2" * 32)

    assert [each.name for each in tmp_path.iterdir()] == ["a.key"]
    assert (tmp_path / "a.key").read_bytes() == b"1" * 32


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """A secret that leaked is none."""
    nonce_secret(tmp_path)
    (tmp_path / "nonce.secret").chmod(0o644)

    with pytest.raises(StartError, match=r"nonce\.secret"):
        nonce_secret(tmp_path)

"""Locked secrets on disk (SPEC 21), and secrets that must not be seen (STYLE 3)."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.custody.key_pair import KeyPair
from crypto.custody.keyring import (
    LIGHT,
    MODERATE,
    LockCost,
    lock_secret,
    unlock_secret,
    write_secret_file,
)
from crypto.custody.opening import open_envelope
from crypto.custody.reporter import Contents, ReporterKeys, SealedSubmission
from crypto.errors import MalformedTextError, OpeningError
from crypto.sealing.stream import StreamKey
from crypto.signing.sign import SigningKey
from crypto.wire.documents import parse_document
from crypto.wire.envelope import Purpose, parse_envelope
from crypto.wire.grant import DeskSeed
from crypto.wire.release import Release
from crypto.wire.roles import Role
from crypto.wire.submission import Submission
from tests.authority import Authority, seed_of

_CHEAP = LockCost(passes=1, memory_bytes=8192)
_SECRET = seed_of("secret")
_LOCKED = lock_secret(_SECRET, b"right", _CHEAP)
_COST_AT = 23


@given(st.binary(max_size=100), st.binary(max_size=20))
def test_a_locked_secret_comes_back(secret: bytes, passphrase: bytes) -> None:
    """SPEC 21: any length."""
    assert unlock_secret(lock_secret(secret, passphrase, _CHEAP), passphrase) == secret


def test_the_file_is_laid_out_as_specified() -> None:
    """SPEC 21: line, passes, memory, salt, nonce, box."""
    assert _LOCKED.startswith(b"sealed-intake/1 secret\n\x01\x00\x00\x00\x08")
    assert len(_LOCKED) == 23 + 1 + 4 + 16 + 24 + 16 + 32


def test_no_two_locks_are_alike() -> None:
    """SPEC 21: fresh salt and nonce."""
    other = lock_secret(_SECRET, b"right", _CHEAP)

    assert other[28:44] != _LOCKED[28:44]
    assert other[44:68] != _LOCKED[44:68]


@pytest.mark.parametrize("passphrase", [b"", b"Right", b"right ", b"wrong"])
def test_another_passphrase_is_refused(passphrase: bytes) -> None:
    """SPEC 21."""
    with pytest.raises(OpeningError):
        unlock_secret(_LOCKED, passphrase)


@given(st.integers(28, len(_LOCKED) - 1), st.integers(0, 7))
def test_no_altered_bit_is_unlocked(offset: int, bit: int) -> None:
    """SPEC 21: salt, nonce and box."""
    raw = bytearray(_LOCKED)
    raw[offset] ^= 1 << bit

    with pytest.raises(OpeningError):
        unlock_secret(bytes(raw), b"right")


@given(st.integers(0, len(_LOCKED) - 1))
def test_a_cut_file_is_refused(end: int) -> None:
    """SPEC 21: wherever it is cut."""
    with pytest.raises((MalformedTextError, OpeningError)):
        unlock_secret(_LOCKED[:end], b"right")


@pytest.mark.parametrize(
    ("passes", "memory_kib"),
    [(0, 8), (11, 8), (255, 8), (1, 7), (1, 0), (1, 1_048_577), (1, 2**32 - 1)],
)
def test_a_file_cannot_ask_for_all_memory_or_time(passes: int, memory_kib: int) -> None:
    """SPEC 21: the bounds are checked before a byte is taken."""
    cost = passes.to_bytes(1) + memory_kib.to_bytes(4)

    with pytest.raises(MalformedTextError, match="cost"):
        unlock_secret(_LOCKED[:_COST_AT] + cost + _LOCKED[_COST_AT + 5 :], b"right")


@pytest.mark.parametrize(("passes", "memory_kib"), [(10, 8), (2, 16)])
def test_a_cost_within_bounds_is_paid(passes: int, memory_kib: int) -> None:
    """SPEC 21: and another cost gives another key."""
    cost = passes.to_bytes(1) + memory_kib.to_bytes(4)
    locked = lock_secret(_SECRET, b"x", LockCost(passes, memory_kib * 1024))

    assert unlock_secret(locked, b"x") == _SECRET
    with pytest.raises(OpeningError):
        unlock_secret(_LOCKED[:_COST_AT] + cost + _LOCKED[_COST_AT + 5 :], b"right")


def test_the_costs_offered_are_libsodiums_and_rfc_9106s() -> None:
    """SPEC 21: and what is written without a choice is the dearer one."""
    assert LockCost(3, 268_435_456) == MODERATE
    assert LockCost(3, 67_108_864) == LIGHT
    assert lock_secret.__defaults__ == (MODERATE,)


@given(st.binary(max_size=60))
def test_any_bytes_are_refused(raw: bytes) -> None:
    """SPEC 1.6."""
    with pytest.raises(MalformedTextError):
        unlock_secret(raw, b"")


def test_a_secret_file_is_its_owners_alone(tmp_path: Path) -> None:
    """SPEC 21: 0600 whatever the umask says."""
    path, before = tmp_path / "secret", os.umask(0)
    try:
        write_secret_file(path, _LOCKED)
    finally:
        os.umask(before)

    assert path.read_bytes() == _LOCKED
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_secret_file_is_never_overwritten(tmp_path: Path) -> None:
    """SPEC 21: what is lost can't be had back."""
    path = tmp_path / "secret"
    write_secret_file(path, b"first")

    with pytest.raises(FileExistsError):
        write_secret_file(path, b"second")
    assert path.read_bytes() == b"first"


def test_a_secret_is_not_written_through_a_link(tmp_path: Path) -> None:
    """SPEC 21: a planted link leads nowhere."""
    elsewhere, link = tmp_path / "elsewhere", tmp_path / "secret"
    link.symlink_to(elsewhere)

    with pytest.raises(FileExistsError):
        write_secret_file(link, b"secret")
    assert not elsewhere.exists()


# --- secrets that must not be seen --------------------------------------------------------------


def test_no_secret_is_shown(
    keys: ReporterKeys,
    contents: Contents,
    sealed: SealedSubmission,
    submission: Submission,
    north: Authority,
) -> None:
    """STYLE 3: a secret never reaches a log line through `repr`."""
    envelope = parse_envelope(submission.report, Purpose.REPORT)
    reader = north.desks[Role.TRIAGE]
    opened = open_envelope(envelope, (reader.opening,), instance=north.instance_id)
    document = parse_document(opened.plaintext, Purpose.REPORT)
    acknowledgement = keys.acknowledgement(0)
    stream = StreamKey.of(opened.content_key, envelope.header)
    secrets = {
        stream.prefix,
        keys.code.secret,
        keys.claim.seed,
        keys.reply.seed,
        keys.reply.opening.x25519,
        keys.slot_key(Role.TRIAGE),
        acknowledgement.preimage,
        acknowledgement.pair.seed,
        reader.seed,
        reader.opening.x25519,
        opened.content_key,
        opened.plaintext,
        _SECRET,
    }
    shown = " ".join(
        map(
            repr,
            (
                *(keys, keys.code, acknowledgement, reader, reader.opening, reader.signing),
                *(opened, document, document.document, contents, sealed),
                SigningKey(_SECRET),
                KeyPair.from_seed(_SECRET),
                DeskSeed(Role.TRIAGE, 1, _SECRET),
                Release(bytes(32), bytes(32), 1, _SECRET, bytes(32)),
                stream,
            ),
        )
    )

    assert [s for s in secrets if repr(s)[2:-1] in shown or s.hex() in shown] == []
    assert str(keys.code.value) not in shown
    assert keys.code.symbols not in shown
    assert str((contents.report or {})["narrative"]) not in shown

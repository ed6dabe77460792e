"""Issue 3: files come sealed, part by part, from a real server; whole and true, or not at all."""

import stat

import pytest
from nacl.utils import random

from tests.triage.attachments.sealed_files import Sealed, entries, seal
from tests.triage.office import Office, saying
from triage.attachments import fetching, store
from triage.attachments.detection import PNG
from triage.cases.report import FileState
from triage.errors import (
    CancelledError,
    FileDamagedError,
    FileMissingError,
    LockedError,
    NoRoomError,
    NotFetchedError,
    ServerUnavailableError,
)
from triage.private_files import only_one
from triage.workstation.session import Session

MIB = 1024 * 1024


def received(office: Office, *sealed: Sealed, uploaded: bool = True) -> tuple[Session, str]:
    """A session that has synced one report with these files, and its REF."""
    for each in sealed if uploaded else ():
        office.upload(each.upload, each.parts())
    office.file(1, saying("with files", files=list(entries(*sealed))))
    session = office.session("triage-1")
    session.sync()
    return session, session.list_reports()[0].ref


def content(session: Session, ref: str, number: int = 1) -> bytes:
    """What was sealed."""
    held, _ = session.held_file(ref, number)
    return b"".join(held.pieces())


def states(session: Session, ref: str) -> list[FileState]:
    """Of all files."""
    return [entry.state for entry in session.report(ref).files]


def ignore(_held_bytes: int) -> None:
    """Nobody watches."""


def test_a_file_comes_sealed_and_opens_to_what_was_sealed(office: Office) -> None:
    """SPEC §17: parts, tags, digest; on the disk it stays sealed, under a name of our own."""
    plaintext = b"\x89PNG\r\n\x1a\n" + b"CANARY" + random(5 * MIB)
    session, ref = received(office, seal(plaintext))
    told: list[int] = []

    session.fetch_file(ref, 1, told.append)

    entry = session.report(ref).files[0]
    assert (entry.state, entry.type_code) == (FileState.HERE, PNG.code)
    assert content(session, ref) == plaintext
    (kept,) = office.home("triage-1").attachments_folder.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert len(kept.name) == 32
    assert b"CANARY" not in kept.read_bytes()
    assert told[0] == 0
    assert max(told) == kept.stat().st_size
    session.close()


def test_a_fetch_that_was_cut_goes_on_at_the_parts_that_are_missing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came before a crash or a lock is recognised by its tags and not asked for again."""
    sealed = seal(random(20 * MIB))
    session, ref = received(office, sealed)
    asked: list[bytes] = []
    read = fetching.PartSource.read

    def watched(source: fetching.PartSource, entry: object, index: int) -> bytes:
        asked.append(index.to_bytes(4))
        return read(source, entry, index)  # type: ignore[arg-type] # what it was given

    monkeypatch.setattr(fetching.PartSource, "read", watched)
    with pytest.raises(CancelledError):
        session.fetch_file(ref, 1, ignore, lambda: len(asked) >= 4)
    assert states(session, ref) == [FileState.PARTLY]
    before = set(asked)
    asked.clear()

    session.fetch_file(ref, 1, ignore)

    assert before
    assert before.isdisjoint(asked)
    assert content(session, ref) == sealed.plaintext
    session.close()


def test_half_a_part_that_a_crash_left_is_fetched_again(office: Office) -> None:
    """A part is there when all its tags verify, and otherwise it isn't."""
    sealed = seal(random(6 * MIB))
    session, ref = received(office, sealed)
    with pytest.raises(CancelledError):
        session.fetch_file(ref, 1, ignore, lambda: True)
    (part_file,) = office.home("triage-1").attachments_folder.iterdir()
    with part_file.open("r+b") as file:
        file.write(sealed.raw[: 3 * MIB])
        file.seek(100)
        file.write(b"torn")

    session.fetch_file(ref, 1, ignore)

    assert content(session, ref) == sealed.plaintext
    session.close()


def test_a_missing_part_is_said_and_other_files_come(office: Office) -> None:
    """404 of one file leaves the others alone."""
    here, gone = seal(b"here"), seal(b"gone")
    office.upload(here.upload, here.parts())
    session, ref = received(office, gone, here, uploaded=False)

    with pytest.raises(FileMissingError):
        session.fetch_file(ref, 1, ignore)
    session.fetch_file(ref, 2, ignore)

    assert states(session, ref) == [FileState.MISSING, FileState.HERE]
    session.close()


def test_a_part_that_the_server_altered_is_refused(office: Office) -> None:
    """No altered byte is ever opened; the report says that the file is damaged."""
    sealed = seal(random(5 * MIB))
    session, ref = received(office, sealed)
    with office.database("parts") as connection:
        (value,) = connection.execute(
            "SELECT value FROM parts WHERE part_id = ?", (sealed.upload.part_id(1),)
        ).fetchone()
        altered = value[:-1] + bytes([value[-1] ^ 1])
        connection.execute(
            "UPDATE parts SET value = ? WHERE part_id = ?", (altered, sealed.upload.part_id(1))
        )

    with pytest.raises(FileDamagedError):
        session.fetch_file(ref, 1, ignore)

    assert states(session, ref) == [FileState.DAMAGED]
    assert list(office.home("triage-1").attachments_folder.iterdir()) == []
    session.close()


def test_another_file_under_the_same_key_has_another_digest(office: Office) -> None:
    """SPEC 17.3: who knows the key can make parts that open, but not the digest that was signed."""
    sealed = seal(random(3 * MIB))
    lying = Sealed(sealed.plaintext, sealed.key, sealed.upload, sealed.raw, bytes(32))
    session, ref = received(office, lying)

    with pytest.raises(FileDamagedError, match="digest"):
        session.fetch_file(ref, 1, ignore)

    assert states(session, ref) == [FileState.DAMAGED]
    session.close()


def test_a_full_disk_is_noticed_before_anything_comes(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bucket may be 4 GiB; the register needs room too."""
    session, ref = received(office, seal(b"small"))
    monkeypatch.setattr(store, "RESERVE_BYTES", 1 << 62)

    with pytest.raises(NoRoomError):
        session.fetch_file(ref, 1, ignore)

    assert states(session, ref) == [FileState.PARTLY]
    session.close()


def test_a_size_that_no_disk_has_is_no_room_and_nothing_else(office: Office) -> None:
    """A reporter may claim any size; nothing is allocated for it."""
    sealed = seal(b"small")
    entry = {**sealed.json(), "size_bytes": 1 << 45}
    office.file(1, saying("huge", files=[entry]))
    session = office.session("triage-1")
    session.sync()
    ref = session.list_reports()[0].ref

    with pytest.raises(NoRoomError):
        session.fetch_file(ref, 1, ignore)

    session.close()


def test_a_server_that_stays_away_is_asked_a_few_times(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 4, and the next try goes on."""
    session, ref = received(office, seal(b"later"))
    monkeypatch.setattr(fetching, "PAUSES_SECONDS", (0.01, 0.01))
    office.stop()

    with pytest.raises(ServerUnavailableError):
        session.fetch_file(ref, 1, ignore)

    office.start()
    session.fetch_file(ref, 1, ignore)
    assert content(session, ref) == b"later"
    session.close()


def test_two_processes_never_fetch_the_same_file_at_once(office: Office) -> None:
    """The growing file is locked by whoever works on it."""
    session, ref = received(office, seal(random(MIB)))
    with pytest.raises(CancelledError):
        session.fetch_file(ref, 1, ignore, lambda: True)
    (part_file,) = office.home("triage-1").attachments_folder.iterdir()

    with only_one(part_file), pytest.raises(LockedError):
        session.fetch_file(ref, 1, ignore)

    session.close()


def test_forgotten_files_are_gone_and_can_be_fetched_again(office: Office) -> None:
    """Delete after use: the server goes on keeping the sealed parts."""
    session, ref = received(office, seal(b"for a while"))
    session.fetch_file(ref, 1, ignore)

    assert session.forget_file(ref, 1)

    assert list(office.home("triage-1").attachments_folder.iterdir()) == []
    assert not session.forget_file(ref, 1)
    with pytest.raises(NotFetchedError):
        session.held_file(ref, 1)
    session.fetch_file(ref, 1, ignore)
    assert content(session, ref) == b"for a while"
    session.close()


def test_a_file_that_the_disk_altered_is_damaged_and_can_be_fetched_again(office: Office) -> None:
    """Tags are verified at each opening, not only when the file came."""
    session, ref = received(office, seal(b"true"))
    session.fetch_file(ref, 1, ignore)
    (kept,) = office.home("triage-1").attachments_folder.iterdir()
    raw = bytearray(kept.read_bytes())
    raw[200] ^= 1
    kept.write_bytes(raw)

    assert states(session, ref) == [FileState.DAMAGED]
    with pytest.raises(FileDamagedError):
        session.held_file(ref, 1)

    session.fetch_file(ref, 1, ignore)
    assert content(session, ref) == b"true"
    session.close()


def test_overdue_files_and_strangers_are_cleaned_when_syncing(office: Office) -> None:
    """What nobody opened for a month is fetched again when somebody wants it."""
    session, ref = received(office, seal(b"old"), seal(b"new"))
    session.fetch_file(ref, 1, ignore)
    session.fetch_file(ref, 2, ignore)
    folder = office.home("triage-1").attachments_folder
    (folder / ("0" * 32 + ".part")).write_bytes(b"left by a crash")
    oldest = min(session._files().store.register.every(), key=lambda kept: kept.id)
    session._register.database.execute(
        "UPDATE attachments SET used_on = '2020-01-01' WHERE id = ?", (oldest.id,)
    )

    session.sync()

    assert sorted(states(session, ref)) == [FileState.HERE, FileState.NOT_FETCHED]
    assert len(list(folder.iterdir())) == 1
    session.close()


def test_an_entry_that_no_file_can_have_is_damaged(office: Office) -> None:
    """The size decides the bucket; a size beyond every bucket names no upload."""
    entry = {**seal(b"small").json(), "size_bytes": (1 << 53) - 1}
    office.file(1, saying("odd", files=[entry]))
    session = office.session("triage-1")
    session.sync()

    assert states(session, session.list_reports()[0].ref) == [FileState.DAMAGED]
    session.close()


def test_files_of_two_cases_never_share_a_place(office: Office) -> None:
    """ATTACKS B12: the same file named by two sources lies there twice, each deleted by itself."""
    sealed = seal(b"shared by two")
    office.upload(sealed.upload, sealed.parts())
    for number in (1, 2):
        office.file(number, saying("same file", files=list(entries(sealed))))
    session = office.session("triage-1")
    session.sync()
    one, other = (summary.ref for summary in session.list_reports())
    session.fetch_file(one, 1, ignore)
    session.fetch_file(other, 1, ignore)

    session.forget_file(one, 1)

    assert states(session, one) == [FileState.NOT_FETCHED]
    assert content(session, other) == b"shared by two"
    session.close()

"""Issue 3, ATTACKS C8: after a lock no helper runs, and nothing opened lies on any disk."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nacl.utils import random

from crypto.wire.codec import encode_base64url
from tests.triage.attachments import hostile_files as hostile
from tests.triage.attachments.sealed_files import entries, seal
from tests.triage.office import Office, passphrase_of, saying
from triage.cases.report import FileState
from triage.errors import LockedError, PreviewError
from triage.workstation.session_process import GuardedWorkstation, SessionProcess

MIB = 1024 * 1024
CANARY = b"CANARY" + encode_base64url(random(24)).encode()
WITHIN_SECONDS = 30
MEMORY = Path("/dev/shm")  # noqa: S108 - one of the places that are searched


def wait_until(holds: Callable[[], bool]) -> None:
    """Fail if something does not come true in time."""
    give_up_at = time.monotonic() + WITHIN_SECONDS
    while not holds():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)


def children(pid: int) -> set[int]:
    """The processes that one has started."""
    found = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        found |= set(map(int, (task / "children").read_text().split()))
    return found


def state(session: SessionProcess, ref: str, number: int = 1) -> FileState:
    """Of one file."""
    return session.report(ref).files[number - 1].state


@pytest.fixture
def session(office: Office) -> Iterator[SessionProcess]:
    """Keys in a process of their own."""
    home = office.home("triage-1").folder
    session = GuardedWorkstation.open(home).unlock(passphrase_of("triage-1"))
    yield session
    session.close()


def receive(office: Office, session: SessionProcess, *raws: bytes) -> str:
    """A synced report with these files; its REF."""
    sealed = [seal(raw) for raw in raws]
    for each in sealed:
        office.upload(each.upload, each.parts())
    office.file(1, saying("with files", files=list(entries(*sealed))))
    session.sync()
    return session.list_reports()[0].ref


def test_files_are_fetched_while_pages_are_answered(
    office: Office, session: SessionProcess
) -> None:
    """One after the other; what is in them comes through a pipe of its own."""
    text = "第一行\n".encode() * 10
    ref = receive(office, session, hostile.picture(), text, random(3 * MIB))

    for number in (1, 2, 3):
        session.want_file(ref, number)
    wait_until(lambda: {state(session, ref, n) for n in (1, 2, 3)} == {FileState.HERE})

    shown = session.report(ref)
    assert "key" not in str(shown.report["files"])
    assert {entry.key for entry in shown.files} == {""}
    assert session.file_picture(ref, 1, page=0, columns=100).png.startswith(b"\x89PNG")
    assert session.file_text(ref, 2, page=0).text == text.decode()
    assert session.file_piece(ref, 2, 3, 6) == text[3:6]
    assert session.transfers(ref)[0].fault == ""
    with pytest.raises(PreviewError) as refused:
        session.file_picture(ref, 3, page=0, columns=100)
    assert refused.value.reason == "type"


def test_a_lock_ends_a_helper_at_its_work(office: Office, session: SessionProcess) -> None:
    """The painter of a page that takes for ever ends with the keys."""
    ref = receive(office, session, hostile.slow_pdf())
    session.want_file(ref, 1)
    wait_until(lambda: state(session, ref) is FileState.HERE)
    locked = threading.Event()

    def look() -> None:
        with pytest.raises(LockedError):
            session.file_picture(ref, 1, page=0, columns=1000)
        locked.set()

    threading.Thread(target=look, daemon=True).start()
    wait_until(lambda: bool(children(session.pid)))
    (helper,) = children(session.pid)
    session.close()

    assert locked.wait(WITHIN_SECONDS)
    wait_until(lambda: not Path(f"/proc/{helper}").exists())


def test_a_lock_in_the_middle_of_a_fetch_leaves_only_sealed_parts(
    office: Office, session: SessionProcess
) -> None:
    """What came is kept sealed, and the next unlocking goes on from there."""
    raw = (CANARY + random(MIB)) * 40
    ref = receive(office, session, raw)
    session.want_file(ref, 1)
    wait_until(lambda: any(each.held_bytes for each in session.transfers(ref)))
    session.close()

    home = office.home("triage-1").folder
    assert not holds_canary(home)
    again = GuardedWorkstation.open(home).unlock(passphrase_of("triage-1"))
    again.want_file(ref, 1)
    wait_until(lambda: state(again, ref) is FileState.HERE)
    assert again.file_piece(ref, 1, 0, len(CANARY)) == CANARY
    again.close()


def test_nothing_that_was_looked_at_stays_on_a_disk(
    office: Office, session: SessionProcess
) -> None:
    """Picture, page and text were shown; home, memory and /tmp hold no word of them."""
    text = CANARY + b"\n" + "报告内容\n".encode() * 5000
    ref = receive(
        office,
        session,
        hostile.picture("PNG", note=CANARY.decode()),
        hostile.pdf([hostile.page_saying(CANARY.decode())]),
        text,
    )
    for number in (1, 2, 3):
        session.want_file(ref, number)
    wait_until(lambda: {state(session, ref, n) for n in (1, 2, 3)} == {FileState.HERE})
    session.file_picture(ref, 1, page=0, columns=800)
    session.file_picture(ref, 2, page=0, columns=800)
    assert CANARY.decode() in session.file_text(ref, 3, page=0).text

    session.close()

    for place in (office.home("triage-1").folder, MEMORY):
        assert not holds_canary(place), place


def holds_canary(place: Path) -> bool:
    """Whether any file below a folder holds the canary."""
    return any(
        path.is_file() and CANARY in path.read_bytes()
        for path in place.rglob("*")
        if os.access(path, os.R_OK)
    )


def test_the_search_for_canaries_finds_one(tmp_path: Path) -> None:
    """A test that can't fail proves nothing."""
    (tmp_path / "left").write_bytes(b"x" * 1000 + CANARY)

    assert holds_canary(tmp_path)

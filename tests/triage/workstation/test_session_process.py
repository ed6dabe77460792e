"""Keys in a process of their own, which ends on lock. Source: DESIGN §5."""

import os
import sys
import threading
import time
from pathlib import Path
from types import FrameType

import pytest

from crypto.wire.roles import Role
from tests.triage.office import Office, passphrase_of, saying
from triage.errors import LockedError, NoSuchThingError
from triage.register.reading import Filter, Neighbours
from triage.workstation.session_process import GuardedWorkstation, SessionProcess
from triage.workstation.station import HeldDesk


def unlocked(office: Office, name: str = "triage-1") -> SessionProcess:
    """An officer's session in a process of its own."""
    workstation = GuardedWorkstation.open(office.home(name).folder)
    return workstation.unlock(passphrase_of(name))


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_the_session_of_another_process_does_what_a_session_does(office: Office) -> None:
    """The same methods, the same errors."""
    office.file(1, saying("茶馆里的会面", category="E1"))
    session = unlocked(office)

    result = session.sync()
    (summary,) = session.list_reports()
    found = session.list_reports(Filter(said="茶馆"))
    session.mark_read(summary.ref)

    assert (result.opened, found) == (1, (summary,))
    assert session.report(summary.ref).report["narrative"] == "茶馆里的会面"
    assert session.counts().unread == 0
    assert session.neighbours(summary.sequence) == Neighbours(None, None)
    assert session.station().desks == (HeldDesk(Role.TRIAGE, 1, earlier=0),)
    assert session.station().server_url == office.origin
    assert not session.quarantined()
    assert not session.notices()
    with pytest.raises(NoSuchThingError):
        session.report("00000000")
    session.close()


def test_closing_ends_the_process_and_every_later_call_is_locked(office: Office) -> None:
    """Opened keys end with it."""
    session = unlocked(office)
    pid = session.pid

    session.close()
    session.close()

    assert not is_running(pid)
    with pytest.raises(LockedError):
        session.list_reports()


def test_a_wrong_passphrase_leaves_no_process(closed_office: Office) -> None:
    """EXAM, exit code 5."""
    home = closed_office.home("triage-1").folder

    with pytest.raises(LockedError):
        GuardedWorkstation.open(home).unlock(passphrase_of("triage-2"))


def test_closing_while_a_sync_runs_is_not_kept_waiting(office: Office) -> None:
    """Locking never waits for the network."""
    for number in range(2, 12):
        office.file(number, saying(f"report {number}"))
    session = unlocked(office)
    ended: list[type[BaseException] | None] = []

    def sync() -> None:
        try:
            session.sync()
        except LockedError:
            ended.append(LockedError)
        else:
            ended.append(None)

    thread = threading.Thread(target=sync)
    thread.start()
    time.sleep(0.05)
    began_at = time.monotonic()
    session.close()
    thread.join(10)

    assert time.monotonic() - began_at < 5
    assert len(ended) == 1
    again = unlocked(office)
    again.sync()
    assert len(again.list_reports()) == 10
    again.close()


def test_closing_between_a_question_and_its_answer_locks_the_one_who_asks(office: Office) -> None:
    """No pipe is closed under its reader, in whatever moment the lock comes."""
    session = unlocked(office)
    asked = threading.Event()
    ended: list[BaseException] = []

    def linger_before_reading(frame: FrameType, _event: str, _value: object) -> None:
        if frame.f_code.co_name == "_recv":
            asked.set()
            time.sleep(1)

    def sync() -> None:
        sys.settrace(linger_before_reading)
        try:
            session.sync()
        except (LockedError, TypeError) as error:
            ended.append(error)

    thread = threading.Thread(target=sync)
    thread.start()
    asked.wait(10)
    session.close()
    thread.join(10)

    assert [type(error) for error in ended] == [LockedError]


def test_a_killed_key_process_is_a_locked_session(office: Office) -> None:
    """The console asks for the passphrase again."""
    session = unlocked(office)
    os.kill(session.pid, 9)

    with pytest.raises(LockedError):
        session.list_reports()
    session.close()

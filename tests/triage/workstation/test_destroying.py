"""Withdrawn reports are destroyed on their day, everywhere, and never by the server alone.

Issue 3; SPEC 12.5; decision record 0009.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crypto.custody.reporter import Contents
from crypto.wire.contents import DocumentKind
from crypto.wire.roles import Role
from tests.triage.attachments.sealed_files import Sealed, entries, seal
from tests.triage.office import Office
from tests.triage.test_cli import Shell
from tests.triage.workstation.test_replying import say
from triage.cases.report import NoticeKind
from triage.cases.withdrawal import DESTROY_AFTER_DAYS
from triage.courier.https import Courier
from triage.errors import (
    DestroyedError,
    NoSuchThingError,
    RefusedInputError,
    ServerUnavailableError,
    WrongUseError,
)
from triage.workstation.destroying import Destroyer
from triage.workstation.session import Session
from triage.workstation.trust import courier_of, load_trust

WHO = 7
CANARY = "zqxcanary"
HOURS_A_DAY = 24


def age(office: Office, days: int) -> None:
    """Let everything in the feed have come so long ago; the chain does not bind hours."""
    with office.database("intake") as connection:
        connection.execute("UPDATE feed SET hour = hour - ?", (days * HOURS_A_DAY,))


def withdraw(office: Office, n: int = 1, *, destroy: bool = True) -> None:
    """The reporter takes the report back."""
    wish = Contents(report={"destroy": destroy, "text": f"{CANARY} reason"})
    office.file(WHO, wish, n=n, kind=DocumentKind.WITHDRAWAL)


@pytest.fixture
def file() -> Sealed:
    """A file of two parts."""
    return seal(b"%PDF- zqxcanary" + bytes(3 * 1024 * 1024))


@pytest.fixture
def withdrawn(office: Office, file: Sealed) -> Office:
    """A report with a file that was withdrawn, another one, and two officers of triage."""
    office.upload(file.upload, file.parts())
    office.file(WHO, Contents(report={"narrative": f"{CANARY} 港口", "files": entries(file)}))
    withdraw(office)
    office.file(8, Contents(report={"narrative": "another report"}))
    office.trust("triage-2")
    office.grant("triage-1", "triage-2", Role.TRIAGE)
    return office


@pytest.fixture
def due(withdrawn: Office) -> Office:
    """The same on the day."""
    age(withdrawn, DESTROY_AFTER_DAYS)
    return withdrawn


def synced(office: Office, name: str = "triage-1") -> tuple[Session, str]:
    """A session after a sync, and the REF of the oldest report."""
    session = office.session(name)
    session.sync()
    return session, session.list_reports()[-1].ref


def worked_on(office: Office, name: str = "triage-1") -> tuple[Session, str]:
    """A session in which the report was read, answered, noted on and its file fetched."""
    session, ref = synced(office, name)
    session.mark_read(ref)
    session.reply(ref, say(f"{CANARY} answer"))
    session.add_note(ref, f"{CANARY} note")
    session.fetch_file(ref, 1, lambda _bytes: None)
    return session, ref


def kinds(session: Session) -> list[NoticeKind]:
    """What is wrong."""
    return [notice.kind for notice in session.notices()]


TABLES = (
    *("documents", "cases", "siblings", "replies", "notes", "attachments", "notices", "facts"),
    *("destroyed", "destroyed_items", "shown_destructions", "words_data", "words_docsize"),
)


def bytes_of_register(session: Session) -> bytes:
    """Everything that stands in the opened register, the search index included."""
    database = session._register.database
    cells = [
        cell
        for table in TABLES
        for row in database.rows(f"SELECT * FROM {table}")  # noqa: S608 - names spelled above
        for cell in row
    ]
    return b"\n".join(each if isinstance(each, bytes) else str(each).encode() for each in cells)


def rows_of_server(office: Office, name: str, query: str) -> list[tuple[Any, ...]]:
    """What one of the server's databases holds."""
    with office.database(name) as connection:
        return connection.execute(query).fetchall()


def bytes_below(folder: Path) -> bytes:
    """Every file below a folder."""
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def destroyer(session: Session, courier: Courier) -> Destroyer:
    """What destroys, for going through its steps one by one."""
    return session._destroyer(courier)


def test_nothing_is_destroyed_before_its_day(withdrawn: Office) -> None:
    """Until then who withdrew under pressure can come back."""
    age(withdrawn, DESTROY_AFTER_DAYS - 1)
    session, ref = synced(withdrawn)
    day = datetime.now(UTC).date() + timedelta(days=1)

    with pytest.raises(WrongUseError, match=f"not before {day}"):
        session.destroy(ref)

    assert session.report(ref).report["narrative"] == f"{CANARY} 港口"
    assert rows_of_server(withdrawn, "intake", "SELECT 1 FROM feed WHERE report IS NULL") == []


def test_what_nobody_wanted_destroyed_is_not(office: Office) -> None:
    """Withdrawn to be kept, or not withdrawn at all."""
    office.file(WHO, Contents(report={"narrative": "x"}))
    withdraw(office, destroy=False)
    office.file(8, Contents(report={"narrative": "y"}))
    age(office, 400)
    session, kept = synced(office)
    other = session.list_reports()[0].ref

    with pytest.raises(WrongUseError, match="did not ask"):
        session.destroy(kept)
    with pytest.raises(WrongUseError, match="has not withdrawn"):
        session.destroy(other)


def test_on_its_day_everything_goes_but_one_line(due: Office, file: Sealed) -> None:
    """Parts, envelopes, words, answers, notes, siblings and the fetched file."""
    session, ref = worked_on(due)
    other = session.list_reports()[0].ref
    before = bytes_of_register(session)
    envelopes = rows_of_server(due, "intake", "SELECT report FROM feed ORDER BY sequence LIMIT 2")

    session.destroy(ref)

    after, home = bytes_of_register(session), due.home("triage-1").folder
    assert CANARY.encode() in before
    assert CANARY.encode() not in after
    assert [each.ref for each in session.list_reports()] == [other]
    assert session.counts().destroyed == 1
    assert list((home / "attachments").iterdir()) == []
    (line,) = session.destroyed()
    assert (line.ref, line.sequences, line.reason) == (ref, (1, 2), "withdrawn")
    assert line.destroyed_on == datetime.now(UTC).date()
    assert rows_of_server(due, "parts", "SELECT count(*) FROM parts") == [(0,)]
    session.close()
    for name in ("intake", "parts", "vault"):
        with due.database(name) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    due.stop()
    left = bytes_below(due.data_dir) + bytes_below(home)
    parts = list(file.parts())
    assert not any(bytes(envelope)[200:264] in left for (envelope,) in envelopes)
    assert not any(part[200:264] in left for part in parts)
    due.start()


def test_what_is_destroyed_can_be_neither_read_nor_answered(due: Office) -> None:
    """The slot keys are gone; every command says why."""
    session, ref = synced(due)
    session.destroy(ref)

    for ask in (session.report, session.destroy, session.mark_read):
        with pytest.raises(DestroyedError):
            ask(ref)
    with pytest.raises(DestroyedError):
        session.reply(ref, say("are you there?"))
    with pytest.raises(NoSuchThingError):
        session.report("00000000")


def test_the_index_finds_nothing_of_it_and_still_finds_the_others(due: Office) -> None:
    """Full-text search is part of the content."""
    session, ref = synced(due)
    session.destroy(ref)

    shell = Shell(due, "triage-1")

    assert shell.json("search", CANARY) == []
    assert len(shell.json("search", "another")) == 1
    assert session.sync().new == 0


def test_the_copy_of_the_other_officer_goes_with_its_next_sync(due: Office) -> None:
    """SPEC 12.5: the key in the server's list is the one of the own slot key."""
    other, ref = worked_on(due, "triage-2")
    first, _ = synced(due)
    first.destroy(ref)

    result = other.sync()

    assert result.problems == ()
    assert [line.ref for line in other.destroyed()] == [ref]
    assert CANARY.encode() not in bytes_of_register(other)
    assert list((due.home("triage-2").folder / "attachments").iterdir()) == []
    assert NoticeKind.DESTRUCTION_EARLY not in kinds(other)
    assert other.sync().problems == ()


def test_the_order_of_destruction_does_not_matter(due: Office) -> None:
    """The list goes by sequence: an older report may be destroyed after a newer one."""
    due.file(9, Contents(report={"narrative": "newer"}))
    due.file(9, Contents(report={"destroy": True}), n=1, kind=DocumentKind.WITHDRAWAL)
    with due.database("intake") as connection:
        hours = DESTROY_AFTER_DAYS * HOURS_A_DAY
        connection.execute("UPDATE feed SET hour = hour - ? WHERE sequence > 3", (hours,))
    other, older = synced(due, "triage-2")
    first, _ = synced(due)
    newer = first.list_reports()[0].ref

    first.destroy(newer)
    other.sync()
    first.destroy(older)
    other.sync()

    assert {line.ref for line in other.destroyed()} == {older, newer}


def test_who_destroys_too_early_is_noticed_and_the_copies_stay(withdrawn: Office) -> None:
    """A patched console, or the reporter with a colluding server: the desk's rule is kept here."""
    patched, ref = synced(withdrawn)
    other, _ = synced(withdrawn, "triage-2")
    courier = courier_of(load_trust(patched.keyring.home))
    destroyer(patched, courier).destroy(patched._reading.case_ref(ref))
    courier.close()

    other.sync()

    assert NoticeKind.DESTRUCTION_EARLY in kinds(other)
    assert [n.subject for n in other.notices() if n.kind is NoticeKind.DESTRUCTION_EARLY] == [ref]
    assert other.report(ref).report["narrative"] == f"{CANARY} 港口"
    assert other.destroyed() == ()


def test_what_was_destroyed_too_early_goes_here_when_its_day_comes(withdrawn: Office) -> None:
    """The proof is remembered, so the day alone is missing."""
    patched, ref = synced(withdrawn)
    other, _ = synced(withdrawn, "triage-2")
    courier = courier_of(load_trust(patched.keyring.home))
    destroyer(patched, courier).destroy(patched._reading.case_ref(ref))
    courier.close()
    other.sync()
    hours = DESTROY_AFTER_DAYS * HOURS_A_DAY
    other._register.database.execute("UPDATE documents SET hour = hour - ?", (hours,))

    other.sync()

    assert [line.ref for line in other.destroyed()] == [ref]
    assert NoticeKind.DESTRUCTION_EARLY not in kinds(other)


def test_a_server_that_deletes_by_itself_is_noticed_and_the_copy_stays(due: Office) -> None:
    """SPEC 12.5: it cannot show the key, not even for what is due."""
    session, ref = synced(due)
    with due.database("intake") as connection:
        connection.execute(
            "UPDATE feed SET report = NULL, report_digest = ?, destruction_key = ?"
            " WHERE sequence = 1",
            (bytes(32), bytes(32)),
        )

    session.sync()

    assert NoticeKind.DESTRUCTION_UNPROVEN in kinds(session)
    assert NoticeKind.DESTRUCTION_EARLY not in kinds(session)
    assert session.report(ref).report["narrative"] == f"{CANARY} 港口"
    assert session.destroyed() == ()


def test_a_server_that_refuses_to_destroy_leaves_the_register_alone(due: Office) -> None:
    """Whoever deleted the own copy first could never ask again."""
    session, ref = synced(due)
    with due.database("intake") as connection:
        connection.execute("UPDATE feed SET destruction_id = ? WHERE sequence = 2", (bytes(32),))

    with pytest.raises(RefusedInputError, match="item 2"):
        session.destroy(ref)

    assert session.report(ref).report["narrative"] == f"{CANARY} 港口"


def test_a_server_that_is_away_destroys_nothing_here(due: Office) -> None:
    """And the same again goes on when it is back."""
    session, ref = synced(due)
    due.stop()

    with pytest.raises(ServerUnavailableError):
        session.destroy(ref)
    assert session.report(ref).report["narrative"] == f"{CANARY} 港口"
    due.start()
    session.destroy(ref)

    assert [line.ref for line in session.destroyed()] == [ref]


@pytest.mark.parametrize("done", range(4))
def test_a_crash_between_steps_costs_a_repetition(due: Office, done: int) -> None:
    """Each step may come twice, and the register, which knows what to destroy, goes last."""
    session, ref = worked_on(due)
    courier = courier_of(load_trust(session.keyring.home))
    for step in destroyer(session, courier).steps(session._reading.case_ref(ref))[:done]:
        step()
    courier.close()
    session.close()

    again = due.session("triage-1")
    again.destroy(ref)

    assert [line.ref for line in again.destroyed()] == [ref]
    assert rows_of_server(due, "parts", "SELECT count(*) FROM parts") == [(0,)]
    assert rows_of_server(
        due, "intake", "SELECT sequence FROM feed WHERE report IS NULL ORDER BY 1"
    ) == [(1,), (2,)]


def test_a_server_that_brings_it_back_brings_nothing_back(due: Office) -> None:
    """An old copy of the feed, and a console that tries every item anew."""
    session, ref = synced(due)
    kept = rows_of_server(due, "intake", "SELECT report, sequence FROM feed")
    session.destroy(ref)
    with due.database("intake") as connection:
        connection.executemany("UPDATE feed SET report = ? WHERE sequence = ?", kept)
    session.scan_again()

    session.sync()

    assert [line.ref for line in session.destroyed()] == [ref]
    assert CANARY.encode() not in bytes_of_register(session)


def test_what_came_since_the_last_sync_goes_too(due: Office) -> None:
    """A last message of the reporter must not be left over."""
    session, ref = synced(due)
    due.file(WHO, Contents(report={"text": "late"}), n=2, kind=DocumentKind.MESSAGE)

    session.destroy(ref)

    assert session.destroyed()[0].sequences == (1, 2, 4)


def test_the_commands_destroy_and_list(due: Office) -> None:
    """`triage destroy` asks; `triage list --destroyed` shows the line."""
    shell = Shell(due, "triage-1")
    shell("sync")
    ref = shell.json("list")[-1]["ref"]

    asked = shell("destroy", ref)
    done, again = shell.json("destroy", ref, "--yes"), shell("destroy", ref, "--yes")

    assert asked.returncode == 2
    assert "Destroys" in asked.stderr
    assert done == {"ref": ref, "destroyed": True}
    assert again.returncode == 6
    assert "was destroyed on" in again.stderr
    (line,) = shell.json("list", "--destroyed")
    assert (line["ref"], [each["sequence"] for each in line["items"]]) == (ref, [1, 2])
    assert CANARY not in shell("list", "--destroyed").stdout
    assert "was destroyed on" in shell("reply", ref, "--phrase", "later").stderr


def test_a_report_that_lies_about_its_files_can_be_destroyed(office: Office, file: Sealed) -> None:
    """An entry that no server ever took names no part; the others go."""
    endless = {**file.json(), "size_bytes": 1 << 45}
    office.upload(file.upload, file.parts())
    files = [endless, file.json()]
    office.file(WHO, Contents(report={"narrative": "x", "files": files}))
    withdraw(office)
    age(office, DESTROY_AFTER_DAYS)
    session, ref = synced(office)

    session.destroy(ref)

    assert rows_of_server(office, "parts", "SELECT count(*) FROM parts") == [(0,)]

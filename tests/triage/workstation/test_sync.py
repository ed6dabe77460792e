"""Syncing against a real server, honest and hostile. Source: DESIGN §5; SPEC §6.4, §12.2."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from crypto.custody.reporter import Contents, seal_submission
from crypto.wire.contents import DocumentKind
from crypto.wire.roles import Role
from tests.triage.hostile_server import Said, hostile_server
from tests.triage.office import Office, passphrase_of, saying
from triage.cases.report import NoticeKind, SiblingState
from triage.courier.https import Courier
from triage.errors import NotAdmittedError, ServerUnavailableError
from triage.private_files import replace_file
from triage.register.database import Database
from triage.register.store import Register
from triage.workstation.session import Session
from triage.workstation.sync import SIBLINGS_EVERY, Sync, SyncResult
from triage.workstation.trust import load_trust

KILLED_SYNC = """
import os, signal, sys, threading, time
from triage.workstation import sync
sync.PAGE_ITEMS = 4
def end():
    time.sleep(float(sys.argv[1]))
    os.kill(os.getpid(), signal.SIGKILL)
threading.Thread(target=end, daemon=True).start()
from triage.cli import main
sys.exit(main(["sync", "--processes", "1"]))
"""


def synced(office: Office, name: str = "triage-1") -> tuple[Session, SyncResult]:
    """An officer's session after one sync."""
    session = office.session(name)
    return session, session.sync(processes=1)


def kinds(session: Session) -> list[NoticeKind]:
    """What is wrong."""
    return [notice.kind for notice in session.notices()]


def test_a_report_to_triage_is_opened_by_triage_and_by_nobody_else(office: Office) -> None:
    """DESIGN §5: not for this desk means in no list and in no count."""
    office.file(1, saying("他们在夜里传数据", category="E4", urgency="now"))

    triage, result = synced(office)
    oversight, nothing = synced(office, "oversight-1")

    assert result == SyncResult(new=1, opened=1, quarantined=0)
    (summary,) = triage.list_reports()
    assert (summary.category, summary.urgency, summary.unread) == ("E4", "now", True)
    assert triage.report(summary.ref).report["narrative"] == "他们在夜里传数据"
    assert nothing == SyncResult(new=0, opened=0, quarantined=0)
    assert oversight.list_reports() == ()


def test_a_report_about_staff_is_opened_by_oversight_and_not_by_triage(office: Office) -> None:
    """DOMAIN §3, question 2."""
    office.file(2, Contents(about_staff=True, report={"narrative": "x", "about_staff": True}))

    triage, nothing = synced(office)
    oversight, result = synced(office, "oversight-1")

    assert (nothing.new, result.opened) == (0, 1)
    assert triage.list_reports() == ()
    assert oversight.list_reports()[0].about_staff


def test_a_submission_without_a_report_is_for_neither_desk(office: Office) -> None:
    """SPEC 6.5: both slots are thrown away."""
    office.file(3, Contents(protection={"wishes": "x"}), n=1, kind=DocumentKind.MESSAGE)

    assert synced(office)[1].new == synced(office, "oversight-1")[1].new == 0


def test_a_second_sync_brings_nothing_and_a_later_one_only_what_is_new(office: Office) -> None:
    """It resumes where it stopped."""
    office.file(4, saying("first"))
    session, first = synced(office)

    second = session.sync(processes=1)
    office.file(5, saying("second"))
    third = session.sync(processes=1)

    assert (first.new, second.new, third.new) == (1, 0, 1)
    assert [each.sequence for each in session.list_reports()] == [2, 1]


def test_a_later_message_is_attached_to_its_case_and_makes_it_unread(office: Office) -> None:
    """SPEC 10.2: only the opened document says that it belongs to an earlier one."""
    office.file(6, saying("first", category="E1"))
    session, _ = synced(office)
    ref = session.list_reports()[0].ref
    session.mark_read(ref)

    office.file(6, Contents(report={"text": "more"}), n=1, kind=DocumentKind.MESSAGE)
    session.sync(processes=1)

    (summary,) = session.list_reports()
    assert (summary.ref, summary.unread, summary.messages) == (ref, True, 1)
    report = session.report(ref)
    assert report.report["narrative"] == "first"
    assert [(each.n, each.content["text"]) for each in report.messages] == [(1, "more")]


@pytest.mark.parametrize("hour", [0, 2**32 - 1])
def test_an_hour_that_no_calendar_holds_keeps_no_report_from_being_read(
    office: Office, hour: int
) -> None:
    """The chain does not bind the hour: a hostile server may name any u32."""
    office.file(7, saying("report 7"))
    with office.database("intake") as connection:
        connection.execute("UPDATE feed SET hour = ?", (hour,))

    session, result = synced(office)

    (summary,) = session.list_reports()
    assert result.opened == 1
    assert session.report(summary.ref).report["narrative"] == "report 7"
    # In every time zone, too.
    ends = (summary.received_at + timedelta(hours=offset) for offset in (-15, 15))
    assert all(end.year in {1969, 1970, 9999} for end in ends)


def test_one_altered_envelope_is_quarantined_and_stops_nothing(office: Office) -> None:
    """DESIGN §5: a slot opened and what follows failed."""
    for number in (7, 8, 9):
        office.file(number, saying(f"report {number}"))
    with office.database("intake") as connection:
        (report,) = connection.execute("SELECT report FROM feed WHERE sequence = 2").fetchone()
        altered = report[:-1] + bytes([report[-1] ^ 1])
        connection.execute("UPDATE feed SET report = ? WHERE sequence = 2", (altered,))
    office.chain_anew()

    session, result = synced(office)

    assert (result.new, result.opened, result.quarantined) == (3, 2, 1)
    assert [(each.sequence, each.reason) for each in session.quarantined()] == [(2, "OpeningError")]
    assert [each.sequence for each in session.list_reports()] == [3, 1]


def test_a_malformed_header_is_quarantined(office: Office) -> None:
    """DESIGN §5: or the header is malformed."""
    office.file(10, saying("one"))
    with office.database("intake") as connection:
        (report,) = connection.execute("SELECT report FROM feed").fetchone()
        connection.execute("UPDATE feed SET report = ?", (b"\xff" + report[1:],))
    office.chain_anew()

    session, result = synced(office)

    assert result.quarantined == 1
    assert session.quarantined()[0].reason == "MalformedEnvelopeError"


def test_a_rewritten_feed_is_noted_and_what_was_opened_stays(office: Office) -> None:
    """SPEC 12.2: a console remembers (n, head)."""
    for number in (11, 12):
        office.file(number, saying(f"report {number}"))
    session, _ = synced(office)
    with office.database("intake") as connection:
        connection.execute("UPDATE feed SET rest = ? WHERE sequence = 1", (bytes(32),))
    office.chain_anew()
    office.file(13, saying("after"))

    result = session.sync(processes=1)

    assert result.problems == ("FeedRewrittenError",)
    assert NoticeKind.FEED_REWRITTEN in kinds(session)
    assert [each.sequence for each in session.list_reports()] == [2, 1]


def test_a_feed_that_was_cut_is_noted_although_nothing_new_came(office: Office) -> None:
    """DESIGN §3: reordering and gaps are detected."""
    for number in (14, 15):
        office.file(number, saying(f"report {number}"))
    session, _ = synced(office)
    with office.database("intake") as connection:
        connection.execute("DELETE FROM feed WHERE sequence = 2")

    result = session.sync(processes=1)

    assert result.problems == ("FeedGapError",)
    assert NoticeKind.FEED_GAP in kinds(session)
    assert len(session.list_reports()) == 2


def test_items_before_a_gap_are_opened(office: Office) -> None:
    """One bad item never stops those before it."""
    for number in (16, 17, 18):
        office.file(number, saying(f"report {number}"))
    with office.database("intake") as connection:
        connection.execute("DELETE FROM feed WHERE sequence = 2")

    session, result = synced(office)

    assert (result.opened, result.problems) == (1, ("FeedGapError",))
    assert [each.sequence for each in session.list_reports()] == [1]


def test_a_dropped_sibling_is_flagged(office: Office) -> None:
    """DESIGN §3: nobody can lose a part silently."""
    office.file(19, Contents(report={"narrative": "x"}, protection={"wishes": "y"}))
    with office.database("vault") as connection:
        connection.execute("DELETE FROM rows WHERE purpose = 4")

    session, _ = synced(office)

    (summary,) = session.list_reports()
    states = {each.purpose: each.state for each in session.report(summary.ref).siblings}
    assert summary.flagged
    assert states == {
        "identity": SiblingState.PRESENT,
        "protection": SiblingState.MISSING,
        "reward": SiblingState.PRESENT,
    }
    assert kinds(session) == [NoticeKind.SIBLING_MISSING]


def test_an_altered_sibling_is_flagged(office: Office) -> None:
    """SPEC 8.1: the report carries the digests of its siblings."""
    office.file(20, saying("x"))
    with office.database("vault") as connection:
        connection.execute("UPDATE rows SET digest = ? WHERE purpose = 3", (bytes(32),))

    session, _ = synced(office)

    assert kinds(session) == [NoticeKind.SIBLING_ALTERED]


def test_the_same_document_again_is_flagged_and_not_shown_twice(office: Office) -> None:
    """A hostile operator repeats a report."""
    office.file(21, saying("once"))
    with office.database("intake") as connection:
        connection.execute(
            "INSERT INTO feed SELECT 2, hour, rest, acknowledgement_hash, head,"
            " destruction_id, report, report_digest, destruction_key FROM feed"
        )
        connection.execute("UPDATE feed_head SET sequence = 2")
    office.chain_anew()

    session, _ = synced(office)

    (summary,) = session.list_reports()
    assert session.report(summary.ref).duplicates == (2,)
    assert kinds(session) == [NoticeKind.DUPLICATE]


def test_a_key_that_comes_later_opens_what_came_before(office: Office) -> None:
    """A new member reads the epoch's earlier reports; those not theirs stay unseen."""
    office.file(22, saying("early"))
    office.trust("triage-2")
    newcomer, nothing = synced(office, "triage-2")
    newcomer.close()

    office.grant("triage-1", "triage-2", Role.TRIAGE)
    again, result = synced(office, "triage-2")

    assert (nothing.new, result.opened) == (0, 1)
    assert len(again.list_reports()) == 1


def test_a_grant_found_while_syncing_scans_the_feed_again(office: Office) -> None:
    """SPEC 15.1: a grant lies on the desk face; what came before it opens now."""
    office.file(23, saying("early"))
    office.enrol("both-1", (Role.TRIAGE, Role.OVERSIGHT))
    office.publish()
    office.trust("both-1")
    office.grant("oversight-1", "both-1", Role.OVERSIGHT)
    session, before = synced(office, "both-1")
    office.post_grants("triage-1", "both-1", Role.TRIAGE)

    after = session.sync(processes=1)

    assert (before.opened, after.opened) == (0, 1)
    assert session.sync(processes=1).new == 0


def test_a_sync_killed_at_any_moment_loses_and_repeats_nothing(office: Office) -> None:
    """Position and items are written in one transaction."""
    key_set = office.key_set()
    for number in range(30, 60):
        keys = office.reporter(number)
        office.send(seal_submission(keys, saying(f"report {number}"), key_set).raw)
    passphrase = office.folder / "passphrase"
    replace_file(passphrase, passphrase_of("triage-1"))
    environment = {
        **office.environment(),
        "TRIAGE_HOME": str(office.home("triage-1").folder),
        "TRIAGE_PASSPHRASE_FILE": str(passphrase),
    }

    for tenths in range(1, 8):
        subprocess.run(
            [sys.executable, "-c", KILLED_SYNC, str(tenths / 10)],
            env=environment,
            check=False,
            capture_output=True,
            timeout=60,
        )
    session, _ = synced(office)

    assert sorted(each.sequence for each in session.list_reports()) == list(range(1, 31))
    assert kinds(session) == []


def test_an_officer_who_is_no_longer_listed_is_not_admitted(office: Office) -> None:
    """SPEC 18: the newest key set decides."""
    stranger = office.home("stranger")
    office.file(24, saying("x"))
    assert stranger.folder.exists() is False
    office.enrol("stranger", (Role.TRIAGE,))

    with pytest.raises(NotAdmittedError):
        office.trust("stranger")


@pytest.mark.parametrize(
    ("said", "problems"),
    [
        (
            {"/vault/v1/row-digests": Said(status=403)},
            ("ServerRefusedError", "ServerRefusedError", "NotAdmittedError"),
        ),
        (
            {"/desk/v1/grants": Said(b"cut"), "/desk/v1/feed": Said(b"no page")},
            ("RefusedInputError", "MalformedSubmissionError", "ServerRefusedError"),
        ),
        (
            {"/desk/v1/grants": Said(), "/vault/v1/row-digests": Said(b"cut")},
            ("ServerRefusedError", "RefusedInputError"),
        ),
    ],
)
def test_a_server_that_refuses_or_garbles_a_part_does_not_end_the_sync(
    office: Office, said: dict[str, Said], problems: tuple[str, ...]
) -> None:
    """What is wrong is named, what was opened stays; what is not said is a 404."""
    office.file(26, saying("x"))
    session, _ = synced(office)
    keyring, trust = session.keyring, load_trust(session.keyring.home)
    path = keyring.home.register_file(trust.instance)
    register = Register(Database(path, keyring.register_key()))

    with hostile_server() as hostile:
        hostile.says.update(said)
        courier = Courier(hostile.url)
        later = datetime.now(UTC) + 2 * SIBLINGS_EVERY
        result = Sync(keyring, register, courier, trust, later, processes=1).run()
        courier.close()

    assert result == SyncResult(new=0, opened=0, quarantined=0, problems=problems)
    assert len(session.list_reports()) == 1
    register.close()


def test_an_unreachable_server_ends_a_sync_and_keeps_what_there_was(office: Office) -> None:
    """EXAM, exit code 4."""
    office.file(25, saying("x"))
    session, _ = synced(office)
    office.stop()

    with pytest.raises(ServerUnavailableError):
        session.sync(processes=1)

    assert len(session.list_reports()) == 1

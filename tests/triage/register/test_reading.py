"""Reading the register: pages, filters, references, read marks. Source: PERFORMANCE §5."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crypto.errors import FeedRewrittenError
from triage.cases.outcome import Opened
from triage.cases.reference import spell_case
from triage.cases.report import NoticeKind
from triage.errors import LockedError, NoSuchThingError, RegisterError, WrongUseError
from triage.register.database import Database
from triage.register.reading import Filter, Neighbours, Reading
from triage.register.store import Position, Register

KEY = bytes(range(32))
INSTANCE = bytes(32)
CATEGORIES = ("E1", "D2", "X0")


def opened(
    sequence: int, case: int, n: int = 0, content: bytes | None = None, words: str = ""
) -> Opened:
    """A document of a case; categories take turns."""
    category = CATEGORIES[sequence % 3]
    narrative = f'{{"narrative":"report {sequence}","category":"{category}","urgency":"now"}}'
    return Opened(
        sequence=sequence,
        hour=490000,
        key_set_version=1,
        case_ref=case.to_bytes(32),
        n=n,
        kind=1 if n == 0 else 2,
        slot_key=bytes(32),
        reply_key=bytes(1216),
        content=narrative.encode() if content is None else content,
        words=f"report {sequence} {words}",
        siblings=(),
    )


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty register."""
    made = Database(tmp_path / "register.sqlite", KEY)
    yield made
    made.close()


def record(database: Database, *documents: Opened) -> None:
    """Write documents as one page."""
    register = Register(database)
    before = register.scanned(INSTANCE)
    register.record_page(INSTANCE, documents, before, Position(documents[-1].sequence, b"h" * 32))


def test_one_look_sees_one_state(database: Database, tmp_path: Path) -> None:
    """A sync that writes between two questions does not make list and numbers disagree."""
    record(database, opened(1, 1))
    reading, writer = Reading(database), Database(tmp_path / "register.sqlite", KEY)

    with database.one_look():
        before = reading.counts().reports
        record(writer, opened(2, 2))
        during = (reading.counts().reports, len(reading.list_reports()))
    after = reading.look(Filter(), before=None, limit=9)
    writer.close()

    assert (before, during) == (1, (1, 1))
    assert (after.counts.reports, len(after.reports)) == (2, 2)


def test_pages_follow_each_other_without_gap_or_repeat(database: Database) -> None:
    """Keyset: sequence < before."""
    record(database, *(opened(number, number) for number in range(1, 8)))
    reading = Reading(database)

    first = reading.list_reports(limit=3)
    second = reading.list_reports(limit=3, before=first[-1].sequence)
    third = reading.list_reports(limit=3, before=second[-1].sequence)

    assert [each.sequence for each in (*first, *second, *third)] == [7, 6, 5, 4, 3, 2, 1]


def test_filters_narrow_the_queue(database: Database) -> None:
    """Unread, category, urgency."""
    record(database, *(opened(number, number) for number in range(1, 7)))
    reading = Reading(database)
    reading.mark_read(reading.list_reports()[0].ref)

    unread = reading.list_reports(Filter(unread=True))
    of_category = reading.list_reports(Filter(category="D2"))
    nothing = reading.list_reports(Filter(urgency="24h"))

    assert [each.sequence for each in unread] == [5, 4, 3, 2, 1]
    assert [each.sequence for each in of_category] == [4, 1]
    assert nothing == ()
    assert (reading.counts().reports, reading.counts().unread) == (6, 5)
    assert reading.counts().by_category == (("D2", 2), ("E1", 2), ("X0", 2))


def test_search_and_filters_hold_together(database: Database) -> None:
    """What is common is found by another way than what is rare, and both alike."""
    record(database, *(opened(n, n, words="tea " * (n % 2)) for n in range(1, 13)))
    reading = Reading(database)
    for ref in [each.ref for each in reading.list_reports(Filter(category="E1"))]:
        reading.mark_read(ref)

    def found(which: Filter, before: int | None = None) -> list[int]:
        return [each.sequence for each in reading.list_reports(which, before=before)]

    for common_from_hits in (1, 100):
        reading.common_from_hits = common_from_hits
        assert found(Filter(said="tea")) == [11, 9, 7, 5, 3, 1]
        assert found(Filter(said="tea", unread=True)) == [11, 7, 5, 1]
        assert found(Filter(said="te", category="D2", urgency="now")) == [7, 1]
        assert found(Filter(said="tea", category="D2"), before=7) == [1]
        assert found(Filter(said="tea", urgency="24h")) == []
        assert found(Filter(said="tea coffee")) == found(Filter(said="，")) == []


def test_search_reaches_every_hit_page_by_page(database: Database) -> None:
    """A common word hides nothing behind a limit."""
    record(database, *(opened(n, n) for n in range(1, 1201)))
    reading = Reading(database)
    pages: list[tuple[int, ...]] = []
    before: int | None = None

    while page := reading.list_reports(Filter(said="report"), before=before, limit=500):
        pages.append(tuple(each.sequence for each in page))
        before = page[-1].sequence

    assert [len(page) for page in pages] == [500, 500, 200]
    assert [sequence for page in pages for sequence in page] == list(range(1200, 0, -1))


def test_a_case_of_several_documents_is_found_once(database: Database) -> None:
    """By the words of any of its messages."""
    record(
        database,
        opened(1, 1, words="tea"),
        opened(2, 2),
        opened(3, 1, n=1, content=b'{"text":"more"}', words="tea coffee"),
    )
    reading = Reading(database)

    assert [each.sequence for each in reading.list_reports(Filter(said="tea"))] == [1]
    assert [each.sequence for each in reading.list_reports(Filter(said="coffee"))] == [1]


def test_neighbours_are_those_of_the_whole_list(database: Database) -> None:
    """None above the newest, none below the oldest."""
    record(database, *(opened(number, number) for number in (2, 5, 9)))
    reading = Reading(database)
    newest, middle, oldest = (each.ref for each in reading.list_reports())

    assert reading.neighbours(9) == Neighbours(newer=None, older=middle)
    assert reading.neighbours(5) == Neighbours(newer=newest, older=oldest)
    assert reading.neighbours(2) == Neighbours(newer=middle, older=None)


def test_a_ref_grows_until_it_is_unambiguous(database: Database) -> None:
    """EXAM: longer where ambiguous."""
    record(database, opened(1, 1), opened(2, 2))
    near = spell_case((2).to_bytes(32))[:9] + "0" * 43
    database.execute("UPDATE cases SET spelling = ? WHERE sequence = 1", (near,))
    reading = Reading(database)

    refs = [each.ref for each in reading.list_reports()]

    assert len(set(refs)) == 2
    assert {len(ref) for ref in refs} == {10}
    with pytest.raises(WrongUseError):
        reading.report(near[:8])
    assert [reading.report(ref).ref for ref in refs] == refs


@pytest.mark.parametrize("typed", ["", "ABC", "ABCDEFG!", "U" * 8, "' OR 1=1", "%" * 8])
def test_what_is_no_ref_is_wrong_use(database: Database, typed: str) -> None:
    """Eight Crockford symbols or more."""
    with pytest.raises(WrongUseError):
        Reading(database).report(typed)


def test_a_ref_of_no_report_is_no_such_thing(database: Database) -> None:
    """EXAM, exit code 6."""
    with pytest.raises(NoSuchThingError):
        Reading(database).report("00000000")


def test_a_message_that_came_before_its_report_finds_it_later(database: Database) -> None:
    """The feed may bring n + 1 first."""
    message = opened(1, 5, n=1, content=b'{"text":"more"}')
    record(database, message)
    alone = Reading(database).report(spell_case((5).to_bytes(32))[:8])
    record(database, opened(2, 5))

    whole = Reading(database).report(alone.ref)

    assert (alone.report, len(alone.messages)) == ({}, 1)
    assert whole.report["narrative"] == "report 2"
    assert [each.n for each in whole.messages] == [1]


def test_a_page_is_written_whole_or_not_at_all(database: Database) -> None:
    """Position and items belong to one transaction."""
    broken = opened(2, 2, content=b"not json")

    with pytest.raises(Exception, match=r"SPEC 2\.3"):
        record(database, opened(1, 1), broken)

    assert Reading(database).list_reports() == ()
    assert Register(database).scanned(INSTANCE).sequence == 0


def test_a_second_scan_must_meet_the_verified_head(database: Database) -> None:
    """A server can't show a new key holder another past."""
    register = Register(database)
    record(database, opened(1, 1), opened(2, 2))
    register.scan_again(INSTANCE)
    start = register.scanned(INSTANCE)

    for wrong in (Position(2, b"x" * 32), Position(3, b"h" * 32)):
        with pytest.raises(FeedRewrittenError):
            register.record_page(INSTANCE, (), start, wrong)

    register.record_page(INSTANCE, (opened(2, 2),), start, Position(2, b"h" * 32))
    assert register.verified(INSTANCE).sequence == 2
    assert len(Reading(database).list_reports()) == 2


def test_a_register_opens_with_its_own_key_only(tmp_path: Path) -> None:
    """EXAM, exit code 5."""
    path = tmp_path / "register.sqlite"
    Database(path, KEY).close()

    with pytest.raises(LockedError):
        Database(path, bytes(32))

    assert path.read_bytes()[:15] != b"SQLite format 3"
    assert path.stat().st_mode & 0o077 == 0


def test_a_damaged_or_full_register_is_one_declared_error(tmp_path: Path) -> None:
    """Nothing of a page is written, and the file stays usable where it can."""
    path = tmp_path / "register.sqlite"
    database = Database(path, KEY)
    record(database, *(opened(n, n, words="tea " * 2000) for n in range(1, 20)))
    database.execute("PRAGMA max_page_count = 1")

    with pytest.raises(RegisterError):
        record(database, *(opened(n, n, words="tea " * 2000) for n in range(20, 60)))

    assert len(Reading(database).list_reports()) == 19
    database.close()
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(bytes(path.stat().st_size - 8192))
    with pytest.raises(RegisterError):
        Database(path, KEY)


def test_a_register_damaged_in_its_rows_is_the_same_error(tmp_path: Path) -> None:
    """It opens, because its schema is whole; what lies in it can't be read."""
    path = tmp_path / "register.sqlite"
    database = Database(path, KEY)
    record(database, *(opened(n, n, words="tea " * 2000) for n in range(1, 20)))
    (root,) = database.row("SELECT rootpage FROM sqlite_schema WHERE name = 'cases'") or (0,)
    (page_bytes,) = database.row("PRAGMA page_size") or (0,)
    database.close()
    with path.open("r+b") as file:
        file.seek((int(root) - 1) * int(page_bytes))
        file.write(bytes(int(page_bytes)))

    damaged = Database(path, KEY)
    with pytest.raises(RegisterError):
        Reading(damaged).list_reports()
    damaged.close()


def test_notices_come_once(database: Database) -> None:
    """The same fault found every minute is one notice."""
    register = Register(database)
    for _ in range(3):
        register.note(NoticeKind.FEED_GAP, "5", datetime.now(UTC))

    assert len(register.stored_notices()) == 1
    register.settle(NoticeKind.FEED_GAP)
    assert register.stored_notices() == ()

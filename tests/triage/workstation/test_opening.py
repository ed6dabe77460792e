"""Opening in one process and in several. Source: PERFORMANCE §5; SPEC §6.4."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crypto.custody.reporter import Contents, ReporterKeys, seal_submission
from crypto.wire.feed import FeedItem
from crypto.wire.receipt import ReceiptCode
from crypto.wire.roles import Role
from crypto.wire.submission import parse_submission, value_digest
from tests.authority import DESK_ROLES, make_authority, seed_of
from triage.cases.outcome import Faulty, NotForDesk, Opened
from triage.workstation.opening import POOL_FROM_ITEMS, Opener, opening_pool

AUTHORITY = make_authority()
KEY_SET = AUTHORITY.key_set
INSTANCE = AUTHORITY.instance_id

HOLDS_KEYS = """
import sys, time
from crypto.wire.feed import FeedItem
from triage.workstation.opening import POOL_FROM_ITEMS, OpeningPool
if __name__ == "__main__":
    pool = OpeningPool([bytes(32)], bytes(32), 2)
    item = FeedItem(1, 1, b"", b"", b"", b"")
    pool.open_all([item] * POOL_FROM_ITEMS)
    print(*(pool._executor._processes), flush=True)
    time.sleep(60)
"""


def seed(role: Role) -> bytes:
    """The seed of a desk of the test authority."""
    return seed_of(f"{AUTHORITY.name}/desk/{role.wire_name}")


def item(number: int, contents: Contents) -> FeedItem:
    """A sealed report as the feed brings it."""
    keys = ReporterKeys.derive(ReceiptCode(number), INSTANCE)
    sealed = parse_submission(seal_submission(keys, contents, KEY_SET).raw)
    return FeedItem(number, 490000, bytes(32), bytes(32), bytes(32), sealed.report)


def report(number: int, *, about_staff: bool = False) -> FeedItem:
    """A report that says its number."""
    return item(number, Contents(about_staff, {"narrative": f"茶馆 {number}", "category": "E1"}))


@pytest.mark.parametrize("role", DESK_ROLES)
def test_every_desk_but_the_addressed_one_sees_nothing(role: Role) -> None:
    """Every wrong key: not for this desk."""
    ordinary, about_staff = report(1), report(2, about_staff=True)
    opener = Opener.of([seed(role)], INSTANCE)

    outcomes = (type(opener.open(ordinary)), type(opener.open(about_staff)))

    readers = {Role.TRIAGE: (Opened, NotForDesk), Role.OVERSIGHT: (NotForDesk, Opened)}
    assert outcomes == readers.get(role, (NotForDesk, NotForDesk))


def test_a_report_sealed_for_another_service_is_quarantined() -> None:
    """SPEC 3.2: two services never accept each other's objects."""
    elsewhere = make_authority(origin="https://elsewhere.example")
    opener = Opener.of([seed(Role.TRIAGE)], elsewhere.instance_id)

    outcome = opener.open(report(3))

    assert isinstance(outcome, Faulty)
    assert outcome.reason == "OpeningError"


def test_siblings_are_those_of_the_submission() -> None:
    """SPEC 10.3, 10.4: rows are found from the opened document alone."""
    keys = ReporterKeys.derive(ReceiptCode(4), INSTANCE)
    raw = seal_submission(keys, Contents(report={"narrative": "x"}), KEY_SET).raw
    submission = parse_submission(raw)
    sealed = FeedItem(4, 1, bytes(32), bytes(32), bytes(32), submission.report)

    outcome = Opener.of([seed(Role.TRIAGE)], INSTANCE).open(sealed)

    assert isinstance(outcome, Opened)
    assert [each.row_id for each in outcome.siblings] == list(submission.row_ids)
    assert [each.digest for each in outcome.siblings] == [
        value_digest(value) for value in submission.row_values
    ]


def test_several_processes_give_what_one_gives_in_the_same_order() -> None:
    """A pool changes nothing but the time."""
    kinds = [report(number, about_staff=number % 3 == 0) for number in range(1, 11)]
    broken = FeedItem(11, 1, bytes(32), bytes(32), bytes(32), b"\xff" * 18840)
    items = [*kinds, broken] * (POOL_FROM_ITEMS // 11 + 1)
    seeds = [seed(Role.TRIAGE)]

    opener = Opener.of(seeds, INSTANCE)
    with opening_pool(seeds, INSTANCE, processes=2) as pool:
        outcomes = pool.open_all(items)

    assert outcomes == [opener.open(each) for each in items]


def test_workers_end_with_the_process_that_was_killed() -> None:
    """Keys must not outlive a lock, however the process ended."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS_KEYS], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        workers = [int(word) for word in process.stdout.readline().split()]
        os.kill(process.pid, signal.SIGKILL)

    give_up_at = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in workers):
        assert time.monotonic() < give_up_at
        time.sleep(0.05)
    assert workers

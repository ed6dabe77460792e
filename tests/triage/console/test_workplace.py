"""One sync at a time; the button waits for one that runs already."""

import threading
import time
from datetime import UTC, datetime
from types import FrameType
from typing import Any, cast

import pytest

from tests.triage.console.office import PASSPHRASE, Browser
from triage.console.workplace import Pulse, SyncKind, Workplace
from triage.errors import LockedError
from triage.workstation.session_process import SessionProcess

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def test_two_syncs_never_run_at_once(officer: Browser) -> None:
    """The second waits its turn and then looks again."""
    outcomes = []
    threads = [
        threading.Thread(
            target=lambda: outcomes.append(officer.workplace.sync(now=lambda: NOW, wait_seconds=20))
        )
        for _ in range(3)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [outcome.kind for outcome in outcomes if outcome] == [SyncKind.UNREACHABLE] * 3


def test_a_locked_console_does_not_sync(browser: Browser) -> None:
    """There is no key to ask with."""
    with pytest.raises(LockedError):
        browser.workplace.sync(now=lambda: NOW)


def wait_for_a_sync(workplace: Workplace) -> None:
    """Wait until the present session has looked at the server, 20 seconds at most."""
    give_up_at = time.monotonic() + 20
    while workplace.sync_state.latest is None and time.monotonic() < give_up_at:
        time.sleep(0.1)


def test_a_sync_that_a_lock_cut_off_leaves_the_next_session_alone(officer: Browser) -> None:
    """Who locks and unlocks again while a sync runs stays unlocked, and is synced at once."""
    workplace, first = officer.workplace, officer.workplace.session
    lingers, goes_on = threading.Event(), threading.Event()

    def linger_before_asking(frame: FrameType, _event: str, _value: object) -> None:
        if frame.f_code is SessionProcess.sync.__code__:
            lingers.set()
            goes_on.wait(20)

    before = threading.gettrace()
    threading.settrace(linger_before_asking)
    pulse = Pulse(workplace)
    pulse.start()
    threading.settrace(cast("Any", before))
    lingers.wait(20)
    workplace.lock()
    workplace.unlock(PASSPHRASE)
    goes_on.set()
    wait_for_a_sync(workplace)

    assert workplace.is_unlocked
    assert workplace.session is not first
    assert workplace.sync_state.latest is not None
    pulse.stop()


def test_an_unlocked_console_syncs_by_itself(officer: Browser) -> None:
    """DESIGN 5: unlocked consoles poll every minute; the first time at once."""
    pulse = Pulse(officer.workplace)
    pulse.start()

    wait_for_a_sync(officer.workplace)
    latest = officer.workplace.sync_state.latest
    pulse.stop()

    assert latest is not None
    assert latest.kind is SyncKind.UNREACHABLE
    assert latest.faults == ("ServerUnavailableError",)
    assert not officer.workplace.is_unlocked

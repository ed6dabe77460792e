"""One sync at a time; the button waits for one that runs already."""

import threading
import time
from datetime import UTC, datetime

import pytest

from tests.triage.console.office import Browser
from triage.console.workplace import Pulse, SyncKind
from triage.errors import LockedError

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


def test_an_unlocked_console_syncs_by_itself(officer: Browser) -> None:
    """DESIGN 5: unlocked consoles poll every minute; the first time at once."""
    pulse = Pulse(officer.workplace)
    pulse.start()

    give_up_at = time.monotonic() + 20
    while officer.workplace.sync_state.latest is None and time.monotonic() < give_up_at:
        time.sleep(0.1)
    latest = officer.workplace.sync_state.latest
    pulse.stop()

    assert latest is not None
    assert latest.kind is SyncKind.UNREACHABLE
    assert latest.faults == ("ServerUnavailableError",)
    assert not officer.workplace.is_unlocked

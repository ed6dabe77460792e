"""DESIGN 5: the console locks itself, and the process that holds the keys ends."""

import multiprocessing

from tests.triage.console.office import Browser
from triage.console.workplace import IDLE_SECONDS, LockedBecause


def key_processes() -> list[int | None]:
    """The processes of this one that hold opened keys."""
    return [child.pid for child in multiprocessing.active_children() if child.name == "triage keys"]


def test_everything_leads_to_unlocking_while_locked(browser: Browser) -> None:
    """No page of the register is shown before the passphrase."""
    browser.enter()

    for path in ("", "reports/00000000", "quarantine", "settings"):
        assert browser.get(path).headers["Location"] == browser.address("unlock")


def test_a_wrong_passphrase_opens_nothing(browser: Browser) -> None:
    """The page says so without repeating what was typed."""
    browser.enter()

    wrong = browser.post("unlock", passphrase="canary-of-a-wrong-passphrase")
    empty = browser.post("unlock", passphrase="")

    assert wrong.status_code == 403
    assert b"canary" not in wrong.data
    assert empty.status_code == 403
    assert not browser.workplace.is_unlocked
    assert key_processes() == []


def test_unlocking_starts_the_key_process_and_locking_ends_it(browser: Browser) -> None:
    """DESIGN 5: opened keys live in a helper process that ends on lock."""
    browser.enter()
    browser.unlock()
    unlocked = key_processes()

    locked = browser.post("lock")

    assert len(unlocked) == 1
    assert locked.headers["Location"] == browser.address("unlock")
    assert key_processes() == []


def test_a_key_process_that_died_leads_to_unlocking(officer: Browser) -> None:
    """The officer is asked again instead of being sent round in circles."""
    for child in multiprocessing.active_children():
        child.kill()
        child.join()

    answer = officer.get("")

    assert answer.headers["Location"] == officer.address("unlock")
    assert officer.get("unlock").status_code == 200
    assert officer.unlock().headers["Location"] == officer.address("")
    assert officer.get("").status_code == 200


def test_it_locks_itself_when_nobody_uses_it(officer: Browser) -> None:
    """The server decides, whatever the page does."""
    officer.clock.seconds += IDLE_SECONDS

    answer = officer.get("")

    assert answer.headers["Location"] == officer.address("unlock")
    assert officer.workplace.locked_because is LockedBecause.IDLE
    assert key_processes() == []


def test_using_it_starts_the_time_anew(officer: Browser) -> None:
    """Ten minutes without use, not ten minutes in all."""
    for path in ("", "settings", "quarantine"):
        officer.clock.seconds += IDLE_SECONDS - 1
        assert officer.get(path).status_code == 200

    officer.clock.seconds += IDLE_SECONDS - 1
    told = officer.post("active")

    assert told.json == {"seconds_left": IDLE_SECONDS}
    assert officer.workplace.is_unlocked


def test_what_a_page_asks_by_itself_keeps_nothing_unlocked(officer: Browser) -> None:
    """An open page in an empty room asks for its status for ever."""
    officer.clock.seconds += IDLE_SECONDS / 2
    first = officer.get("status")
    officer.clock.seconds += IDLE_SECONDS / 2
    second = officer.get("status")

    asked = {"opened_in_all": 0, "first_sync_ended": False}
    assert first.json == {"unlocked": True, "seconds_left": IDLE_SECONDS // 2, **asked}
    assert second.json == {"unlocked": False, "seconds_left": 0, **asked}
    assert not officer.workplace.is_unlocked


def test_the_idle_watch_locks_without_any_request(officer: Browser) -> None:
    """The keys go even when no browser is left to ask."""
    officer.clock.seconds += IDLE_SECONDS

    officer.workplace.lock_if_idle()

    assert key_processes() == []
    assert "10" in officer.get("unlock").get_data(as_text=True)


def test_the_countdown_is_on_every_page(officer: Browser) -> None:
    """The officer sees when it will lock."""
    officer.clock.seconds += 0

    for path in ("", "settings", "quarantine"):
        assert ">10:00<" in officer.get(path).get_data(as_text=True)

"""DESIGN 5: the console is opened with a one-time link, by one browser on this machine."""

import pytest

from tests.triage.console.office import AUTHORITY, BASE_URL, Browser


def test_the_link_opens_one_browser_once(browser: Browser) -> None:
    """DESIGN 5: one-time link."""
    link = f"/enter/{browser.entrance.new_link_token()}"
    first = browser.client.get(link, base_url=BASE_URL)
    cookie = browser.cookie

    second = browser.client.application.test_client().get(link, base_url=BASE_URL)

    assert first.status_code == 303
    assert second.status_code == 403
    assert "Set-Cookie" not in second.headers
    assert browser.cookie == cookie


def test_a_wrong_link_opens_nothing_and_spoils_nothing(browser: Browser) -> None:
    """A guess must not use the link up."""
    token = browser.entrance.new_link_token()

    wrong = browser.client.get("/enter/guess", base_url=BASE_URL)
    right = browser.client.get(f"/enter/{token}", base_url=BASE_URL)

    assert wrong.status_code == 403
    assert right.status_code == 303


@pytest.mark.parametrize("header", ["Sec-Purpose", "Purpose"])
def test_prefetching_does_not_use_the_link_up(browser: Browser, header: str) -> None:
    """A browser that fetches ahead of the person is not the person."""
    token = browser.entrance.new_link_token()

    ahead = browser.client.get(
        f"/enter/{token}", base_url=BASE_URL, headers={header: "prefetch;prerender"}
    )
    asked = browser.client.head(f"/enter/{token}", base_url=BASE_URL)
    followed = browser.client.get(f"/enter/{token}", base_url=BASE_URL)

    assert ahead.status_code == 403
    assert asked.status_code == 403
    assert followed.status_code == 303


def test_the_cookie_is_strict_hidden_from_scripts_and_kept_below_our_path(browser: Browser) -> None:
    """Cookies are shared between ports of a host (RFC 6265 §8.5); the path keeps ours apart."""
    cookie = browser.enter().headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert f"Path=/{browser.entrance.path}/" in cookie
    assert "Expires" not in cookie
    assert "Max-Age" not in cookie


def test_a_planted_cookie_is_refused(browser: Browser) -> None:
    """Another page on this machine may set a cookie before the officer enters."""
    path = f"/{browser.entrance.path}/"
    browser.client.set_cookie("console", "planted", domain="127.0.0.1", path=path)

    before = browser.get("unlock")
    browser.enter()

    assert before.status_code == 403
    assert browser.cookie != "planted"
    assert browser.get("unlock").status_code == 200


def test_the_cookie_changes_when_unlocked_and_the_old_one_is_worth_nothing(
    browser: Browser,
) -> None:
    """Session fixation: what was known before the passphrase must not do after it."""
    browser.enter()
    before = browser.cookie

    browser.unlock()

    assert browser.cookie != before
    assert browser.entrance.recognise(before) is None
    assert browser.get("").status_code == 200


def test_a_second_entry_puts_the_first_browser_out_and_locks(officer: Browser) -> None:
    """A link that is made later must not open what somebody else had unlocked."""
    before = officer.cookie

    officer.enter()

    assert officer.entrance.recognise(before) is None
    assert officer.get("").headers["Location"] == officer.address("unlock")
    assert not officer.workplace.is_unlocked


@pytest.mark.parametrize(
    "host", ["localhost:8090", "127.0.0.1", "127.0.0.1:8091", "evil.example", "127.0.0.1:8090."]
)
def test_a_foreign_host_is_refused_everywhere(officer: Browser, host: str) -> None:
    """DNS rebinding ends at the Host header."""
    paths = ("/", "/static/console.css", officer.address(""), "/enter/x")

    answers = [officer.client.get(path, headers={"Host": host}) for path in paths]

    assert [answer.status_code for answer in answers] == [403] * len(paths)
    assert all(b"queue" not in answer.data for answer in answers)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:8080"},
        {"Origin": "null"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_page_of_another_origin_is_refused(officer: Browser, headers: dict[str, str]) -> None:
    """Another port of this machine is another origin, though the same site."""
    held = officer.entrance.recognise(officer.cookie)
    assert held is not None

    read = officer.client.get(officer.address(""), base_url=BASE_URL, headers=headers)
    changed = officer.client.post(
        officer.address("lock"), base_url=BASE_URL, headers=headers, data={"token": held.form_token}
    )

    assert read.status_code == 403
    assert changed.status_code == 403
    assert officer.workplace.is_unlocked


@pytest.mark.parametrize("origin", [f"http://{AUTHORITY}", "null"])
def test_our_own_forms_are_accepted(officer: Browser, origin: str) -> None:
    """Under no-referrer a browser writes the origin of its own form posts as null."""
    held = officer.entrance.recognise(officer.cookie)
    assert held is not None

    changed = officer.client.post(
        officer.address("lock"),
        base_url=BASE_URL,
        headers={"Origin": origin, "Sec-Fetch-Site": "same-origin"},
        data={"token": held.form_token},
    )

    assert changed.status_code == 303
    assert not officer.workplace.is_unlocked


def test_every_change_asks_for_the_form_token(officer: Browser) -> None:
    """A form that another page wrote cannot know the token."""
    paths = ("lock", "unlock", "sync", "settings", "language", "active")
    tokens = ("", "wrong", "\x00", "查", "0" * 43)

    answers = {officer.post(path, token=token).status_code for path in paths for token in tokens}

    assert answers == {403}
    assert officer.workplace.is_unlocked


def test_the_front_tells_how_to_get_in(browser: Browser) -> None:
    """Somebody who types the address gets no cookie and no list."""
    front = browser.client.get("/", base_url=BASE_URL, headers={"Accept-Language": "en"})

    assert front.status_code == 403
    assert b"triage console" in front.data
    assert "Set-Cookie" not in front.headers

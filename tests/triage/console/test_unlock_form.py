"""The unlock form: strict, and without a copy of what was typed. Source: URL Standard, forms."""

from io import BytesIO
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import MalformedTextError
from tests.triage.console.office import BASE_URL, PASSPHRASE, Browser
from triage.console.unlock_form import MAX_FORM_BYTES, UnlockForm, read_unlock_form


class Drip:
    """A body that arrives byte by byte; it keeps no copy of its own."""

    def __init__(self, body: bytes) -> None:
        self._source = BytesIO(body)

    def readinto(self, buffer: bytearray, /) -> int | None:
        """One byte, or none at the end."""
        byte = self._source.read(1)
        buffer[: len(byte)] = byte
        return len(byte)


def read(body: bytes) -> UnlockForm:
    """The form in a body of its stated length."""
    return read_unlock_form(BytesIO(body), len(body))


@given(st.text(min_size=1, max_size=200))
def test_whatever_was_typed_is_read_as_typed(passphrase: str) -> None:
    """Spaces, signs and ideographs; as browsers write them."""
    body = urlencode({"token": "T_-9", "passphrase": passphrase}, errors="replace").encode()

    form = read(body)

    assert form.token == "T_-9"
    assert form.passphrase == passphrase.encode(errors="replace")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_form_or_refused(body: bytes) -> None:
    """One declared error."""
    try:
        read(body)
    except MalformedTextError:
        return


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"token=t",
        b"passphrase=p",
        b"token=t&passphrase=p&passphrase=q",
        b"token=t&passphrase=p&more=1",
        b"token=t&passphrase=%",
        b"token=t&passphrase=%4",
        b"token=t&passphrase=%4&x=1",
        b"token=t&passphrase=%zz",
        b"token=t&passphrase=% 1",
        b"token=t&&passphrase=p",
    ],
)
def test_another_form_is_refused(body: bytes) -> None:
    """Each once, nothing else, whole escapes."""
    with pytest.raises(MalformedTextError):
        read(body)


@pytest.mark.parametrize("length_bytes", [None, -1, 0, MAX_FORM_BYTES + 1])
def test_a_form_of_no_sensible_length_is_not_read(length_bytes: int | None) -> None:
    """Nothing is allocated for it."""
    with pytest.raises(MalformedTextError):
        read_unlock_form(BytesIO(b""), length_bytes)


def test_a_form_may_arrive_in_pieces_and_not_end_early() -> None:
    """As sockets give it."""
    body = b"token=t&passphrase=in+pieces"

    form = read_unlock_form(Drip(body), len(body))

    assert form.passphrase == b"in pieces"
    with pytest.raises(MalformedTextError):
        read_unlock_form(Drip(body[:-1]), len(body))


def test_a_forgotten_passphrase_is_overwritten_and_never_shown() -> None:
    """Its length stays, and no representation quotes it."""
    form = read(b"token=t&passphrase=canary")
    shown = repr(form)

    form.forget()

    assert form.passphrase == bytes(6)
    assert "canary" not in shown


def test_unlocking_overwrites_what_was_typed(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it fitted or not."""
    handed: list[bytearray | bytes] = []
    unlock = browser.workplace.unlock

    def watched(passphrase: bytes | bytearray) -> None:
        handed.append(passphrase)
        unlock(passphrase)

    monkeypatch.setattr(browser.workplace, "unlock", watched)
    browser.enter()

    browser.post("unlock", passphrase="wrong")
    browser.post("unlock", passphrase=PASSPHRASE.decode())

    assert browser.workplace.is_unlocked
    assert handed == [bytes(5), bytes(len(PASSPHRASE))]


def test_an_unlock_form_of_another_type_is_refused(browser: Browser) -> None:
    """Only what browsers send for the page's own form."""
    browser.enter()
    held = browser.entrance.recognise(browser.cookie)
    assert held is not None

    answer = browser.client.post(
        browser.address("unlock"),
        base_url=BASE_URL,
        data={"token": held.form_token, "passphrase": PASSPHRASE.decode()},
        content_type="multipart/form-data",
    )

    assert answer.status_code == 403
    assert not browser.workplace.is_unlocked

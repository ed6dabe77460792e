"""Filling in and signing the offline page (SPEC 13.8)."""

import base64
import hashlib
import html
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crypto.errors import KeySetExpiredError, KeySetUntrustedError, SealedIntakeError
from crypto.signing.trust import verify_offline_page
from crypto.wire.codec import decode_base64url
from crypto.wire.offline_page import parse_offline_page_note
from tests.triage.authority.test_ceremonies import NOW, found, home, signed
from tests.triage.office import PASSPHRASE
from triage.authority.offline_page import PageTexts, fill_template, read_page, sign_page
from triage.authority.state import load_state
from triage.errors import LockedError, RefusedInputError

__all__ = ["home"]

BUILT = Path(__file__).parents[3] / "intake" / "web" / "dist" / "offline.html"
TEXTS = PageTexts("公报<b>", 'the "gazette"', "12339")


def key_set(home: Path) -> bytes:
    """The first key set, as published; made where there is none."""
    published = home / "published" / "000001.json"
    if not published.exists():
        signed(home)
    return published.read_bytes()


def fill(home: Path, *, now: datetime = NOW, template: bytes | None = None) -> bytes:
    """The page of this authority."""
    raw = BUILT.read_bytes() if template is None else template
    return fill_template(home, raw, key_set(home), TEXTS, now=now).raw


def test_the_page_is_the_same_on_every_machine(home: Path) -> None:
    """Issue 3: whoever signs compares with what a second machine made."""
    assert fill(home) == fill(home, now=NOW + timedelta(days=3))


def test_the_page_carries_key_set_root_and_texts(home: Path) -> None:
    """Nothing of a text becomes markup, and no place stays open."""
    page = fill(home).decode()
    metas = dict(re.findall(r'<meta name="([a-z-]+)" content="([^"]*)">', page))

    assert decode_base64url(metas["key-set"]) == key_set(home)
    assert html.unescape(metas["fingerprint-published-zh"]) == "公报<b>"
    assert html.unescape(metas["fingerprint-published-en"]) == 'the "gazette"'
    assert "<b>" not in page.split("<script>")[0]
    assert re.search(r"\{\{\w+\}\}", page) is None
    assert (metas["max-files"], metas["max-file-bytes"]) == ("20", str(4 * 2**30))


def test_the_page_holds_all_it_needs_and_may_load_nothing() -> None:
    """Issue 3: no network at all; the policy names what stands in the page."""
    page = BUILT.read_text("utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    script = page.split("<script>")[1].split("</script>")[0]
    style = page.split("<style>")[1].split("</style>")[0]

    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy[1].split("; "))
    assert rules["default-src"] == rules["connect-src"] == rules["form-action"] == "'none'"
    assert rules["worker-src"] == "blob:"
    assert rules["script-src"] == sha256_source(script)
    assert rules["style-src"] == sha256_source(style)
    assert not re.search(r'\s(?:src|href|action)="', page.replace(script, ""))
    assert not re.search(r"fetch\(|XMLHttpRequest|WebSocket|sendBeacon|EventSource", script)


def sha256_source(text: str) -> str:
    """As a policy names a script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.mark.parametrize(
    "template", [b"", b"<p>no places</p>", b"<p>{{ROOT_KEY}}</p>", b"\xff\xfe", b"{{MORE}}"]
)
def test_what_is_no_template_is_refused(home: Path, template: bytes) -> None:
    """A page with other places would be another page."""
    with pytest.raises(RefusedInputError):
        fill(home, template=template)


def test_a_key_set_whose_time_is_over_is_not_filled_in(home: Path) -> None:
    """SPEC 13.8: a page that could seal nothing."""
    with pytest.raises(KeySetExpiredError):
        fill(home, now=NOW + timedelta(days=14))


def test_the_signed_page_verifies_with_the_root_key_alone(home: Path) -> None:
    """SPEC 13.8: for the time of the key set in it."""
    page = fill(home)
    note = parse_offline_page_note(sign_page(home, page, passphrase=PASSPHRASE, now=NOW))
    root_key = load_state(home).root_key

    verified = verify_offline_page(page, note, root_key, now=NOW)

    assert verified.sha256 == hashlib.sha256(page).digest()
    assert verified.key_set_version == 1
    assert verified.valid_until - NOW == timedelta(days=14) - timedelta(minutes=5)
    with pytest.raises(KeySetUntrustedError):
        verify_offline_page(page + b"\n", note, root_key, now=NOW)
    with pytest.raises(KeySetExpiredError):
        verify_offline_page(page, note, root_key, now=NOW + timedelta(days=14))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<meta name="key-set"', '<meta name="other"'),
        ('<meta name="root-key" content="sealed', '<meta name="root-key" content="Sealed'),
        ("</head>", '<meta name="key-set" content="AAAA"></head>'),
    ],
)
def test_what_is_no_page_of_this_authority_is_not_signed(home: Path, old: str, new: str) -> None:
    """Whatever the person at the machine agreed to."""
    page = fill(home).decode()
    assert old in page

    with pytest.raises(RefusedInputError):
        sign_page(home, page.replace(old, new).encode(), passphrase=PASSPHRASE, now=NOW)


def test_a_page_with_a_damaged_key_set_is_not_signed(home: Path) -> None:
    """Its readers would refuse it."""
    page = fill(home).replace(b'name="key-set" content="', b'name="key-set" content="AAAA')

    with pytest.raises(SealedIntakeError):
        read_page(load_state(home), page, now=NOW)


def test_another_authority_does_not_sign_it(home: Path, tmp_path: Path) -> None:
    """The root key stands in the page."""
    other = tmp_path / "other"
    found(other)

    with pytest.raises(RefusedInputError):
        sign_page(other, fill(home), passphrase=PASSPHRASE, now=NOW)
    with pytest.raises(SealedIntakeError):
        fill_template(other, BUILT.read_bytes(), key_set(home), TEXTS, now=NOW)


def test_another_passphrase_signs_nothing(home: Path) -> None:
    """The directory key is locked."""
    with pytest.raises(LockedError):
        sign_page(home, fill(home), passphrase=b"wrong horse", now=NOW)

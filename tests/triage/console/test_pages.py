"""DESIGN 5: what an officer reads, and that it is escaped whatever it holds."""

from html import unescape
from html.parser import HTMLParser

import pytest

from crypto.wire.contents import DocumentKind
from crypto.wire.grant import DeskSeed
from crypto.wire.roles import Role
from crypto.wire.strict_json import JsonObject
from tests.triage.console.office import FIRST_HOUR, NOBODY_URL, Browser, Office
from triage.cases.report import NoticeKind

HOSTILE = (
    "<script>alert(1)</script>",
    "</div></main><img src=x onerror=alert(1)>",
    "\"' onmouseover='alert(1)",
    "{{ 7*7 }} {% raw %} ${7*7}",
    "&lt;b&gt; &amp; &#60;",
    "]]> --> <!-- /*",
    "javascript:alert(1)",
)
EVERYTHING: JsonObject = {
    "language": "zh-CN",
    "channel": "letter",
    "about_staff": False,
    "category": "E3",
    "narrative": "canary-narrative",
    "when": {"text": "canary-when", "continuing": "yes"},
    "where": {"region": "CN-LN", "text": "canary-where"},
    "who": [
        {"name": "canary-name", "unit": "canary-unit", "description": "canary-description"},
        {"name": "canary-second"},
    ],
    "how_known": ["saw", "told"],
    "how_known_text": "canary-how",
    "who_else_knows": {"number": "few", "text": "canary-knows"},
    "files": [
        {
            "upload": "A" * 22,
            "key": "A" * 43,
            "digest": "A" * 43,
            "size_bytes": 3 * 1024 * 1024,
            "type": "image/jpeg",
            "name": "canary-file.jpg",
        }
    ],
    "urgency": "24h",
    "urgency_text": "canary-urgency",
    "reported_elsewhere": {"text": "canary-elsewhere", "on": "2025-11-20"},
    "handling_limits": "canary-limits",
    "no_secrets_confirmed": True,
    "truthful_confirmed": True,
}


class Elements(HTMLParser):
    """Counts the elements of a page and gathers every attribute."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text += data


def page(officer: Browser, path: str = "") -> str:
    """A page's source; it must be one."""
    answer = officer.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_an_empty_register_says_what_will_appear(officer: Browser) -> None:
    """An empty list explains itself, and so does an empty quarantine."""
    officer.post("language", language="en")

    before = page(officer)
    officer.post("sync")

    assert "Looking at the server …" in before
    assert "No reports yet" not in before
    assert "No reports yet" in page(officer)
    assert "All read" in page(officer, "?unread=1")
    assert "Nothing matches" in page(officer, "?q=nothing")
    assert "Nothing in quarantine" in page(officer, "quarantine")


def test_a_report_shows_everything_that_was_said(office: Office, officer: Browser) -> None:
    """Issue 2: one report on a page with everything the reporter said."""
    ref = office.receive(EVERYTHING)

    source = page(officer, f"reports/{ref}")

    for canary in (
        *("narrative", "when", "where", "name", "unit", "description", "second", "how", "knows"),
        *("file.jpg", "urgency", "elsewhere", "limits"),
    ):
        assert f"canary-{canary}" in source
    for phrase in (
        "窃取",
        "24 小时内",
        "辽宁",
        "亲见亲闻",
        "听人说",
        "仍在持续",
        "少数几人",
        "信函",
        "3.0 MiB",
    ):
        assert phrase in source
    for label in ("发生了什么行为？", "What was done?", "处理限制", "Handling limits"):
        assert label in source


def test_what_was_left_blank_is_listed(office: Office, officer: Browser) -> None:
    """An officer must see that a question was asked and not answered."""
    ref = office.receive({"narrative": "short"})
    officer.post("language", language="en")

    text = Elements(page(officer, f"reports/{ref}")).text

    for label in ("Left blank", "Where?", "Who else knows?", "Handling limits", "Not confirmed:"):
        assert label in text


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_hostile_text_is_text(office: Office, officer: Browser, language: str) -> None:
    """DESIGN 5: text only ever escaped, in every field, list and message."""
    officer.post("language", language=language)
    calm = office.receive(_filled("calm"), reporter=1)
    office.receive({"text": "calm"}, reporter=1, n=1, kind=DocumentKind.MESSAGE)
    wanted = Elements(page(officer, f"reports/{calm}"))
    wanted_rows = Elements(page(officer))

    for number, text in enumerate(HOSTILE, start=2):
        ref = office.receive(_filled(text), reporter=number)
        office.receive({"text": text}, reporter=number, n=1, kind=DocumentKind.MESSAGE)
        source = page(officer, f"reports/{ref}")
        shown = Elements(source)

        assert sorted(shown.tags) == sorted([*wanted.tags, "a", "svg", "path", "span"])
        assert shown.attributes <= wanted.attributes
        assert unescape(source).count(text) >= 10
    rows = Elements(page(officer))
    assert set(rows.tags) == set(wanted_rows.tags)
    assert rows.attributes <= wanted_rows.attributes


def test_characters_that_reorder_or_hide_are_named(office: Office, officer: Browser) -> None:
    """An override would show `exe.jpg` for `gpj.exe`."""
    text = "invoice\u202egpj.exe\u200b\x1b[31m\u2066\u2028" + "Z" + "\u0301" * 40
    ref = office.receive(_filled(text))

    for source in (page(officer), page(officer, f"reports/{ref}")):
        assert not set("\u202e\u200b\x1b\u2066\u2028") & set(source)
        assert "U+202E" in source
    assert "U+0301 ×40" in page(officer, f"reports/{ref}")


def test_the_longest_report_is_shown_whole(office: Office, officer: Browser) -> None:
    """Nothing is cut off, and a long line is no reason to hang."""
    text = "长" * 4900
    ref = office.receive({"narrative": text})

    assert text in page(officer, f"reports/{ref}")


def test_a_report_is_unread_until_it_was_opened(office: Office, officer: Browser) -> None:
    """Opening it marks it read; a later message makes it unread again."""
    ref = office.receive({"narrative": "one"})

    before = page(officer, "?unread=1")
    page(officer, f"reports/{ref}")
    after = page(officer, "?unread=1")
    office.receive({"text": "two"}, n=1, kind=DocumentKind.MESSAGE)

    assert ref in before
    assert ref not in after
    assert ref in page(officer, "?unread=1")


def test_a_report_can_be_put_back_among_the_unread(office: Office, officer: Browser) -> None:
    """An officer who was interrupted marks it for later."""
    ref = office.receive({"narrative": "one"})
    page(officer, f"reports/{ref}")

    answer = officer.post(f"reports/{ref}/unread")

    assert answer.headers["Location"] == officer.address("")
    assert ref in page(officer, "?unread=1")


def test_later_messages_stand_below_the_report(office: Office, officer: Browser) -> None:
    """Messages, corrections and withdrawals, each with its kind."""
    ref = office.receive({"narrative": "one"})
    office.receive({"text": "canary-more"}, n=1, kind=DocumentKind.MESSAGE)
    office.receive({"narrative": "canary-better"}, n=2, kind=DocumentKind.CORRECTION)
    office.receive({"destroy": True, "text": "canary-out"}, n=3, kind=DocumentKind.WITHDRAWAL)
    office.receive({"acknowledgements": False}, n=4, kind=DocumentKind.PREFERENCE)
    officer.post("language", language="en")

    source = page(officer, f"reports/{ref}")

    for text in ("canary-more", "canary-better", "canary-out", "Correction", "Withdrawal"):
        assert text in source
    assert "asks for the report to be destroyed" in source
    assert "does not want to be sent acknowledgements" in source


def test_settings_say_what_this_workstation_is(office: Office, officer: Browser) -> None:
    """Desks with their epochs, server, key set, last sync."""
    officer.post("language", language="en")
    office.keyring.keep_desk(DeskSeed(Role.OVERSIGHT, 2, bytes(32)))
    office.keyring.keep_desk(DeskSeed(Role.OVERSIGHT, 4, bytes(range(32))))

    text = Elements(page(officer, "settings")).text

    for said in ("Triage, epoch 1", "Oversight, epoch 4, and 1 earlier", "None since unlocking"):
        assert said in text
    assert NOBODY_URL in text
    assert "Version 1, valid until" in text
    assert "duty-1" in text


def test_missing_altered_and_doubled_parts_are_said(office: Office, officer: Browser) -> None:
    """Issue 2: a missing sibling is reported; nobody loses a part silently."""
    officer.post("language", language="en")
    ref = office.receive(EVERYTHING, reporter=1)
    office.receive({"text": "once"}, reporter=1, n=1, kind=DocumentKind.MESSAGE)
    office.receive({"text": "twice"}, reporter=1, n=1, kind=DocumentKind.MESSAGE)
    rows = office.register.database.rows("SELECT row_id, purpose FROM siblings")
    office.look_for_siblings([(bytes(row), bytes(32)) for row, purpose in rows if purpose == 5])

    source, queue = page(officer, f"reports/{ref}"), page(officer)

    assert "the server does not have it: Identity, Protection" in source
    assert "not what the reporter sealed: Reward" in source
    assert "This report was sent more than once." in source
    assert "a sealed part is missing on the server" in queue
    assert "a sealed part was altered on the server" in queue
    assert "Needs attention" in queue


def test_the_notices_bar_names_what_the_workstation_found(office: Office, officer: Browser) -> None:
    """A rewritten feed, a refused key set, a refused grant, and the quarantine."""
    officer.post("language", language="en")
    now = office.authority.now
    office.receive_damaged()
    office.register.note(NoticeKind.FEED_REWRITTEN, "12", now)
    office.register.note(NoticeKind.KEY_SET_REFUSED, "KeySetForkError", now)
    office.register.note(NoticeKind.GRANT_REFUSED, "00ff", now)

    queue, quarantine = page(officer), page(officer, "quarantine")

    assert "rewrote what it had already shown" in queue
    assert "key set failed verification" in queue
    assert "grant of a desk" in queue
    assert "1 item lies in quarantine" in queue
    assert "OpeningError" in quarantine


def test_a_server_that_does_not_answer_is_said_with_the_last_success(officer: Browser) -> None:
    """The Sync button always comes to a sentence."""
    officer.post("language", language="en")

    answer = officer.post("sync", return_to=officer.address("settings"))
    told = page(officer, "settings")
    queue = page(officer)

    assert answer.headers["Location"] == officer.address("settings")
    assert "The intake server does not answer" in told
    assert "has not answered since this console was unlocked" in queue
    assert "The intake server does not answer" not in page(officer, "settings")


@pytest.mark.parametrize(
    "path",
    ["//evil.example/", "https://evil.example/", "/static/", "/\\evil", "", "/x/\r\nA: b", "查"],
)
def test_the_way_back_never_leads_elsewhere(officer: Browser, path: str) -> None:
    """`return_to` is a form field; only our own pages are returned to."""
    answer = officer.post("language", language="en", return_to=path)

    assert answer.headers["Location"] == officer.address("")


@pytest.mark.parametrize("ref", ["00000000", "nonsense!", "x" * 300, "..%2f..%2fetc", "%00"])
def test_a_report_that_is_not_here_is_a_plain_404(officer: Browser, ref: str) -> None:
    """What was asked for is not repeated."""
    answer = officer.get(f"reports/{ref}")

    assert answer.status_code == 404
    assert ref not in answer.get_data(as_text=True)


def test_the_hour_is_shown_as_an_hour(office: Office, officer: Browser) -> None:
    """The server keeps nothing finer, and no finer time is pretended."""
    ref = office.receive({"narrative": "one"})
    officer.post("language", language="en")

    source = page(officer, f"reports/{ref}")

    assert FIRST_HOUR == 490_000
    assert "25 Nov 2025" in source or "24 Nov 2025" in source
    assert "The server keeps the hour only" in source


def test_settings_are_kept_in_the_officers_folder(office: Office, officer: Browser) -> None:
    """Language and shortcuts outlive the console."""
    officer.post("language", language="en")
    officer.post("settings")

    kept = (office.home.folder / "console.json").read_text()

    assert kept == '{"language":"en","shortcuts":false}'
    assert 'data-shortcuts="off"' in page(officer)
    assert officer.post("language", language="fr").status_code == 400


def _filled(text: str) -> JsonObject:
    """A report that says `text` wherever a reporter can say anything."""
    return {
        **EVERYTHING,
        "narrative": text,
        "when": {"text": text, "continuing": "yes"},
        "where": {"region": "CN-LN", "text": text},
        "who": [{"name": text, "unit": text, "description": text}],
        "how_known_text": text,
        "who_else_knows": {"number": "few", "text": text},
        "files": [
            {
                "upload": "A" * 22,
                "key": "A" * 43,
                "digest": "A" * 43,
                "size_bytes": 1,
                "type": text,
                "name": text,
            }
        ],
        "urgency_text": text,
        "reported_elsewhere": {"text": text},
        "handling_limits": text,
    }

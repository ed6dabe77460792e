"""From the desk to the reporter's mailbox and back, over the real server (issue 3; SPEC 11.5)."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crypto.custody.mailbox import Mailbox
from crypto.custody.reporter import Contents
from crypto.wire.contents import DocumentKind
from crypto.wire.reply import ReplyKind
from crypto.wire.roles import Role
from intake.client.api import Api
from intake.client.mailbox import visit
from tests.triage.hostile_server import Said, hostile_server
from tests.triage.office import Office, saying
from tests.triage.test_cli import Shell
from triage.cases.answer import Answer, compose
from triage.courier.https import Courier
from triage.errors import (
    NoKeyError,
    NoSuchThingError,
    RefusedInputError,
    ServerUnavailableError,
    WrongUseError,
)
from triage.register.database import SCHEMA_VERSION, Database
from triage.register.replies import Replies
from triage.workstation.replying import SLOTS_PATH, Replier
from triage.workstation.session import Session
from triage.workstation.trust import load_trust

WHO = 7


def read_mailbox(office: Office, number: int = WHO) -> Mailbox:
    """What a reporter finds now."""
    api = Api(office.origin)
    try:
        return visit(api, office.reporter(number), office.key_set()).mailbox
    finally:
        api.close()


def say(text: str, state: str | None = None) -> Answer:
    """An ordinary answer."""
    return Answer(ReplyKind.REPLY, text, state)


def opened_session(office: Office, name: str = "triage-1") -> tuple[Session, str]:
    """A session that has read the newest report, and its REF."""
    session = office.session(name)
    session.sync()
    ref = session.list_reports()[0].ref
    session.mark_read(ref)
    return session, ref


@pytest.fixture
def filed(office: Office) -> Office:
    """An office to which one report came, and whose second officer holds the desk's key too."""
    office.file(WHO, saying("他们在夜里把数据传到境外服务器上", language="zh-CN"))
    office.trust("triage-2")
    office.grant("triage-1", "triage-2", Role.TRIAGE)
    return office


def test_the_whole_way_from_report_to_answer_by_commands(filed: Office, tmp_path: Path) -> None:
    """EXAM: `triage show`, `triage reply`."""
    shell, text = Shell(filed, "triage-1"), tmp_path / "answer.txt"
    text.write_text("请补充时间。", encoding="utf-8")
    shell("sync")
    ref = shell.json("list")[0]["ref"]

    before = read_mailbox(filed)
    shown = shell.json("show", ref)
    opened = read_mailbox(filed)
    told = shell.json("reply", ref, "--text-file", str(text), "--state", "examining")
    answered = read_mailbox(filed)

    assert (before.confirms(0), before.state) == (False, "registered")
    assert shown["messages"] == []
    assert [(r.kind, r.i) for r in opened.replies] == [(ReplyKind.OPENED, 0)]
    assert opened.confirms(0)
    assert (told["ref"], told["sent"], told["number"]) == (ref, True, 1)
    assert answered.replies[1].content["text"] == "请补充时间。"
    assert (answered.state, answered.faults) == ("examining", ())
    again = shell.json("show", ref)
    assert [(m["direction"], m["content"]["text"], m["sent"]) for m in again["messages"]] == [
        ("out", "请补充时间。", True)
    ]
    assert again["opened_notice"] is True
    assert len(read_mailbox(filed).replies) == 2
    assert ">>> reply 1 to the reporter" in shell("show", ref).stdout


def test_messages_and_answers_stand_in_the_order_of_the_conversation(filed: Office) -> None:
    """An answer stands behind what its officer had read."""
    session, ref = opened_session(filed)
    session.reply(ref, say("one"))
    filed.file(WHO, Contents(report={"text": "two"}), n=1, kind=DocumentKind.MESSAGE)
    session.sync()
    session.mark_read(ref)
    session.reply(ref, say("three"))
    session.close()

    shown = Shell(filed, "triage-1").json("show", ref)

    assert [m["content"]["text"] for m in shown["messages"]] == ["one", "two", "three"]
    assert [m["direction"] for m in shown["messages"]] == ["out", "in", "out"]
    assert read_mailbox(filed).confirms(1)


def test_two_officers_who_answer_at_once_lose_nothing(filed: Office) -> None:
    """Issue 3: two officers replying at once never take the same slot."""

    def answer(name: str) -> int:
        session, ref = opened_session(filed, name)
        try:
            return sum(session.reply(ref, say(f"{name} {i}")).others for i in range(4))
        finally:
            session.close()

    with ThreadPoolExecutor(2) as pool:
        others = list(pool.map(answer, ("triage-1", "triage-2")))

    mailbox = read_mailbox(filed)
    texts = [str(r.content["text"]) for r in mailbox.replies if r.kind is ReplyKind.REPLY]
    assert sorted(texts) == [f"{name} {i}" for name in ("triage-1", "triage-2") for i in range(4)]
    assert [r.i for r in mailbox.replies] == list(range(9))
    assert [r.kind for r in mailbox.replies].count(ReplyKind.OPENED) == 1
    assert mailbox.faults == ()
    assert sum(others) > 0
    for name in ("triage-1", "triage-2"):
        assert [t for t in texts if t.startswith(name)] == [f"{name} {i}" for i in range(4)]


def test_the_second_officer_who_opens_tells_nobody_again(filed: Office) -> None:
    """The notice has one slot; who comes second is told so by the server."""
    for name in ("triage-1", "triage-2"):
        session, _ = opened_session(filed, name)
        session.send_waiting()
        session.mark_read(session.list_reports()[0].ref)
        session.send_waiting()
        session.close()

    assert [r.i for r in read_mailbox(filed).replies] == [0]


def test_an_answer_that_could_not_be_sent_is_sent_once(filed: Office) -> None:
    """A retry never duplicates, whether by hand or by the next sync."""
    session, ref = opened_session(filed)
    filed.stop()
    for _ in range(2):
        with pytest.raises(ServerUnavailableError):
            session.reply(ref, say("once"))
    waiting = session.report(ref).replies
    filed.start()

    session.sync()
    session.send_waiting()
    session.close()

    assert [(each.kind, each.is_sent) for each in waiting] == [("opened", False), ("reply", False)]
    texts = [r.content.get("text") for r in read_mailbox(filed).replies]
    assert texts == [None, "once"]


def test_an_answer_whose_acknowledgement_was_lost_is_not_sent_twice(filed: Office) -> None:
    """SPEC 11.5: a slot takes the same bytes again."""
    session, ref = opened_session(filed)
    session.send_waiting()
    filed.stop()
    with pytest.raises(ServerUnavailableError):
        session.reply(ref, say("once"))
    filed.start()
    keyring, replies = session.keyring, Replies(session._register.database)
    (waiting,) = replies.waiting()
    courier = filed.courier()
    courier.signed(
        "POST",
        SLOTS_PATH,
        signer=keyring,
        instance=load_trust(keyring.home).instance,
        body=waiting.slot + waiting.envelope,
    )
    courier.close()

    delivered = session.reply(ref, say("once"))
    session.close()

    assert (delivered.others, delivered.reply.number) == (0, 1)
    assert [r.i for r in read_mailbox(filed).replies] == [0, 1]


def test_a_server_that_calls_every_slot_taken_is_given_up(filed: Office) -> None:
    """No endless loop; the answer goes on waiting."""
    session, ref = opened_session(filed)
    replier = Replier(
        session.keyring, Replies(session._register.database), load_trust(session.keyring.home)
    )
    case_ref = session._reading.case_ref(ref)
    replier.write_down(case_ref, say("x"), datetime.now(UTC))
    with hostile_server() as hostile:
        hostile.says[SLOTS_PATH] = Said(status=409)
        courier = Courier(hostile.url)

        with pytest.raises(RefusedInputError):
            replier.send(courier, case_ref)
        problems = replier.send_all(courier)

        courier.close()
    assert problems == ("RefusedInputError",)
    assert [each.is_sent for each in session.report(ref).replies] == [True, False]
    session.close()


def test_a_reporter_who_declined_notices_gets_none(filed: Office) -> None:
    """SPEC 9.5: the preference; an answer still comes."""
    wish = Contents(report={"acknowledgements": False})
    filed.file(WHO, wish, n=1, kind=DocumentKind.PREFERENCE)
    session, ref = opened_session(filed)

    session.reply(ref, say("but this"))
    session.close()

    assert [(r.i, r.kind) for r in read_mailbox(filed).replies] == [(0, ReplyKind.REPLY)]


def test_a_report_about_staff_is_answered_by_oversight(office: Office) -> None:
    """SPEC 11.2: the slot key of the desk that read it."""
    office.file(WHO, Contents(about_staff=True, report={"narrative": "x", "about_staff": True}))
    session, ref = opened_session(office, "oversight-1")

    session.reply(ref, say("read"))
    session.close()

    mailbox = read_mailbox(office)
    assert {r.role for r in mailbox.replies} == {Role.OVERSIGHT}
    assert mailbox.reading_desk is Role.OVERSIGHT


def test_an_officer_without_the_desks_key_can_neither_notify_nor_answer(filed: Office) -> None:
    """DESIGN §3: the desk's signature is the desk's."""
    session, ref = opened_session(filed, "triage-2")
    session.close()
    filed.keyring("triage-2").forget_desk(Role.TRIAGE, 1)
    session = filed.session("triage-2")

    session.mark_read(ref)
    with pytest.raises(NoKeyError):
        session.reply(ref, say("x"))
    with pytest.raises(NoSuchThingError):
        session.reply("ABCDEFGH", say("x"))
    session.close()


def test_a_note_stays_here_and_is_shown(filed: Office, tmp_path: Path) -> None:
    """Issue 3: `triage note`; the reporter finds nothing of it."""
    shell, text = Shell(filed, "triage-1"), tmp_path / "note.txt"
    text.write_text("ask the harbour office\n>>> reply 1 to the reporter", encoding="utf-8")
    shell("sync")
    ref = shell.json("list")[0]["ref"]

    told = shell.json("note", ref, "--text-file", str(text))
    shown, lines = shell.json("show", ref), shell("show", ref).stdout
    missing = shell("note", "ABCDEFGH", "--text-file", str(text))

    assert told == {"ref": ref, "noted": True, "notes": 1}
    assert [note["text"] for note in shown["notes"]] == [text.read_text()]
    assert "--- internal note" in lines
    assert "  | >>> reply 1 to the reporter" in lines
    assert missing.returncode == 6
    assert [reply.kind for reply in read_mailbox(filed).replies] == [ReplyKind.OPENED]


def test_who_withdrew_or_declined_notices_is_written_to_on_purpose_only(
    filed: Office, tmp_path: Path
) -> None:
    """SPEC 9.5, kinds 4 and 6."""
    shell, text = Shell(filed, "triage-1"), tmp_path / "answer.txt"
    text.write_text("are you safe?")
    wish = Contents(report={"acknowledgements": False})
    filed.file(WHO, wish, n=1, kind=DocumentKind.PREFERENCE)
    shell("sync")
    (listed,) = shell.json("list")
    ref = listed["ref"]

    notice = shell("reply", ref, "--state", "closed")
    question = shell("reply", ref, "--text-file", str(text))
    gone = Contents(report={"destroy": True})
    filed.file(WHO, gone, n=2, kind=DocumentKind.WITHDRAWAL)
    shell("sync")
    refused = shell("reply", ref, "--text-file", str(text))
    agreed = shell("reply", ref, "--text-file", str(text), "--yes")
    (withdrawn,) = shell.json("list", "--withdrawn")

    assert [run.returncode for run in (notice, question, refused, agreed)] == [2, 0, 2, 0]
    assert (listed["withdrawn"], listed["destroy_on"]) == (False, None)
    assert withdrawn["withdrawn"]
    assert withdrawn["destroy_on"] > withdrawn["received_at"][:10]
    assert "! WITHDRAWN by the reporter" in shell("show", ref).stdout


def test_a_quotation_is_asked_about(filed: Office, tmp_path: Path) -> None:
    """Issue 3: a free text that warns when it quotes the report."""
    shell, text = Shell(filed, "triage-1"), tmp_path / "answer.txt"
    text.write_text("您说：夜里 把数据传到境外服务器上，是吗？", encoding="utf-8")
    shell("sync")
    ref = shell.json("list")[0]["ref"]

    asked = shell("reply", ref, "--text-file", str(text))
    agreed = shell("reply", ref, "--text-file", str(text), "--yes")

    assert (asked.returncode, asked.stdout) == (2, "")
    assert "夜里把数据传到境外服务器上" in asked.stderr
    assert agreed.returncode == 0
    assert len(read_mailbox(filed).replies) == 2


def test_fixed_phrases_come_in_the_reporters_language(filed: Office) -> None:
    """DOMAIN §6: fixed phrases without content."""
    shell = Shell(filed, "triage-1")
    shell("sync")
    ref = shell.json("list")[0]["ref"]

    shell.json("reply", ref, "--state", "not_accepted")
    shell.json("reply", ref, "--phrase", "more", "--language", "en")
    wrong = [
        shell("reply", ref, *arguments).returncode
        for arguments in ((), ("--phrase", "x"), ("--state", "x"))
    ]

    mailbox = read_mailbox(filed)
    assert "未予受理" in str(mailbox.replies[1].content["text"])
    assert (mailbox.replies[1].kind, mailbox.state) == (ReplyKind.STATE, "not_accepted")
    assert str(mailbox.replies[2].content["text"]).startswith("Where it is safe")
    assert wrong == [2, 2, 2]


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        (
            lambda: compose(written="x", phrase_code=None, state=None, language=None),
            Answer(ReplyKind.REPLY, "x", None),
        ),
        (
            lambda: compose(written="x", phrase_code=None, state="closed", language="en"),
            Answer(ReplyKind.REPLY, "x", "closed"),
        ),
        (
            lambda: compose(written="", phrase_code="closed", state=None, language="en"),
            Answer(ReplyKind.STATE, "Work on your report has ended.", "closed"),
        ),
        (
            lambda: compose(written="x", phrase_code="accepted", state="accepted", language=None),
            Answer(
                ReplyKind.REPLY,
                "您的举报已受理。\nYour report has been accepted.\nx",
                "accepted",
            ),
        ),
    ],
    ids=["text", "text and state", "phrase", "everything"],
)
def test_an_answer_is_put_together(call: Callable[[], Answer], answer: Answer) -> None:
    """The phrase first, then what was written."""
    assert call() == answer


def test_a_phrase_cannot_say_another_state() -> None:
    """An answer says one state."""
    with pytest.raises(WrongUseError):
        compose(written="", phrase_code="closed", state="accepted", language="en")


def test_a_register_of_the_first_version_is_brought_up_to_date(filed: Office) -> None:
    """What was read stays, and answers can be written down."""
    session, ref = opened_session(filed)
    database = session._register.database
    for table in ("replies", "notes", "attachments"):
        database.execute(f"DROP TABLE {table}")
    for table in ("destroyed", "destroyed_items", "shown_destructions"):
        database.execute(f"DROP TABLE {table}")
    database.execute("DROP INDEX documents_withdrawn")
    database.execute("PRAGMA user_version = 1")
    session.close()

    session = filed.session("triage-1")

    assert session.report(ref).replies == ()
    assert session.reply(ref, say("x")).reply.is_sent
    version = Database(
        filed.home("triage-1").register_file(load_trust(session.keyring.home).instance),
        session.keyring.register_key(),
    ).row("PRAGMA user_version")
    assert version == (SCHEMA_VERSION,)
    session.close()


def test_json_of_a_reply_is_one_object(filed: Office) -> None:
    """EXAM: one JSON object and nothing else."""
    shell = Shell(filed, "triage-1")
    shell("sync")
    ref = shell.json("list")[0]["ref"]

    done = shell("reply", ref, "--phrase", "thanks", "--json")

    assert done.stdout.count("\n") == 1
    assert {"ref": ref, "sent": True}.items() <= json.loads(done.stdout).items()

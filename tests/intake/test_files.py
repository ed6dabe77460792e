"""`intake submit --file`: any size, on lines that are cut, to servers that lie (issue 3)."""

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from crypto.wire.files import parse_upload
from crypto.wire.roles import Role
from intake.client.courier import LANES
from intake.client.errors import FileChangedError
from intake.client.files import SealingFile, SourceFile, Transfer
from tests.intake.processes import Installation, Running, serving
from tests.intake.reporters import Desk, Teller, ended_by, told
from tests.intake.wire import (
    CUT,
    HELD,
    KEPT,
    PARTS,
    SUBMISSIONS,
    Asked,
    Wire,
    answer,
    between,
    problem,
)

MIB = 1 << 20
PART_HEAD_BYTES = 28


@pytest.fixture
def wire(shared_server: Running) -> Iterator[Wire]:
    """A wire to the server."""
    with between(shared_server) as wire:
        yield wire


@pytest.fixture
def teller(shared_server: Running, wire: Wire, tmp_path: Path) -> Teller:
    """Somebody whose line the test holds."""
    return Teller(shared_server, wire.url, tmp_path)


@pytest.fixture
def desk(shared_server: Running) -> Desk:
    """Who reads."""
    return Desk(shared_server)


def sleepless(wire: Wire, parts: int) -> threading.Event:
    """Let some parts pass and hold the next ones back; set once one of them came."""
    reached = threading.Event()

    def hold(asked: Asked) -> bytes | None:
        if asked.target == PARTS and asked.number >= parts:
            reached.set()
            time.sleep(60)
        return None

    wire.before = hold
    return reached


def test_files_arrive_as_they_were(teller: Teller, desk: Desk) -> None:
    """SPEC 17: several parts, one part, nothing at all; each is kept for good."""
    sizes = (5 * MIB + 7, 1000, 0)
    files = [teller.file(f"{size}.bin", size) for size in sizes]

    filed = told(teller.submit(*files))

    assert (filed["files"], filed["files_kept"]) == (3, True)
    entries = desk.entries(filed["receipt_code"])
    assert [desk.open(entry) for entry in entries] == [file.read_bytes() for file in files]
    assert {frozenset(entry) for entry in entries} == {
        frozenset({"upload", "key", "digest", "size_bytes"})
    }


def test_order_of_the_requests(teller: Teller, wire: Wire) -> None:
    """API 2.4: all parts, then the report, then the word that keeps them."""
    told(teller.submit(teller.file("a", 3 * MIB)))

    targets = [asked.target for asked in wire.seen if asked.target.startswith("/api/v1/")]
    assert [t for t in targets if not t.endswith("key-set")] == [
        *(HELD, PARTS, PARTS, HELD, SUBMISSIONS, KEPT)
    ]


def test_the_code_is_told_before_the_first_part(teller: Teller, wire: Wire) -> None:
    """Whoever loses power near the end of a long upload must not lose the way back."""
    reached = sleepless(wire, 0)

    with teller.running(*teller.arguments(teller.file("a", 10))) as process:
        assert reached.wait(30)
        ended = ended_by(process, signal.SIGKILL)

    assert ended.out == ""
    assert "keep this receipt code" in ended.err


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        (("--keep-name",), {"name": "证据 1.jpg"}),
        (("--keep-type",), {"type": "image/jpeg"}),
        (("--keep-name", "--keep-type"), {"name": "证据 1.jpg", "type": "image/jpeg"}),
    ],
)
def test_name_and_type_are_kept_on_purpose_only(
    teller: Teller, desk: Desk, options: tuple[str, ...], kept: dict[str, str]
) -> None:
    """SPEC 17.3."""
    photo = teller.file("证据 1.jpg", 100, b"\xff\xd8\xff\xe1")

    ended = teller.submit(photo, more=options)

    (entry,) = desk.entries(told(ended)["receipt_code"])
    assert {name: entry.get(name) for name in ("name", "type") if name in entry} == kept
    assert "证据 1.jpg: a picture may say where" in ended.err


# --- a line that is cut -------------------------------------------------------------------------


def test_several_parts_are_under_way_at_once(teller: Teller, wire: Wire) -> None:
    """Issue 3: once the line has shown that it is quick."""
    under_way: Counter[str] = Counter()

    def slowly(asked: Asked) -> None:
        if asked.target == PARTS:
            under_way["now"] += 1
            under_way["most"] = max(under_way["most"], under_way["now"])
            time.sleep(0.2)
            under_way["now"] -= 1

    wire.before = slowly
    told(teller.submit(teller.file("a", 16 * MIB)))

    assert under_way["most"] == 3


def test_a_line_that_loses_answers_costs_no_part_twice(
    teller: Teller, wire: Wire, desk: Desk
) -> None:
    """Issue 3: the server is asked what it holds before anything is sent again."""
    file = teller.file("a", 12 * MIB)
    wire.after = lambda asked: CUT if asked.target == PARTS and asked.number % 2 else None

    filed = told(teller.submit(file))

    counted = Counter(asked.part for asked in wire.asked(PARTS))
    assert set(counted.values()) == {1}
    assert desk.open(desk.entries(filed["receipt_code"])[0]) == file.read_bytes()


def test_a_line_that_loses_requests_sends_the_same_bytes_again(
    teller: Teller, wire: Wire, desk: Desk
) -> None:
    """SPEC 17.2: the same key, the same part."""
    file = teller.file("a", 8 * MIB)
    wire.before = lambda asked: CUT if asked.number % 3 == 2 else None

    filed = told(teller.submit(file))

    whole = [asked.body for asked in wire.asked(PARTS) if len(asked.body) > PART_HEAD_BYTES]
    assert len(whole) > 4
    assert len(set(whole)) == 4
    assert desk.open(desk.entries(filed["receipt_code"])[0]) == file.read_bytes()


def test_a_server_that_is_killed_and_started_again_goes_on(
    installation: Installation, tmp_path: Path
) -> None:
    """Issue 3: every acknowledged part is there, and the same run goes on."""
    with serving(installation, tmp_path / "1.log") as first, between(first) as wire:
        folder = tmp_path / "teller"
        folder.mkdir()
        teller = Teller(first, wire.url, folder)
        file = teller.file("a", 12 * MIB)
        reached = threading.Event()
        wire.after = lambda asked: reached.set() if asked.number == 2 else None

        with teller.running(*teller.arguments(file)) as process:
            assert reached.wait(30)
            first.kill()
            with serving(installation, tmp_path / "2.log") as second:
                wire.server = second.url
                filed = told(ended_by(process))

                desk = Desk(second)
                assert desk.open(desk.entries(filed["receipt_code"])[0]) == file.read_bytes()


def test_a_server_that_stays_away_is_for_later(teller: Teller, wire: Wire) -> None:
    """EXAM: exit 4; what to do next is said."""
    wire.before = lambda asked: CUT if asked.target == PARTS else None

    ended = teller.submit(teller.file("a", 10), more=("--patience", "2"))

    assert (ended.code, ended.out) == (4, "")
    assert "within 48 hours; without --resume-file begin anew" in ended.err
    assert wire.asked(SUBMISSIONS) == []


def test_ctrl_c_ends_at_once_and_says_what_to_do(teller: Teller, wire: Wire) -> None:
    """No traceback, no waiting for the line."""
    reached = sleepless(wire, 1)

    with teller.running(*teller.arguments(teller.file("a", 5 * MIB))) as process:
        assert reached.wait(30)
        began_at = time.monotonic()
        ended = ended_by(process, signal.SIGINT)

    assert (ended.code, ended.out) == (130, "")
    assert time.monotonic() - began_at < 10
    assert "interrupted" in ended.err
    assert "Traceback" not in ended.err


# --- a server that refuses or lies --------------------------------------------------------------


def test_a_server_that_says_it_took_parts_and_did_not_is_noticed(
    teller: Teller, wire: Wire
) -> None:
    """It would otherwise register a report whose files nobody will ever read."""
    wire.before = lambda asked: answer(204) if asked.target == PARTS else None

    ended = teller.submit(teller.file("a", 3 * MIB))

    assert (ended.code, ended.out) == (3, "")
    assert "has them not" in ended.err
    assert wire.asked(SUBMISSIONS) == []


def test_parts_that_the_server_lost_meanwhile_are_sent_again(
    teller: Teller, wire: Wire, desk: Desk
) -> None:
    """The same bytes, before the report is sent."""
    file = teller.file("a", 5 * MIB)
    wire.before = lambda asked: answer(204) if asked.target == PARTS and not asked.number else None

    filed = told(teller.submit(file))

    assert Counter(asked.part[1] for asked in wire.asked(PARTS)) == {0: 2, 1: 1, 2: 1}
    assert desk.open(desk.entries(filed["receipt_code"])[0]) == file.read_bytes()


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        (problem(409, "part-taken"), 3, "the server lies"),
        (problem(413, "too-large"), 3, "takes no file as large"),
        (problem(507, "full", "Retry-After: 1"), 4, "no room"),
        (problem(429, "too-many", "Retry-After: 1"), 4, "come back later"),
        (problem(404, "not-found"), 3, "404"),
        (answer(302, b"", "Location: http://127.0.0.1:1/"), 3, "302"),
    ],
)
def test_refusals_of_a_part_end_the_run(
    teller: Teller, wire: Wire, said: bytes, code: int, words: str
) -> None:
    """EXAM, exit codes; never a report without its files."""
    wire.before = lambda asked: said if asked.target == PARTS else None

    ended = teller.submit(teller.file("a", 10), more=("--patience", "2"))

    assert (ended.code, ended.out) == (code, "")
    assert words in ended.err
    assert wire.asked(SUBMISSIONS) == []


@pytest.mark.parametrize("said", [b"", b"\2", b"\1\1", b"\0" * 70_000])
def test_an_answer_that_is_no_list_of_parts_is_not_believed(
    teller: Teller, wire: Wire, said: bytes
) -> None:
    """API 2.3: one byte for each part, 0 or 1."""
    wire.before = lambda asked: answer(200, said) if asked.target == HELD else None

    ended = teller.submit(teller.file("a", 10), more=("--patience", "1"))

    assert (ended.code, wire.asked(SUBMISSIONS)) == (4, [])


def test_a_file_above_the_services_limit_is_refused_before_its_first_part(
    installation: Installation, tmp_path: Path
) -> None:
    """API: `max_file_bytes`."""
    settings = {"INTAKE_MAX_FILE_BYTES": str(MIB)}
    with serving(installation, tmp_path / "log", **settings) as server, between(server) as wire:
        folder = tmp_path / "teller"
        folder.mkdir()
        teller = Teller(server, wire.url, folder)

        ended = teller.submit(teller.file("a", MIB + 1))

        assert (ended.code, ended.out) == (3, "")
        assert "takes no file as large" in ended.err
        assert wire.asked(PARTS) == []
        assert told(teller.submit(teller.file("b", MIB)))["files_kept"]


def test_a_busy_server_gets_its_work_and_each_part_once(
    installation: Installation, tmp_path: Path
) -> None:
    """API 2.5: only what is under way is sent in vain; then a few bytes ask what is wanted."""
    folder = tmp_path / "teller"
    folder.mkdir()
    settings = {"INTAKE_LIMIT_SHARED": "1 per hour"}
    with serving(installation, tmp_path / "log", **settings) as server, between(server) as wire:
        teller = Teller(server, wire.url, folder)
        file = teller.file("a", 16 * MIB)

        filed = told(teller.submit(file))

        sent = [asked.part for asked in wire.asked(PARTS) if len(asked.body) > PART_HEAD_BYTES]
        assert len(set(sent)) == 8
        assert 8 < len(sent) <= 8 + LANES
    with serving(installation, tmp_path / "calm.log") as calm:
        desk = Desk(calm)
        assert desk.open(desk.entries(filed["receipt_code"])[0]) == file.read_bytes()


def test_more_entries_than_a_report_holds_are_refused_before_anything_is_sent(
    teller: Teller, wire: Wire
) -> None:
    """SPEC 8.4."""
    files = [teller.file(str(number), 1) for number in range(95)]

    ended = teller.submit(*files, more=("--max-files", "100"))

    assert (ended.code, ended.out) == (3, "")
    assert "DocumentTooLargeError" in ended.err
    assert "fewer files" in ended.err
    assert {asked.target for asked in wire.seen} == {"/api/v1/key-set"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--file", "/nonexistent"), 6),
        (("--file", "/dev"), 2),
        (("--file", "/dev/null"), 2),
        (("--file", *["/etc/hostname"] * 21), 2),
        (("--file", "/etc/hostname", "--code-file", "/etc/hostname"), 2),
        (("--resume-file", "/nonexistent/resume"), 2),
        (("--file", "/etc/hostname", "--resume-file", "/nonexistent/resume"), 2),
        (("--key-set", "/etc/hostname"), 2),
        (("--seal-to", "/nonexistent/x"), 2),
        (("--sealed", "/etc/hostname"), 2),
    ],
)
def test_wrong_use_is_refused_before_a_part_is_sent(
    teller: Teller, wire: Wire, arguments: tuple[str, ...], code: int
) -> None:
    """EXAM, exit codes."""
    ended = teller.submit(more=arguments)

    assert (ended.code, ended.out) == (code, "")
    assert {asked.target for asked in wire.seen} <= {"/api/v1/key-set"}


def test_a_pipe_is_no_file_and_nobody_waits_for_it(teller: Teller) -> None:
    """Only regular files can be read twice."""
    pipe = teller.folder / "pipe"
    os.mkfifo(pipe)

    assert teller.submit(pipe).code == 2


@pytest.mark.parametrize(
    "document",
    ['{"identity": {"anonymity": "reachable"}}', '{"report": {"narrative": "x", "files": []}}'],
)
def test_files_belong_to_a_report_that_lists_no_others(
    teller: Teller, wire: Wire, document: str
) -> None:
    """SPEC 9.1."""
    file, words = teller.file("a", 10), teller.folder / "document.json"
    words.write_text(document)

    ended = teller.submit(file, more=("--document", str(words)))

    assert (ended.code, ended.out, wire.asked(PARTS)) == (3, "", [])


# --- files that change under way ----------------------------------------------------------------


def test_a_file_that_changes_while_it_is_sent_is_refused(teller: Teller, wire: Wire) -> None:
    """Nothing is registered that would not open to what the reporter meant."""
    file = teller.file("a", 40 * MIB)

    def change(asked: Asked) -> None:
        if asked.target == PARTS and not asked.number:
            with file.open("r+b") as opened:
                opened.write(b"changed")

    wire.before = change
    ended = teller.submit(file)

    assert (ended.code, ended.out) == (3, "")
    assert "a file has changed" in ended.err
    assert wire.asked(SUBMISSIONS) == []


@pytest.mark.parametrize("change", [b"", b"longer by a good deal than it was", b"same"])
def test_every_change_of_a_file_is_noticed_when_it_is_read(tmp_path: Path, change: bytes) -> None:
    """Also one that leaves its length and sets back its time."""
    path = tmp_path / "file"
    path.write_bytes(b"what")
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    sealing = SealingFile.fresh(SourceFile.of(path))
    time.sleep(0.02)  # A clock tick of the file system.
    path.write_bytes(change)
    os.utime(path, ns=times)

    with pytest.raises(FileChangedError):
        list(sealing.parts())


def test_another_part_never_leaves_under_the_same_key(tmp_path: Path) -> None:
    """Two texts under one key and nonce would give both away."""
    path = tmp_path / "file"
    path.write_bytes(b"what")
    sealing = SealingFile.fresh(SourceFile.of(path))
    transfer = Transfer(sealing)
    transfer.note(next(sealing.parts()))
    path.write_bytes(b"else")
    other = SealingFile(SourceFile.of(path), sealing.upload, sealing.key)

    with pytest.raises(FileChangedError):
        transfer.note(next(other.parts()))


# --- the word that keeps the files --------------------------------------------------------------


def test_a_report_whose_files_could_not_be_kept_is_registered_and_said_so(
    teller: Teller, wire: Wire
) -> None:
    """EXAM: exit 4; the acknowledgement is printed all the same."""
    wire.before = lambda asked: problem(503, "unavailable") if asked.target == KEPT else None

    ended = teller.submit(teller.file("a", 10), more=("--patience", "1"))

    filed = json.loads(ended.out)
    assert (ended.code, filed["files_kept"]) == (4, False)
    assert filed["acknowledgement"]
    assert "mailbox send --file" in ended.err


def test_parts_lost_after_the_report_are_sent_again_and_kept(
    teller: Teller, wire: Wire, desk: Desk
) -> None:
    """API 2.3: `parts-missing`."""
    file = teller.file("a", 3 * MIB)
    officer = teller.server.installation.authority.officer_pair(Role.TRIAGE)

    def lose(asked: Asked) -> None:
        if asked.target == KEPT and not asked.number:
            lost = parse_upload(asked.body).part_id(1)
            teller.server.signed(officer, "POST", "/desk/v1/parts/destroy", body=lost)

    wire.before = lose
    filed = told(teller.submit(file))

    assert filed["files_kept"]
    assert [asked.target for asked in wire.seen][-5:] == [KEPT, HELD, PARTS, HELD, KEPT]
    assert desk.open(desk.entries(filed["receipt_code"])[0]) == file.read_bytes()

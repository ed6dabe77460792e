"""A run that ended too early is gone on with by a later one, and leaves no secret (issue 3)."""

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from crypto.custody.reporter import ReporterKeys
from crypto.wire.receipt import parse_receipt_code
from intake.client.errors import WrongCodeError, WrongUseError
from intake.client.files import SourceFile
from intake.client.report import random_receipt_code
from intake.client.resume import Begun, ResumeFile
from tests.intake.processes import Running
from tests.intake.reporters import Desk, Teller, ended_by, told, upload_of
from tests.intake.test_client import Ended
from tests.intake.test_files import MIB, sleepless
from tests.intake.wire import HELD, KEPT, PARTS, SUBMISSIONS, Asked, Wire, between, problem

FILE_BYTES = 12 * MIB
TAG = bytes(32)


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


def pass_all(_: Asked) -> None:
    """A sound line."""


def resume_file(teller: Teller) -> Path:
    """Where the person wants it."""
    return teller.folder / "resume"


def killed(teller: Teller, wire: Wire, file: Path, parts: int = 3) -> Ended:
    """A run that is killed when some parts have gone."""
    reached = sleepless(wire, parts)
    more = ("--resume-file", str(resume_file(teller)))
    with teller.running(*teller.arguments(file), *more) as process:
        assert reached.wait(30)
        ended = ended_by(process, signal.SIGKILL)
    wire.before = pass_all
    return ended


def lose_the_answer(wire: Wire) -> threading.Event:
    """Hold back what the server says of a submission; set once it said so."""
    answered = threading.Event()

    def lose(asked: Asked) -> None:
        if asked.target == SUBMISSIONS:
            answered.set()
            time.sleep(60)

    wire.after = lose
    return answered


def go_on(teller: Teller, file: Path, code_file: str) -> Ended:
    """The same command once more, with the code."""
    more = ("--resume-file", str(resume_file(teller)), "--code-file", code_file)
    return teller.submit(file, more=more)


def test_a_later_run_goes_on_where_a_killed_one_ended(
    teller: Teller, wire: Wire, desk: Desk
) -> None:
    """Only what had not arrived is sent; the report is filed under the code that was told."""
    file = teller.file("a", FILE_BYTES)
    first = killed(teller, wire, file)
    arrived = Counter(asked.part for asked in wire.asked(PARTS)[:3])

    filed = told(go_on(teller, file, teller.code_file(first.err)))

    assert filed["receipt_code"] in first.err
    counted = Counter(asked.part for asked in wire.asked(PARTS))
    assert {part: counted[part] for part in arrived} == dict.fromkeys(arrived, 1)
    assert desk.open(desk.entries(filed["receipt_code"])[0]) == file.read_bytes()
    assert not resume_file(teller).exists()


def test_the_resume_file_tells_nothing_without_the_code(
    teller: Teller, wire: Wire, desk: Desk
) -> None:
    """Neither code nor key nor path nor what was sent; and it is its owner's alone."""
    file = teller.file("a", FILE_BYTES)
    first = killed(teller, wire, file)
    left = resume_file(teller).read_bytes()
    mode = resume_file(teller).stat().st_mode

    filed = told(go_on(teller, file, teller.code_file(first.err)))

    (entry,) = desk.entries(filed["receipt_code"])
    code = parse_receipt_code(filed["receipt_code"])
    secrets = [code.symbols.encode(), code.digits.encode(), code.secret, str(file).encode()]
    secrets += [entry[name].encode() for name in ("upload", "key", "digest")]
    secrets += [upload_of(entry).capability, *(each[:64] for each in desk.sealed(entry))]
    assert [secret for secret in secrets if secret in left] == []
    assert mode & 0o077 == 0


def test_nothing_is_left_on_the_disk_unless_asked_for(teller: Teller, wire: Wire) -> None:
    """The default: only the key set that was seen."""
    reached = sleepless(wire, 1)
    with teller.running(*teller.arguments(teller.file("a", FILE_BYTES))) as process:
        assert reached.wait(30)
        ended_by(process, signal.SIGKILL)

    left = {path.name for path in teller.folder.rglob("*") if path.is_file()} - {"a", "report.txt"}
    assert [Path(name).suffix for name in left] == [".json"]


def test_a_report_that_was_sent_before_the_end_is_registered_once(
    teller: Teller, wire: Wire, desk: Desk
) -> None:
    """Sealing it anew would give other bytes under the same slot; they are sent again as they were.

    Source: API 2.1.
    """
    file, answered = teller.file("a", 10), lose_the_answer(wire)
    more = ("--resume-file", str(resume_file(teller)))
    with teller.running(*teller.arguments(file), *more) as process:
        assert answered.wait(30)
        first = ended_by(process, signal.SIGKILL)
    wire.after = pass_all

    filed = told(go_on(teller, file, teller.code_file(first.err)))

    assert len({asked.body for asked in wire.asked(SUBMISSIONS)}) == 1
    assert len(desk.documents(filed["receipt_code"])) == 1


def test_files_that_could_not_be_kept_are_kept_by_a_later_run(teller: Teller, wire: Wire) -> None:
    """EXAM: exit 4, and how to repeat is said."""
    file = teller.file("a", FILE_BYTES)
    wire.before = lambda asked: problem(503, "unavailable") if asked.target == KEPT else None
    more = ("--resume-file", str(resume_file(teller)), "--patience", "1")
    first = teller.submit(file, more=more)
    wire.before = pass_all
    parts = len(wire.asked(PARTS))

    again = told(go_on(teller, file, teller.code_file(first.err)))

    assert (first.code, json.loads(first.out)["files_kept"], again["files_kept"]) == (
        4,
        False,
        True,
    )
    assert "--code-file" in first.err
    assert again["acknowledgement"] == json.loads(first.out)["acknowledgement"]
    assert len(wire.asked(PARTS)) == parts


def test_ctrl_c_says_how_to_go_on(teller: Teller, wire: Wire) -> None:
    """And the next run does."""
    file, reached = teller.file("a", FILE_BYTES), sleepless(wire, 2)
    more = ("--resume-file", str(resume_file(teller)))
    with teller.running(*teller.arguments(file), *more) as process:
        assert reached.wait(30)
        first = ended_by(process, signal.SIGINT)
    wire.before = pass_all

    assert first.code == 130
    assert "to go on: the same command with --code-file" in first.err
    assert told(go_on(teller, file, teller.code_file(first.err)))["files_kept"]


@pytest.fixture
def stopped(teller: Teller, wire: Wire) -> tuple[Path, str]:
    """A file whose sending was killed, and where its code stands."""
    file = teller.file("a", FILE_BYTES)
    return file, teller.code_file(killed(teller, wire, file).err)


def test_another_code_opens_nothing(teller: Teller, stopped: tuple[Path, str]) -> None:
    """EXAM: exit 5."""
    other = teller.folder / "other"
    other.write_text(random_receipt_code().symbols)

    ended = go_on(teller, stopped[0], str(other))

    assert (ended.code, ended.out) == (5, "")
    assert resume_file(teller).exists()


def test_without_the_code_nothing_is_replaced(teller: Teller, stopped: tuple[Path, str]) -> None:
    """Whoever forgets the code is told so before the file is overwritten."""
    before = resume_file(teller).read_bytes()

    ended = teller.submit(stopped[0], more=("--resume-file", str(resume_file(teller))))

    assert (ended.code, ended.out) == (2, "")
    assert resume_file(teller).read_bytes() == before


def test_a_file_that_changed_between_two_runs_is_refused(
    teller: Teller, wire: Wire, stopped: tuple[Path, str]
) -> None:
    """Another text must never leave under a key that was used."""
    with stopped[0].open("r+b") as opened:
        opened.write(b"changed")

    ended = go_on(teller, *stopped)

    assert (ended.code, ended.out, len(wire.asked(HELD))) == (3, "", 1)


def test_another_report_is_not_sent_in_the_place_of_the_one_begun(
    teller: Teller, wire: Wire, stopped: tuple[Path, str]
) -> None:
    """EXAM: exit 6; nothing was sent."""
    other = teller.folder / "other.txt"
    other.write_text("something else")
    more = ("--resume-file", str(resume_file(teller)), "--code-file", stopped[1])

    ended = teller.submit(stopped[0], more=(*more, "--document", str(other)))

    assert (ended.code, ended.out, wire.asked(SUBMISSIONS)) == (6, "", [])


def test_where_nothing_was_begun_nothing_is_gone_on_with(teller: Teller) -> None:
    """EXAM: exit 6."""
    code = teller.folder / "code"
    code.write_text(random_receipt_code().symbols)

    assert go_on(teller, teller.file("a", 10), str(code)).code == 6


# --- the file itself ----------------------------------------------------------------------------


@pytest.fixture
def keys() -> ReporterKeys:
    """Of some receipt code."""
    return ReporterKeys.derive(random_receipt_code(), bytes(32))


@pytest.fixture
def sources(tmp_path: Path) -> tuple[SourceFile, ...]:
    """One file."""
    path = tmp_path / "source"
    path.write_bytes(b"x" * 5 * MIB)
    return (SourceFile.of(path),)


def written(path: Path, keys: ReporterKeys, sources: tuple[SourceFile, ...]) -> Begun:
    """A resume file that knows two parts and a submission."""
    file, begun = ResumeFile(path, keys), Begun.fresh(sources)
    file.begin(TAG, begun)
    for part in list(begun.transfers[0].source.parts())[:2]:
        file.note_part(0, part.index, begun.transfers[0].note(part))
    file.note_submission(b"sealed")
    file.close()
    return begun


def test_what_was_written_is_read_back(
    tmp_path: Path, keys: ReporterKeys, sources: tuple[SourceFile, ...]
) -> None:
    """Keys, capabilities, parts and the sealed submission."""
    begun = written(tmp_path / "resume", keys, sources)

    found = ResumeFile(tmp_path / "resume", keys).read(TAG, sources)

    assert found is not None
    assert (found.files, found.submission) == (begun.files, b"sealed")
    assert [found.transfers[0].knows(index) for index in range(3)] == [True, True, False]


def test_a_resume_file_cut_anywhere_gives_what_came_before(
    tmp_path: Path, keys: ReporterKeys, sources: tuple[SourceFile, ...]
) -> None:
    """A crash may cut the last entry; the file goes on where the last whole one ends."""
    path = tmp_path / "resume"
    written(path, keys, sources)
    whole = path.read_bytes()
    head_bytes = 4 + int.from_bytes(whole[:4])
    read = {}
    for size in range(0, len(whole), 7):
        path.write_bytes(whole[:size])
        file = ResumeFile(path, keys)
        read[size] = file.read(TAG, sources)
        file.close()

    assert {size for size, found in read.items() if found is None} == set(range(0, head_bytes, 7))
    assert {found.submission for found in read.values() if found is not None} == {None}


def test_a_damaged_resume_file_is_refused(
    tmp_path: Path, keys: ReporterKeys, sources: tuple[SourceFile, ...]
) -> None:
    """Every entry is authentic or none is."""
    path = tmp_path / "resume"
    written(path, keys, sources)
    whole = bytearray(path.read_bytes())
    whole[60] ^= 1
    path.write_bytes(whole)

    with pytest.raises(WrongCodeError):
        ResumeFile(path, keys).read(TAG, sources)


def test_two_runs_never_use_one_resume_file(
    tmp_path: Path, keys: ReporterKeys, sources: tuple[SourceFile, ...]
) -> None:
    """They would send two reports under one code."""
    path = tmp_path / "resume"
    written(path, keys, sources)
    first = ResumeFile(path, keys)
    assert first.read(TAG, sources) is not None

    with pytest.raises(WrongUseError):
        ResumeFile(path, keys).read(TAG, sources)
    first.close()


def test_a_link_is_not_followed(tmp_path: Path, keys: ReporterKeys) -> None:
    """Whoever may write beside it must not choose what is overwritten."""
    target, link = tmp_path / "target", tmp_path / "resume"
    target.write_bytes(b"precious")
    link.symlink_to(target)

    with pytest.raises(WrongUseError):
        ResumeFile(link, keys).begin(TAG, Begun.fresh(()))
    assert target.read_bytes() == b"precious"
    assert os.path.lexists(link)


# --- files with a message -----------------------------------------------------------------------


def send(teller: Teller, code: str, *files: Path, more: tuple[str, ...] = ()) -> list[str]:
    """`intake mailbox send` with some files."""
    code_file = teller.folder / "code"
    code_file.write_text(code)
    named = [argument for file in files for argument in ("--file", str(file))]
    words = ["--text-file", str(teller.words("两个文件"))]
    options = [*teller.options(), "--code-file", str(code_file)]
    return ["mailbox", *options, *named, *words, *more, "send"]


@pytest.fixture
def code(teller: Teller) -> str:
    """Of a report without files."""
    filed: str = told(teller.submit())["receipt_code"]
    return filed


def run(teller: Teller, arguments: list[str], number: int = 0) -> Ended:
    """A command to its end."""
    with teller.running(*arguments) as process:
        return ended_by(process, number)


def test_files_go_with_a_message(teller: Teller, desk: Desk, code: str) -> None:
    """SPEC 9.5."""
    files = [teller.file("a", 3 * MIB), teller.file("b", 10)]

    sent = told(run(teller, send(teller, code, *files)))

    assert (sent["number"], sent["files"], sent["files_kept"]) == (1, 2, True)
    assert [desk.open(entry) for entry in desk.entries(code, 1)] == [f.read_bytes() for f in files]


def test_a_message_with_files_that_was_killed_is_sent_once(
    teller: Teller, wire: Wire, desk: Desk, code: str
) -> None:
    """The same command again, which has the code anyway, goes on with the same parts."""
    file, reached = teller.file("a", FILE_BYTES), sleepless(wire, 3)
    arguments = send(teller, code, file)
    with teller.running(*arguments) as process:
        assert reached.wait(30)
        ended_by(process, signal.SIGKILL)
    wire.before = pass_all

    told(run(teller, arguments))

    counted = Counter(asked.part for asked in wire.asked(PARTS))
    assert [counted[asked.part] for asked in wire.asked(PARTS)[:3]] == [1, 1, 1]
    assert desk.open(desk.entries(code, 1)[0]) == file.read_bytes()
    assert [path.suffix for path in (teller.state / "sealed-intake").iterdir()] == [".json"]


def test_a_message_with_files_whose_answer_was_lost_is_not_sent_twice(
    teller: Teller, wire: Wire, desk: Desk, code: str
) -> None:
    """The later run finds it registered and has its files kept."""
    arguments = send(teller, code, teller.file("a", 10))
    answered = lose_the_answer(wire)
    with teller.running(*arguments) as process:
        assert answered.wait(30)
        ended_by(process, signal.SIGKILL)
    wire.after = pass_all

    again = told(run(teller, arguments))

    assert (again["was_there"], again["files_kept"]) == (True, True)
    assert len(desk.documents(code)) == 2


@pytest.mark.parametrize("more", [(), ("--withdraw",), ("--acknowledgements", "off")])
def test_files_want_a_message(teller: Teller, more: tuple[str, ...], code: str) -> None:
    """SPEC 9.5: a message has a text; a withdrawal has no files."""
    arguments = send(teller, code, teller.file("a", 10), more=more)
    at = arguments.index("--text-file")
    without = arguments[:at] + arguments[at + 2 :]

    assert run(teller, without).code == 2

"""How the client behaves on a line: patience, lanes, progress; and what it says of files."""

import io
import threading
import time
from pathlib import Path

import pytest

from crypto.wire.files import Upload
from intake.client.api import Api
from intake.client.courier import Courier
from intake.client.errors import ServerUnavailableError, WrongUseError
from intake.client.files import FileLabel, SealingFile, SourceFile, Transfer
from intake.client.hidden_data import hidden_data_warning, label_of, warnings_of
from intake.client.patience import Patience
from intake.client.progress import Progress
from tests.dripping_server import HEADERS, HEADERS_WITHOUT_END, dripping_server
from tests.intake.processes import Running
from tests.intake.wire import CUT, HELD, PARTS, Asked, between

MIB = 1 << 20


def refuse_times(times: int, error: ServerUnavailableError) -> tuple[list[float], str]:
    """What is waited when something fails so often, and the answer."""
    waits: list[float] = []
    left = [error] * times

    def ask() -> str:
        if left:
            raise left.pop()
        return "answer"

    return waits, Patience(60, waits.append).persist(ask)


def test_waiting_grows_and_heeds_the_server() -> None:
    """API 1: Retry-After."""
    own, answered = refuse_times(2, ServerUnavailableError("away"))
    told, _ = refuse_times(2, ServerUnavailableError("away", retry_after_seconds=0))

    assert (own, answered) == ([0.2, 1], "answer")
    assert told == [0, 0]


def test_a_success_anywhere_starts_the_time_anew() -> None:
    """A run gives up when nothing at all gets through, not when one part is unlucky."""
    patience = Patience(0.5)
    ends_at = time.monotonic() + 1.2

    def unlucky() -> str:
        patience.persist(lambda: "another part gets through")
        if time.monotonic() < ends_at:
            raise ServerUnavailableError("away", retry_after_seconds=0)
        return "at last"

    assert patience.persist(unlucky) == "at last"


def test_patience_ends() -> None:
    """EXAM: exit 4."""
    began_at = time.monotonic()

    def away() -> str:
        raise ServerUnavailableError("away")

    with pytest.raises(ServerUnavailableError):
        Patience(0.3).persist(away)
    assert 0.3 <= time.monotonic() - began_at < 3


def test_whoever_waits_leaves_when_the_run_ends() -> None:
    """Ctrl-C waits for nobody."""
    patience = Patience(600)
    ended = threading.Event()

    def wait() -> None:
        def away() -> str:
            raise ServerUnavailableError("away", retry_after_seconds=60)

        with pytest.raises(ServerUnavailableError):
            patience.persist(away)
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    patience.end()

    assert ended.wait(10)


def test_a_slow_line_carries_one_part_at_a_time(
    shared_server: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server gives each part its time; several on a slow line would all be late."""
    path = tmp_path / "file"
    path.write_bytes(bytes(10 * MIB))
    most, now, lock = 0, 0, threading.Lock()

    def slow(asked: Asked) -> None:
        nonlocal most, now
        if asked.target == PARTS:
            with lock:
                now += 1
                most = max(most, now)
            time.sleep(0.05)
            with lock:
                now -= 1

    monkeypatch.setattr("intake.client.courier.QUICK_PART_SECONDS", 0.01)
    with between(shared_server) as wire:
        wire.before = slow
        api = Api(wire.url, connections=3)
        transfer = Transfer(SealingFile.fresh(SourceFile.of(path)))
        Courier(api, Patience(20), Progress(0, None)).send((transfer,))
        api.close()

    assert most == 1


@pytest.mark.parametrize("at_once", [HEADERS, HEADERS_WITHOUT_END])
def test_a_server_that_drips_at_a_part_holds_nobody(at_once: bytes) -> None:
    """A part may take its time; its answer has an end."""
    with dripping_server(at_once) as url:
        api = Api(url, answer_seconds=0.2)
        began_at = time.monotonic()

        with pytest.raises(ServerUnavailableError):
            api.held(Upload(bytes(16), 65_536))

        assert time.monotonic() - began_at < 20
        api.close()


def test_progress_counts_what_goes_out_and_takes_back_what_was_lost(
    shared_server: Running, tmp_path: Path
) -> None:
    """The last line stands at exactly all bytes, whatever was cut."""
    path, terminal = tmp_path / "file", io.StringIO()
    path.write_bytes(bytes(6 * MIB))
    with between(shared_server) as wire:
        wire.before = lambda asked: (
            CUT if asked.target == PARTS and asked.number == 1 else time.sleep(0.3)
        )
        api = Api(wire.url, connections=3)
        sealing = SealingFile.fresh(SourceFile.of(path))
        progress = Progress(sealing.upload.sealed_bytes, terminal)
        Courier(api, Patience(20, progress.wait), progress).send((Transfer(sealing),))
        progress.end()
        api.close()

    lines = [line.rstrip() for line in terminal.getvalue().split("\r")]
    assert lines[-1] == "6.3 of 6.3 MB"
    assert any("MB/s" in line and "left" in line for line in lines)


def test_without_a_terminal_progress_says_nothing() -> None:
    """EXAM: scripts read stderr too."""
    progress = Progress(100, None)

    progress.add(50)
    progress.wait(5)
    progress.end()


def test_the_rate_is_that_of_the_last_seconds_also_on_a_slow_line() -> None:
    """A megabyte each half minute: the estimate of what is left must not vanish."""
    terminal, now = io.StringIO(), 1000.0
    progress = Progress(4_000_000, terminal, lambda: now)
    for _ in range(3):
        now += 30
        progress.add(1_000_000)

    assert terminal.getvalue().split("\r")[-1].strip() == "3.0 of 4.0 MB, 0.03 MB/s, 0:30 left"


def test_waiting_is_said() -> None:
    """A person sees that the line is down and that nothing is lost."""
    terminal = io.StringIO()
    progress = Progress(2_000_000, terminal)
    progress.add(1_000_000)

    progress.wait(8)

    assert terminal.getvalue().split("\r")[-1].startswith("1.0 of 2.0 MB; no answer, trying again")


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"\xff\xd8\xff\xe0", "where, when"),
        (b"\x89PNG\r\n\x1a\n", "where, when"),
        (b"RIFF\0\0\0\0WEBP", "where, when"),
        (b"\0\0\0\x18ftypheic", "where, when"),
        (b"\0\0\0\x18ftypmp42", "where, when"),
        (b"%PDF-1.7", "author"),
        (b"PK\x03\x04", "office"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "author"),
        (b"ID3\x03", "device"),
    ],
)
def test_files_that_may_say_more_than_they_show(head: bytes, words: str) -> None:
    """By their first bytes, whatever their names say."""
    assert words in str(hidden_data_warning(head))


@pytest.mark.parametrize("head", [b"", b"plain text", b"\xff\xd8", b"RIFF\0\0\0\0"])
def test_other_files_are_not_warned_of(head: bytes) -> None:
    """A warning that is always there is not read."""
    assert hidden_data_warning(head) is None


def test_a_warning_shows_no_control_character_of_a_name(tmp_path: Path) -> None:
    """A name may have come from somebody else."""
    path = tmp_path / "a\x1b[2J\u202e.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0")

    (line,) = warnings_of((SourceFile.of(path),))

    assert line.startswith("a\\u{1b}[2J\\u{202e}.jpg: ")


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.txt", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.docx", b"PK\x03\x04", "application/zip"),
        ("a.jpg", b"", "application/octet-stream"),
    ],
)
def test_types_are_those_of_the_content(tmp_path: Path, name: str, head: bytes, kind: str) -> None:
    """Whatever the name says."""
    path = tmp_path / name
    path.write_bytes(head)

    label = label_of(SourceFile.of(path), keep_name=False, keep_type=True)

    assert label == FileLabel(type=kind)


def test_a_name_that_is_no_text_is_not_kept(tmp_path: Path) -> None:
    """JSON cannot hold it; the file itself can go without it."""
    path = tmp_path / "a\udcff"
    path.write_bytes(b"x")
    source = SourceFile.of(path)

    with pytest.raises(WrongUseError):
        label_of(source, keep_name=True, keep_type=False)
    assert label_of(source, keep_name=False, keep_type=False) == FileLabel()


def test_held_is_asked_before_the_first_part(shared_server: Running, tmp_path: Path) -> None:
    """A file that is too large is refused before two mebibytes have gone."""
    path = tmp_path / "file"
    path.write_bytes(b"x")
    with between(shared_server) as wire:
        api = Api(wire.url, connections=3)
        transfer = Transfer(SealingFile.fresh(SourceFile.of(path)))
        Courier(api, Patience(20), Progress(0, None)).send((transfer,))
        api.close()

    assert [asked.target for asked in wire.seen] == [HELD, PARTS, HELD]

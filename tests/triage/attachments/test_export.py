"""Issue 3, EXAM: `triage export REF --out FOLDER`: a new folder, our names, all digests."""

import hashlib
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from nacl.utils import random

from crypto.custody.reporter import Contents
from crypto.wire.contents import DocumentKind
from tests.triage.attachments import hostile_files as hostile
from tests.triage.attachments.sealed_files import Sealed, seal
from tests.triage.attachments.test_locking import wait_until
from tests.triage.office import Office, passphrase_of, saying
from triage.attachments import clean_copy
from triage.attachments.clean_copy import clean_pieces
from triage.attachments.detection import FileType, detect
from triage.errors import CleanCopyError, FileDamagedError

MEMORY = Path("/dev/shm")  # noqa: S108 - where the cleaner's private place would show
NAMES = (
    "../../escape.sh",
    "/etc/cron.d/escape",
    "a\x01b",
    "CON",
    "x" * 300,
    "photo.jpg\n\x1b[31mred",
    "..\\..\\escape",
)


def triage(office: Office, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command as triage-1."""
    passphrase = office.folder / "passphrase"
    passphrase.write_bytes(passphrase_of("triage-1"))
    passphrase.chmod(0o600)
    return subprocess.run(
        [sys.executable, "-m", "triage.cli", *arguments, "--json"],
        env={
            **os.environ,
            "TRIAGE_HOME": str(office.home("triage-1").folder),
            "TRIAGE_PASSPHRASE_FILE": str(passphrase),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def received(office: Office, *sealed: Sealed, names: Sequence[str | None] = ()) -> str:
    """A synced report with these files, uploaded; its REF."""
    for each in sealed:
        office.upload(each.upload, each.parts())
    named = [*names, *[None] * (len(sealed) - len(names))]
    files = [
        each.json(name=name, media_type="text/html") if name else each.json()
        for each, name in zip(sealed, named, strict=True)
    ]
    office.file(1, saying("with files", files=files))
    assert triage(office, "sync").returncode == 0
    return str(json.loads(triage(office, "list").stdout)[0]["ref"])


def said(done: "subprocess.CompletedProcess[str]") -> Any:  # noqa: ANN401 - JSON of any shape
    """What `--json` printed."""
    return json.loads(done.stdout)


def test_a_case_is_written_with_digests_under_our_own_names(office: Office, tmp_path: Path) -> None:
    """Files that are not here are fetched first; the folder is the officer's alone."""
    photo, long = seal(hostile.picture("JPEG")), seal(random(3_000_000))
    ref = received(office, photo, long, names=["holiday.exe", None])
    message = Contents(report={"text": "one more"})
    office.file(1, message, n=1, kind=DocumentKind.MESSAGE)
    triage(office, "sync")
    out = tmp_path / "out"

    done = triage(office, "export", ref, "--out", str(out))

    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in out.iterdir()) == [
        "SHA256SUMS",
        "file-01.jpg",
        "file-02.bin",
        "message-01.json",
        "report.json",
    ]
    assert (out / "file-01.jpg").read_bytes() == photo.plaintext
    assert (out / "file-02.bin").read_bytes() == long.plaintext
    assert json.loads((out / "report.json").read_bytes())["narrative"] == "with files"
    files = said(done)["files"]
    assert [(each["file"], each["type"], each["fault"]) for each in files] == [
        ("file-01.jpg", "jpeg", None),
        ("file-02.bin", "unknown", None),
    ]
    assert files[1]["sha256"] == hashlib.sha256(long.plaintext).hexdigest()
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=out, capture_output=True, check=True
    )
    assert checked.stdout.count(b": OK") == 4
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}


def test_no_name_from_outside_reaches_the_disk(office: Office, tmp_path: Path) -> None:
    """ATTACKS B11: 0 files outside the target, whatever a file is called."""
    ref = received(office, *(seal(name.encode()) for name in NAMES), names=NAMES)
    out = tmp_path / "deep" / "out"
    out.parent.mkdir()

    done = triage(office, "export", ref, "--out", str(out))

    assert done.returncode == 0, done.stderr
    made = set(tmp_path.rglob("*")) - {out.parent, out}
    kept = [path.name for path in office.home("triage-1").attachments_folder.iterdir()]
    assert {path.parent for path in made} == {out}
    assert all(path.name.isascii() and len(path.name) < 20 for path in made)
    assert len(kept) == len(NAMES)
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in kept)


def test_what_is_there_already_is_never_written_into(office: Office, tmp_path: Path) -> None:
    """A folder with something in it, a file, a link: exit 2, nothing changed."""
    ref = received(office, seal(b"content"))
    full, file, link = tmp_path / "full", tmp_path / "file", tmp_path / "link"
    full.mkdir()
    (full / "kept").write_text("kept")
    file.write_text("kept")
    (tmp_path / "empty").mkdir()
    link.symlink_to(tmp_path / "empty")

    for target in (full, file, link):
        assert triage(office, "export", ref, "--out", str(target)).returncode == 2
    assert triage(office, "export", ref, "--out", str(tmp_path / "no" / "such")).returncode == 6

    assert [path.name for path in full.iterdir()] == ["kept"]
    assert list((tmp_path / "empty").iterdir()) == []
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    assert triage(office, "export", ref, "--out", str(tmp_path / "empty")).returncode == 0


def test_one_bad_file_leaves_the_others_and_is_said(office: Office, tmp_path: Path) -> None:
    """Missing on the server: exit 6, the rest is written, and nothing half of it."""
    here, gone = seal(b"here"), seal(b"gone")
    ref = received(office, gone, here)
    with office.database("parts") as connection:
        connection.execute("DELETE FROM parts WHERE part_id = ?", (gone.upload.part_id(0),))
    out = tmp_path / "out"

    done = triage(office, "export", ref, "--out", str(out))

    assert done.returncode == 6
    assert [(each["file"], each["fault"]) for each in said(done)["files"]] == [
        (None, "NotFetchedError"),
        ("file-02.txt", None),
    ]
    assert not (out / "file-01.txt").exists()


def test_without_a_server_nothing_is_written(office: Office, tmp_path: Path) -> None:
    """Exit 4; what is here already can be exported all the same."""
    ref = received(office, seal(b"away"))
    assert said(triage(office, "fetch", ref))["files"][0]["state"] == "here"
    office.stop()
    assert triage(office, "export", ref, "--out", str(tmp_path / "held")).returncode == 0
    assert said(triage(office, "forget", ref))["forgotten"] == [1]
    office.start()


def test_show_lists_files_by_content(office: Office) -> None:
    """Number, type, size, digest, state; what the reporter said of it stands apart."""
    sealed = seal(hostile.picture("PNG"))
    ref = received(office, sealed, names=["report.pdf"])

    before = said(triage(office, "show", ref))["files"][0]
    triage(office, "fetch", ref, "1")
    after = said(triage(office, "show", ref))["files"][0]

    assert (before["number"], before["type"], before["state"]) == (1, None, "not-fetched")
    assert (after["type"], after["state"]) == ("png", "here")
    assert (after["name"], after["stated_type"]) == ("report.pdf", "text/html")
    assert after["size_bytes"] == len(sealed.plaintext)
    assert triage(office, "fetch", ref, "2").returncode == 6


def test_clean_copies_have_no_hidden_data(office: Office, tmp_path: Path) -> None:
    """mat2 behind walls; what can't be cleaned is left out and said."""
    ref = received(
        office,
        seal(hostile.picture("JPEG", note="SECRETMAKE")),
        seal(hostile.picture("PNG", note="SECRETNAME")),
        seal(b"plain words"),
    )
    out = tmp_path / "out"

    done = triage(office, "export", ref, "--out", str(out), "--clean")

    assert done.returncode == 3
    assert [(each["file"], each["fault"]) for each in said(done)["files"]] == [
        ("file-01-clean.jpg", None),
        ("file-02-clean.png", None),
        (None, "CleanCopyError: type"),
    ]
    for name in ("file-01-clean.jpg", "file-02-clean.png"):
        assert b"SECRET" not in (out / name).read_bytes()
    assert list(MEMORY.glob("*work*")) == []


def test_without_mat2_the_command_says_so(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 3 before anything is fetched or written."""
    ref = received(office, seal(b"words"))
    monkeypatch.setenv("PATH", str(tmp_path))

    done = triage(office, "export", ref, "--out", str(tmp_path / "out"), "--clean")

    assert done.returncode == 3
    assert "mat2" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "raw",
    [hostile.zip_bomb(), hostile.bomb_jpeg(), b"%PDF-1.7\ngarbage", hostile.picture("PNG")[:60]],
    ids=["zip bomb", "jpeg bomb", "pdf garbage", "cut png"],
)
def test_a_hostile_file_gets_no_clean_copy_or_a_clean_one(tmp_path: Path, raw: bytes) -> None:
    """Bounded in time and memory; nothing of it lies anywhere afterwards."""
    held = seal(raw).held(tmp_path)
    before = set(MEMORY.iterdir())

    outcome = tried(held, raw)

    assert outcome in {"failed", "cleaned"}
    assert set(MEMORY.iterdir()) == before


def tried(held: Any, raw: bytes) -> str:  # noqa: ANN401 - a held file
    """What became of a clean copy."""
    try:
        return "cleaned" if b"".join(clean_pieces(held, detect(raw))) else "empty"
    except CleanCopyError as error:
        return error.reason


def test_what_is_too_large_for_memory_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is started."""
    monkeypatch.setattr(clean_copy, "MAX_CLEAN_BYTES", 10)
    raw = hostile.picture()

    assert tried(seal(raw).held(tmp_path), raw) == "too-large"


_PROBE = """
import os, socket, sys
from pathlib import Path
from triage.attachments import cleaner
walls = cleaner.build_walls()
def tried(work):
    try:
        work()
    except OSError as error:
        return error.strerror
    return 'DONE'
print([walls.hold, os.listdir('/dev/shm')] + [tried(work) for work in (
    lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    lambda: open(sys.argv[1], 'rb'),
    lambda: open('/tmp/cleaner-probe', 'wb'),
)])
"""


def test_the_cleaner_sees_neither_the_network_nor_other_files(tmp_path: Path) -> None:
    """ATTACKS B12: each has an empty place in memory that nobody else sees."""
    secret = tmp_path / "secret"
    secret.write_text("canary")
    other = MEMORY / f"other-{os.getpid()}"
    other.write_text("another file's")
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _PROBE, str(secret)], capture_output=True, check=True
        )
    finally:
        other.unlink()

    holds, listed, *tried_walls = eval(done.stdout)  # noqa: S307 - what the probe above printed
    assert holds
    assert listed == []
    assert "DONE" not in tried_walls


def test_a_file_that_changed_on_the_disk_is_not_exported(tmp_path: Path) -> None:
    """Nothing after the first bad chunk is released."""
    held = seal(random(300_000)).held(tmp_path)
    raw = bytearray(held.path.read_bytes())
    raw[200_000] ^= 1
    held.path.write_bytes(raw)

    with pytest.raises(FileDamagedError):
        b"".join(held.pieces())


def members_of(session: int) -> list[int]:
    """The living processes of a session (proc(5), stat: state, parent, group, session)."""
    found = []
    for stat_file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, its, *_ = stat_file.read_text("latin-1").rpartition(")")[2].split()
            if int(its) == session and state != "Z":
                found.append(int(stat_file.parent.name))
    return found


def test_nothing_of_a_cleaner_that_was_ended_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ATTACKS B12: what mat2 started holds the file in memory, and might never end by itself."""
    begun: list[subprocess.Popen[bytes]] = []
    begin = clean_copy._cleaner

    def begin_noted(mat2: str, kind: FileType) -> "subprocess.Popen[bytes]":
        begun.append(begin(mat2, kind))
        return begun[-1]

    monkeypatch.setattr(clean_copy, "_cleaner", begin_noted)
    held = seal(raw := hostile.slow_pdf()).held(tmp_path)
    with ThreadPoolExecutor(1) as pool:
        cleaning = pool.submit(lambda: list(clean_pieces(held, detect(raw))))
        wait_until(lambda: bool(begun) and len(members_of(begun[0].pid)) > 1)
        begun[0].kill()
        fault = cleaning.exception(timeout=20)

    assert isinstance(fault, CleanCopyError)
    wait_until(lambda: not members_of(begun[0].pid))

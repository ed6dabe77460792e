"""Issue 3: a hostile file hurts neither console nor officer. ATTACKS B12."""

import os
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.triage.attachments import hostile_files as hostile
from tests.triage.attachments.sealed_files import seal
from triage.attachments import painting
from triage.attachments.detection import detect
from triage.attachments.painting import PAINT_SECONDS, Picture, paint
from triage.attachments.png import encode_png
from triage.errors import PreviewError

# A machine that is busy with other tests starts processes slowly.
SLACK_SECONDS = 5


def painted(folder: Path, raw: bytes, *, page: int = 0, columns: int = 400) -> Picture:
    """What the viewer gets of a file."""
    return paint(seal(raw).held(folder), detect(raw), page=page, columns=columns)


def reason(folder: Path, raw: bytes, **view: int) -> str:
    """Why the viewer gets nothing of a file."""
    with pytest.raises(PreviewError) as refused:
        painted(folder, raw, **view)
    return refused.value.reason


def answer(folder: Path, raw: bytes) -> str:
    """What became of a file: `painted`, or why not."""
    try:
        return "painted" if painted(folder, raw).png.startswith(b"\x89PNG") else "no picture"
    except PreviewError as refused:
        return refused.reason


def pixels(picture: Picture) -> Image.Image:
    """The PNG as an image."""
    return Image.open(BytesIO(picture.png))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_picture_is_painted_anew_from_its_pixels(tmp_path: Path, kind: str) -> None:
    """Nothing of the file but its pixels reaches the browser: no comment, no place, no trailer."""
    raw = hostile.picture(kind, (1600, 1000), note="SECRET") + b"TRAILER<script>"

    picture = painted(tmp_path, raw)

    image = pixels(picture)
    assert image.size == (400, 250)
    red, green, blue = image.getpixel((20, 20))  # type: ignore[misc] # of an RGB image
    assert red > 230
    assert abs(green - 165) < 20
    assert blue < 30
    assert b"SECRET" not in picture.png
    assert b"TRAILER" not in picture.png


def test_a_photo_stands_upright_and_small_ones_are_not_enlarged(tmp_path: Path) -> None:
    """As a camera meant it."""
    assert pixels(painted(tmp_path, hostile.sideways_photo())).size == (80, 120)


def test_pages_are_painted_one_at_a_time(tmp_path: Path) -> None:
    """A PDF of 20,000 pages: the page that was asked for, within the time."""
    raw = hostile.long_pdf()
    began = time.monotonic()

    picture = painted(tmp_path, raw, page=19_999)

    assert picture.pages == 20_000
    assert pixels(picture).size[0] == 400
    assert time.monotonic() - began < PAINT_SECONDS
    assert reason(tmp_path, raw, page=20_000) == "no-such-page"


def test_a_pdf_runs_nothing(tmp_path: Path) -> None:
    """JavaScript, launch and submit actions are not carried out; the page is a picture."""
    picture = painted(tmp_path, hostile.scripted_pdf())

    assert (picture.pages, pixels(picture).size) == (1, (400, 267))


BOMBS = {
    "png of 50,000 x 50,000": (hostile.bomb_png(), {"too-large"}),
    "jpeg of 50,000 x 50,000": (hostile.bomb_jpeg(), {"too-large"}),
    "png just below the bound": (hostile.bomb_png(7_900), {"damaged", "too-large"}),
    "png with a gigabyte of text": (hostile.text_bomb_png(), {"damaged", "gave-up"}),
    "pdf whose pages loop": (hostile.looping_pdf(), {"damaged", "gave-up", "no-such-page"}),
    "pdf that draws for ever": (hostile.slow_pdf(), {"gave-up"}),
    "zip bomb": (hostile.zip_bomb(), {"type"}),
    "html": (hostile.HTML, {"type"}),
    "svg": (hostile.SVG, {"type"}),
    "html behind a jpeg's mark": (hostile.HTML_CALLED_JPEG, {"damaged"}),
    "gif that is a script": (hostile.gif_script(), {"damaged", "too-large", "gave-up"}),
    "cut jpeg": (hostile.picture("JPEG")[:300], {"damaged"}),
    "cut png": (hostile.picture("PNG")[:60], {"damaged"}),
    "cut webp": (hostile.picture("WEBP")[:40], {"damaged"}),
    "pdf garbage": (b"%PDF-1.7\n garbage", {"damaged"}),
    "cut pdf": (hostile.pdf([b""], declared_pages=3)[:60], {"damaged"}),
}


@pytest.mark.parametrize(("raw", "why"), BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_refused_or_ended(tmp_path: Path, raw: bytes, why: set[str]) -> None:
    """Killed within ten seconds and 512 MB, with a reason that the officer can read."""
    began = time.monotonic()

    assert reason(tmp_path, raw) in why

    assert time.monotonic() - began < PAINT_SECONDS + SLACK_SECONDS


@pytest.mark.parametrize("raw", [hostile.jpeg_zip(), hostile.pdf_html()], ids=["zip", "html"])
def test_a_polyglot_is_what_its_beginning_says(tmp_path: Path, raw: bytes) -> None:
    """It is painted, so its other nature is never looked at."""
    assert b"payload" not in painted(tmp_path, raw).png


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["JPEG", "PNG", "GIF", "WEBP"]), st.data())
def test_any_damage_is_pixels_or_a_reason(
    tmp_path_factory: pytest.TempPathFactory, kind: str, data: st.DataObject
) -> None:
    """Whatever a decoder does with it, this process gets one of two answers."""
    raw = bytearray(hostile.picture(kind))
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(12, len(raw) - 1))] = data.draw(st.integers(0, 255))
    folder = tmp_path_factory.mktemp("fuzz")

    assert answer(folder, bytes(raw)) in {"painted", "damaged", "too-large", "gave-up"}


_PROBE = """
import os, socket, subprocess, sys
from triage.attachments import painter
painter._load_everything()
walls = painter.build_walls()
def tried(work):
    try:
        work()
    except OSError as error:
        return error.strerror
    except MemoryError:
        return 'no memory'
    return 'DONE'
results = [walls.hold] + [tried(work) for work in (
    lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
    lambda: open(sys.argv[1], 'rb'),
    lambda: open('/etc/passwd', 'rb'),
    lambda: open(sys.argv[1] + '.new', 'wb'),
    lambda: os.listdir('/'),
    lambda: os.execv('/bin/sh', ['sh', '-c', 'exit 0']),
    lambda: os.fork(),
    lambda: os.kill(os.getppid(), 0),
    lambda: bytearray(600 * 1024 * 1024),
)]
os.write(1, repr(results).encode())
os._exit(0)
"""


def test_the_painter_reaches_no_network_no_file_and_no_process(tmp_path: Path) -> None:
    """Each wall is tried from inside, where a file's code would run."""
    secret = tmp_path / "secret"
    secret.write_text("canary")

    done = subprocess.run(
        [sys.executable, "-I", "-c", _PROBE, str(secret)], capture_output=True, check=True
    )

    holds, *tried = eval(done.stdout)  # noqa: S307 - what the probe above printed
    assert holds
    assert "DONE" not in tried
    assert tried[-1] == "no memory"
    assert not (tmp_path / "secret.new").exists()


def test_the_painter_inherits_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No environment, no descriptor, no folder: what the parent knows stays there."""
    monkeypatch.setenv("CANARY", "1")
    held = seal(hostile.picture()).held(tmp_path)
    inherited = os.open(tmp_path, os.O_RDONLY)
    seen: list[object] = []
    popen = subprocess.Popen

    def watched(command: list[str], **options: object) -> object:
        process = popen(command, **options)  # type: ignore[call-overload] # what it was given
        folder = Path(f"/proc/{process.pid}")
        seen.append((folder / "environ").read_bytes())
        seen.append({(each).readlink() for each in (folder / "fd").iterdir()})
        return process

    monkeypatch.setattr(subprocess, "Popen", watched)
    paint(held, detect(held.beginning()), page=0, columns=100)
    os.close(inherited)

    environment, descriptors = seen
    assert b"CANARY" not in environment  # type: ignore[operator] # bytes
    assert tmp_path not in descriptors  # type: ignore[operator] # a set


def test_two_files_never_share_a_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ATTACKS B12: what one source's file did to its painter can't meet another's."""
    started: list[int] = []
    popen = subprocess.Popen

    def counted(command: list[str], **options: object) -> object:
        process = popen(command, **options)  # type: ignore[call-overload] # what it was given
        started.append(process.pid)
        return process

    monkeypatch.setattr(subprocess, "Popen", counted)
    painted(tmp_path, hostile.picture())
    painted(tmp_path, hostile.picture())

    assert len(set(started)) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in started)


@pytest.mark.parametrize(
    "says",
    [
        "b'D' + struct.pack('>IIIB', 4294967295, 4294967295, 1, 0)",
        "b'D' + struct.pack('>IIIB', 0, 1, 1, 0)",
        "b'D' + struct.pack('>IIIB', 4, 4, 4294967295, 0) + bytes(48)",
        "b'D' + struct.pack('>IIIB', 4, 4, 1, 0) + bytes(47)",
        "b'R' + struct.pack('>QI', 1 << 63, 65536)",
        "b'R' + struct.pack('>QI', 0, 4294967295)",
        "b'E' + bytes([250])",
        "b'?'",
        "b''",
    ],
)
def test_what_a_captured_painter_says_is_hostile_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    """Lengths are bounded before anything is allocated or read."""
    liar = tmp_path / "liar.py"
    liar.write_text(f"import os, struct\nos.write(1, {says})\n")
    monkeypatch.setattr(
        painting,
        "_painter",
        lambda _order: subprocess.Popen(
            [sys.executable, "-I", str(liar)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        ),
    )

    assert reason(tmp_path, hostile.picture()) == "gave-up"


def test_a_painter_that_says_nothing_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock is the parent's."""
    monkeypatch.setattr(painting, "PAINT_SECONDS", 0.3)
    monkeypatch.setattr(
        painting,
        "_painter",
        lambda _order: subprocess.Popen(
            [sys.executable, "-I", "-c", "import time; time.sleep(60)"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        ),
    )
    began = time.monotonic()

    assert reason(tmp_path, hostile.picture()) == "gave-up"

    assert time.monotonic() - began < SLACK_SECONDS


def test_our_png_is_what_others_read() -> None:
    """Spelled here; read back by a library that is used nowhere outside the painter."""
    rgb = bytes(range(60))

    image = Image.open(BytesIO(encode_png(5, 4, rgb)))

    assert (image.size, image.mode, image.tobytes()) == ((5, 4), "RGB", rgb)
    for columns, rows in ((0, 4), (5, 0), (5, 5)):
        with pytest.raises(ValueError, match="three bytes"):
            encode_png(columns, rows, rgb)

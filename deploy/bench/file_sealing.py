"""Sealing a file in the browser's worker, beside the browser's own bare AES-256-GCM.

Without a network: reading, sealing and hashing of parts as `intake/web/src/file_worker.ts` does it.
"""

import contextlib
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from nacl.utils import random
from playwright.sync_api import Browser, Page, sync_playwright

from deploy.bench.figures import Figure, bounded, compared

GOAL: Final = 0.60
FILE_BYTES: Final = 200_000_000
LARGE_FILE_BYTES: Final = 800_000_000
ROUNDS: Final = 5
CHUNK_BYTES: Final = 65_536
PART_CHUNKS: Final = 32
LARGE_CHUNK_BYTES: Final = 2**20
GOAL_GROWTH_MB: Final = 50.0
_SAMPLE_SECONDS: Final = 0.1
_TIMEOUT_MS: Final = 600_000
_MEGABYTE: Final = 1e6
_WEB: Final = Path(__file__).resolve().parents[2] / "intake" / "web"
_PAGE: Final = '<!doctype html><title>bench</title><input type="file">'
_RUN: Final = """(order) => new Promise((resolve, reject) => {
    const worker = new Worker("bench.js")
    worker.onmessage = ({ data }) => { worker.terminate(); resolve(data) }
    worker.onerror = () => reject(new Error("the worker failed"))
    worker.postMessage({ ...order, file: document.querySelector("input").files[0] })
})"""


@dataclass(frozen=True, slots=True)
class Rates:
    """Medians, in megabytes of plaintext a second."""

    ours: float
    from_memory: float
    bare: float
    bare_one_by_one: float
    bare_large: float


@dataclass(slots=True)
class Memory:
    """The most that the tabs of a browser held, looked at ten times a second.

    Attributes:
        peak_bytes: resident and not shared.
    """

    processes: list[int]
    peak_bytes: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Look until `end`."""
        while not self._ended.wait(_SAMPLE_SECONDS):
            self.peak_bytes = max(self.peak_bytes, sum(map(_private_bytes, self.processes)))

    def end(self) -> None:
        """Look no more."""
        self._ended.set()


def measure(var: Path) -> list[Figure]:
    """Both ways of running scripts.

    Args:
        var: for the file that is sealed.
    """
    chromium = shutil.which("chromium")
    if chromium is None:
        print("  file sealing: left out, there is no chromium")
        return []
    with tempfile.TemporaryDirectory(dir=var, prefix="bench-") as name, sync_playwright() as player:
        folder = Path(name)
        _lay_out(folder)
        figures = []
        with _served(folder) as url:
            for how, flags in (("", ()), (", jitless", ("--js-flags=--jitless",))):
                browser = player.chromium.launch(
                    executable_path=chromium, args=["--no-sandbox", *flags]
                )
                figures += _figures(browser, url, folder, how)
                browser.close()
    return figures


def _lay_out(folder: Path) -> None:
    """The page, its worker, and the files to be sealed."""
    (folder / "index.html").write_text(_PAGE)
    esbuild = _WEB / "node_modules" / ".bin" / "esbuild"
    scripts = ("tests/file_sealing_bench", "bench"), ("part_worker", "part_worker")
    for source, name in scripts:
        target = f"--outfile={folder / name}.js"
        subprocess.run(
            [esbuild, _WEB / "src" / f"{source}.ts", "--bundle", "--minify", target],
            check=True,
            capture_output=True,
        )
    for size in (FILE_BYTES, LARGE_FILE_BYTES):
        with (folder / f"{size}.bin").open("wb") as file:
            for _ in range(0, size, FILE_BYTES):
                file.write(random(FILE_BYTES))


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has there
        """Say nothing."""


@contextlib.contextmanager
def _served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def _figures(browser: Browser, url: str, folder: Path, how: str) -> list[Figure]:
    page = browser.new_page()
    page.set_default_timeout(_TIMEOUT_MS)
    page.goto(url)
    page.locator("input").set_input_files(folder / f"{LARGE_FILE_BYTES}.bin")
    large = _peak(browser, page)
    page.locator("input").set_input_files(folder / f"{FILE_BYTES}.bin")
    small = _peak(browser, page)
    rates = _rates(page)
    what = f"browser, 200 MB{how}"
    return [
        compared(
            f"{what}: reading, sealing, hashing; against bare 64 KiB calls",
            rates.ours,
            rates.bare,
            unit="MB/s",
            goal=GOAL,
        ),
        compared(
            f"{what}: sealing and hashing without reading, against the same",
            rates.from_memory,
            rates.bare,
            unit="MB/s",
            goal=GOAL,
        ),
        compared(
            f"{what}: reading, sealing, hashing; against bare 64 KiB calls one by one",
            rates.ours,
            rates.bare_one_by_one,
            unit="MB/s",
            goal=None,
        ),
        compared(
            f"{what}: reading, sealing, hashing; against bare 1 MiB calls",
            rates.ours,
            rates.bare_large,
            unit="MB/s",
            goal=None,
        ),
        Figure(f"{what}: most memory of the tab", small / _MEGABYTE, "MB"),
        bounded(
            f"{what}: so much more for 800 MB",
            max(0.0, (large - small) / _MEGABYTE),
            unit="MB",
            goal=GOAL_GROWTH_MB,
        ),
    ]


def _rates(page: Page) -> Rates:
    """Alternating, so that the load of the machine is the same for all."""
    ours, memory, bare, one_by_one, large = [], [], [], [], []
    for _ in range(ROUNDS):
        ours.append(_rate(page, "ours"))
        memory.append(_rate(page, "memory"))
        bare.append(_rate(page, "bare", CHUNK_BYTES, PART_CHUNKS))
        one_by_one.append(_rate(page, "bare", CHUNK_BYTES, 1))
        large.append(_rate(page, "bare", LARGE_CHUNK_BYTES, 1))
    return Rates(*map(statistics.median, (ours, memory, bare, one_by_one, large)))


def _rate(page: Page, kind: str, chunk_bytes: int = 0, at_once: int = 0) -> float:
    order = {"kind": kind, "chunkBytes": chunk_bytes, "atOnce": at_once}
    done = page.evaluate(_RUN, order)
    return float(done["bytes"] / done["seconds"] / _MEGABYTE)


def _peak(browser: Browser, page: Page) -> int:
    """The most memory that the tab holds while it seals the chosen file."""
    session = browser.new_browser_cdp_session()
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    memory = Memory([process["id"] for process in found if process["type"] == "renderer"])
    watching = threading.Thread(target=memory.watch)
    watching.start()
    try:
        _rate(page, "ours")
        time.sleep(_SAMPLE_SECONDS)
    finally:
        memory.end()
        watching.join()
    return memory.peak_bytes


def _private_bytes(process: int) -> int:
    """Resident memory that no other process shares; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    private = [line.split() for line in lines if line.startswith("Private_")]
    return sum(int(parts[1]) * 1024 for parts in private)

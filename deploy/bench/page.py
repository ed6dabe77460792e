"""The report page in Chromium, with and without its compilers: bytes, sealing time, long tasks."""

import shutil
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import urllib3
from playwright.sync_api import Page, sync_playwright

from deploy.bench.figures import Figure, bounded
from deploy.bench.services import intake_server
from deploy.bench.throw_away import REPORT_TEXT_BYTES
from tests.browser.report_form import ReportForm

GOAL_BYTES = 80_000
GOAL_SEALING_MS = 150.0
GOAL_SEALING_JITLESS_MS = 1500.0
GOAL_LONGEST_TASK_MS = 100.0
VISITS = 5
LANGUAGE = "zh-CN"
_TIMEOUT_MS = 30_000
_SENTENCE = "某单位多次在非涉密系统上处理标密文件。"

# Runs before the page's own scripts. Browsers report tasks from 50 ms up only.
_WATCH = """
const seen = { tasks: [0], took: {} }
globalThis.benchSeen = seen
new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.tasks.push(duration)
}).observe({ type: "longtask", buffered: true })
const post = Worker.prototype.postMessage
Worker.prototype.postMessage = function (message) {
    const begun = performance.now()
    this.addEventListener("message", ({ data }) => {
        if (data.id !== message.id || data.kind !== "answer") return
        seen.took[message.question.kind] = performance.now() - begun
    })
    return post.call(this, message)
}
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """What one visit, from the first byte to the receipt code, gave.

    Attributes:
        transferred_bytes: bodies as sent, until the page could seal.
        sealing_ms: from the page's question to the worker to its answer.
        longest_task_ms: on the page's thread; 0 where none took 50 ms.
    """

    transferred_bytes: int
    sealing_ms: float
    self_test_ms: float
    longest_task_ms: float


def measure(var: Path) -> list[Figure]:
    """Both ways of running scripts, against a server of its own.

    Args:
        var: for the server's files.
    """
    chromium = shutil.which("chromium")
    if chromium is None:
        print("  page: left out, there is no chromium")
        return []
    with (
        tempfile.TemporaryDirectory(dir=var, prefix="bench-") as folder,
        intake_server(Path(folder), workers=1, limiter_url="memory://") as (service, _),
    ):
        url = f"http://127.0.0.1:{service.port}/"
        compiled = _visits(chromium, url, ())
        interpreted = _visits(chromium, url, ("--js-flags=--jitless",))
    return [
        bounded(
            "page: compressed bytes until it can seal (6 desks)",
            compiled[0].transferred_bytes,
            unit="bytes",
            goal=GOAL_BYTES,
        ),
        *_times("", compiled, GOAL_SEALING_MS),
        *_times(", jitless", interpreted, GOAL_SEALING_JITLESS_MS),
    ]


def _times(how: str, visits: Sequence[Visit], goal_ms: float) -> list[Figure]:
    sealing = statistics.median(visit.sealing_ms for visit in visits)
    self_test = statistics.median(visit.self_test_ms for visit in visits)
    longest = statistics.median(visit.longest_task_ms for visit in visits)
    return [
        bounded(f"page: sealing a 4 KiB report{how}", sealing, unit="ms", goal=goal_ms),
        Figure(f"page: the sealing code's self-test{how}", self_test, "ms"),
        bounded(
            f"page: longest task of the page's thread{how}",
            longest,
            unit="ms",
            goal=GOAL_LONGEST_TASK_MS,
        ),
    ]


def _visits(chromium: str, url: str, flags: tuple[str, ...]) -> list[Visit]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", *flags]
        )
        visits = []
        for _ in range(VISITS):
            context = browser.new_context(locale=LANGUAGE)
            context.set_default_timeout(_TIMEOUT_MS)
            context.add_init_script(_WATCH)
            visits.append(_visit(context.new_page(), url))
            context.close()
        browser.close()
    return visits


def _visit(page: Page, url: str) -> Visit:
    form = ReportForm(page, LANGUAGE, url)
    form.open()
    transferred = sum(map(_compressed_bytes, set(form.seen)))
    form.to_check(_SENTENCE * (REPORT_TEXT_BYTES // len(_SENTENCE.encode())))
    form.send()
    seen = page.evaluate("globalThis.benchSeen")
    took = seen["took"]
    return Visit(transferred, took["seal"], took["self_test"], max(seen["tasks"]))


def _compressed_bytes(address: str) -> int:
    """The length of a body as browsers get it; Chromium does not tell it for a worker's script."""
    answer = urllib3.request(
        "GET", address, headers={"Accept-Encoding": "br, gzip"}, decode_content=False
    )
    return len(answer.data)

"""Debian's Firefox ESR over WebDriver BiDi, set as Tor Browser's "Safer" level sets it.

Source: W3C WebDriver BiDi; Tor Browser's security levels (no JIT, no WebAssembly).
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import cast

from websockets.sync.client import ClientConnection, connect

SAFER = {
    "javascript.options.asmjs": False,
    "javascript.options.baselinejit": False,
    "javascript.options.ion": False,
    "javascript.options.native_regexp": False,
    "javascript.options.wasm": False,
    "mathml.disabled": True,
    "gfx.font_rendering.opentype_svg.enabled": False,
}
QUIET = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
}
# Where files are saved, in the profile.
SAVED = "saved"
_LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
_ANSWER_WITHIN_SECONDS = 60


class FirefoxError(Exception):
    """Firefox refused a command, or a script threw."""


@dataclass
class FirefoxPage:
    """One tab. Commands wait for their answer."""

    socket: ClientConnection
    context: str = ""
    _ids: Iterator[int] = field(default_factory=count)

    def command(self, method: str, **params: object) -> dict[str, object]:
        """Send one BiDi command and wait for its result."""
        number = next(self._ids)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv(_ANSWER_WITHIN_SECONDS))
            if answer.get("id") == number:
                break
        if answer["type"] != "success":
            raise FirefoxError(answer.get("message"))
        return cast("dict[str, object]", answer["result"])

    def open(self, url: str) -> None:
        """Load a page and wait for it."""
        self.command("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def run(self, body: str, *arguments: object) -> object:
        """Run the body of an async function in the page; arguments and result go as JSON."""
        expression = (
            f"(async (...args) => JSON.stringify(await (async (...args) => {{{body}}})(...args)))"
            f"(...{json.dumps(arguments)})"
        )
        result = self.command(
            "script.evaluate",
            expression=expression,
            target={"context": self.context},
            awaitPromise=True,
        )
        if result["type"] != "success":
            details = cast("dict[str, object]", result["exceptionDetails"])
            raise FirefoxError(details["text"])
        value = cast("dict[str, object]", result["result"])
        return json.loads(cast("str", value["value"])) if value["type"] == "string" else None


@contextmanager
def safer_firefox(folder: Path) -> Iterator[FirefoxPage]:
    """Start Firefox with a new profile in `folder` and the "Safer" settings."""
    saving = {
        "browser.download.folderList": 2,
        "browser.download.dir": str(folder / SAVED),
        "browser.helperApps.neverAsk.saveToDisk": "application/octet-stream",
    }
    settings = "".join(
        f'user_pref("{name}", {json.dumps(value)});\n'
        for name, value in (SAFER | QUIET | saving).items()
    )
    (folder / "user.js").write_text(settings)
    command = ["firefox-esr", "--headless", "--no-remote", "--remote-debugging-port=0"]
    process = subprocess.Popen(
        [*command, "--profile", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={"HOME": str(folder), "PATH": os.environ["PATH"], "MOZ_DISABLE_CONTENT_SANDBOX": "1"},
    )
    try:
        with connect(f"{_listening(process)}/session", max_size=None) as socket:
            page = FirefoxPage(socket)
            page.command("session.new", capabilities={})
            tree = page.command("browsingContext.getTree")
            contexts = cast("list[dict[str, str]]", tree["contexts"])
            page.context = contexts[0]["context"]
            yield page
    finally:
        process.terminate()
        process.wait(timeout=_ANSWER_WITHIN_SECONDS)
        if process.stderr is not None:
            process.stderr.close()


def _listening(process: "subprocess.Popen[str]") -> str:
    if process.stderr is None:
        raise FirefoxError("no standard error to read")
    for line in process.stderr:
        match = _LISTENING.search(line)
        if match is not None:
            return match[1]
    raise FirefoxError("Firefox ended before it listened")

"""The demonstration, started as `make run` starts it, for tests that need the whole product."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ports import free_port

START_WITHIN_SECONDS = 90
END_WITHIN_SECONDS = 30
Demo = dict[str, Any]


def _wait_for(path: Path, process: "subprocess.Popen[bytes]", log: Path) -> None:
    give_up_at = time.monotonic() + START_WITHIN_SECONDS
    while not path.exists():
        if process.poll() is not None or time.monotonic() > give_up_at:
            process.kill()
            pytest.fail(f"the demonstration did not start: {log.read_text()}")
        time.sleep(0.1)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A running demonstration on free ports: what its `demo.json` says (EXAM, `make run`)."""
    folder = tmp_path_factory.mktemp("demo")
    log = folder / "demo.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.demo"],
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            env={
                **os.environ,
                "SEALED_INTAKE_DEMO": str(folder),
                "INTAKE_BIND": f"127.0.0.1:{free_port()}",
                "TRIAGE_CONSOLE_PORT": str(free_port()),
            },
        )
    try:
        _wait_for(folder / "demo.json", process, log)
        yield json.loads((folder / "demo.json").read_bytes())
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(END_WITHIN_SECONDS)

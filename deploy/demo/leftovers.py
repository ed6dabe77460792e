"""Ending what a demo that was killed left running: by the ids that it wrote down, and only ours."""

import json
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Final

from deploy.demo.layout import Layout
from triage.errors import LockedError
from triage.private_files import only_one

_OURS: Final = (b"intake.cli\0serve", b"triage.cli\0console")


def is_ours(pid: int) -> bool:
    """Whether a process is a server or console as the demo starts them."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return any(mark in command for mark in _OURS)


def end_leftovers(layout: Layout, lock: Path) -> None:
    """End server and console of an earlier demo at this address that runs no more itself."""
    if not layout.description.exists() or not lock.exists():
        return
    with suppress(LockedError), only_one(lock, wait=False):
        described = json.loads(layout.description.read_bytes())
        if described.get("server_url") != layout.origin:
            return
        for pid in described.get("pids", ()):
            if is_ours(pid):
                os.kill(pid, signal.SIGTERM)
        layout.description.unlink()

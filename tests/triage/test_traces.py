"""Processes that meet secrets leave neither core files nor readable memory. Source: DESIGN §5."""

import subprocess
import sys

from triage.traces import overwrite

SAY_WHAT_IS_LEFT = """
import ctypes, resource
from triage.cli import _leave_no_traces
from triage.workstation.session_process import _shield
{shielding}()
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE))
"""


def left_by(shielding: str) -> str:
    """Dumpable flag and core limits of a process after it shielded itself."""
    code = SAY_WHAT_IS_LEFT.format(shielding=shielding)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()


def test_commands_can_be_neither_dumped_nor_read() -> None:
    """prctl(2): 0 means neither core files nor ptrace by the same user."""
    assert left_by("_leave_no_traces") == "0 0 0"


def test_the_process_that_holds_keys_can_be_neither_dumped_nor_read() -> None:
    """It is started afresh, so it says it for itself."""
    assert left_by("_shield") == "0 0 0"


def test_an_overwritten_secret_keeps_its_length_only() -> None:
    """In place: no other copy is made."""
    secret = bytearray(b"secret")

    overwrite(secret)

    assert secret == bytes(6)

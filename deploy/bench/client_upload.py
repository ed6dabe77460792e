"""`intake submit --file` through gunicorn into SQLite: how fast, and in how much memory.

The client runs as a process of its own, as a reporter's does: reads, seals, hashes and sends; the
server on the same two cores commits every part durably. What bounds it on this machine is the
server; so processor time and memory are the client's own figures, and the rate is only reported.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nacl.utils import random

from deploy.bench.figures import Figure, bounded, compared
from deploy.bench.services import Service, intake_server
from deploy.bench.throw_away import Authority
from intake.client.courier import LANES

_MEBIBYTE: Final = 1 << 20
_MEGABYTE: Final = 1e6
LARGE_MEBIBYTES: Final = 1024
SMALL_MEBIBYTES: Final = 64
LANES_MEBIBYTES: Final = 256
FLAT_MEBIBYTES: Final = 8.0
# Runs the command with that many lanes and says on stdout what it used itself.
_SCRIPT: Final = """
import os, sys
from intake.client.courier import Courier
Courier.__init__.__kwdefaults__["lanes"] = int(sys.argv.pop(1))
from intake.cli import main
code = main(sys.argv[1:])
used = os.times()
status = open("/proc/self/status").read()
print(status.split("VmHWM:")[1].split()[0], used.user + used.system, file=sys.stderr)
sys.exit(code)
"""


@dataclass(frozen=True, slots=True)
class Upload:
    """How one run of the command went.

    Attributes:
        rate: megabytes of the file a second, from start to exit.
        cpu_seconds: processor time of the client.
        memory_mebibytes: the most it ever had, shared libraries included.
    """

    rate: float
    cpu_seconds: float
    memory_mebibytes: float


def upload(
    service: Service, authority: Authority, folder: Path, mebibytes: int, lanes: int = LANES
) -> Upload:
    """Send a report with one file of that size.

    Raises:
        RuntimeError: the command failed.
    """
    file, words, block = folder / "file", folder / "words", random(_MEBIBYTE)
    words.write_text("x")
    with file.open("wb") as opened:
        for _ in range(mebibytes):
            opened.write(block)
    command = (sys.executable, "-c", _SCRIPT, str(lanes), "submit", "--json")
    options = ("--server", f"http://127.0.0.1:{service.port}", "--root", authority.root_text)
    begun = time.monotonic()
    done = subprocess.run(
        (*command, *options, "--document", str(words), "--file", str(file)),
        env={**os.environ, "XDG_STATE_HOME": str(folder)},
        capture_output=True,
        check=False,
    )
    seconds = time.monotonic() - begun
    file.unlink()
    if done.returncode:
        raise RuntimeError(f"intake submit ended with {done.returncode}")
    kibibytes, cpu_seconds = done.stderr.split()[-2:]
    rate = mebibytes * _MEBIBYTE / _MEGABYTE / seconds
    return Upload(rate, float(cpu_seconds), int(kibibytes) / 1024)


def measure(var: Path) -> list[Figure]:
    """Rate, processor time and memory of the client; what several lanes are good for."""
    with tempfile.TemporaryDirectory(dir=var) as name:
        folder = Path(name)
        with intake_server(folder / "data", workers=1, limiter_url="memory://") as started:
            small = upload(*started, folder, SMALL_MEBIBYTES)
            one = upload(*started, folder, LANES_MEBIBYTES, lanes=1)
            several = upload(*started, folder, LANES_MEBIBYTES)
            large = upload(*started, folder, LARGE_MEBIBYTES)
    growth = max(0.0, large.memory_mebibytes - small.memory_mebibytes)
    return [
        Figure("intake submit --file, 1 GiB", large.rate, "MB/s"),
        Figure("  processor time of the client", large.cpu_seconds, "s/GiB"),
        Figure("  most memory of the client", large.memory_mebibytes, "MiB"),
        bounded("  more than with a file of 64 MiB", growth, unit="MiB", goal=FLAT_MEBIBYTES),
        compared(
            f"  {LANES} parts at once beside one", several.rate, one.rate, unit="MB/s", goal=None
        ),
    ]

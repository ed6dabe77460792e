"""What a server's worker processes used: processor time and memory, from /proc."""

import os
from pathlib import Path

_USER_AND_SYSTEM = slice(11, 13)  # fields of /proc/PID/stat behind the command's name


def workers_of(process: int) -> tuple[int, ...]:
    """The children of a gunicorn master."""
    text = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    return tuple(int(child) for child in text.split())


def processor_seconds(process: int) -> float:
    """Processor time of all workers so far, user and system."""
    ticks = 0
    for worker in workers_of(process):
        fields = Path(f"/proc/{worker}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ticks += sum(int(text) for text in fields[_USER_AND_SYSTEM])
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_mebibytes(process: int) -> float:
    """Memory of all workers that is in use now (RSS)."""
    return _status_mebibytes(process, "VmRSS:")


def peak_mebibytes(process: int) -> float:
    """The most memory that all workers ever had in use (RSS)."""
    return _status_mebibytes(process, "VmHWM:")


def _status_mebibytes(process: int, name: str) -> float:
    kibibytes = 0
    for worker in workers_of(process):
        for line in Path(f"/proc/{worker}/status").read_text(encoding="ascii").splitlines():
            if line.startswith(name):
                kibibytes += int(line.split()[1])
    return kibibytes / 1024


def memory_mebibytes(process: int) -> float:
    """Memory of all workers, shared pages shared out (PSS)."""
    kibibytes = 0
    for worker in workers_of(process):
        for line in Path(f"/proc/{worker}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                kibibytes += int(line.split()[1])
    return kibibytes / 1024

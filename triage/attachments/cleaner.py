"""The program that has mat2 take hidden data out of one hostile file, behind walls.

Its folder is an empty file system in memory, mounted where nobody else sees it, and gone with this
process, however it ends. mat2 and what it starts (exiftool, ffmpeg, Poppler) inherit all walls, so
mat2's own sandbox is left out.

Command line: mat2, the file's suffix. Standard input: the file. Standard output: `D` and
the clean copy, or `E` u8 that says why not.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from triage.attachments.cleaner_messages import DONE, FAILED, MAX_CLEAN_BYTES, REASONS
from triage.attachments.walls import (
    MEBIBYTE,
    Limits,
    Walls,
    leave_namespaces,
    mount_memory,
    refuse_far_calls,
    refuse_files,
    set_limits,
)

LIMITS: Final = Limits(memory_bytes=2048 * MEBIBYTE, seconds=120, file_bytes=4 * MAX_CLEAN_BYTES)
_PROGRAMS: Final = tuple(map(Path, ("/usr", "/bin", "/lib", "/lib64", "/opt")))
_SETTINGS: Final = tuple(map(Path, ("/etc", "/proc", "/dev/urandom", "/dev/zero")))
# Where Python's semaphores want to be; ours alone from the moment it is mounted.
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - not the one that others see
_STEM: Final = "file"
_PIECE_BYTES: Final = MEBIBYTE


def build_walls() -> Walls:
    """Shut this process and all that it starts in; without a place of its own, no wall counts."""
    set_limits(LIMITS)
    alone = leave_namespaces(own_mounts=True) and mount_memory(_MEMORY, LIMITS.file_bytes)
    own = (_MEMORY, Path("/dev/null"))
    files = refuse_files(readable=_SETTINGS, executable=_PROGRAMS, own=own)
    return Walls(network=alone, files=alone and files, calls=refuse_far_calls())


def clean(mat2: str, suffix: str) -> Path | None:
    """Have mat2 make a clean copy of what comes on standard input; None where it can't."""
    folder = _MEMORY / "work"
    folder.mkdir()
    dirty = folder / f"{_STEM}.{suffix}"
    with dirty.open("wb") as file:
        while piece := sys.stdin.buffer.read(_PIECE_BYTES):
            file.write(piece)
    done = subprocess.run(  # noqa: S603 - mat2 from the officer's path, and a name of ours
        [mat2, "--no-sandbox", dirty.name],
        cwd=folder,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "LANG": "C.UTF-8",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    made = folder / f"{_STEM}.cleaned.{suffix}"
    return made if done.returncode == 0 and made.is_file() else None


def _fail(reason: str) -> None:
    sys.stdout.buffer.write(FAILED + bytes([REASONS.index(reason)]))
    sys.stdout.buffer.flush()


def main(arguments: list[str]) -> None:
    """Clean once and end."""
    mat2, suffix = arguments
    if not build_walls().hold:
        _fail("walls")
        return
    made = clean(mat2, suffix)
    if made is None:
        _fail("failed")
        return
    sys.stdout.buffer.write(DONE)
    with made.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
    os._exit(0)

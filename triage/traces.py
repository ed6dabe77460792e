"""What a process that meets secrets must not leave to others: core files, and its memory.

Source: prctl(2), PR_SET_DUMPABLE; getrlimit(2), RLIMIT_CORE.
"""

import ctypes
import os
import resource
from typing import Final

_PR_SET_DUMPABLE: Final = 4  # linux/prctl.h


def refuse_traces() -> None:
    """No core file, and no other process of the same user may read this one's memory.

    Holds for this process and its forks; a program that is started afresh says it for itself.

    Raises:
        OSError: the kernel refuses.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    prctl.restype = ctypes.c_int
    if prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def overwrite(secret: bytearray) -> None:
    """Set every byte to zero, in place; its length stays."""
    for index in range(len(secret)):
        secret[index] = 0

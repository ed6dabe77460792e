"""Walls that a process builds round itself before it meets a hostile file.

Four, each of the kernel's own and none needing privileges: limits (memory, time), namespaces (an
empty network), Landlock (no file but those named), seccomp (no call but those named). A kernel may
lack one of them; what is left must still keep the process from every network and every file, or the
file is not opened at all. There is no way back out of any of them.
Source: unshare(2), landlock(7), seccomp(2), setrlimit(2), prctl(2).
"""

import ctypes
import os
import resource
import signal
import struct
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MEBIBYTE: Final = 1024 * 1024

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_CLONE_NEWNS: Final = 0x00020000
_CLONE_NEWUTS: Final = 0x04000000
_CLONE_NEWIPC: Final = 0x08000000
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000

_MS_NOSUID: Final = 2
_MS_NODEV: Final = 4

_LANDLOCK_CREATE_RULESET: Final = 444  # the same number on every architecture
_LANDLOCK_ADD_RULE: Final = 445
_LANDLOCK_RESTRICT_SELF: Final = 446
_LANDLOCK_VERSION_FLAG: Final = 1
_LANDLOCK_RULE_PATH_BENEATH: Final = 1
_LANDLOCK_READ: Final = 1 << 2 | 1 << 3  # files, folders
_LANDLOCK_EXECUTE: Final = 1 << 0
_LANDLOCK_OF_A_FILE: Final = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15
# What each version of Landlock knows to refuse of files; execute and reading are among it.
_LANDLOCK_RIGHTS: Final = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_LANDLOCK_NET_FROM: Final = 4
_LANDLOCK_NET_RIGHTS: Final = 3  # bind, connect
_LANDLOCK_SCOPE_FROM: Final = 6
_LANDLOCK_SCOPES: Final = 3  # abstract sockets, signals

_SECCOMP_ALLOW: Final = 0x7FFF0000
_SECCOMP_ERRNO_EPERM: Final = 0x00050001
_NO_SUCH_CALL: Final = -1

# What Python, Pillow and PDFium need once they are loaded. Anything else fails with EPERM.
_CALLS_FOR_PAINTING: Final = (
    *("read", "readv", "write", "writev", "pread64", "lseek", "close", "fstat", "newfstatat"),
    *("stat", "lstat", "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat"),
    *("getdents64", "getcwd", "mmap", "munmap", "mremap", "mprotect", "madvise", "brk", "futex"),
    *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "clock_gettime"),
    *("clock_nanosleep", "nanosleep", "gettimeofday", "getrandom", "getpid", "gettid", "exit"),
    *("exit_group", "sched_yield", "sched_getaffinity", "restart_syscall", "set_robust_list"),
    *("rseq", "membarrier", "sysinfo", "uname", "poll", "ppoll"),
)
_OPENING_CALLS: Final = ("open", "openat")
# What a program that cleans files never needs: networks, other processes, the kernel's far corners.
_CALLS_NEVER: Final = (
    *("socket", "connect", "bind", "listen", "accept", "accept4", "sendto", "sendmsg", "sendmmsg"),
    *("ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd", "pidfd_open"),
    *(
        "bpf",
        "perf_event_open",
        "userfaultfd",
        "io_uring_setup",
        "keyctl",
        "add_key",
        "request_key",
    ),
    *("mount", "umount2", "pivot_root", "move_mount", "open_tree", "fsopen", "unshare", "setns"),
    *("kexec_load", "init_module", "finit_module", "delete_module", "reboot", "swapon", "quotactl"),
)


# linux/landlock.h: struct landlock_ruleset_attr and the packed landlock_path_beneath_attr.
_RULESET: Final = struct.Struct("=QQQ")
_PATH_BENEATH: Final = struct.Struct("=Qi")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a process may use."""

    memory_bytes: int
    seconds: int
    file_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Walls:
    """Which walls stand.

    Attributes:
        network: no packet leaves or comes.
        files: no file can be opened but those that were named.
        calls: the kernel answers only the calls that were named.
    """

    network: bool
    files: bool
    calls: bool

    @property
    def hold(self) -> bool:
        """Whether a hostile file may be opened behind them."""
        return self.network and self.files


_libc = ctypes.CDLL(None, use_errno=True)


def _load_libseccomp() -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL("libseccomp.so.2")
    except OSError:
        return None


# Loaded with this module: behind Landlock it could not be found any more.
_libseccomp = _load_libseccomp()


def set_limits(limits: Limits) -> None:
    """Bound memory, processor time and what may be written; and end when the parent does."""
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
    ):
        _, hard = resource.getrlimit(what)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (bound, bound))
    parent = os.getppid()
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def leave_namespaces(*, own_mounts: bool = False) -> bool:
    """Move into an empty network, and away from the host's other names; whether that worked.

    Args:
        own_mounts: also be able to mount, seen by nobody else; the user's number stays its own.
    """
    flags = _CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC | _CLONE_NEWUTS
    if not own_mounts:
        return int(_libc.unshare(flags)) == 0
    user, group = os.getuid(), os.getgid()
    if _libc.unshare(flags | _CLONE_NEWNS) != 0:
        return False
    # Files that are made in a file system of this namespace need an owner that it knows.
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    return True


def refuse_files(
    *, readable: Sequence[Path] = (), executable: Sequence[Path] = (), own: Sequence[Path] = ()
) -> bool:
    """Let no file be opened from now on but those below the folders named; whether that worked.

    Args:
        readable: to read.
        executable: to read, and to run programs from.
        own: to do everything in.
    """
    version = int(_libc.syscall(_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_VERSION_FLAG))
    if version < 1:
        return False
    rights = _LANDLOCK_RIGHTS[max(known for known in _LANDLOCK_RIGHTS if known <= version)]
    attr = _RULESET.pack(
        rights,
        _LANDLOCK_NET_RIGHTS if version >= _LANDLOCK_NET_FROM else 0,
        _LANDLOCK_SCOPES if version >= _LANDLOCK_SCOPE_FROM else 0,
    )
    ruleset = _libc.syscall(_LANDLOCK_CREATE_RULESET, attr, len(attr), 0)
    if ruleset < 0:
        return False
    for folders, allowed in (
        (readable, _LANDLOCK_READ),
        (executable, _LANDLOCK_READ | _LANDLOCK_EXECUTE),
        (own, rights & ~_LANDLOCK_EXECUTE),
    ):
        for folder in folders:
            _allow_beneath(ruleset, folder, allowed)
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    stands = _libc.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return bool(stands)


def _allow_beneath(ruleset: int, folder: Path, allowed: int) -> None:
    with suppress(FileNotFoundError, NotADirectoryError):
        descriptor = os.open(folder, os.O_PATH | os.O_CLOEXEC)
        if not folder.is_dir():
            allowed &= _LANDLOCK_OF_A_FILE
        rule = _PATH_BENEATH.pack(allowed, descriptor)
        _libc.syscall(_LANDLOCK_ADD_RULE, ruleset, _LANDLOCK_RULE_PATH_BENEATH, rule, 0)
        os.close(descriptor)


def _filter_calls(otherwise: int, action: int, names: Iterable[str]) -> bool:
    """Load a seccomp filter through libseccomp, which knows every architecture's numbers."""
    seccomp = _libseccomp
    if seccomp is None:
        return False
    seccomp.seccomp_init.restype = ctypes.c_void_p
    seccomp.seccomp_load.argtypes = [ctypes.c_void_p]
    seccomp.seccomp_rule_add.argtypes = [
        *(ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint)
    ]
    context = seccomp.seccomp_init(ctypes.c_uint32(otherwise))
    if not context:
        return False
    for name in names:
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number > _NO_SUCH_CALL:
            seccomp.seccomp_rule_add(context, action, number, 0)
    return bool(seccomp.seccomp_load(context) == 0)


def allow_painting_calls(*, opening: bool) -> bool:
    """Answer only what painting needs; `opening` files only where another wall bounds it."""
    names = (*_CALLS_FOR_PAINTING, *(_OPENING_CALLS if opening else ()))
    return _filter_calls(_SECCOMP_ERRNO_EPERM, _SECCOMP_ALLOW, names)


def refuse_far_calls() -> bool:
    """Refuse networks, other processes and the kernel's far corners, for programs run from here."""
    return _filter_calls(_SECCOMP_ALLOW, _SECCOMP_ERRNO_EPERM, _CALLS_NEVER)


def mount_memory(folder: Path, size_bytes: int) -> bool:
    """Lay an empty file system in memory over a folder, in a mount namespace of one's own."""
    options = f"size={size_bytes},mode=0700".encode()
    mounted = _libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", _MS_NOSUID | _MS_NODEV, options)
    return bool(mounted == 0)

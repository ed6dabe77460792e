"""What a terminal may show, and what it is asked.

Everything decrypted is hostile: a terminal obeys control characters, and direction marks turn
words round. They are shown as escapes. Source: DESIGN §5.
"""

import getpass
import os
import stat
import sys
import unicodedata
from pathlib import Path

from triage.errors import LockedError, NoSuchThingError, WrongUseError

PASSPHRASE_FILE_VARIABLE = "TRIAGE_PASSPHRASE_FILE"  # noqa: S105 - the name of a setting
NEW_PASSPHRASE_FILE_VARIABLE = "TRIAGE_NEW_PASSPHRASE_FILE"  # noqa: S105 - the same
MIN_PASSPHRASE_CHARACTERS = 8
_MAX_PASSPHRASE_BYTES = 4096
# Cc control, Cf format (direction marks, zero widths), Cs surrogates, Co private, Cn unassigned,
# Zl and Zp line and paragraph separators.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ASCII_LIMIT = 0x80
_TWO_BYTE_LIMIT = 0x10000


def _escape(character: str) -> str:
    point = ord(character)
    if point < _ASCII_LIMIT * 2:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < _TWO_BYTE_LIMIT else f"\\U{point:08x}"


def escape_line(text: str) -> str:
    """One line in which no character moves the cursor, changes colour or turns direction."""
    return "".join(
        _escape(character) if unicodedata.category(character) in _UNSAFE_CATEGORIES else character
        for character in text
    )


def escape_text(text: str) -> str:
    """Several lines; only the line feed keeps its meaning."""
    return "\n".join(escape_line(line) for line in text.split("\n"))


def tell(message: str) -> None:
    """A line for the person at the keyboard, on standard error."""
    sys.stderr.write(escape_text(message) + "\n")


def confirm(question: str, *, agreed: bool) -> None:
    """Say what will be done and ask, unless agreed to beforehand.

    Raises:
        WrongUseError: the person did not say yes, or nobody can be asked.
    """
    tell(question)
    if agreed:
        return
    if not sys.stdin.isatty():
        raise WrongUseError("nobody to ask: add --yes")
    sys.stderr.write("Type yes to go on: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() != "yes":
        raise WrongUseError("nothing was done")


def _passphrase_from_file(path: Path, variable: str) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            raw = file.read(_MAX_PASSPHRASE_BYTES + 2)
    except OSError:
        raise NoSuchThingError(f"{variable} names no readable file") from None
    # A pipe's mode says nothing of who can read what flows through it.
    if stat.S_ISREG(mode) and mode & 0o077:
        raise WrongUseError(f"others may read the passphrase file; run: chmod 600 {path}")
    return raw.removesuffix(b"\n").removesuffix(b"\r")


def read_passphrase(prompt: str, *, new: bool = False) -> bytes:
    """The passphrase, from the file that `TRIAGE_PASSPHRASE_FILE` names or from the keyboard.

    Args:
        prompt: what to ask.
        new: ask twice, and refuse a short one.

    Raises:
        LockedError: nobody can be asked, or it is empty or too long.
        WrongUseError: others may read the file; a new one is too short, or was typed differently
            the second time.
    """
    return _read_passphrase(prompt, PASSPHRASE_FILE_VARIABLE, new=new)


def read_new_passphrase(prompt: str) -> bytes:
    """The passphrase to change to; scripts name its file in `TRIAGE_NEW_PASSPHRASE_FILE`.

    Raises:
        LockedError, WrongUseError: as `read_passphrase`.
    """
    return _read_passphrase(prompt, NEW_PASSPHRASE_FILE_VARIABLE, new=True)


def _read_passphrase(prompt: str, variable: str, *, new: bool) -> bytes:
    named = os.environ.get(variable)
    if named:
        passphrase = _passphrase_from_file(Path(named), variable)
    elif sys.stdin.isatty():
        passphrase = getpass.getpass(f"{prompt}: ").encode()
        if new and getpass.getpass(f"{prompt}, once more: ").encode() != passphrase:
            raise WrongUseError("the two passphrases differ")
    else:
        raise LockedError(f"nobody to ask for a passphrase: set {variable}")
    if not passphrase or len(passphrase) > _MAX_PASSPHRASE_BYTES:
        raise LockedError("the passphrase is empty or too long")
    if new and len(passphrase) < MIN_PASSPHRASE_CHARACTERS:
        raise WrongUseError(f"a passphrase has at least {MIN_PASSPHRASE_CHARACTERS} characters")
    return passphrase

"""What the client's commands are given, and what they print."""

import argparse
import sys
import unicodedata
from pathlib import Path
from typing import Final

from crypto.errors import MalformedTextError
from crypto.wire.signed_note import ROOT_NAME, parse_verifier_key
from crypto.wire.strict_json import JsonObject, encode_json

# What moves the cursor, turns direction or hides: control, format, surrogate, private, unassigned.
_UNSAFE_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def pinned_root(text: str) -> bytes:
    """The pinned root: a verifier key, or a file that holds it.

    Raises:
        MalformedNoteError, MalformedKeyError: not one.
    """
    if "+" not in text or Path(text).is_file():
        text = Path(text).read_text(encoding="ascii", errors="replace").strip()
    return parse_verifier_key(text, ROOT_NAME)


def read_input(name: str, max_bytes: int) -> bytes:
    """A file, or standard input for `-`; one byte more than allowed where it is longer."""
    if name == "-":
        return sys.stdin.buffer.read(max_bytes + 1)
    with Path(name).open("rb") as file:
        return file.read(max_bytes + 1)


def read_text(name: str, max_bytes: int) -> str:
    """A text in UTF-8, without white space round it.

    Raises:
        MalformedTextError: not UTF-8, or too long.
    """
    raw = read_input(name, max_bytes)
    if len(raw) > max_bytes:
        raise MalformedTextError(f"want at most {max_bytes} bytes of text")
    try:
        return raw.decode("utf-8").removeprefix("\ufeff").strip()
    except UnicodeDecodeError:
        raise MalformedTextError("the text is not UTF-8") from None


def visible(text: str) -> str:
    """A text that a terminal may show: what is not plain stands as its code point."""
    return "".join(
        f"\\u{{{ord(each):x}}}" if unicodedata.category(each) in _UNSAFE_CATEGORIES else each
        for each in text
    )


def say(arguments: argparse.Namespace, document: JsonObject, people: str) -> None:
    """Print the result: with `--json` the object and nothing else, otherwise words."""
    line = encode_json(document).decode() if arguments.json else people
    sys.stdout.write(f"{line}\n")

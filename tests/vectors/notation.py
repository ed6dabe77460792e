"""How vectors write bytes down; README.md says the same in prose.

A byte string is lower-case hex, or one of

    {"repeat": hex, "size_bytes": n}     the pattern again and again, cut to n bytes
    {"pad": bytes, "size_bytes": n}      zero bytes behind it, up to n
    {"parts": [bytes, ...]}              joined
    {"base": name, "mutate": [op, ...]}  a named base of the file; `mutate` may be left out

and an op, done one after the other, is one of

    {"offset": n, "xor": 1}              one byte changed
    {"offset": n, "set": hex}            bytes overwritten
    {"truncate": n}                      the first n bytes kept
    {"append": hex}                      bytes added at the end
    {"slices": [[start, end], ...]}      these pieces joined
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent

Written = Any  # JSON of the shapes above
Bases = Mapping[str, Written]


def _mutated(raw: bytes, op: Mapping[str, Any]) -> bytes:
    if set(op) == {"offset", "xor"}:
        at = op["offset"]
        return raw[:at] + bytes([raw[at] ^ op["xor"]]) + raw[at + 1 :]
    if set(op) == {"offset", "set"}:
        at, new = op["offset"], bytes.fromhex(op["set"])
        return raw[:at] + new + raw[at + len(new) :]
    if set(op) == {"truncate"}:
        return raw[: op["truncate"]]
    if set(op) == {"append"}:
        return raw + bytes.fromhex(op["append"])
    if set(op) == {"slices"}:
        return b"".join(raw[start:end] for start, end in op["slices"])
    raise ValueError(f"unknown mutation {sorted(op)}")


def mutated(raw: bytes, ops: list[Mapping[str, Any]]) -> bytes:
    """Do each op in turn.

    Raises:
        ValueError: an op that changes nothing, or that nobody knows.
    """
    for op in ops:
        changed = _mutated(raw, op)
        if changed == raw:
            raise ValueError("a mutation changes nothing")
        raw = changed
    return raw


def expand(written: Written, bases: Bases) -> bytes:
    """The bytes that a vector writes down.

    Raises:
        ValueError: a notation that nobody knows.
        KeyError: no such base.
    """
    if isinstance(written, str):
        if written != written.lower():
            raise ValueError("hex is lower case")
        return bytes.fromhex(written)
    members = set(written)
    if members == {"repeat", "size_bytes"}:
        pattern, size = bytes.fromhex(written["repeat"]), written["size_bytes"]
        repeated: bytes = (pattern * (size // len(pattern) + 1))[:size]
        return repeated
    if members == {"pad", "size_bytes"}:
        return expand(written["pad"], bases).ljust(written["size_bytes"], b"\0")
    if members == {"parts"}:
        return b"".join(expand(part, bases) for part in written["parts"])
    if members in ({"base"}, {"base", "mutate"}):
        return mutated(expand(bases[written["base"]], bases), written.get("mutate", []))
    raise ValueError(f"unknown notation {sorted(members)}")


def expand_text(written: Written, bases: Bases) -> str:
    """A text of a vector: itself, or `{"base": name}`."""
    text: str = written if isinstance(written, str) else bases[written["base"]]
    return text


def read_file(name: str) -> dict[str, Any]:
    """One vector file by its stem."""
    document: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_bytes())
    return document


def bases_of(document: Mapping[str, Any]) -> dict[str, Written]:
    """The file's own bases and those of the file that it names."""
    borrowed = document.get("bases_from")
    return {**(read_file(borrowed)["bases"] if borrowed else {}), **document.get("bases", {})}

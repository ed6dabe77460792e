"""JSON that every reader reads alike. Source: SPEC §2.3.

The standard decoder does the work; what it is too generous about is refused here: duplicate
names, fractions and exponents, NaN, lone surrogates, U+0000, depth and other encodings.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import NoReturn

from crypto.errors import MalformedJsonError

JsonValue = None | bool | int | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
JsonObject = Mapping[str, JsonValue]

MAX_DEPTH = 16
MAX_INTEGER = 2**53 - 1
_BRACKETS = re.compile(r"[\[\]{}]")


def _refuse(_text: str) -> NoReturn:
    raise MalformedJsonError("SPEC 2.3: not an integer")


def _integer(text: str) -> int:
    if text == "-0" or len(text) > len(str(-MAX_INTEGER)) or abs(int(text)) > MAX_INTEGER:
        raise MalformedJsonError("SPEC 2.3: integer out of range")
    return int(text)


def _members(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJsonError("SPEC 2.3: a name stands twice")
    return members


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=_refuse, parse_int=_integer, parse_constant=_refuse
)


def _refuse_deep(text: str) -> None:
    """Count brackets outside strings, before the recursive decoder meets them."""
    depth = 0
    for bracket in _BRACKETS.findall(" ".join(_outside_strings(text))):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise MalformedJsonError("SPEC 2.3: too deep")


def _outside_strings(text: str) -> list[str]:
    pieces = text.replace("\\\\", "").replace('\\"', "").split('"')
    return pieces[::2]


def _refuse_bad_characters(value: JsonValue) -> None:
    if isinstance(value, str):
        if "\0" in value or not _is_unicode(value):
            raise MalformedJsonError("SPEC 2.3: lone surrogate or U+0000")
    elif isinstance(value, Mapping):
        for name, member in value.items():
            _refuse_bad_characters(name)
            _refuse_bad_characters(member)
    elif isinstance(value, Sequence):
        for member in value:
            _refuse_bad_characters(member)


def _is_unicode(text: str) -> bool:
    """Whether a text holds no lone surrogate: only then can UTF-8 spell it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def parse_json_object(raw: bytes, *, max_bytes: int) -> dict[str, JsonValue]:
    """Parse strict JSON whose value is an object.

    Args:
        raw: UTF-8 without byte order mark.
        max_bytes: more than this is refused unread.

    Returns:
        The object; integers, texts, booleans, None, lists and dicts.

    Raises:
        MalformedJsonError: anything else.

    Source: RFC 8259; SPEC §2.3.
    """
    if len(raw) > max_bytes:
        raise MalformedJsonError(f"SPEC 2.3: want at most {max_bytes} bytes, got {len(raw)}")
    try:
        text = raw.decode("utf-8")
        if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH:
            _refuse_deep(text)
        value = _DECODER.decode(text)
    except ValueError:
        raise MalformedJsonError("SPEC 2.3: not JSON") from None
    if not isinstance(value, dict):
        raise MalformedJsonError("SPEC 2.3: not an object")
    # UTF-8 holds no surrogate and a JSON string no raw U+0000; only an escape can spell either.
    if b"\\" in raw and b"\\u" in raw:
        _refuse_bad_characters(value)
    return value


def encode_json(value: JsonObject) -> bytes:
    """Spell an object without white space, in UTF-8, members in their given order.

    Raises:
        MalformedJsonError: a value that strict JSON can't hold.
    """
    try:
        raw = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except (ValueError, TypeError):
        raise MalformedJsonError("SPEC 2.3: no JSON value") from None
    parse_json_object(raw, max_bytes=len(raw))
    return raw

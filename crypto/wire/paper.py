"""Bytes on paper, to be printed and typed back in. Source: SPEC §23.1."""

import re
import unicodedata

from crypto.errors import MalformedTextError
from crypto.wire.codec import CROCKFORD_ALPHABET

LINE_BYTES = 20
MAX_LINES = 99
_SYMBOLS, _CHECK, _MODULUS, _GROUP = 32, 2, 1021, 4
_SYMBOL_BITS, _LINE_BITS = 5, 8 * LINE_BYTES
_LOOKALIKES = str.maketrans("OIL", "011")
_LINE = re.compile(r"\s*([0-9]{1,2})\s*:(.*)")


def _spell(value: int, length: int) -> str:
    return "".join(
        CROCKFORD_ALPHABET[value >> _SYMBOL_BITS * place & 31] for place in reversed(range(length))
    )


def _check_of(number: int, value: int) -> int:
    """The line's number enters, so that two lines in each other's place are noticed."""
    return ((number << _LINE_BITS) + value) % _MODULUS


def encode_paper(raw: bytes) -> tuple[str, ...]:
    """Spell bytes as numbered lines of eight groups of four symbols and a check.

    Args:
        raw: 1 to 99 times 20 bytes.

    Raises:
        MalformedTextError: another length.
    """
    if len(raw) % LINE_BYTES or not 1 <= len(raw) // LINE_BYTES <= MAX_LINES:
        raise MalformedTextError(f"SPEC 23.1: {len(raw)} bytes make no whole lines")
    lines = []
    for number, start in enumerate(range(0, len(raw), LINE_BYTES), 1):
        value = int.from_bytes(raw[start : start + LINE_BYTES])
        symbols = _spell(value, _SYMBOLS)
        groups = [symbols[at : at + _GROUP] for at in range(0, _SYMBOLS, _GROUP)]
        lines.append(f"{number:02}: {' '.join(groups)} {_spell(_check_of(number, value), _CHECK)}")
    return tuple(lines)


def _value_of(symbols: str, number: int) -> int:
    value = 0
    for symbol in symbols:
        place = CROCKFORD_ALPHABET.find(symbol)
        if place < 0:
            raise MalformedTextError(f"SPEC 23.1: line {number} has what is no symbol")
        value = value << _SYMBOL_BITS | place
    return value


def _parse_line(number: int, typed: str) -> bytes:
    kept = (
        character
        for character in typed
        if not character.isspace() and unicodedata.category(character) not in {"Pd", "Pc"}
    )
    symbols = "".join(kept).upper().translate(_LOOKALIKES)
    if len(symbols) != _SYMBOLS + _CHECK:
        raise MalformedTextError(f"SPEC 23.1: line {number} has {len(symbols)} symbols, want 34")
    value = _value_of(symbols[:_SYMBOLS], number)
    if _value_of(symbols[_SYMBOLS:], number) != _check_of(number, value):
        raise MalformedTextError(f"SPEC 23.1: a slip in line {number}")
    return value.to_bytes(LINE_BYTES)


def parse_paper(typed: str) -> bytes:
    """Read lines as people type them; lines without a number and a colon are passed over.

    Raises:
        MalformedTextError: a line is missing, stands out of order or has a slip; its number is
            named.
    """
    found = [
        (int(match[1]), match[2])
        for line in unicodedata.normalize("NFKC", typed).splitlines()
        if (match := _LINE.fullmatch(line)) is not None
    ]
    if not 1 <= len(found) <= MAX_LINES:
        raise MalformedTextError("SPEC 23.1: want 1 to 99 numbered lines")
    for want, (number, _) in enumerate(found, 1):
        if number != want:
            raise MalformedTextError(f"SPEC 23.1: line {want} is missing or out of order")
    return b"".join(_parse_line(number, symbols) for number, symbols in found)

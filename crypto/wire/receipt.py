"""The receipt code, in symbols and in digits. Source: SPEC §11.1."""

import unicodedata
from dataclasses import dataclass, field

from crypto.errors import MalformedReceiptError
from crypto.wire.codec import CROCKFORD_ALPHABET

RECEIPT_BITS = 130
RECEIPT_BYTES = 17
_LIMIT = 1 << RECEIPT_BITS
_SYMBOLS, _SYMBOL_CHECK, _SYMBOL_MODULUS = 26, 2, 1021
_DIGITS, _DIGIT_CHECK, _DIGIT_MODULUS = 40, 4, 9973
_GROUP = 4
_DROPPED = frozenset("\u200b\u200c\u200d\ufeff\u2212.,;:·、。")
_DROPPED_CATEGORIES = frozenset({"Pd", "Pc"})
_LOOKALIKES = str.maketrans("OIL", "011")


def _grouped(text: str) -> str:
    return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))


def _spell_symbols(value: int, length: int) -> str:
    return "".join(CROCKFORD_ALPHABET[value >> 5 * place & 31] for place in reversed(range(length)))


@dataclass(frozen=True, slots=True)
class ReceiptCode:
    """130 random bits that only the reporter has.

    Raises:
        MalformedReceiptError: out of range.
    """

    value: int = field(repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.value < _LIMIT:
            raise MalformedReceiptError("SPEC 11.1: out of range")

    @property
    def secret(self) -> bytes:
        """The value in 17 bytes, from which every key of the reporter derives."""
        return self.value.to_bytes(RECEIPT_BYTES)

    @property
    def symbols(self) -> str:
        """Seven groups of four Crockford symbols, the last two of them a check."""
        check = _spell_symbols(self.value % _SYMBOL_MODULUS, _SYMBOL_CHECK)
        return _grouped(_spell_symbols(self.value, _SYMBOLS) + check)

    @property
    def digits(self) -> str:
        """Eleven groups of four digits, the last group a check."""
        return _grouped(f"{self.value:0{_DIGITS}d}{self.value % _DIGIT_MODULUS:0{_DIGIT_CHECK}d}")


def _normalised(typed: str) -> str:
    kept = (
        character
        for character in unicodedata.normalize("NFKC", typed)
        if not character.isspace()
        and character not in _DROPPED
        and unicodedata.category(character) not in _DROPPED_CATEGORIES
    )
    return "".join(kept).upper().translate(_LOOKALIKES)


def _value_of_symbols(symbols: str) -> int:
    value = 0
    for symbol in symbols:
        place = CROCKFORD_ALPHABET.find(symbol)
        if place < 0:
            raise MalformedReceiptError("SPEC 11.1: no such symbol")
        value = value << 5 | place
    return value


def parse_receipt_code(typed: str) -> ReceiptCode:
    """Read a code as people type it, in either spelling.

    Raises:
        MalformedReceiptError: wrong length, symbol or check.
    """
    text = _normalised(typed)
    if len(text) == _DIGITS + _DIGIT_CHECK and text.isascii() and text.isdigit():
        value, check, modulus = int(text[:_DIGITS]), int(text[_DIGITS:]), _DIGIT_MODULUS
    elif len(text) == _SYMBOLS + _SYMBOL_CHECK:
        value = _value_of_symbols(text[:_SYMBOLS])
        check, modulus = _value_of_symbols(text[_SYMBOLS:]), _SYMBOL_MODULUS
    else:
        raise MalformedReceiptError(f"SPEC 11.1: want 28 symbols or 44 digits, got {len(text)}")
    if value >= _LIMIT or value % modulus != check:
        raise MalformedReceiptError("SPEC 11.1: check differs")
    return ReceiptCode(value)

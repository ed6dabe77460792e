"""The unlock form, read so that the passphrase exists once and can be overwritten.

A form parser for everything makes texts of what was typed, and Python never erases a text. Here the
body is read into one bytearray, decoded byte by byte into another, and the first is overwritten.
Source: WHATWG URL Standard, application/x-www-form-urlencoded.
"""

from dataclasses import dataclass, field
from typing import Final, Protocol

from crypto.errors import MalformedTextError
from triage.traces import overwrite

MAX_FORM_BYTES: Final = 16 * 1024
FORM_TYPE: Final = "application/x-www-form-urlencoded"
_AND, _EQUALS, _PLUS, _SPACE, _PERCENT = b"&=+ %"
_HEX: Final = b"0123456789abcdef"
_ESCAPE_BYTES: Final = 3
_NAMES: Final = frozenset({b"token", b"passphrase"})


class Source(Protocol):
    """Where the body comes from."""

    def readinto(self, buffer: bytearray, /) -> int | None:
        """Fill the front of the buffer; 0 at the end."""


@dataclass(frozen=True, slots=True)
class UnlockForm:
    """What was typed, and the token of the browser that sent it."""

    token: str = field(repr=False)
    passphrase: bytearray = field(repr=False)

    def forget(self) -> None:
        """Overwrite the passphrase."""
        overwrite(self.passphrase)


def read_unlock_form(source: Source, length_bytes: int | None) -> UnlockForm:
    """Read and parse the form: `token` and `passphrase`, each once, nothing else.

    Args:
        source: the request's body.
        length_bytes: as the request states it.

    Raises:
        MalformedTextError: too long, cut short, or another form.
    """
    if length_bytes is None or not 0 < length_bytes <= MAX_FORM_BYTES:
        raise MalformedTextError(f"want a form of at most {MAX_FORM_BYTES} bytes")
    body = bytearray(length_bytes)
    try:
        _fill(source, body)
        return _parse(body)
    finally:
        overwrite(body)


def _fill(source: Source, body: bytearray) -> None:
    filled = source.readinto(body) or 0
    while filled < len(body):
        rest = bytearray(len(body) - filled)
        count = source.readinto(rest) or 0
        body[filled : filled + count] = rest[:count]
        overwrite(rest)
        if not count:
            raise MalformedTextError("the form is cut short")
        filled += count


def _parse(body: bytearray) -> UnlockForm:
    found: dict[bytes, bytearray] = {}
    start = 0
    while start < len(body):
        end = _position(body, _AND, start)
        equals = _position(body, _EQUALS, start)
        name = bytes(body[start:equals]) if equals < end else b""
        if name not in _NAMES or name in found:
            raise MalformedTextError("not an unlock form")
        found[name] = _decoded(body, equals + 1, end)
        start = end + 1
    if found.keys() != _NAMES:
        raise MalformedTextError("not an unlock form")
    return UnlockForm(found[b"token"].decode("ascii", "replace"), found[b"passphrase"])


def _position(body: bytearray, byte: int, start: int) -> int:
    found = body.find(byte, start)
    return len(body) if found < 0 else found


def _decoded(body: bytearray, start: int, end: int) -> bytearray:
    """The value between two places; its length is known before, so that nothing is moved."""
    escapes = body.count(_PERCENT, start, end)
    decoded = bytearray(max(0, end - start - (_ESCAPE_BYTES - 1) * escapes))
    index = start
    for place in range(len(decoded)):
        byte = body[index]
        if byte == _PERCENT:
            decoded[place] = _hex(body, index + 1, end) << 4 | _hex(body, index + 2, end)
            index += _ESCAPE_BYTES
        else:
            decoded[place] = _SPACE if byte == _PLUS else byte
            index += 1
    if index != end:
        overwrite(decoded)
        raise MalformedTextError("not an unlock form")
    return decoded


def _hex(body: bytearray, index: int, end: int) -> int:
    value = _HEX.find(body[index : index + 1].lower()) if index < end else -1
    if value < 0:
        raise MalformedTextError("not an unlock form")
    return value

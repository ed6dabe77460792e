"""Bytes to text and back, labels, and a cursor over bytes. Source: SPEC §1, §2.1, §2.2."""

import base64
import hashlib
import hmac
from dataclasses import dataclass

from crypto.errors import MalformedError, MalformedTextError

CROCKFORD_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LABEL_PREFIX = b"sealed-intake/1 "
_SYMBOL_BITS = 5
_U16_LIMIT = 1 << 16


def encode_base64url(raw: bytes) -> str:
    """Encode bytes as unpadded base64url. Source: RFC 4648 §5; SPEC §2.1."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode_base64url(text: str) -> bytes:
    """Decode unpadded base64url.

    Args:
        text: without padding or white space.

    Returns:
        The bytes; any length, including zero.

    Raises:
        MalformedTextError: `text` is not the single canonical spelling.

    Source: RFC 4648 §3.5 and §5; SPEC §2.1.
    """
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise MalformedTextError("SPEC 2.1: not base64url") from None
    if encode_base64url(raw) != text:
        raise MalformedTextError("SPEC 2.1: not canonical")
    return raw


def encode_crockford(raw: bytes) -> str:
    """Spell bytes in Crockford Base32, the last symbol filled with zero bits. Source: SPEC §2.2."""
    symbols = -(-len(raw) * 8 // _SYMBOL_BITS)
    value = int.from_bytes(raw) << (symbols * _SYMBOL_BITS - len(raw) * 8)
    return "".join(
        CROCKFORD_ALPHABET[value >> (_SYMBOL_BITS * place) & 31]
        for place in reversed(range(symbols))
    )


def label(name: str) -> bytes:
    """The prefix that keeps one use of a hash or key from another. Source: SPEC §1.2."""
    return _LABEL_PREFIX + name.encode("ascii") + b"\0"


def labelled_hash(name: str, data: bytes) -> bytes:
    """SHA-256 of a label and data, 32 bytes. Source: SPEC §1.3 (H)."""
    return hashlib.sha256(label(name) + data).digest()


def labelled_mac(key: bytes, name: str, data: bytes) -> bytes:
    """HMAC-SHA256 of a label and data, 32 bytes. Source: SPEC §11.3."""
    return hmac.digest(key, label(name) + data, "sha256")


def length_prefixed(data: bytes) -> bytes:
    """A u16 length and the data. Source: SPEC §1.1 (lp).

    Raises:
        MalformedTextError: 65,536 bytes or more.
    """
    if len(data) >= _U16_LIMIT:
        raise MalformedTextError(f"SPEC 1.1: want under 65536 bytes, got {len(data)}")
    return len(data).to_bytes(2) + data


@dataclass(slots=True)
class Reader:
    """A cursor that hands out fields in order and raises `error` where they run out.

    Args:
        raw: the bytes, read from the left.
        error: what a short or over-long input raises.
        rule: the SPEC section that the message names.
    """

    raw: bytes
    error: type[MalformedError]
    rule: str
    offset: int = 0

    def take(self, size_bytes: int) -> bytes:
        """The next `size_bytes` bytes."""
        end = self.offset + size_bytes
        if end > len(self.raw):
            raise self.error(f"SPEC {self.rule}: want {end} bytes, got {len(self.raw)}")
        field = self.raw[self.offset : end]
        self.offset = end
        return field

    def number(self, size_bytes: int) -> int:
        """The next unsigned big-endian number of `size_bytes` bytes."""
        return int.from_bytes(self.take(size_bytes))

    def prefixed(self) -> bytes:
        """The next field with its u16 length before it."""
        return self.take(self.number(2))

    def expect(self, size_bytes: int, value: int, what: str) -> None:
        """A number that can only be `value`."""
        if self.number(size_bytes) != value:
            raise self.error(f"SPEC {self.rule}: wrong {what}")

    def zeros_to_end(self) -> None:
        """Padding: nothing but zero bytes may be left."""
        if self.raw[self.offset :] != bytes(len(self.raw) - self.offset):
            raise self.error(f"SPEC {self.rule}: padding is not zero")
        self.offset = len(self.raw)

    def end(self) -> None:
        """Nothing may be left."""
        if self.offset != len(self.raw):
            raise self.error(f"SPEC {self.rule}: want {self.offset} bytes, got {len(self.raw)}")

"""Typed members out of a strict JSON object. Source: SPEC §2.3, §9, §13."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from crypto.errors import MalformedError
from crypto.wire.codec import decode_base64url
from crypto.wire.instants import parse_instant
from crypto.wire.keys import parse_recipient_key, parse_verification_key
from crypto.wire.strict_json import JsonObject, JsonValue

_U32_LIMIT = 1 << 32


@dataclass(frozen=True, slots=True)
class Members:
    """A JSON object whose members are taken out by name and type, or `error` is raised.

    Attributes:
        rule: the SPEC section that messages name.
    """

    members: JsonObject
    error: type[MalformedError]
    rule: str

    def refuse(self, what: str) -> MalformedError:
        """The error to raise; `what` never quotes input."""
        return self.error(f"SPEC {self.rule}: {what}")

    def exactly(self, *names: str) -> None:
        """No member may be missing or unknown."""
        if set(self.members) != set(names):
            raise self.refuse("members missing or unknown")

    def text(self, name: str) -> str:
        """A text, perhaps empty."""
        value = self.members[name]
        if not isinstance(value, str):
            raise self.refuse("want a text")
        return value

    def filled_text(self, name: str) -> str:
        """A text that is not empty; the member may be missing until now."""
        value = self.members.get(name)
        if not isinstance(value, str) or not value:
            raise self.refuse("want a text that is not empty")
        return value

    def number(self, name: str) -> int:
        """An integer from 1 to 2³² − 1."""
        value = self.members[name]
        if type(value) is not int or not 1 <= value < _U32_LIMIT:
            raise self.refuse("want a number from 1")
        return value

    def flag(self, name: str) -> bool:
        """true or false."""
        value = self.members[name]
        if not isinstance(value, bool):
            raise self.refuse("want true or false")
        return value

    def items(self, name: str) -> list[JsonValue]:
        """A list of anything."""
        value = self.members[name]
        if not isinstance(value, list):
            raise self.refuse("want a list")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts without repeats."""
        items = self.items(name)
        texts = tuple(item for item in items if isinstance(item, str))
        if len(set(texts)) != len(items):
            raise self.refuse("want a list of different texts")
        return texts

    def nested(self, value: JsonValue) -> "Members":
        """A member that is an object itself."""
        if not isinstance(value, dict):
            raise self.refuse("want an object")
        return Members(value, self.error, self.rule)

    def raw(self, name: str, size_bytes: int) -> bytes:
        """base64url of `size_bytes` bytes."""
        raw = decode_base64url(self.text(name))
        if len(raw) != size_bytes:
            raise self.refuse(f"want {size_bytes} bytes, got {len(raw)}")
        return raw

    def verification_key(self) -> bytes:
        """The member `verification_key`."""
        return parse_verification_key(decode_base64url(self.text("verification_key")))

    def recipient_key(self) -> bytes:
        """The member `recipient_key`."""
        return parse_recipient_key(decode_base64url(self.text("recipient_key")))

    def span(self, longest: timedelta | None) -> tuple[datetime, datetime]:
        """The members `from` and `until`."""
        start, end = parse_instant(self.text("from")), parse_instant(self.text("until"))
        if start >= end or (longest is not None and end - start > longest):
            raise self.refuse("no such period")
        return start, end

"""What `intake submit --document` takes: a JSON object of four parts, or plain text."""

from collections.abc import Mapping
from typing import Final

from crypto.custody.reporter import Contents
from crypto.errors import MalformedDocumentError, MalformedTextError
from crypto.wire.strict_json import JsonObject, JsonValue, parse_json_object

MAX_DOCUMENT_BYTES: Final = 262_144
_PARTS: Final = ("report", "identity", "protection", "reward")
CHANNEL: Final = "api"
OFFLINE_CHANNEL: Final = "offline"


def parse_document(raw: bytes, channel: str = CHANNEL) -> Contents:
    """Parse a document.

    What begins with `{` must be strict JSON: a slip in it must not turn an identity into the text
    of a report. Anything else is the narrative of a report.

    Args:
        raw: what the person gave.
        channel: how the report comes, where the document does not say.

    Raises:
        MalformedJsonError: Begins like an object and is none.
        MalformedTextError: Not UTF-8, or too long.
        MalformedDocumentError: Members that are unknown, of a wrong type or contradictory; or
            nothing is said at all.
    """
    if len(raw) > MAX_DOCUMENT_BYTES:
        raise MalformedTextError(f"want at most {MAX_DOCUMENT_BYTES} bytes, got {len(raw)}")
    try:
        text = raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise MalformedTextError("the document is not UTF-8") from None
    if text.lstrip().startswith("{"):
        return _of_object(parse_json_object(text.encode(), max_bytes=MAX_DOCUMENT_BYTES), channel)
    if not text.strip():
        raise MalformedDocumentError("the document is empty")
    return Contents(report={"channel": channel, "narrative": text.strip()})


def _of_object(document: JsonObject, channel: str) -> Contents:
    if not document.keys() <= {"about_staff", *_PARTS}:
        raise MalformedDocumentError("the document has an unknown member")
    about_staff = document.get("about_staff", False)
    if not isinstance(about_staff, bool):
        raise MalformedDocumentError("about_staff is true or false")
    report, identity, protection, reward = (_part(document.get(name)) for name in _PARTS)
    if report is None and identity is None and protection is None and reward is None:
        raise MalformedDocumentError("the document says nothing")
    if report is not None:
        report = _completed(report, channel, about_staff=about_staff)
    return Contents(about_staff, report, identity, protection, reward)


def _part(value: JsonValue) -> JsonObject | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise MalformedDocumentError("a part is an object or null")
    return value


def _completed(report: JsonObject, channel: str, *, about_staff: bool) -> JsonObject:
    """Add the channel, and the answer that decides who reads, where they are left out."""
    if report.get("about_staff", about_staff) != about_staff:
        raise MalformedDocumentError("about_staff contradicts itself")
    added: dict[str, JsonValue] = {"channel": channel}
    if about_staff:
        added["about_staff"] = True
    return {**added, **report}

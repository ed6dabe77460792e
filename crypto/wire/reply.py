"""What a desk answers into a slot. Source: SPEC §11.5."""

from dataclasses import dataclass, field
from enum import IntEnum

from crypto.errors import DocumentTooLargeError, MalformedDocumentError
from crypto.wire.codec import Reader
from crypto.wire.contents import fits_files
from crypto.wire.envelope import PLAINTEXT_BYTES, SUITE, Purpose
from crypto.wire.instants import parse_day
from crypto.wire.members import Members
from crypto.wire.roles import Role
from crypto.wire.signed_note import SIGNATURE_BYTES
from crypto.wire.strict_json import JsonObject, encode_json, parse_json_object

REPLY_LABEL = "sign/reply"
CASE_STATES = ("registered", "examining", "accepted", "not_accepted", "closed")
_MEMBERS = frozenset({"text", "sent_on", "state", "files", "about_n"})
_U32_LIMIT = 1 << 32
_FRAME_BYTES = 2 + 1 + 1 + 1 + 4 + 4 + 32 + 4 + SIGNATURE_BYTES


class ReplyKind(IntEnum):
    """What a reply is."""

    REPLY = 1
    OPENED = 2
    STATE = 3
    DISCLOSURE = 4
    RELEASE_NOTICE = 5
    WARNING = 6


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply before sealing, or after opening; the signature is verified by its reader.

    Attributes:
        epoch: of the desk whose key signed.
        i: number among this desk's replies to the case, from 0.
    """

    kind: ReplyKind
    role: Role
    epoch: int
    i: int
    case_ref: bytes
    content: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedReply:
    """A parsed reply with what the desk signed."""

    reply: Reply
    signed: bytes = field(repr=False)
    signature: bytes


def _check_content(content: JsonObject) -> None:
    members = Members(content, MalformedDocumentError, "11.5")
    if not set(content) <= _MEMBERS or "sent_on" not in content:
        raise MalformedDocumentError("SPEC 11.5: members missing or unknown")
    parse_day(members.text("sent_on"))
    if "state" in content and members.text("state") not in CASE_STATES:
        raise MalformedDocumentError("SPEC 11.5: no such state")
    if "text" in content:
        members.filled_text("text")
    if "files" in content and not fits_files(content["files"]):
        raise MalformedDocumentError("SPEC 11.5: want file entries")
    about = content.get("about_n", 0)
    if type(about) is not int or not 0 <= about < _U32_LIMIT:
        raise MalformedDocumentError("SPEC 11.5: want the number of a submission")


def encode_signed_part(reply: Reply) -> bytes:
    """Everything of a reply that its signature covers.

    Raises:
        MalformedDocumentError, MalformedTextError: content that the section doesn't allow.
        DocumentTooLargeError: more content than the fixed size holds.
    """
    _check_content(reply.content)
    content = encode_json(reply.content)
    excess = _FRAME_BYTES + len(content) - PLAINTEXT_BYTES[Purpose.REPLY]
    if excess > 0:
        raise DocumentTooLargeError(excess)
    return b"".join(
        (
            SUITE.to_bytes(2),
            Purpose.REPLY.to_bytes(1),
            reply.kind.to_bytes(1),
            reply.role.to_bytes(1),
            reply.epoch.to_bytes(4),
            reply.i.to_bytes(4),
            reply.case_ref,
            len(content).to_bytes(4),
            content,
        )
    )


def pad_reply(signed: bytes, signature: bytes) -> bytes:
    """A reply of its fixed size."""
    return (signed + signature).ljust(PLAINTEXT_BYTES[Purpose.REPLY], b"\0")


def parse_reply(raw: bytes) -> SignedReply:
    """Parse an opened reply.

    Raises:
        MalformedDocumentError, MalformedJsonError, MalformedTextError: not a reply; the last
            where `sent_on` is no day.
    """
    reader = Reader(raw, MalformedDocumentError, "11.5")
    reader.expect(2, SUITE, "suite")
    reader.expect(1, Purpose.REPLY, "purpose")
    try:
        kind, role = ReplyKind(reader.number(1)), Role(reader.number(1))
    except ValueError:
        raise MalformedDocumentError("SPEC 11.5: no such kind or role") from None
    epoch, i, case = reader.number(4), reader.number(4), reader.take(32)
    content = parse_json_object(
        reader.take(reader.number(4)), max_bytes=PLAINTEXT_BYTES[Purpose.REPLY]
    )
    _check_content(content)
    signed = raw[: reader.offset]
    signature = reader.take(SIGNATURE_BYTES)
    reader.zeros_to_end()
    return SignedReply(Reply(kind, role, epoch, i, case, content), signed, signature)

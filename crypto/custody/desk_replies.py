"""What a desk answers, sealed into the slot that only its reporter finds. Source: SPEC §11.5."""

from dataclasses import dataclass, field

from crypto.sealing.seal import seal_envelope
from crypto.sealing.sealed_box import SealingKey
from crypto.signing.sign import SigningKey
from crypto.wire.envelope import Purpose
from crypto.wire.reply import REPLY_LABEL, Reply, encode_signed_part, pad_reply
from crypto.wire.slots import slot_id, slot_preimage


@dataclass(frozen=True, slots=True)
class Addressee:
    """Where and to whom a desk answers, as the document that it opened says.

    Attributes:
        slot_key: of this desk, 32 bytes.
        reply_key: 1216 bytes.
    """

    slot_key: bytes = field(repr=False)
    reply_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedReply:
    """Ready to be written, as often as it takes: a slot takes the same bytes again."""

    slot: bytes
    envelope: bytes = field(repr=False)


def seal_reply(
    reply: Reply,
    addressee: Addressee,
    desk: SigningKey,
    *,
    key_set_version: int,
    instance: bytes,
) -> SealedReply:
    """Sign a reply with the desk's key and seal it to the reporter.

    Args:
        reply: its role and epoch are those of `desk`.
        addressee: from a document of the case that `reply` names.
        desk: the signing half of the desk epoch's key pair.
        key_set_version: the key set that lists the epoch.
        instance: 32 bytes.

    Raises:
        MalformedDocumentError: content that SPEC §11.5 doesn't allow.
        DocumentTooLargeError: more content than a reply holds.
    """
    signed = encode_signed_part(reply)
    slot = slot_id(slot_preimage(addressee.slot_key, reply.role, reply.i))
    envelope = seal_envelope(
        pad_reply(signed, desk.sign(REPLY_LABEL, instance, signed)),
        purpose=Purpose.REPLY,
        place=slot,
        key_set_version=key_set_version,
        instance=instance,
        readers=(SealingKey(addressee.reply_key),),
    )
    return SealedReply(slot, envelope)

"""Sealing a plaintext of fixed size to its readers. Source: SPEC §6."""

from collections.abc import Sequence

from crypto.errors import MalformedEnvelopeError
from crypto.sealing.sealed_box import SealingKey, random_content_key, wrap_key
from crypto.sealing.stream import commitment, seal_document_body
from crypto.wire.envelope import PLAINTEXT_BYTES, Purpose, encode_header


def seal_with_key(
    plaintext: bytes,
    content_key: bytes,
    *,
    purpose: Purpose,
    place: bytes,
    key_set_version: int,
    wrapped_keys: tuple[bytes, ...],
) -> bytes:
    """Seal under a content key whose wrapped keys are made already; the whole envelope.

    Raises:
        MalformedEnvelopeError: a plaintext or slot count that the purpose doesn't have.
    """
    want = PLAINTEXT_BYTES[purpose]
    if len(plaintext) != want:
        raise MalformedEnvelopeError(f"SPEC 6.3: want {want} bytes, got {len(plaintext)}")
    header = encode_header(
        purpose,
        key_set_version=key_set_version,
        place=place,
        wrapped_keys=wrapped_keys,
        commitment=commitment(content_key),
    )
    return header + seal_document_body(content_key, header, plaintext)


def seal_envelope(
    plaintext: bytes,
    *,
    purpose: Purpose,
    place: bytes,
    key_set_version: int,
    instance: bytes,
    readers: Sequence[SealingKey | None],
) -> bytes:
    """Seal a plaintext to its readers, in slot order.

    Args:
        plaintext: of the purpose's fixed size.
        purpose: any but file.
        place: 32 bytes (SPEC §6.1).
        key_set_version: the key set that the readers' keys come from.
        instance: 32 bytes.
        readers: None makes a slot that nobody opens (SPEC §6.5).

    Returns:
        The whole envelope.

    Raises:
        MalformedEnvelopeError: a plaintext or slot count that the purpose doesn't have.
    """
    content_key = random_content_key()
    wrapped_keys = tuple(
        wrap_key(
            content_key,
            reader or SealingKey.throw_away(),
            instance=instance,
            purpose=purpose,
            key_set_version=key_set_version,
        )
        for reader in readers
    )
    return seal_with_key(
        plaintext,
        content_key,
        purpose=purpose,
        place=place,
        key_set_version=key_set_version,
        wrapped_keys=wrapped_keys,
    )

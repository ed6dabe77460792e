"""The server's signed notice of registration. Source: SPEC §12."""

from dataclasses import dataclass

from crypto.errors import MalformedAcknowledgementError
from crypto.wire.codec import (
    Reader,
    decode_base64url,
    encode_base64url,
    labelled_hash,
    length_prefixed,
)
from crypto.wire.envelope import SUITE, Purpose

ACKNOWLEDGEMENT_BYTES = 207
_MAX_TEXT_SYMBOLS = 16384


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What the server signed.

    Attributes:
        sequence: number in the feed, from 1.
        minute: whole minutes since 1970-01-01T00:00Z: the registration time.
        signed: the 143 bytes under the signature.
    """

    submission_digest: bytes
    sequence: int
    previous_head: bytes
    minute: int
    nonce: bytes
    verification_key: bytes
    signature: bytes

    @property
    def signed(self) -> bytes:
        """The bytes under the signature."""
        return acknowledgement_body(
            submission_digest=self.submission_digest,
            sequence=self.sequence,
            previous_head=self.previous_head,
            minute=self.minute,
            nonce=self.nonce,
            verification_key=self.verification_key,
        )

    @property
    def raw(self) -> bytes:
        """All 207 bytes."""
        return self.signed + self.signature


@dataclass(frozen=True, slots=True)
class AcknowledgementText:
    """A self-contained acknowledgement; nothing in it is verified yet. Source: SPEC §12.4."""

    acknowledgement: Acknowledgement
    directory_certificate: str
    key_certificate: str


def acknowledgement_body(
    *,
    submission_digest: bytes,
    sequence: int,
    previous_head: bytes,
    minute: int,
    nonce: bytes,
    verification_key: bytes,
) -> bytes:
    """The 143 bytes that the server signs. Source: SPEC §12.1."""
    return b"".join(
        (
            SUITE.to_bytes(2),
            Purpose.ACKNOWLEDGEMENT.to_bytes(1),
            submission_digest,
            sequence.to_bytes(8),
            previous_head,
            minute.to_bytes(4),
            nonce,
            verification_key,
        )
    )


def acknowledgement_hash(raw: bytes) -> bytes:
    """What the feed chain binds; the nonce keeps it from being guessed. Source: SPEC §12.2."""
    return labelled_hash("acknowledgement", raw)


def parse_acknowledgement(raw: bytes) -> Acknowledgement:
    """Parse 207 bytes.

    Raises:
        MalformedAcknowledgementError: another length, suite or purpose.
    """
    reader = Reader(raw, MalformedAcknowledgementError, "12.1")
    reader.expect(2, SUITE, "suite")
    reader.expect(1, Purpose.ACKNOWLEDGEMENT, "purpose")
    digest, sequence = reader.take(32), reader.number(8)
    head, minute = reader.take(32), reader.number(4)
    nonce, key, signature = reader.take(32), reader.take(32), reader.take(64)
    reader.end()
    return Acknowledgement(digest, sequence, head, minute, nonce, key, signature)


def encode_acknowledgement_text(text: AcknowledgementText) -> str:
    """Spell the self-contained form, base64url. Source: SPEC §12.4."""
    return encode_base64url(
        SUITE.to_bytes(2)
        + text.acknowledgement.raw
        + length_prefixed(text.directory_certificate.encode())
        + length_prefixed(text.key_certificate.encode())
    )


def parse_acknowledgement_text(text: str) -> AcknowledgementText:
    """Parse the self-contained form.

    Raises:
        MalformedTextError: not base64url.
        MalformedAcknowledgementError: anything else that is not one.
    """
    if len(text) > _MAX_TEXT_SYMBOLS:
        raise MalformedAcknowledgementError("SPEC 12.4: too long")
    reader = Reader(decode_base64url(text), MalformedAcknowledgementError, "12.4")
    reader.expect(2, SUITE, "suite")
    acknowledgement = parse_acknowledgement(reader.take(ACKNOWLEDGEMENT_BYTES))
    certificates = (reader.prefixed(), reader.prefixed())
    reader.end()
    try:
        directory, key = (certificate.decode("utf-8") for certificate in certificates)
    except UnicodeDecodeError:
        raise MalformedAcknowledgementError("SPEC 12.4: certificate is no text") from None
    return AcknowledgementText(acknowledgement, directory, key)

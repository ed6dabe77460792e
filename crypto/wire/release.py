"""What a custodian releases to one handler. Source: SPEC §15.2."""

from dataclasses import dataclass, field

from crypto.errors import MalformedReleaseError
from crypto.wire.codec import Reader
from crypto.wire.envelope import PLAINTEXT_BYTES, SUITE, WRAPPED_KEY_BYTES, Purpose
from crypto.wire.signed_note import SIGNATURE_BYTES

RELEASE_LABEL = "sign/release"


@dataclass(frozen=True, slots=True)
class Release:
    """The inner wrapped key of one identity, until a minute.

    Attributes:
        not_after: whole minutes since 1970-01-01T00:00Z.
    """

    row_id: bytes
    part_digest: bytes
    not_after: int
    inner_wrapped_key: bytes = field(repr=False)
    custodian: bytes


@dataclass(frozen=True, slots=True)
class SignedRelease:
    """A parsed release with what the custodian signed, before the request and handler."""

    release: Release
    signed: bytes = field(repr=False)
    signature: bytes


def encode_signed_part(release: Release) -> bytes:
    """What is signed after request hash and handler's officer id."""
    return b"".join(
        (
            SUITE.to_bytes(2),
            Purpose.RELEASE.to_bytes(1),
            bytes(1),
            release.row_id,
            release.part_digest,
            release.not_after.to_bytes(4),
            release.inner_wrapped_key,
            release.custodian,
        )
    )


def pad_release(signed: bytes, signature: bytes) -> bytes:
    """A release of its fixed size."""
    return (signed + signature).ljust(PLAINTEXT_BYTES[Purpose.RELEASE], b"\0")


def parse_release(raw: bytes) -> SignedRelease:
    """Parse an opened release.

    Raises:
        MalformedReleaseError: anything else.
    """
    reader = Reader(raw, MalformedReleaseError, "15.2")
    reader.expect(2, SUITE, "suite")
    reader.expect(1, Purpose.RELEASE, "purpose")
    reader.expect(1, 0, "kind")
    row, digest, not_after = reader.take(32), reader.take(32), reader.number(4)
    release = Release(row, digest, not_after, reader.take(WRAPPED_KEY_BYTES), reader.take(32))
    signed = raw[: reader.offset]
    signature = reader.take(SIGNATURE_BYTES)
    reader.zeros_to_end()
    return SignedRelease(release, signed, signature)

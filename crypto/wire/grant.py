"""A desk's seed on its way to a member. Source: SPEC §15.1."""

from dataclasses import dataclass, field

from crypto.errors import MalformedGrantError
from crypto.wire.codec import Reader
from crypto.wire.envelope import PLAINTEXT_BYTES, SUITE, Purpose, envelope_bytes
from crypto.wire.roles import Role
from crypto.wire.signed_note import SIGNATURE_BYTES

GRANT_LABEL = "sign/grant"
GRANT_BYTES = envelope_bytes(Purpose.GRANT) + 32 + SIGNATURE_BYTES


@dataclass(frozen=True, slots=True)
class DeskSeed:
    """The secret of one desk in one epoch."""

    role: Role
    epoch: int
    seed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant as it travels; the signature covers everything before it."""

    envelope: bytes = field(repr=False)
    granter: bytes
    signature: bytes

    @property
    def signed(self) -> bytes:
        """What the granter signs under `GRANT_LABEL`."""
        return self.envelope + self.granter


def encode_desk_seed(seed: DeskSeed) -> bytes:
    """The 64 bytes that are sealed."""
    raw = (
        SUITE.to_bytes(2)
        + Purpose.GRANT.to_bytes(1)
        + seed.role.to_bytes(1)
        + seed.epoch.to_bytes(4)
        + seed.seed
    )
    return raw.ljust(PLAINTEXT_BYTES[Purpose.GRANT], b"\0")


def parse_desk_seed(raw: bytes) -> DeskSeed:
    """Parse an opened grant.

    Raises:
        MalformedGrantError: anything else.
    """
    reader = Reader(raw, MalformedGrantError, "15.1")
    reader.expect(2, SUITE, "suite")
    reader.expect(1, Purpose.GRANT, "purpose")
    try:
        role = Role(reader.number(1))
    except ValueError:
        raise MalformedGrantError("SPEC 15.1: no such role") from None
    seed = DeskSeed(role, reader.number(4), reader.take(32))
    reader.zeros_to_end()
    return seed


def encode_grant(grant: Grant) -> bytes:
    """Spell a grant, 1432 bytes."""
    return grant.signed + grant.signature


def parse_grant(raw: bytes) -> Grant:
    """Split a grant; its envelope is parsed by whoever opens it.

    Raises:
        MalformedGrantError: another length.
    """
    reader = Reader(raw, MalformedGrantError, "15.1")
    grant = Grant(
        reader.take(envelope_bytes(Purpose.GRANT)), reader.take(32), reader.take(SIGNATURE_BYTES)
    )
    reader.end()
    return grant

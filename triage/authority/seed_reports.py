"""What a member's console hands to the authority: "the seed of this epoch is gone from here".

A small JSON file, signed by the officer's key for one service. It is a statement and no proof: who
copied a seed keeps the copy. Source: SPEC §24.
"""

from dataclasses import dataclass
from datetime import datetime

from crypto.errors import MalformedJsonError
from crypto.signing.sign import SigningKey
from crypto.signing.verify import verify_labelled
from crypto.wire.codec import encode_base64url
from crypto.wire.instants import encode_instant, parse_instant
from crypto.wire.members import Members
from crypto.wire.roles import Role, parse_role
from crypto.wire.signed_note import SIGNATURE_BYTES
from crypto.wire.strict_json import encode_json, parse_json_object

SEED_GONE_LABEL = "sign/seed-gone"
MAX_REPORT_BYTES = 4096
_TYPE = "sealed-intake/1 seed-gone"


@dataclass(frozen=True, slots=True)
class SeedReport:
    """One officer's statement about one epoch; an authority uses no epoch's number twice.

    Attributes:
        verification_key: the officer's.
    """

    role: Role
    epoch: int
    reported_at: datetime
    verification_key: bytes

    def signed(self) -> bytes:
        """What the signature covers, behind label and instance."""
        seconds = int(self.reported_at.timestamp())
        place = self.role.to_bytes(1) + self.epoch.to_bytes(4)
        return place + seconds.to_bytes(8) + self.verification_key

    def encode(self, key: SigningKey, instance: bytes) -> bytes:
        """The report file, signed by the officer's key."""
        signature = key.sign(SEED_GONE_LABEL, instance, self.signed())
        return encode_json(
            {
                "type": _TYPE,
                "role": self.role.wire_name,
                "epoch": self.epoch,
                "reported_at": encode_instant(self.reported_at),
                "verification_key": encode_base64url(self.verification_key),
                "signature": encode_base64url(signature),
            }
        )


def parse_seed_report(raw: bytes, instance: bytes) -> SeedReport:
    """Parse a report file, and verify that it was made for this service by the key it names.

    Raises:
        MalformedError: not a report file.
        SignatureError: another key signed it, or for another service.
    """
    members = Members(parse_json_object(raw, max_bytes=MAX_REPORT_BYTES), MalformedJsonError, "24")
    members.exactly(*("type", "role", "epoch", "reported_at", "verification_key", "signature"))
    if members.text("type") != _TYPE:
        raise members.refuse("another type of file")
    report = SeedReport(
        parse_role(members.text("role")),
        members.number("epoch"),
        parse_instant(members.text("reported_at")),
        members.verification_key(),
    )
    signature = members.raw("signature", SIGNATURE_BYTES)
    verify_labelled(report.verification_key, SEED_GONE_LABEL, instance, report.signed(), signature)
    return report

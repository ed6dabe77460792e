"""The root key on three sheets of paper, any two of which bring it back. Source: SPEC §23.2.

No secret sharing: for each pair of sheets the root's seed lies in a box in a box, the inner one
locked by one sheet's recovery key and the outer one by the other's.
"""

from dataclasses import dataclass, field

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from nacl.utils import random

from crypto.errors import MalformedTextError, OpeningError, WrongPlaceError
from crypto.sealing.derivation import derive
from crypto.signing.sign import SigningKey
from crypto.wire.codec import Reader, labelled_hash
from crypto.wire.keys import VERIFICATION_KEY_BYTES, parse_verification_key

SHEETS = (1, 2, 3)
SHEET_BYTES = 220
SEED_BYTES = 32
_FORMAT = 1
_BACKUP_ID_BYTES = 8
_KEY_BYTES = 32
_BOX_BYTES = SEED_BYTES + 2 * SecretBox.MACBYTES
_DIGEST_BYTES = 18
# Every lock has a key of its own, which is used once.
_NONCE = bytes(SecretBox.NONCE_SIZE)


@dataclass(frozen=True, slots=True)
class RecoverySheet:
    """What one holder keeps: worth nothing alone, the root key together with any other.

    Attributes:
        number: 1 to 3.
        backup_id: 8 bytes, the same on the three sheets of one backup.
        root_key: the root verification key, 32 bytes.
        recovery_key: of this sheet, 32 bytes.
        boxes: of 64 bytes, for the pairs with the two other sheets, the lower number first.
    """

    number: int
    backup_id: bytes
    root_key: bytes
    recovery_key: bytes = field(repr=False)
    boxes: tuple[bytes, bytes] = field(repr=False)

    def _lock(self, other: int) -> SecretBox:
        """This sheet's lock of the pair with another."""
        pair = bytes(sorted((self.number, other))) + bytes([self.number])
        key = derive(self.recovery_key, self.backup_id, "recovery", self.root_key + pair, 32)
        return SecretBox(key)

    def lock(self, content: bytes, other: int) -> bytes:
        """Put content behind this sheet's lock of the pair with another."""
        return self._lock(other).encrypt(content, _NONCE).ciphertext

    def unlock(self, locked: bytes, other: int) -> bytes:
        """Take content from behind this sheet's lock of the pair with another.

        Raises:
            OpeningError: it was locked by another sheet, or altered.
        """
        try:
            return self._lock(other).decrypt(locked, _NONCE)
        except (CryptoError, ValueError):
            raise OpeningError("SPEC 23.2: these sheets do not fit each other") from None

    def box_with(self, other: int) -> bytes:
        """The box of the pair with another sheet."""
        others = [number for number in SHEETS if number != self.number]
        return self.boxes[others.index(other)]


def make_sheets(seed: bytes) -> tuple[RecoverySheet, ...]:
    """Three sheets with fresh recovery keys for a root key.

    Args:
        seed: of the root signing key, 32 bytes.
    """
    root_key, backup_id = SigningKey(seed).verification_key, random(_BACKUP_ID_BYTES)
    bare = [
        RecoverySheet(number, backup_id, root_key, random(_KEY_BYTES), (b"", b""))
        for number in SHEETS
    ]
    boxes = {
        (first.number, second.number): first.lock(second.lock(seed, first.number), second.number)
        for first in bare
        for second in bare
        if first.number < second.number
    }
    return tuple(
        RecoverySheet(
            sheet.number,
            backup_id,
            root_key,
            sheet.recovery_key,
            _two([boxes[pair] for pair in sorted(boxes) if sheet.number in pair]),
        )
        for sheet in bare
    )


def _two(boxes: list[bytes]) -> tuple[bytes, bytes]:
    first, second = boxes
    return first, second


def rejoin_root(one: RecoverySheet, other: RecoverySheet) -> bytes:
    """The seed of the root key from two sheets, 32 bytes.

    Raises:
        WrongPlaceError: sheets of two backups, or the same sheet twice.
        OpeningError: the sheets do not fit each other, or give another root key than they name.
    """
    if (one.backup_id, one.root_key) != (other.backup_id, other.root_key):
        raise WrongPlaceError("SPEC 23.2: sheets of two different backups")
    if one.number == other.number:
        raise WrongPlaceError("SPEC 23.2: the same sheet twice")
    first, second = sorted((one, other), key=lambda sheet: sheet.number)
    inner = first.unlock(first.box_with(second.number), second.number)
    seed = second.unlock(inner, first.number)
    if SigningKey(seed).verification_key != one.root_key:
        raise OpeningError("SPEC 23.2: another root key than the sheets name")
    return seed


def encode_sheet(sheet: RecoverySheet) -> bytes:
    """The 220 bytes that are printed."""
    raw = b"".join(
        (
            _FORMAT.to_bytes(1),
            sheet.number.to_bytes(1),
            sheet.backup_id,
            sheet.root_key,
            sheet.recovery_key,
            *sheet.boxes,
        )
    )
    return raw + labelled_hash("recovery-sheet", raw)[:_DIGEST_BYTES]


def parse_sheet(raw: bytes) -> RecoverySheet:
    """Parse what was typed back in.

    Raises:
        MalformedTextError, MalformedKeyError: not a sheet, or one with a slip that its lines did
            not show.
    """
    reader = Reader(raw, MalformedTextError, "23.2")
    reader.expect(1, _FORMAT, "format")
    number, backup_id = reader.number(1), reader.take(_BACKUP_ID_BYTES)
    root_key = reader.take(VERIFICATION_KEY_BYTES)
    recovery_key = reader.take(_KEY_BYTES)
    boxes = reader.take(_BOX_BYTES), reader.take(_BOX_BYTES)
    digest = labelled_hash("recovery-sheet", raw[: reader.offset])[:_DIGEST_BYTES]
    if reader.take(_DIGEST_BYTES) != digest:
        raise MalformedTextError("SPEC 23.2: the sheet's digest differs")
    reader.end()
    if number not in SHEETS:
        raise MalformedTextError("SPEC 23.2: no such sheet")
    return RecoverySheet(number, backup_id, parse_verification_key(root_key), recovery_key, boxes)

"""Public keys, refused when they could not be sealed to or verified with. Source: SPEC §4."""

from crypto.errors import MalformedKeyError
from crypto.wire.codec import labelled_hash

X25519_KEY_BYTES = 32
KEM_KEY_BYTES = 1184
RECIPIENT_KEY_BYTES = X25519_KEY_BYTES + KEM_KEY_BYTES
VERIFICATION_KEY_BYTES = 32

_FIELD_PRIME = 2**255 - 19
_SIGN_BIT = 1 << 255
_KEM_MODULUS = 3329  # FIPS 203 §2.3, q
_KEM_SEED_BYTES = 32
_COEFFICIENT_BITS = 12
_LANES = sum(1 << 24 * lane for lane in range(384))
_LOW_HALVES = _LANES * 0xFFF
_EXCESS = _LANES * ((1 << _COEFFICIENT_BITS) - _KEM_MODULUS)
_CARRIES = _LANES << _COEFFICIENT_BITS

# The u-coordinates of small order on Curve25519 and its twist; libsodium refuses the same.
_SMALL_ORDER_X25519 = frozenset(
    {
        0,
        1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
        _FIELD_PRIME - 1,
        _FIELD_PRIME,
        _FIELD_PRIME + 1,
    }
)

# The y-coordinates of small order on edwards25519: those of order 1, 2, 4 and 8.
_Y_OF_ORDER_EIGHT = 2707385501144840649318225287225658788936804267575313519463743609750303402022
_SMALL_ORDER_ED25519_Y = frozenset(
    {
        0,
        1,
        _FIELD_PRIME - 1,
        _Y_OF_ORDER_EIGHT,
        _FIELD_PRIME - _Y_OF_ORDER_EIGHT,
    }
)


def _refuse_bad_kem_key(raw: bytes) -> None:
    """The modulus check of FIPS 203 §7.2, on all 768 coefficients at once.

    Two 12-bit coefficients lie in three bytes. Each half of a 24-bit lane has twelve bits of room
    above it, so adding 4096 − q carries into bit 12 exactly where a coefficient is q or more.
    """
    lanes = int.from_bytes(raw[:-_KEM_SEED_BYTES], "little")
    halves = (lanes & _LOW_HALVES, lanes >> _COEFFICIENT_BITS & _LOW_HALVES)
    if any((half + _EXCESS) & _CARRIES for half in halves):
        raise MalformedKeyError("SPEC 4.3: ML-KEM coefficient too large")


def parse_recipient_key(raw: bytes) -> bytes:
    """Check a recipient key of 1216 bytes and hand it back.

    Raises:
        MalformedKeyError: wrong length, small order, or a coefficient of 3329 or more.

    Source: SPEC §4.3; FIPS 203 §7.2.
    """
    if len(raw) != RECIPIENT_KEY_BYTES:
        raise MalformedKeyError(f"SPEC 4.3: want {RECIPIENT_KEY_BYTES} bytes, got {len(raw)}")
    u = int.from_bytes(raw[:X25519_KEY_BYTES], "little") & ~_SIGN_BIT
    if u in _SMALL_ORDER_X25519:
        raise MalformedKeyError("SPEC 4.3: X25519 key of small order")
    _refuse_bad_kem_key(raw[X25519_KEY_BYTES:])
    return raw


def parse_verification_key(raw: bytes) -> bytes:
    """Check a verification key of 32 bytes and hand it back.

    Raises:
        MalformedKeyError: wrong length, not canonical, or of small order.

    Source: SPEC §4.3.
    """
    if len(raw) != VERIFICATION_KEY_BYTES:
        raise MalformedKeyError(f"SPEC 4.3: want {VERIFICATION_KEY_BYTES} bytes, got {len(raw)}")
    y = int.from_bytes(raw, "little") & ~_SIGN_BIT
    if y >= _FIELD_PRIME or y in _SMALL_ORDER_ED25519_Y:
        raise MalformedKeyError("SPEC 4.3: Ed25519 key not canonical or of small order")
    return raw


def officer_id(verification_key: bytes, recipient_key: bytes) -> bytes:
    """The 32-byte name of an officer. Source: SPEC §4.4."""
    return labelled_hash("officer", verification_key + recipient_key)

"""The strict Ed25519 verdict, written out from its equation in integers.

It exists to give the vectors a second opinion that shares no code with libsodium, PyNaCl or noble.
It is slow, branches on its inputs and must judge nothing but public test vectors.

Source: RFC 8032 §5.1; DESIGN §3: S < L; A canonical and not of small order; R not of small order;
encode(S·B - k·A) = R.
"""

import hashlib
from typing import Final

P: Final = 2**255 - 19
L: Final = 2**252 + 27742317777372353535851937790883648493
D: Final = -121665 * pow(121666, -1, P) % P
SQRT_MINUS_ONE: Final = pow(2, (P - 1) // 4, P)

# Extended coordinates (X, Y, Z, T): x = X/Z, y = Y/Z, x·y = T/Z.
Point = tuple[int, int, int, int]
IDENTITY: Final[Point] = (0, 1, 1, 0)


def _add(p: Point, q: Point) -> Point:
    """Add two points; the formula is complete, so doubling needs no other.

    Source: RFC 8032 §5.1.4.
    """
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _multiply(scalar: int, point: Point) -> Point:
    total = IDENTITY
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point = _add(point, point)
        scalar >>= 1
    return total


def _encode(point: Point) -> bytes:
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _decode(encoded: bytes) -> Point | None:
    """Decode as leniently as the curve allows; the caller compares re-encodings."""
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, (number & (2**255 - 1)) % P
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x + u) % P == 0:
        x = x * SQRT_MINUS_ONE % P
    if (v * x * x - u) % P != 0:
        return None
    if x & 1 != sign:
        x = -x % P
    return (x, y, 1, x * y % P)


def _has_small_order(point: Point) -> bool:
    return _encode(_multiply(8, point)) == _encode(IDENTITY)


BASE: Final = _decode((4 * pow(5, -1, P) % P).to_bytes(32, "little")) or IDENTITY


def is_accepted(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether a strict verifier accepts; any lengths may come in."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    point_a, point_r = _decode(public_key), _decode(r)
    if s >= L or point_a is None or point_r is None:
        return False
    if _encode(point_a) != public_key or _has_small_order(point_a) or _has_small_order(point_r):
        return False
    k = int.from_bytes(hashlib.sha512(r + public_key + message).digest(), "little") % L
    minus_a = (-point_a[0] % P, point_a[1], point_a[2], -point_a[3] % P)
    return _encode(_add(_multiply(s, BASE), _multiply(k, minus_a))) == r

"""Sealing and opening files, beside bare AES-256-GCM over chunks of the same size."""

import itertools
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from nacl.utils import random

from crypto.custody.opening import open_file
from crypto.sealing.stream import seal_file
from crypto.wire.envelope import TAG_BYTES, header_bytes
from crypto.wire.files import FILE_CHUNK_BYTES
from deploy.bench.figures import Figure, compared
from deploy.bench.timing import compare

GOAL = 0.70
FILE_BYTES = 16 * 1024 * 1024
PIECE_BYTES = 1024 * 1024
_MEGABYTE = 1e6
_NONCE_BYTES = 12


def _pieces(plaintext: bytes, size_bytes: int) -> list[bytes]:
    return [plaintext[start : start + size_bytes] for start in range(0, FILE_BYTES, size_bytes)]


def _reader(raw: bytes) -> Callable[[int], bytes]:
    """Hands out a sealed file that lies ready in the pieces that are going to be asked for."""
    header, size = header_bytes(0), FILE_CHUNK_BYTES + TAG_BYTES
    chunks = (raw[start : start + size] for start in range(header, len(raw), size))
    ready = [raw[:header], *chunks]

    turn = itertools.cycle((*ready, b""))
    return lambda _: next(turn)


def measure() -> list[Figure]:
    """Both ways on one core, in megabytes of plaintext a second."""
    plaintext, key = random(FILE_BYTES), random(32)
    pieces, chunks = _pieces(plaintext, PIECE_BYTES), _pieces(plaintext, FILE_CHUNK_BYTES)
    read = _reader(b"".join(seal_file(key, pieces, FILE_BYTES)))
    cipher, nonces = AESGCM(key), [n.to_bytes(_NONCE_BYTES) for n in range(len(chunks))]
    numbered = list(zip(nonces, chunks, strict=True))
    opaque = [(nonce, cipher.encrypt(nonce, chunk, None)) for nonce, chunk in numbered]

    def seal_ours() -> int:
        return sum(len(chunk) for chunk in seal_file(key, pieces, FILE_BYTES))

    def seal_bare() -> int:
        return sum(len(cipher.encrypt(nonce, chunk, None)) for nonce, chunk in numbered)

    def open_ours() -> int:
        return sum(len(chunk) for chunk in open_file(key, read))

    def open_bare() -> int:
        return sum(len(cipher.decrypt(nonce, chunk, None)) for nonce, chunk in opaque)

    sealing, opening = compare(seal_ours, seal_bare), compare(open_ours, open_bare)
    return [
        _figure("sealing a file, 64 KiB chunks", sealing.ours, sealing.bare),
        _figure("opening a file, 64 KiB chunks", opening.ours, opening.bare),
    ]


def _figure(name: str, ours: float, bare: float) -> Figure:
    return compared(name, ours / _MEGABYTE, bare / _MEGABYTE, unit="MB/s", goal=GOAL)

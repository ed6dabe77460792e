"""Sealing and opening files, beside bare AES-256-GCM over chunks of the same size."""

import itertools
import mmap
import tempfile
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from nacl.utils import random

from crypto.custody.opening import open_file
from crypto.sealing.stream import seal_file
from crypto.wire.envelope import TAG_BYTES, header_bytes
from crypto.wire.files import FILE_CHUNK_BYTES
from deploy.bench.figures import Figure, compared
from deploy.bench.timing import Pair, compare

GOAL = 0.70
FILE_BYTES = 16 * 1024 * 1024
PIECE_BYTES = 1024 * 1024
ATTACHMENT_GOAL = 0.60
ATTACHMENT_BYTES = 1 << 30
ATTACHMENT_TURNS = 5  # Each is one whole attachment.
_CHUNKS = ATTACHMENT_BYTES // FILE_CHUNK_BYTES
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
        _figure("sealing a file, 64 KiB chunks", sealing, GOAL),
        _figure("opening a file, 64 KiB chunks", opening, GOAL),
    ]


def measure_attachment(var: Path) -> list[Figure]:
    """Opening a whole attachment of 1 GiB that lies on the disk.

    Its bytes are handed out as views of mapped memory, as a part that has just come is; what that
    is measured against is bare decryption of one chunk again and again, which never leaves the
    cache. With a file's own `read` both ways copy every byte once more.

    Args:
        var: where the sealed file lies meanwhile.
    """
    key, block = random(32), random(PIECE_BYTES)
    cipher, nonce = AESGCM(key), bytes(_NONCE_BYTES)
    opaque = cipher.encrypt(nonce, block[:FILE_CHUNK_BYTES], None)
    with tempfile.TemporaryFile(dir=var, buffering=0) as file:
        pieces = itertools.repeat(block, ATTACHMENT_BYTES // PIECE_BYTES)
        for piece in seal_file(key, pieces, ATTACHMENT_BYTES):
            file.write(piece)
        with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped, memoryview(mapped) as view:

            def open_views() -> int:
                return sum(len(piece) for piece in open_file(key, _views(view)))

            def open_read() -> int:
                file.seek(0)
                return sum(len(piece) for piece in open_file(key, file.read))

            def decrypt() -> int:
                return sum(len(cipher.decrypt(nonce, opaque, None)) for _ in range(_CHUNKS))

            def read_and_decrypt() -> int:
                file.seek(0)
                while file.read(len(opaque)):
                    cipher.decrypt(nonce, opaque, None)
                return ATTACHMENT_BYTES

            mapped_rates = compare(open_views, decrypt, turns=ATTACHMENT_TURNS)
            read_rates = compare(open_read, read_and_decrypt, turns=ATTACHMENT_TURNS)
    attachment = _figure("opening an attachment of 1 GiB", mapped_rates, ATTACHMENT_GOAL)
    return [attachment, _figure("  by reads, beside reading and decrypting", read_rates, None)]


def _views(whole: memoryview) -> Callable[[int], memoryview]:
    at = 0

    def read(size_bytes: int) -> memoryview:
        nonlocal at
        at += size_bytes
        return whole[at - size_bytes : at]

    return read


def _figure(name: str, rates: Pair, goal: float | None) -> Figure:
    ours, bare = rates.ours / _MEGABYTE, rates.bare / _MEGABYTE
    return compared(name, ours, bare, unit="MB/s", goal=goal)

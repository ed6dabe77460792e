"""Opening an attachment of 1 GiB from the officer's disk, beside bare AES-256-GCM."""

import multiprocessing
import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from nacl.utils import random

from crypto.custody.file_reader import SealedFile
from crypto.sealing.stream import seal_file
from crypto.wire.files import FILE_CHUNK_BYTES, Upload, bucket_bytes
from deploy.bench.figures import Figure, bounded, compared
from deploy.bench.timing import compare
from triage.attachments.entry import SealedEntry
from triage.attachments.store import HeldFile

GOAL = 0.60
MEMORY_GOAL_MB = 16
FILE_BYTES = 1 << 30
_TURN_CHUNKS = 256
_PIECE_BYTES = 1 << 20
_MEGABYTE = 1e6
_KIBIBYTE = 1024
_NONCE_BYTES = 12


def _seal(path: Path, key: bytes) -> None:
    """Seal a file of one repeated random piece; in a process of its own, whose memory goes."""
    piece = random(_PIECE_BYTES)
    with path.open("wb") as file:
        for sealed in seal_file(
            key, (piece for _ in range(FILE_BYTES // _PIECE_BYTES)), FILE_BYTES
        ):
            file.write(sealed)


def _held(path: Path, key: bytes) -> HeldFile:
    upload = Upload(random(16), bucket_bytes(FILE_BYTES))
    sealed = SealedFile.of(key, upload, FILE_BYTES)
    return HeldFile(SealedEntry(bytes(32), bytes(32), upload, bytes(32), sealed), path)


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _pass_after_pass(held: HeldFile) -> Iterator[bytes]:
    while True:
        yield from held.pieces()


def measure(folder: Path) -> list[Figure]:
    """On one core, in megabytes of plaintext a second, and how far memory grows meanwhile.

    Args:
        folder: where 1 GiB of room is; it is given back.
    """
    key = random(32)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place) / "sealed"
        sealing = multiprocessing.get_context("spawn").Process(target=_seal, args=(path, key))
        sealing.start()
        sealing.join()
        held = _held(path, key)
        begun = _peak_kib()
        whole = sum(len(piece) for piece in held.pieces())
        grown_mb = (_peak_kib() - begun) * _KIBIBYTE / _MEGABYTE
        stream = _pass_after_pass(held)
        cipher, plaintext = AESGCM(key), random(FILE_CHUNK_BYTES)
        nonces = [n.to_bytes(_NONCE_BYTES) for n in range(_TURN_CHUNKS)]
        opaque = [(nonce, cipher.encrypt(nonce, plaintext, None)) for nonce in nonces]

        def open_ours() -> int:
            return sum(len(next(stream)) for _ in range(_TURN_CHUNKS))

        def open_bare() -> int:
            return sum(len(cipher.decrypt(nonce, chunk, None)) for nonce, chunk in opaque)

        rates = compare(open_ours, open_bare)
    if whole != FILE_BYTES:
        raise RuntimeError("the attachment was not opened whole")
    ours, bare = rates.ours / _MEGABYTE, rates.bare / _MEGABYTE
    return [
        compared("opening a 1 GiB attachment", ours, bare, unit="MB/s", goal=GOAL),
        bounded("  memory above the start", grown_mb, unit="MB", goal=MEMORY_GOAL_MB),
    ]

"""Spelling pixels as PNG, without an image library. Source: PNG (Third Edition) §4, §11."""

import struct
import zlib
from typing import Final

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_CHANNELS: Final = 3
_BIT_DEPTH: Final = 8
_TRUECOLOUR: Final = 2
# Quick rather than small: it goes over the loopback, once.
_LEVEL: Final = 1


def encode_png(columns: int, rows: int, rgb: bytes) -> bytes:
    """A PNG of pixels, each three bytes, row by row.

    Raises:
        ValueError: another number of bytes.
    """
    stride = columns * _CHANNELS
    if columns < 1 or rows < 1 or len(rgb) != stride * rows:
        raise ValueError("want three bytes for each pixel")
    packer = zlib.compressobj(_LEVEL)
    view = memoryview(rgb)
    packed = [
        packer.compress(b"\0" + view[start : start + stride])
        for start in range(0, len(rgb), stride)
    ]
    packed.append(packer.flush())
    header = struct.pack(">IIBBBBB", columns, rows, _BIT_DEPTH, _TRUECOLOUR, 0, 0, 0)
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", b"".join(packed)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return len(content).to_bytes(4) + kind + content + checksum.to_bytes(4)

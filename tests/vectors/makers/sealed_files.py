"""Files under a given key, which makes their sealing deterministic. Source: SPEC §7, §17."""

from typing import Any, Final

from crypto.errors import MalformedEnvelopeError, MalformedFileError, OpeningError
from tests.authority import seed_of
from tests.vectors.makers.vector_file import VectorFile

_KEY: Final = seed_of("file key").hex()
_SIZE: Final = 150_000  # three chunks, the last not full: 163840 = 2 · 65536 + 32768
_HEAD, _CHUNK, _END = 72, 65552, 72 + 163_840 + 3 * 16
_WHOLE = [0, _HEAD]
_FIRST = [_HEAD, _HEAD + _CHUNK]
_SECOND = [_HEAD + _CHUNK, _HEAD + 2 * _CHUNK]
_THIRD = [_HEAD + 2 * _CHUNK, _END]

_MOVED: Final = {
    "first_chunk_dropped": [_WHOLE, _SECOND, _THIRD],
    "second_chunk_dropped": [_WHOLE, _FIRST, _THIRD],
    "last_chunk_dropped": [_WHOLE, _FIRST, _SECOND],
    "only_last_chunk": [_WHOLE, _THIRD],
    "chunks_swapped": [_WHOLE, _SECOND, _FIRST, _THIRD],
    "chunk_repeated": [_WHOLE, _FIRST, _FIRST, _SECOND, _THIRD],
    "last_chunk_repeated": [_WHOLE, _FIRST, _SECOND, _THIRD, _THIRD],
}
_CUT: Final = {
    "no_chunk": _HEAD,
    "cut_by_one": _END - 1,
    "cut_in_first_chunk": _HEAD + 1000,
    "cut_before_first_chunk_ends": _HEAD + _CHUNK - 1,
    "cut_where_first_chunk_ends": _HEAD + _CHUNK,
    "cut_behind_first_chunk": _HEAD + _CHUNK + 1,
    "cut_where_second_chunk_ends": _HEAD + 2 * _CHUNK,
    "last_tag_alone": _HEAD + 2 * _CHUNK + 16,
}
_CHANGED: Final = {
    "bit_in_commitment": 40,
    "bit_in_first_chunk": _HEAD,
    "bit_in_first_tag": _HEAD + _CHUNK - 1,
    "bit_in_second_chunk": _HEAD + _CHUNK,
    "bit_in_last_chunk": _HEAD + 2 * _CHUNK,
    "bit_in_last_tag": _END - 1,
}
_OPS: Final[dict[str, dict[str, Any]]] = {
    **{name: {"slices": slices} for name, slices in _MOVED.items()},
    **{name: {"truncate": size} for name, size in _CUT.items()},
    **{name: {"offset": offset, "xor": 1} for name, offset in _CHANGED.items()},
    "extended_by_one": {"append": "00"},
    "extended_by_a_tag": {"append": "00" * 16},
}
_OTHER_OPS: Final[dict[str, dict[str, Any]]] = {
    "version_two": {"offset": 2, "set": "00000002"},
    "version_largest": {"offset": 2, "set": "ffffffff"},
    "bit_in_place": {"offset": 8, "xor": 1},
    "bit_in_place_end": {"offset": 39, "xor": 128},
}
_HEADER_OPS: Final[dict[str, dict[str, Any]]] = {
    "header_suite": {"offset": 1, "set": "02"},
    "header_purpose": {"offset": 6, "set": "03"},
    "header_slots": {"offset": 7, "set": "01"},
    "header_version_zero": {"offset": 2, "set": "00000000"},
    "header_cut": {"truncate": 71},
    "header_empty": {"truncate": 0},
}


def _bucket() -> VectorFile:
    file = VectorFile("bucket", "SPEC 17.1")
    edges = (65536, 81920, 98304, 114688, 131072, 163840, 196608, 229376, 262144)
    for size in (0, 1, *(edge + step for edge in edges for step in (-1, 0, 1))):
        file.accept(f"size_{size}", size_bytes=size)
    for size in (10_000_000, 2**30, 2**30 + 1, 2**40 - 1):
        file.accept(f"size_{size}", size_bytes=size)
    return file


def _plaintext(size_bytes: int) -> dict[str, Any]:
    return {"repeat": seed_of("file").hex(), "size_bytes": size_bytes}


def _file() -> VectorFile:
    file = VectorFile("file", "SPEC 7, 17.2")
    sound = {"content_key": _KEY, "opening_key": _KEY}
    for name, size in (
        ("empty", 0),
        ("one_byte", 1),
        ("one_chunk", 65536),
        ("one_byte_more", 65537),
        ("two_chunks", 131072),
        ("three_chunks", _SIZE),
    ):
        file.accept(name, plaintext=_plaintext(size), mutate=[], **sound)
    plain = _plaintext(_SIZE)
    other = {**sound, "opening_key": seed_of("other file key").hex()}
    file.refuse("other_key", OpeningError, plaintext=plain, mutate=[], **other)
    for name, op in _OPS.items():
        file.refuse(name, OpeningError, plaintext=plain, mutate=[op], **sound)
    for name, op in _OTHER_OPS.items():
        file.refuse(name, MalformedFileError, plaintext=plain, mutate=[op], **sound)
    for name, op in _HEADER_OPS.items():
        file.refuse(name, MalformedEnvelopeError, plaintext=plain, mutate=[op], **sound)
    return file


def files() -> list[VectorFile]:
    """Every file of this module."""
    return [_bucket(), _file()]

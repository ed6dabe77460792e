"""Files under a given key, which makes their sealing deterministic. Source: SPEC §7, §17."""

from typing import Any, Final

from crypto.errors import (
    MalformedEnvelopeError,
    MalformedFileError,
    MalformedSealedReportError,
    OpeningError,
)
from crypto.wire.codec import labelled_hash
from tests.authority import seed_of
from tests.vectors.makers.vector_file import VectorFile
from tests.vectors.notation import Written, expand

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


def _announced(bucket: int) -> str:
    return seed_of("capability").hex()[:32] + bucket.to_bytes(8).hex()


def _upload() -> VectorFile:
    file = VectorFile("upload", "SPEC 17.4")
    for name, bucket, indices in (
        ("smallest", 65536, (0,)),
        ("one_part", 32 * 65536, (0,)),
        ("half_a_chunk", 65536 * 5 // 4, (0,)),
        ("two_parts", 40 * 65536, (0, 1)),
        ("three_parts", 80 * 65536, (0, 1, 2)),
        ("four_gib", 2**32, (0, 1, 2047)),
        ("largest", 2**46, (0, 2**25 - 1)),
    ):
        for index in indices:
            file.accept(f"{name}_part_{index}", raw=_announced(bucket), index=index)
    for name, bucket, index in (
        ("no_second_part", 65536, 1),
        ("no_part_behind_the_last", 40 * 65536, 2),
        ("no_negative_part", 65536, -1),
        ("no_bucket", 65537, 0),
        ("below_the_smallest", 32768, 0),
        ("zero", 0, 0),
        ("above_the_largest", 5 * 2**44, 0),
        ("beyond_exact_numbers", 2**63, 0),
    ):
        file.refuse(name, MalformedFileError, raw=_announced(bucket), index=index)
    file.refuse("one_byte_short", MalformedFileError, raw=_announced(65536)[:-2], index=0)
    file.refuse("one_byte_long", MalformedFileError, raw=_announced(65536) + "00", index=0)
    return file


def _file_digest() -> VectorFile:
    file = VectorFile("file_digest", "SPEC 17.3")
    hashes = [seed_of(f"part {number}").hex() for number in range(3)]
    file.accept("one_part", part_hashes=hashes[:1])
    file.accept("three_parts", part_hashes=hashes)
    file.accept("another_order", part_hashes=hashes[::-1])
    return file


_SUBMISSION: Final = {"repeat": seed_of("a submission").hex(), "size_bytes": 43582}
_MAGIC: Final = b"sealed-intake/1 sealed\n".hex()


def _carried(name: str, bucket: int) -> str:
    capability = seed_of(f"capability {name}").hex()[:32]
    return capability + bucket.to_bytes(8).hex() + seed_of(f"digest {name}").hex()


def _head(count: str, *entries: str, submission: Written = None) -> dict[str, Any]:
    """A head with a sound hash over whatever it holds."""
    parts: list[Written] = [_MAGIC, count, *entries, submission or _SUBMISSION]
    whole = b"".join(expand(part, {}) for part in parts)
    return {"parts": [*parts, labelled_hash("sealed-report", whole).hex()]}


def _sealed_report() -> VectorFile:
    first, second = _carried("first", 65536), _carried("second", 40 * 65536)
    file = VectorFile(
        "sealed_report", "SPEC 22.1", bases={"two": _head("02", first, second), "none": _head("00")}
    )
    file.accept("no_file", raw={"base": "none"})
    file.accept("two_files", raw={"base": "two"})
    file.accept("other_order", raw=_head("02", second, first))
    file.accept("a_hundred_files", raw=_head("64", *(_carried(str(n), 65536) for n in range(100))))
    size = 23 + 1 + 43582 + 32
    for name, op in {
        "cut_in_magic": {"truncate": 22},
        "cut_before_count": {"truncate": 23},
        "cut_in_submission": {"truncate": 1000},
        "cut_by_one": {"truncate": size - 1},
        "extended": {"append": "00"},
        "bit_in_magic": {"offset": 0, "xor": 1},
        "other_version": {"offset": 14, "xor": 3},
        "bit_in_submission": {"offset": 500, "xor": 1},
        "bit_in_hash": {"offset": size - 1, "xor": 1},
        "count_without_entry": {"offset": 23, "set": "01"},
    }.items():
        raw = {"base": "none", "mutate": [op]}
        file.refuse(name, MalformedSealedReportError, raw=raw)
    empty = {"repeat": "00", "size_bytes": 0}
    file.refuse("nothing", MalformedSealedReportError, raw=empty)
    changed = {"base": "two", "mutate": [{"offset": 24, "xor": 1}]}
    file.refuse("bit_in_capability", MalformedSealedReportError, raw=changed)
    twice = _head("02", first, first)
    file.refuse("capability_twice", MalformedSealedReportError, raw=twice)
    file.refuse("too_many", MalformedSealedReportError, raw=_head("65", first))
    file.refuse("no_bucket", MalformedFileError, raw=_head("01", _carried("odd", 65537)))
    short = {**_SUBMISSION, "size_bytes": 43581}
    raw = _head("00", submission=short)
    file.refuse("submission_one_byte_short", MalformedSealedReportError, raw=raw)
    return file


def files() -> list[VectorFile]:
    """Every file of this module."""
    return [_bucket(), _file(), _upload(), _file_digest(), _sealed_report()]

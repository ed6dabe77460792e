"""Files: chunks, buckets, and nothing released that was altered (SPEC 7, 17; ATTACKS A6, A14)."""

from collections.abc import Callable, Iterator

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from crypto.custody.opening import open_file
from crypto.errors import MalformedEnvelopeError, MalformedFileError, OpeningError
from crypto.sealing.stream import StreamKey, commitment, seal_file
from crypto.wire.envelope import NO_PLACE, Purpose, encode_header
from crypto.wire.files import FILE_CHUNK_BYTES, bucket_bytes
from tests.authority import seed_of

_KEY = seed_of("file key")
_SEALED_CHUNK = FILE_CHUNK_BYTES + 16


def _plain(size_bytes: int) -> bytes:
    return (seed_of("file") * (size_bytes // 32 + 1))[:size_bytes]


def _seal(plaintext: bytes) -> bytes:
    return b"".join(seal_file(_KEY, [plaintext], len(plaintext)))


def _reader(raw: bytes, largest: int = 1 << 30) -> Callable[[int], bytes]:
    """Hands out `raw`, never more than `largest` bytes at once."""
    offset = 0

    def read(size_bytes: int) -> bytes:
        nonlocal offset
        piece = raw[offset : offset + min(size_bytes, largest)]
        offset += len(piece)
        return piece

    return read


def _released(raw: bytes) -> int:
    """How many bytes a reader gives out before it refuses.

    Raises:
        AssertionError: it does not refuse.
    """
    given_out = 0
    try:
        for chunk in open_file(_KEY, _reader(raw)):
            given_out += len(chunk)
    except (OpeningError, MalformedEnvelopeError, MalformedFileError):
        return given_out
    raise AssertionError("an altered file was accepted")


@pytest.mark.parametrize("size_bytes", [0, 1, 65535, 65536, 65537, 131072, 140000])
def test_a_file_comes_back_with_its_padding(size_bytes: int) -> None:
    """SPEC 17.1: zero bytes up to the bucket."""
    plain = _plain(size_bytes)

    opened = b"".join(open_file(_KEY, _reader(_seal(plain))))

    assert opened == plain.ljust(bucket_bytes(size_bytes), b"\0")


@given(st.lists(st.integers(0, 70_000), max_size=5), st.integers(1, 70_000))
def test_how_a_file_is_cut_into_pieces_changes_nothing(sizes: list[int], largest: int) -> None:
    """SPEC 17: the same bytes, read and written in any grouping."""
    pieces, total = [_plain(size) for size in sizes], sum(sizes)
    whole = b"".join(pieces)

    sealed = b"".join(seal_file(_KEY, iter(pieces), total))
    opened = b"".join(open_file(_KEY, _reader(sealed, max(largest, 1000))))

    assert sealed == _seal(whole)
    assert opened == whole.ljust(bucket_bytes(total), b"\0")


@pytest.mark.parametrize("given_bytes", [[], [99], [101], [65536, 65536], [50, 51]])
def test_a_file_that_changes_while_it_is_read_is_refused(given_bytes: list[int]) -> None:
    """SPEC 17.1: the size was promised."""
    with pytest.raises(MalformedFileError):
        list(seal_file(_KEY, [_plain(size) for size in given_bytes], 100))


@given(st.integers(0, 2**45))
def test_a_bucket_holds_its_file_with_a_quarter_to_spare_at_most(size_bytes: int) -> None:
    """SPEC 17.1: m · 2^e with m from 4 to 7, and no smaller one would do."""
    bucket = bucket_bytes(size_bytes)
    mantissa, exponent = bucket, 0
    while mantissa % 2 == 0 and mantissa > 7:
        mantissa, exponent = mantissa // 2, exponent + 1

    assert size_bytes <= bucket
    assert bucket == 65536 or bucket * 4 <= (size_bytes - 1) * 5 + 4 * 5
    assert mantissa in range(8)
    assert bucket_bytes(bucket) == bucket


@pytest.mark.parametrize("edge", [72, 72 + _SEALED_CHUNK, 72 + 2 * _SEALED_CHUNK])
@pytest.mark.parametrize("step", [-17, -16, -15, -1, 0, 1, 15, 16, 17])
def test_a_file_cut_near_a_chunk_edge_is_refused(edge: int, step: int) -> None:
    """ATTACKS A6: and only whole chunks before the cut were given out."""
    released = _released(_seal(_plain(140_000))[: edge + step])

    assert released in {0, FILE_CHUNK_BYTES, 2 * FILE_CHUNK_BYTES}
    assert released <= max(edge + step - 72, 0)


@given(st.integers(0, 72 + 163_840 + 3 * 16 - 1), st.integers(0, 7))
def test_no_altered_bit_is_given_out(offset: int, bit: int) -> None:
    """ATTACKS A5: what was released before is what had been sealed."""
    raw = bytearray(_SEALED)
    raw[offset] ^= 1 << bit

    assert _released(bytes(raw)) <= max(offset - 72, 0)


_SEALED = _seal(_plain(140_000))


def _hostile(chunks: list[tuple[bytes, int, bool]]) -> bytes:
    """A stream by someone who holds the key and breaks the rules of SPEC 7.1."""
    header = encode_header(
        Purpose.FILE,
        key_set_version=1,
        place=NO_PLACE,
        wrapped_keys=(),
        commitment=commitment(_KEY),
    )
    key = StreamKey.of(_KEY, header)
    return header + b"".join(
        key.cipher.encrypt(key.nonce(counter, last=last), chunk, None)
        for chunk, counter, last in chunks
    )


_FULL = _plain(FILE_CHUNK_BYTES)


@pytest.mark.parametrize(
    "chunks",
    [
        [(b"", 0, True)],
        [(_FULL, 0, False), (b"", 1, True)],
        [(_FULL, 0, False), (b"x", 1, False)],
        [(_FULL, 0, True), (b"x", 1, True)],
        [(_FULL, 1, True)],
        [(b"short", 0, False), (b"x", 1, True)],
        [(_FULL, 0, False), (b"x", 2, True)],
    ],
)
def test_a_stream_that_its_own_sealer_bent_is_refused(
    chunks: list[tuple[bytes, int, bool]],
) -> None:
    """SPEC 7.1, 7.2: full chunks, one last one of at least a byte, nothing after it."""
    assert _released(_hostile(chunks)) <= FILE_CHUNK_BYTES


def test_the_last_possible_chunk_is_the_last() -> None:
    """SPEC 7.1: i = 2³² is an error."""
    key = StreamKey(AESGCM(_KEY), bytes(7))

    assert key.nonce(2**32 - 1, last=True) == bytes(7) + b"\xff\xff\xff\xff\1"
    with pytest.raises(MalformedFileError):
        key.nonce(2**32, last=True)


def test_another_key_gives_nothing() -> None:
    """SPEC 6.2: refused by the commitment, before any chunk is read."""
    with pytest.raises(OpeningError, match="commitment"):
        next(open_file(seed_of("other file key"), _reader(_SEALED)))


def test_chunks_are_given_out_as_they_come() -> None:
    """SPEC 7.2: a reader need not hold the file."""

    def endless() -> Iterator[bytes]:
        yield from seal_file(_KEY, (_FULL for _ in range(1000)), 1000 * FILE_CHUNK_BYTES)

    first_three = b"".join(piece for _, piece in zip(range(3), endless(), strict=False))
    opened = open_file(_KEY, _reader(first_three))

    assert next(opened) == _FULL

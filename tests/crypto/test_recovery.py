"""The root key on paper: any two of three sheets, and no slip unnoticed. Source: SPEC §23."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.custody.recovery import (
    SHEET_BYTES,
    SHEETS,
    RecoverySheet,
    encode_sheet,
    make_sheets,
    parse_sheet,
    rejoin_root,
)
from crypto.errors import MalformedError, MalformedTextError, OpeningError, WrongPlaceError
from crypto.signing.sign import SigningKey
from crypto.wire.codec import CROCKFORD_ALPHABET, labelled_hash
from crypto.wire.paper import LINE_BYTES, encode_paper, parse_paper
from tests.authority import seed_of

_SEED = seed_of("root on paper")
_SHEETS = make_sheets(_SEED)
_LINES = encode_paper(encode_sheet(_SHEETS[0]))


def sheet_with(change_at: int, value: int) -> bytes:
    """A sheet of which one byte is another, with a digest that fits."""
    raw = bytearray(encode_sheet(_SHEETS[0]))[:-18]
    raw[change_at] = value
    return bytes(raw) + labelled_hash("recovery-sheet", bytes(raw))[:18]


@pytest.mark.parametrize("pair", list(permutations(range(3), 2)))
def test_any_two_sheets_bring_the_root_back(pair: tuple[int, int]) -> None:
    """SPEC 23.2: in either order."""
    one, other = pair

    assert rejoin_root(_SHEETS[one], _SHEETS[other]) == _SEED


def test_one_sheet_alone_opens_nothing() -> None:
    """SPEC 23.2: whatever it is laid beside, its own boxes need another recovery key."""
    for sheet in _SHEETS:
        with pytest.raises(WrongPlaceError):
            rejoin_root(sheet, sheet)
        for number in set(SHEETS) - {sheet.number}:
            forged = RecoverySheet(
                number, sheet.backup_id, sheet.root_key, sheet.recovery_key, sheet.boxes
            )
            with pytest.raises(OpeningError):
                rejoin_root(sheet, forged)


def test_sheets_of_two_backups_are_never_joined() -> None:
    """SPEC 23.2: each backup has keys of its own."""
    with pytest.raises(WrongPlaceError):
        rejoin_root(_SHEETS[0], make_sheets(_SEED)[1])
    with pytest.raises(WrongPlaceError):
        rejoin_root(_SHEETS[0], replace(_SHEETS[1], root_key=seed_of("another")))


def test_boxes_that_hold_another_root_are_refused() -> None:
    """SPEC 23.2: what comes back is the key that the sheets name."""
    named = SigningKey(seed_of("another")).verification_key
    one, two, _ = (replace(sheet, root_key=named) for sheet in _SHEETS)
    box = one.lock(two.lock(_SEED, 1), 2)

    with pytest.raises(OpeningError, match="another root key"):
        rejoin_root(replace(one, boxes=(box, box)), replace(two, boxes=(box, box)))


@given(st.integers(0, 127), st.integers(0, 7))
def test_no_altered_bit_of_a_box_opens(offset: int, bit: int) -> None:
    """SPEC 23.2."""
    boxes = bytearray(b"".join(_SHEETS[0].boxes))
    boxes[offset] ^= 1 << bit
    altered = replace(_SHEETS[0], boxes=(bytes(boxes[:64]), bytes(boxes[64:])))

    with pytest.raises(OpeningError):
        rejoin_root(altered, _SHEETS[1 + offset // 64])


def test_a_sheet_is_laid_out_as_specified() -> None:
    """SPEC 23.2, and encode then parse, parse then encode."""
    for sheet in _SHEETS:
        raw = encode_sheet(sheet)
        assert len(raw) == SHEET_BYTES
        assert raw[:2] == bytes([1, sheet.number])
        assert raw[10:42] == SigningKey(_SEED).verification_key
        assert parse_sheet(raw) == sheet
        assert encode_sheet(parse_sheet(raw)) == raw


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        encode_sheet(_SHEETS[0])[:-1],
        encode_sheet(_SHEETS[0]) + b"\0",
        encode_sheet(_SHEETS[0])[:-1] + b"\0\0",
        sheet_with(0, 2),
        sheet_with(1, 0),
        sheet_with(1, 4),
        bytes(SHEET_BYTES),
    ],
)
def test_what_is_no_sheet_is_refused(raw: bytes) -> None:
    """SPEC 23.2: length, format, number and digest."""
    with pytest.raises(MalformedTextError):
        parse_sheet(raw)


@given(st.binary(max_size=230))
def test_any_bytes_are_a_sheet_or_refused(raw: bytes) -> None:
    """SPEC 1.6."""
    with pytest.raises(MalformedError):
        parse_sheet(raw)


def test_no_secret_of_a_sheet_is_shown() -> None:
    """STYLE 3."""
    shown = repr(_SHEETS)

    assert repr(_SHEETS[0].recovery_key)[2:-1] not in shown
    assert repr(_SHEETS[0].boxes[0])[2:-1] not in shown


@given(st.integers(1, 12).flatmap(lambda n: st.binary(min_size=20 * n, max_size=20 * n)))
def test_paper_comes_back(raw: bytes) -> None:
    """SPEC 23.1."""
    assert parse_paper("\n".join(encode_paper(raw))) == raw


def test_paper_is_spelled_as_specified() -> None:
    """SPEC 23.1: number, eight groups, a check of number and value."""
    first, second = encode_paper(bytes(LINE_BYTES) + b"\xff" * LINE_BYTES)

    assert first == "01: 0000 0000 0000 0000 0000 0000 0000 0000 " + check(1 << 160)
    assert second == "02: ZZZZ ZZZZ ZZZZ ZZZZ ZZZZ ZZZZ ZZZZ ZZZZ " + check((3 << 160) - 1)


def check(value: int) -> str:
    """Two symbols, reckoned as the rule says."""
    high, low = divmod(value % 1021, 32)
    return CROCKFORD_ALPHABET[high] + CROCKFORD_ALPHABET[low]


def test_paper_is_read_as_people_type_it() -> None:
    """SPEC 23.1: case, spaces, dashes, look-alikes, full width, and words round it."""
    typed = "\n".join(_LINES).lower().replace("0", "o").replace("1", "l").replace(" ", " - ")
    typed = "\n".join(
        f"{n}：{line.partition(':')[2]}" for n, line in enumerate(typed.splitlines(), 1)
    )

    assert parse_paper(f"Sheet one\n\n{typed}\nKeep it dry") == encode_sheet(_SHEETS[0])


@given(st.integers(0, 10), st.integers(0, 33), st.integers(1, 31))
def test_every_single_slip_is_caught_in_its_line(line: int, place: int, step: int) -> None:
    """SPEC 23.1: the message names the line."""
    symbols = list(_LINES[line][4:].replace(" ", ""))
    at = CROCKFORD_ALPHABET.index(symbols[place])
    symbols[place] = CROCKFORD_ALPHABET[(at + step) % 32]
    slipped = [*_LINES[:line], f"{line + 1}:{''.join(symbols)}", *_LINES[line + 1 :]]

    with pytest.raises(MalformedTextError, match=f"line {line + 1}$"):
        parse_paper("\n".join(slipped))


def renumbered(*order: int) -> str:
    """Lines of the sheet under new numbers from 1."""
    return "\n".join(f"{n}:{_LINES[i].partition(':')[2]}" for n, i in enumerate(order, 1))


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "no line at all",
        "\n".join(_LINES[1:]),
        "\n".join((_LINES[1], _LINES[0])),
        "\n".join((_LINES[0], _LINES[0])),
        renumbered(1, 0),
        f"{_LINES[0]}0",
        _LINES[0][:-1],
        f"1: {'U' * 34}",
        "\n".join(["1: 0"] * 100),
    ],
    # The sheets are sealed anew in every run.
    ids=[
        *("nothing", "no line", "first missing", "swapped", "repeated", "renumbered"),
        *("one more", "one less", "no symbols", "too many"),
    ],
)
def test_lines_that_are_missing_moved_or_cut_are_refused(typed: str) -> None:
    """SPEC 23.1."""
    with pytest.raises(MalformedTextError):
        parse_paper(typed)


@pytest.mark.parametrize("size_bytes", [0, 1, 19, 21, 100 * 20])
def test_only_whole_lines_are_spelled(size_bytes: int) -> None:
    """SPEC 23.1."""
    with pytest.raises(MalformedTextError):
        encode_paper(bytes(size_bytes))


@given(st.text(max_size=200))
def test_any_text_is_paper_or_refused(typed: str) -> None:
    """SPEC 1.6: no other error."""
    with pytest.raises(MalformedTextError):
        parse_paper(typed)

"""The receipt code, as people copy and type it (SPEC 11.1; ATTACKS A11)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.custody.reporter import ReporterKeys
from crypto.errors import MalformedReceiptError
from crypto.wire.codec import CROCKFORD_ALPHABET
from crypto.wire.receipt import ReceiptCode, parse_receipt_code
from crypto.wire.roles import Role
from crypto.wire.slots import slot_id, slot_preimage
from tests.authority import seed_of

_CODES = st.integers(0, 2**130 - 1).map(ReceiptCode)


@given(_CODES)
def test_both_spellings_give_the_code_back(code: ReceiptCode) -> None:
    """SPEC 11.1: encode, then parse."""
    assert parse_receipt_code(code.symbols) == code
    assert parse_receipt_code(code.digits) == code
    assert [len(group) for group in code.symbols.split("-")] == [4] * 7
    assert [len(group) for group in code.digits.split("-")] == [4] * 11


@given(_CODES, st.integers(0, 27), st.sampled_from(CROCKFORD_ALPHABET))
def test_every_single_wrong_symbol_is_caught(code: ReceiptCode, place: int, symbol: str) -> None:
    """SPEC 11.1: 1021 is prime and larger than 32."""
    bare = code.symbols.replace("-", "")
    altered = bare[:place] + symbol + bare[place + 1 :]

    assert altered == bare or _refused(altered)


@given(_CODES, st.integers(0, 43), st.sampled_from("0123456789"))
def test_every_single_wrong_digit_is_caught(code: ReceiptCode, place: int, digit: str) -> None:
    """SPEC 11.1: 9973 is prime and larger than 10."""
    bare = code.digits.replace("-", "")
    altered = bare[:place] + digit + bare[place + 1 :]

    assert altered == bare or _refused(altered)


@given(_CODES, st.integers(0, 26))
def test_every_swap_of_neighbours_is_caught(code: ReceiptCode, place: int) -> None:
    """SPEC 11.1: 31 · (a − b) is never a multiple of 1021; the check's own place included."""
    bare = code.symbols.replace("-", "")
    altered = bare[:place] + bare[place + 1] + bare[place] + bare[place + 2 :]

    assert altered == bare or _refused(altered)


def _refused(typed: str) -> bool:
    try:
        parse_receipt_code(typed)
    except MalformedReceiptError:
        return True
    return False


@given(
    st.text(st.characters(exclude_categories=()), max_size=50)
    | st.text(CROCKFORD_ALPHABET + "OILUoil -.\u3002\u200b", min_size=26, max_size=34)
    | st.text("0123456789", min_size=43, max_size=45)
)
def test_any_text_is_a_code_or_refused(typed: str) -> None:
    """SPEC 1.6: parse, then encode gives another spelling of the same code."""
    try:
        code = parse_receipt_code(typed)
    except MalformedReceiptError:
        return
    assert parse_receipt_code(code.symbols) == code


@pytest.mark.parametrize("value", [-1, 2**130])
def test_a_code_out_of_range_is_refused(value: int) -> None:
    """SPEC 11.1: 130 bits."""
    with pytest.raises(MalformedReceiptError):
        ReceiptCode(value)


def test_everything_that_derives_from_a_code_differs() -> None:
    """SPEC 11.2: no two keys, slots or preimages are equal, at one instance or between two."""
    code = ReceiptCode(int.from_bytes(seed_of("derived")[:16]))
    seen: list[bytes] = []
    for name in ("north", "south"):
        keys = ReporterKeys.derive(code, seed_of(name))
        seen += [keys.claim.seed, keys.reply.seed, keys.claim.verification_key, keys.case_ref]
        for role in Role:
            slot_key = keys.slot_key(role)
            seen.append(slot_key)
            for i in range(3):
                preimage = slot_preimage(slot_key, role, i)
                seen += [preimage, slot_id(preimage)]
        for n in range(3):
            own = keys.acknowledgement(n)
            seen += [own.preimage, own.slot, own.pair.seed]

    assert len(set(seen)) == len(seen)

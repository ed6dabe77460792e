"""Key pairs, refused public keys, receipt codes. Source: SPEC §4, §11.1, §11.2, §19.1."""

from typing import Final

from crypto.custody.key_pair import KeyPair
from crypto.errors import MalformedKeyError, MalformedReceiptError
from crypto.wire.receipt import ReceiptCode
from tests.authority import make_authority, seed_of
from tests.vectors.makers.vector_file import VectorFile

_P: Final = 2**255 - 19
_SMALL_U: Final = {
    "zero": 0,
    "one": 1,
    "order_eight": 325606250916557431795983626356110631294008115727848805560023387167927233504,
    "other_order_eight": (
        39382357235489614581723060781553021112529911719440698176882885853963445705823
    ),
    "p_minus_one": _P - 1,
    "p": _P,
    "p_plus_one": _P + 1,
}
_SMALL_Y: Final = {
    "zero": 0,
    "one": 1,
    "minus_one": _P - 1,
    "order_eight": 2707385501144840649318225287225658788936804267575313519463743609750303402022,
    "other_order_eight": (
        _P - 2707385501144840649318225287225658788936804267575313519463743609750303402022
    ),
}
_TOP: Final = 1 << 255


def _little(number: int) -> str:
    return number.to_bytes(32, "little").hex()


def _key_pair() -> VectorFile:
    file = VectorFile("key_pair", "SPEC 4.1")
    file.accept("zero_seed", seed="00" * 32)
    file.accept("named_seed", seed=seed_of("key pair").hex())
    return file


def _with_coefficient(ek: bytes, index: int, value: int) -> list[dict[str, object]]:
    """The op that sets one twelve-bit coefficient of the ML-KEM part of a recipient key."""
    number = int.from_bytes(ek[:1152], "little")
    number += (value - (number >> 12 * index & 0xFFF)) << 12 * index
    changed, at = number.to_bytes(1152, "little"), index * 3 // 2
    return [{"offset": 32 + at, "set": changed[at : at + 2].hex()}]


def _recipient_key() -> VectorFile:
    key = KeyPair.from_seed(seed_of("recipient")).recipient_key
    file = VectorFile("recipient_key", "SPEC 4.3", bases={"key": key.hex()})

    def changed(*ops: dict[str, object]) -> dict[str, object]:
        return {"base": "key", "mutate": list(ops)}

    file.accept("sound", raw="".join(key.hex()))
    file.accept("top_bit", raw=changed({"offset": 31, "xor": 0x80}))
    file.accept("base_point", raw=changed({"offset": 0, "set": _little(9)}))
    file.accept("unreduced_two", raw=changed({"offset": 0, "set": _little(_P + 2)}))
    for index in (0, 1, 2, 383, 384, 766, 767):
        for value in (3328, 3329, 4095):
            raw = changed(*_with_coefficient(key[32:], index, value))
            name = f"coefficient_{index}_is_{value}"
            if value < 3329:
                file.accept(name, raw=raw)
            else:
                file.refuse(name, MalformedKeyError, raw=raw)
    for name, u in _SMALL_U.items():
        raw = changed({"offset": 0, "set": _little(u)})
        file.refuse(name, MalformedKeyError, raw=raw)
        raw = changed({"offset": 0, "set": _little(u | _TOP)})
        file.refuse(f"{name}_with_top_bit", MalformedKeyError, raw=raw)
    file.refuse("one_byte_short", MalformedKeyError, raw=changed({"truncate": 1215}))
    file.refuse("one_byte_long", MalformedKeyError, raw=changed({"append": "00"}))
    file.refuse("x25519_alone", MalformedKeyError, raw=changed({"truncate": 32}))
    file.refuse("empty", MalformedKeyError, raw="")
    return file


def _verification_key() -> VectorFile:
    file = VectorFile("verification_key", "SPEC 4.3, 19.1")
    file.accept("sound", raw=make_authority().root_key.hex())
    file.accept("largest_y", raw=_little(_P - 3))
    for name, y in _SMALL_Y.items():
        file.refuse(name, MalformedKeyError, raw=_little(y))
        file.refuse(f"{name}_with_sign", MalformedKeyError, raw=_little(y | _TOP))
    for name, y in (("p", _P), ("p_plus_one", _P + 1), ("p_plus_three", _P + 3)):
        file.refuse(name, MalformedKeyError, raw=_little(y))
    file.refuse("all_ones", MalformedKeyError, raw="ff" * 32)
    file.refuse("one_byte_short", MalformedKeyError, raw=make_authority().root_key.hex()[:-2])
    file.refuse("one_byte_long", MalformedKeyError, raw=make_authority().root_key.hex() + "00")
    file.refuse("empty", MalformedKeyError, raw="")
    return file


_CODE: Final = ReceiptCode(int.from_bytes(seed_of("receipt code")[:17]) >> 6)


def _receipt_code() -> VectorFile:
    file = VectorFile("receipt_code", "SPEC 11.1")
    symbols, digits = _CODE.symbols, _CODE.digits
    bare = symbols.replace("-", "")
    for name, code in (
        ("zero", ReceiptCode(0)),
        ("one", ReceiptCode(1)),
        ("largest", ReceiptCode(2**130 - 1)),
        ("top_bit", ReceiptCode(2**129)),
        ("named", _CODE),
    ):
        file.accept(f"{name}_in_symbols", typed=code.symbols)
        file.accept(f"{name}_in_digits", typed=code.digits)
    full_width = {ord(c): ord(c) + 0xFEE0 for c in symbols + digits}
    for name, typed in (
        ("small_letters", symbols.lower()),
        ("no_hyphens", bare),
        ("spaces", " " + symbols.replace("-", " ") + " "),
        ("tabs_and_newlines", symbols.replace("-", "\t\n")),
        ("ideographic_spaces", symbols.replace("-", "\u3000")),
        ("no_break_spaces", symbols.replace("-", "\u00a0\u2007\u202f")),
        ("zero_width_characters", symbols.replace("-", "\u200b\u200c\u200d\ufeff")),
        ("other_dashes", symbols.replace("-", "\u2010\u2011\u2012\u2013\u2014\u2015")),
        ("minus_signs", symbols.replace("-", "\u2212")),
        ("full_width_hyphens", symbols.replace("-", "\uff0d")),
        ("wave_dashes", symbols.replace("-", "\u301c")),
        ("low_lines", symbols.replace("-", "_")),
        ("full_stops", symbols.replace("-", ".")),
        ("punctuation", symbols.replace("-", ",;:")),
        ("middle_dots", symbols.replace("-", "\u00b7")),
        ("chinese_punctuation", symbols.replace("-", "\u3001\u3002")),
        ("full_width_punctuation", symbols.replace("-", "\uff0c\uff1b\uff1a\uff0e")),
        ("full_width", symbols.translate(full_width)),
        ("full_width_digits", digits.translate(full_width)),
        ("digits_without_hyphens", digits.replace("-", "")),
        ("digits_with_spaces", digits.replace("-", " ")),
        ("letter_o_for_zero", ReceiptCode(0).symbols.replace("0", "O")),
        ("small_o_for_zero", ReceiptCode(0).symbols.replace("0", "o")),
        ("letter_i_for_one", ReceiptCode(1).symbols.replace("1", "I")),
        ("small_l_for_one", ReceiptCode(1).symbols.replace("1", "l")),
        ("letter_o_among_digits", digits.replace("0", "O")),
        ("letter_l_among_digits", digits.replace("1", "l")),
        ("superscript_digits", digits.replace("2", "\u00b2").replace("3", "\u00b3")),
        ("mathematical_digits", "".join(_mathematical(c) for c in digits)),
    ):
        file.accept(name, typed=typed)
    _refused_codes(file, symbols, digits)
    return file


def _mathematical(character: str) -> str:
    return chr(0x1D7CE + int(character)) if character.isdigit() else character


def _checked(number: int) -> str:
    return f"{number:040d}{number % 9973:04d}"


def _refused_codes(file: VectorFile, symbols: str, digits: str) -> None:
    bare, numbers = symbols.replace("-", ""), digits.replace("-", "")
    other = {symbol: "0" if symbol != "0" else "1" for symbol in bare}
    for place in (0, 1, 13, 25, 26, 27):
        typed = bare[:place] + other[bare[place]] + bare[place + 1 :]
        file.refuse(f"wrong_symbol_{place}", MalformedReceiptError, typed=typed)
    for place in (0, 1, 20, 39, 40, 43):
        typed = numbers[:place] + str((int(numbers[place]) + 1) % 10) + numbers[place + 1 :]
        file.refuse(f"wrong_digit_{place}", MalformedReceiptError, typed=typed)
    swap = next(i for i in range(25) if bare[i] != bare[i + 1])
    swapped = bare[:swap] + bare[swap + 1] + bare[swap] + bare[swap + 2 :]
    for name, typed in (
        ("empty", ""),
        ("hyphens_alone", "-------"),
        ("one_symbol_missing", bare[:-1]),
        ("one_symbol_more", bare + "0"),
        ("one_digit_missing", numbers[:-1]),
        ("one_digit_more", numbers + "0"),
        ("neighbours_swapped", swapped),
        ("letter_u", "U" + bare[1:]),
        ("sign_in_symbols", "!" + bare[1:]),
        ("slash_in_symbols", "/" + bare[1:]),
        ("chinese_in_symbols", "\u4e3e" + bare[1:]),
        ("sharp_s", "\u00df" + bare[2:]),
        ("combining_mark", bare[:4] + "\u0301" + bare[4:]),
        ("soft_hyphen", bare[:4] + "\u00ad" + bare[4:]),
        ("arabic_digits", numbers.translate({ord(c): 0x0660 + int(c) for c in "0123456789"})),
        ("letter_among_digits", "A" + numbers[1:]),
        ("digits_beyond_the_range", _checked(2**130)),
        ("all_nines", _checked(10**40 - 1)),
        ("check_digits_beyond_the_modulus", f"{0:040d}9973"),
        ("check_symbols_beyond_the_modulus", "0" * 26 + "ZX"),
        ("check_of_the_other_spelling", numbers[:40] + bare[26:]),
    ):
        file.refuse(name, MalformedReceiptError, typed=typed)


def _reporter_keys() -> VectorFile:
    file = VectorFile("reporter_keys", "SPEC 11.2")
    north, south = (make_authority(name).instance_id.hex() for name in ("north", "south"))
    file.accept("named", value=str(_CODE.value), instance=north)
    file.accept("other_instance", value=str(_CODE.value), instance=south)
    file.accept("zero", value="0", instance=north)
    file.accept("largest", value=str(2**130 - 1), instance=north)
    return file


def files() -> list[VectorFile]:
    """Every file of this module."""
    return [
        _key_pair(),
        _recipient_key(),
        _verification_key(),
        _receipt_code(),
        _reporter_keys(),
    ]

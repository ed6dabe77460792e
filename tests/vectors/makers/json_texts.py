"""Texts that are strict JSON, and those that others would take for it. Source: SPEC §2.3."""

from crypto.errors import (
    MalformedJsonError,
)
from tests.vectors.makers.vector_file import VectorFile

_NESTED_16 = '{"a":' + "[" * 15 + "]" * 15 + "}"


_NESTED_17 = '{"a":' + "[" * 16 + "]" * 16 + "}"


def _strict_json() -> VectorFile:
    file = VectorFile("strict_json", "SPEC 2.3")
    for name, text in (
        ("empty_object", "{}"),
        ("white_space", ' \t\r\n{ "a" :\n[ 1 ,2 ] }\r\n'),
        ("every_kind", '{"a":[true,false,null,0,-1,"x",{"b":{}}]}'),
        ("largest", '{"a":9007199254740991,"b":-9007199254740991}'),
        ("escapes", '{"a":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u4e3e"}'),
        ("surrogate_pair", '{"a":"\\ud83d\\ude00"}'),
        ("raw_astral", '{"a":"\U0001f600"}'),
        ("proto_is_a_member", '{"__proto__":1,"constructor":2}'),
        ("empty_name", '{"":1}'),
        ("names_that_differ_in_case", '{"a":1,"A":2}'),
        ("names_composed_and_decomposed", '{"\u00e9":1,"e\u0301":2}'),
        ("same_name_at_two_levels", '{"a":{"a":1}}'),
        ("delete_character", '{"a":"\x7f"}'),
        ("sixteen_levels", _NESTED_16),
        ("brackets_in_a_string", '{"a":"' + "[{" * 20 + '"}'),
        ("brackets_behind_an_escaped_quote", '{"a":"\\"' + "[{" * 20 + '"}'),
        ("quote_behind_two_backslashes", '{"a":"\\\\","b":"' + "[" * 20 + '"}'),
        ("line_separator", '{"a":"\u2028"}'),
        ("noncharacter", '{"a":"\uffff"}'),
        ("mark_in_a_string", '{"a":"\ufeff"}'),
    ):
        file.accept(name, raw=text.encode().hex(), max_bytes=1000)
    for name, raw in _BAD_JSON.items():
        file.refuse(name, MalformedJsonError, raw=raw.hex(), max_bytes=1000)
    file.accept("just_not_too_long", raw=b'{"a":1}'.hex(), max_bytes=7)
    file.refuse("too_long", MalformedJsonError, raw=b'{"a":1}'.hex(), max_bytes=6)
    deep = {"repeat": "5b", "size_bytes": 100_000}
    file.refuse("a_hundred_thousand_brackets", MalformedJsonError, raw=deep, max_bytes=200_000)
    digits = {"parts": [b'{"a":'.hex(), {"repeat": "39", "size_bytes": 5000}, b"}".hex()]}
    file.refuse("five_thousand_digits", MalformedJsonError, raw=digits, max_bytes=6000)
    return file


_BAD_JSON = {
    "empty": b"",
    "spaces": b"  ",
    "list": b"[]",
    "text": b'"a"',
    "number": b"1",
    "null": b"null",
    "two_values": b"{}{}",
    "comma_behind": b'{"a":1,}',
    "comma_behind_item": b'{"a":[1,]}',
    "comma_before": b'{,"a":1}',
    "no_colon": b'{"a" 1}',
    "no_value": b'{"a":}',
    "no_quotes": b"{a:1}",
    "single_quotes": b"{'a':1}",
    "comment": b'{"a":1}//',
    "unclosed_object": b'{"a":1',
    "unclosed_text": b'{"a":"',
    "wrong_bracket": b'{"a":[1}',
    "byte_order_mark": b"\xef\xbb\xbf{}",
    "utf_16": '{"a":1}'.encode("utf-16"),
    "utf_16_without_mark": '{"a":1}'.encode("utf-16-le"),
    "utf_32": '{"a":1}'.encode("utf-32-le"),
    "latin_1": b'{"a":"\xe9"}',
    "overlong_utf_8": b'{"a":"\xc0\xaf"}',
    "cut_utf_8": b'{"a":"\xe4\xb8"}',
    "raw_surrogate": b'{"a":"\xed\xa0\x80"}',
    "beyond_unicode": b'{"a":"\xf4\x90\x80\x80"}',
    "lone_high_surrogate": b'{"a":"\\ud83d"}',
    "lone_low_surrogate": b'{"a":"\\ude00"}',
    "reversed_surrogates": b'{"a":"\\ude00\\ud83d"}',
    "lone_surrogate_in_name": b'{"\\ud83d":1}',
    "escaped_zero": b'{"a":"\\u0000"}',
    "escaped_zero_in_name": b'{"\\u0000":1}',
    "escaped_zero_in_list": b'{"a":["\\u0000"]}',
    "raw_zero": b'{"a":"\x00"}',
    "raw_zero_outside": b'{"a":1}\x00',
    "raw_newline_in_text": b'{"a":"\n"}',
    "raw_tab_in_text": b'{"a":"\t"}',
    "unknown_escape": b'{"a":"\\x41"}',
    "escape_with_capital_u": b'{"a":"\\U0041"}',
    "short_escape": b'{"a":"\\u41"}',
    "escape_with_sign": b'{"a":"\\u+041"}',
    "vertical_tab_outside": b'{"a":\x0b1}',
    "no_break_space_outside": '{"a":\u00a01}'.encode(),
    "duplicate": b'{"a":1,"a":1}',
    "duplicate_escaped": b'{"a":1,"\\u0061":2}',
    "duplicate_below": b'{"a":{"b":1,"b":2}}',
    "duplicate_in_list": b'{"a":[{"b":1,"b":2}]}',
    "duplicate_proto": b'{"__proto__":1,"__proto__":2}',
    "fraction": b'{"a":1.5}',
    "whole_fraction": b'{"a":1.0}',
    "exponent": b'{"a":1e2}',
    "capital_exponent": b'{"a":1E2}',
    "negative_zero": b'{"a":-0}',
    "leading_zero": b'{"a":01}',
    "leading_plus": b'{"a":+1}',
    "lone_minus": b'{"a":-}',
    "hexadecimal": b'{"a":0x1}',
    "underscore_in_number": b'{"a":1_0}',
    "other_digits": '{"a":\u0661}'.encode(),
    "too_large": b'{"a":9007199254740992}',
    "too_small": b'{"a":-9007199254740992}',
    "nan": b'{"a":NaN}',
    "infinity": b'{"a":Infinity}',
    "minus_infinity": b'{"a":-Infinity}',
    "capital_true": b'{"a":True}',
    "undefined": b'{"a":undefined}',
    "seventeen_levels": _NESTED_17.encode(),
    "seventeen_levels_of_objects": b'{"a":' * 17 + b"1" + b"}" * 17,
    "seventeen_levels_behind_an_escape": b'{"b":"\\\\","a":' + b"[" * 16 + b"]" * 16 + b"}",
}


def files() -> list[VectorFile]:
    """Every file of this module."""
    return [_strict_json()]

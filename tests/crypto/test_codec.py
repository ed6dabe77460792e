"""Texts, labels, cursors, JSON and times: one spelling each (SPEC 1, 2)."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import (
    MalformedEnvelopeError,
    MalformedError,
    MalformedJsonError,
    MalformedTextError,
)
from crypto.wire.codec import (
    Reader,
    decode_base64url,
    encode_base64url,
    encode_crockford,
    label,
    length_prefixed,
)
from crypto.wire.instance import instance_id, parse_origin
from crypto.wire.instants import (
    encode_instant,
    instant_of_minute,
    minute_of,
    parse_day,
    parse_instant,
)
from crypto.wire.strict_json import encode_json, parse_json_object

_ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
_BASE64_LIKE = st.text("AB-_=+/ \n9z", max_size=20)
_TIMES = st.datetimes(datetime(2000, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_characters="\0", codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
_JSON_PIECES = st.lists(
    st.sampled_from(
        [
            *('{"a":', "{", "}", "[", "]", ",", ":", '"a"', '"', "\\", "\\u", "d83d", "de00"),
            *("1", "0", "-", ".5", "e1", "true", "null", "NaN", " ", "\n", "\ufeff", "\0", "举"),
        ]
    ),
    max_size=12,
).map("".join)


@given(st.binary(max_size=100))
def test_base64url_reads_what_it_wrote(raw: bytes) -> None:
    """SPEC 2.1: encode, then parse."""
    assert decode_base64url(encode_base64url(raw)) == raw


@given(_ANY_TEXT | _BASE64_LIKE)
def test_base64url_has_one_spelling(text: str) -> None:
    """SPEC 2.1: parse, then encode; anything else is one declared error."""
    try:
        raw = decode_base64url(text)
    except MalformedTextError:
        return
    assert encode_base64url(raw) == text


@given(st.binary(min_size=1, max_size=40), st.binary(min_size=1, max_size=40))
def test_crockford_tells_bytes_of_one_length_apart(one: bytes, other: bytes) -> None:
    """SPEC 2.2: nothing is lost but trailing zero bits of the last symbol."""
    assert (encode_crockford(one) == encode_crockford(other)) == (one == other) or (
        len(one) != len(other)
    )


@given(st.text("abc/-", max_size=8), st.text("abc/-", max_size=8))
def test_no_label_is_a_prefix_of_another(one: str, other: str) -> None:
    """SPEC 1.2: the zero byte ends the name."""
    assert one == other or not label(one).startswith(label(other))


def test_a_length_prefix_holds_65535_bytes_and_no_more() -> None:
    """SPEC 1.1: u16."""
    assert length_prefixed(bytes(65535))[:2] == b"\xff\xff"
    with pytest.raises(MalformedTextError):
        length_prefixed(bytes(65536))


def test_a_reader_hands_out_fields_in_order() -> None:
    """SPEC 1.1: big-endian, and nothing is read twice."""
    reader = Reader(bytes.fromhex("01020304 0002aabb 00"), MalformedEnvelopeError, "x")

    assert reader.number(4) == 0x01020304
    assert reader.prefixed() == b"\xaa\xbb"
    reader.zeros_to_end()
    reader.end()


@pytest.mark.parametrize("size_bytes", [1, 5, 2**32])
def test_a_reader_never_reads_beyond_its_end(size_bytes: int) -> None:
    """SPEC 1.6: a short input is the declared error."""
    reader = Reader(b"", MalformedEnvelopeError, "x")

    with pytest.raises(MalformedEnvelopeError):
        reader.take(size_bytes)


def test_a_reader_refuses_what_is_left() -> None:
    """SPEC 1.6."""
    with pytest.raises(MalformedEnvelopeError):
        Reader(b"\0", MalformedEnvelopeError, "x").end()
    with pytest.raises(MalformedEnvelopeError):
        Reader(b"\0\1", MalformedEnvelopeError, "x").zeros_to_end()


@given(st.dictionaries(st.text(st.characters(exclude_characters="\0", codec="utf-8")), _JSON))
def test_json_reads_what_it_wrote(value: dict[str, object]) -> None:
    """SPEC 2.3: encode, then parse."""
    try:
        raw = encode_json(value)  # type: ignore[arg-type]
    except MalformedJsonError:
        assert "\\u0000" in json.dumps(value)  # a name further in may hold one
        return
    assert parse_json_object(raw, max_bytes=len(raw)) == value


@given(st.binary(max_size=80) | _JSON_PIECES.map(lambda text: text.encode(errors="replace")))
def test_any_bytes_are_strict_json_or_refused(raw: bytes) -> None:
    """SPEC 2.3: one value that the standard decoder reads alike, or the declared error."""
    try:
        value = parse_json_object(raw, max_bytes=80)
    except MalformedJsonError:
        return
    assert json.loads(raw) == value
    assert parse_json_object(encode_json(value), max_bytes=80) == value


@pytest.mark.parametrize(
    "value",
    [{"a": 1.5}, {"a": float("nan")}, {"a": "\0"}, {"a": "\ud800"}, {"a": b"x"}, {"a": 2**53}],
)
def test_what_strict_json_cannot_hold_is_not_written(value: dict[str, object]) -> None:
    """SPEC 2.3: nobody could read it."""
    with pytest.raises(MalformedJsonError):
        encode_json(value)  # type: ignore[arg-type]


def test_members_keep_their_order() -> None:
    """The signature covers the bytes as written."""
    assert encode_json({"b": 1, "a": "举"}) == '{"b":1,"a":"举"}'.encode()


@given(_TIMES)
def test_an_instant_reads_what_it_wrote(at: datetime) -> None:
    """SPEC 2.4: cut to the second."""
    assert parse_instant(encode_instant(at)) == at.replace(microsecond=0)
    assert instant_of_minute(minute_of(at)) == at.replace(second=0, microsecond=0)


@given(_ANY_TEXT | st.text("0123456789-:TZ", max_size=22))
def test_any_text_is_an_instant_a_day_or_refused(text: str) -> None:
    """SPEC 2.4: parse, then encode."""
    for parse in (parse_instant, parse_day, parse_origin):
        try:
            value = parse(text)
        except MalformedTextError:
            continue
        assert text in {str(value), encode_instant(value)}  # type: ignore[arg-type]


def test_an_instant_is_written_in_utc() -> None:
    """SPEC 2.4."""
    beijing = timezone(timedelta(hours=8))

    assert encode_instant(datetime(2026, 3, 2, 8, tzinfo=beijing)) == "2026-03-02T00:00:00Z"


def test_a_minute_beyond_the_calendar_is_refused() -> None:
    """SPEC 2.4: a u32 of minutes reaches into the year 10136."""
    assert encode_instant(instant_of_minute(4_223_371_679)) == "9999-12-31T23:59:00Z"
    with pytest.raises(MalformedTextError):
        instant_of_minute(4_223_371_680)


@pytest.mark.parametrize("authority", [bytes(32), b"\1" * 32])
def test_an_instance_is_one_authority_at_one_origin(authority: bytes) -> None:
    """SPEC 3.2: neither alone."""
    one, other = "https://a.example", "https://b.example"

    assert instance_id(authority, one) != instance_id(authority, other)
    assert instance_id(authority, one) != instance_id(b"\2" * 32, one)
    assert issubclass(MalformedTextError, MalformedError)

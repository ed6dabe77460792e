"""Text is cut so that no character of it can disturb what stands round it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.console.visible_text import MAX_COMBINING_MARKS, visible_line, visible_segments

QUIET = {"L", "M", "N", "P", "S"}


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "两行\n两行",
        "tab\there",
        "naïve café",
        "Tiếng Việt",
        "عربي",
        "　全角空格",
        "🙂",
        "é̂",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    """Nobody's language is shown in numbers."""
    assert [(part.text, part.named) for part in visible_segments(text)] == [(text, False)]


@pytest.mark.parametrize(
    "character", list("\x00\x07\x1b\x7f\x85\xa0\xad\u200b\u202e\u2028\ufeff\ue000")
)
def test_controls_formats_and_odd_spaces_are_named(character: str) -> None:
    """DOMAIN and issue 2: overrides made visible."""
    parts = visible_segments(f"a{character}b")

    assert [part.text for part in parts] == ["a", f"U+{ord(character):04X}", "b"]
    assert [part.named for part in parts] == [False, True, False]


def test_towers_of_marks_are_counted_instead_of_shown() -> None:
    """A tower of marks would run over the lines above and below."""
    few, many = "a" + "\u0301" * MAX_COMBINING_MARKS, "a" + "\u0301" * 200

    assert [part.text for part in visible_segments(few)] == [few]
    assert [part.text for part in visible_segments(many)] == ["a", "U+0301 ×200"]


@given(st.text())
def test_what_is_shown_is_always_quiet(text: str) -> None:
    """Letters, marks, numbers, punctuation, symbols and plain space; nothing else."""
    for part in visible_segments(text):
        for character in part.text:
            quiet = unicodedata.category(character)[0] in QUIET or character in " \n\t\u3000"
            assert quiet


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"])))
def test_nothing_is_lost(text: str) -> None:
    """Text of ordinary characters leaves as it came."""
    assert "".join(part.text for part in visible_segments(text)) == text


@given(st.text(), st.integers(min_value=1, max_value=200))
def test_a_line_is_one_line_and_no_longer_than_asked(text: str, room: int) -> None:
    """The queue shows one line of each report."""
    line = visible_line(text, max_characters=room)

    assert len(line) <= room
    assert "\n" not in line


def test_two_hundred_kilobytes_take_no_time() -> None:
    """Linear, so that a long report cannot hold the console up."""
    text = "\u202ea\u0301" * 40_000 + "长" * 70_000

    assert len(visible_segments(text)) == 80_000

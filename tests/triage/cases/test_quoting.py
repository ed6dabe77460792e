"""Whether an answer repeats what a report says (DOMAIN §6)."""

import pytest

from crypto.wire.strict_json import JsonObject, JsonValue
from triage.cases.phrases import PHRASES
from triage.cases.quoting import quoted_pieces, texts_of

SOURCE = "At night the van with plate B-7712 leaves the north gate."


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("", ()),
        ("north gate", ()),
        ("the north gat", ()),
        ("he north gate.", ("henorthgate.",)),
        ("So THE  van with plate　B-7712 it was", ("thevanwithplateb-7712",)),
        ("the van with plate; leaves the north gate", ("thevanwithplate", "leavesthenorthgate")),
        ("van with plate, van with plate!", ("vanwithplate",)),
    ],
)
def test_twelve_characters_in_a_row_are_a_quotation(answer: str, found: tuple[str, ...]) -> None:
    """Case, width and white space are no disguise."""
    assert quoted_pieces(answer, (SOURCE,)) == found


def test_every_text_of_a_report_counts() -> None:
    """Names in lists as well as the narrative."""
    people: JsonValue = [{"name": "a"}, {"unit": "b"}]
    report: JsonObject = {"who": people, "about_staff": True, "narrative": "c"}

    assert list(texts_of(dict(report))) == ["a", "b", "c"]


def test_every_phrase_has_both_languages() -> None:
    """DOMAIN §6; where the language is not known, both stand there."""
    for each in PHRASES.values():
        assert each.text("zh-CN") != each.text("en")
        assert each.text(None) == f"{each.chinese}\n{each.english}"

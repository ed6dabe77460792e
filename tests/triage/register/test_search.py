"""Finding words in Chinese and English. Source: PERFORMANCE §5."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlcipher3 import dbapi2 as sqlcipher

from triage.register.search import phrase_query, split_ideographs

TEXT = "他们在南湖路的茶馆见面，说要交测试数据（第3批）。The grey car waited; ＡＢＣ café."


def found(text: str, typed: str) -> bool:
    """Whether a text is found by what was typed."""
    connection = sqlcipher.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE words USING fts5(text, content='',"
        " tokenize='unicode61 remove_diacritics 2')"
    )
    connection.execute("INSERT INTO words (rowid, text) VALUES (1, ?)", (split_ideographs(text),))
    query = phrase_query(typed)
    hits = (
        query
        and connection.execute("SELECT rowid FROM words WHERE words MATCH ?", (query,)).fetchall()
    )
    connection.close()
    return bool(hits)


@pytest.mark.parametrize(
    "typed",
    [
        *("茶", "茶馆", "南湖", "测试数据", "路的茶馆见", "grey", "GREY car", "wait", "car 茶馆"),
        *("abc", "cafe", "第3批", "3批", "数据（第", "  茶馆  "),
    ],
)
def test_words_of_any_length_are_found(typed: str) -> None:
    """Two characters are the commonest Chinese length."""
    assert found(TEXT, typed)


@pytest.mark.parametrize(
    "typed", ["馆茶", "湖南", "ar", "bus", "茶馆 bus", "", "   ", "，。", '""']
)
def test_what_does_not_occur_is_not_found(typed: str) -> None:
    """Order counts inside a phrase; every term must occur."""
    assert not found(TEXT, typed)


@given(st.text(max_size=300))
def test_whatever_is_typed_is_a_legal_query(typed: str) -> None:
    """Query syntax typed by a person is text."""
    found(TEXT, typed)


@given(st.text(min_size=1, max_size=60))
def test_splitting_twice_changes_only_spaces(text: str) -> None:
    """Nothing but spaces is added to what NFKC makes of a text."""
    once = split_ideographs(text)

    assert split_ideographs(once).replace(" ", "") == once.replace(" ", "")

"""Both catalogues are complete, agree on their fields, and hold nothing that is not used."""

import re
from pathlib import Path
from string import Formatter

import pytest

import triage.console
from crypto.wire.contents import CATEGORIES, CHANNELS, URGENCIES, DocumentKind
from triage.cases.report import NoticeKind, SiblingState
from triage.console.codes import CATEGORY_FAMILIES, OPTIONAL_QUESTIONS
from triage.console.languages import (
    CHINESE,
    ENGLISH,
    LANGUAGES,
    UnknownLanguageError,
    catalogue,
    other_language,
    parse_language,
)

FOLDER = Path(triage.console.__file__).parent
SOURCES = [*FOLDER.glob("*.py"), *FOLDER.glob("templates/*.html")]
# Keys are spelled out, or made of a spelled beginning and a code.
SPELLED = re.compile(r"""["']([a-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+)["']""")
BEGINNINGS = re.compile(r"""["']([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.(?:["']|\{)|code\("([a-z_]+)\"""")


def fields(phrase: str) -> set[str]:
    """The names in a phrase's braces."""
    return {name for _, name, _, _ in Formatter().parse(phrase) if name is not None}


def test_both_languages_have_the_same_keys_and_fields() -> None:
    """A phrase that is missing in one language would fail on an officer's screen."""
    chinese, english = (catalogue(language).phrases for language in LANGUAGES)

    assert chinese.keys() == english.keys()
    for key, phrase in chinese.items():
        if not key.endswith(".one"):
            assert fields(phrase) == fields(english[key]), key
        assert phrase.strip() == phrase
        assert phrase


def test_chinese_is_chinese() -> None:
    """A phrase that somebody forgot to translate has no ideograph."""
    same = {"language.en", "channel.api", "time.today"}
    phrases = catalogue(CHINESE).phrases

    forgotten = {
        key
        for key, phrase in phrases.items()
        if not re.search("[\u4e00-\u9fff]", phrase) and key not in same
    }

    assert forgotten == {"time.day"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_name(language: str) -> None:
    """SPEC §9.1: what a reporter may choose, and what a workstation may find."""
    phrases = catalogue(parse_language(language)).phrases

    wanted = [
        *(f"category.{code}" for code in CATEGORIES),
        *(f"family.{family}" for family in CATEGORY_FAMILIES),
        *(f"channel.{code}" for code in CHANNELS),
        *(f"urgency.{code}" for code in URGENCIES),
        *(f"question.{name}" for name in (*OPTIONAL_QUESTIONS, "narrative")),
        *(f"notice.{kind}.{number}" for kind in NoticeKind for number in ("one", "other")),
        *(f"report.part.{state}" for state in SiblingState),
        *(f"kind.{kind.name.lower()}" for kind in DocumentKind),
    ]
    assert set(wanted) <= phrases.keys()


def test_categories_are_grouped_once_each() -> None:
    """DOMAIN §3, taxonomy: families and codes."""
    grouped = [code for codes in CATEGORY_FAMILIES.values() for code in codes]

    assert sorted(grouped) == sorted(CATEGORIES)


def test_every_key_that_is_used_exists_and_every_key_is_used() -> None:
    """Dead phrases are translated for nobody."""
    phrases = catalogue(ENGLISH).phrases
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    spelled = set(SPELLED.findall(text))
    beginnings = tuple(f"{one or other}." for one, other in BEGINNINGS.findall(text))
    counted = {key.rpartition(".")[0] for key in phrases if key.endswith((".one", ".other"))}

    unused = {
        key
        for key in phrases
        if key not in spelled
        and key.rpartition(".")[0] not in spelled & counted
        and not key.startswith(beginnings)
    }

    assert unused == set()


def test_languages_are_parsed_strictly() -> None:
    """Only what has a catalogue is a language."""
    assert other_language(CHINESE) == ENGLISH
    assert other_language(ENGLISH) == CHINESE
    for text in ("", "zh", "EN", "../en"):
        with pytest.raises(UnknownLanguageError):
            parse_language(text)

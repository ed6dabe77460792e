"""The console's two languages: catalogues of phrases by key.

`locale/LANGUAGE.json` is one flat object, phrase by key, the same keys in each file. A phrase may
hold `{name}` fields. A phrase that counts something has two keys, `KEY.one` and `KEY.other`.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, NewType

Language = NewType("Language", str)

CHINESE: Final = Language("zh-CN")
ENGLISH: Final = Language("en")
LANGUAGES: Final = (CHINESE, ENGLISH)

_FOLDER: Final = Path(__file__).parent / "locale"


class UnknownLanguageError(Exception):
    """A language was asked for that has no catalogue."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One language's phrases."""

    language: Language
    phrases: dict[str, str]

    def phrase(self, key: str, **fields: object) -> str:
        """Return the phrase under `key` with its fields filled in.

        Raises:
            KeyError: no such phrase, which a test rules out for every key that is used.
        """
        count = fields.get("count")
        if count is not None:
            key = f"{key}.one" if count == 1 else f"{key}.other"
        phrase = self.phrases[key]
        return phrase.format(**fields) if fields else phrase


def parse_language(text: str) -> Language:
    """Return the language named `text`.

    Raises:
        UnknownLanguageError: there is no such catalogue.
    """
    for language in LANGUAGES:
        if text == language:
            return language
    raise UnknownLanguageError("want one of zh-CN, en")


def other_language(language: Language) -> Language:
    """Return the language that is not `language`."""
    return ENGLISH if language == CHINESE else CHINESE


@cache
def catalogue(language: Language) -> Catalogue:
    """Return the phrases of `language`, read once."""
    phrases = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return Catalogue(language, phrases)

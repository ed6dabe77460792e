"""Words for full-text search, so that two Chinese characters are found.

SQLite's `unicode61` takes a run of ideographs for one word. Split by spaces each is a word of its
own, and what a person types becomes a phrase of such words. Source: PERFORMANCE §5.
"""

import re
import unicodedata

# Han with its extensions, compatibility ideographs, kana, bopomofo and hangul.
_RANGES = (
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U0001aff0-\U0001b16f\U00020000-\U000323af"
)
_UNSPACED = re.compile(f"[{_RANGES}]")
_PIECE = re.compile(f"[{_RANGES}]|[^{_RANGES}]+")
_WORD = re.compile(r"\w", re.UNICODE)
MAX_QUERY_CHARACTERS = 200
MAX_TERMS = 16


def split_ideographs(text: str) -> str:
    """Text as the index holds it: NFKC, a space between ideographs and what is beside them."""
    return " ".join(_PIECE.findall(unicodedata.normalize("NFKC", text)))


def phrase_query(typed: str) -> str | None:
    """What a person typed, as an FTS5 query: every term must occur, each as a phrase.

    A term that ends in a letter or digit of a spaced script also finds longer words.

    Returns:
        The query, or None where nothing searchable was typed.
    """
    terms = unicodedata.normalize("NFKC", typed[:MAX_QUERY_CHARACTERS]).split()[:MAX_TERMS]
    phrases = [_phrase(term) for term in terms if _WORD.search(term)]
    return " AND ".join(phrases) or None


def _phrase(term: str) -> str:
    words = " ".join(split_ideographs(term).replace('"', " ").replace("\0", " ").split())
    longer = "" if _UNSPACED.fullmatch(words[-1:]) else "*"
    return f'"{words}"{longer}'

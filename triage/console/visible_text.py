"""Hostile text, cut into what may be shown as it is and what must be named.

Whatever a reporter (or somebody posing as one) sends is shown escaped by the templates. Escaping
does not stop characters that reorder, hide or overstrike their neighbours; those are replaced by
their code point, so that an officer sees them.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

# Chinese and Vietnamese need one or two marks on a letter; a tower of them runs over other lines.
MAX_COMBINING_MARKS: Final = 3

# Every character below U+0300 that is no control stands for itself; so do the ideographs and the
# full-width forms. Runs of those are skipped in one step, which keeps long texts linear.
_PLAIN_RUN: Final = re.compile(r"[\n\t\x20-\x7e\xa1-\xac\xae-\u02ff\u3001-\u3029\u3030-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text for display.

    Attributes:
        text: what to show.
        named: whether `text` is the name of a character (`U+202E`) instead of the character.
    """

    text: str
    named: bool


def visible_segments(text: str) -> tuple[Segment, ...]:
    """Cut `text` into segments that cannot disturb the page round them.

    Line feeds and tabs stay; a carriage return before a line feed goes.
    """
    found: list[Segment] = []
    plain: list[str] = []
    for piece, named in _pieces(text.replace("\r\n", "\n")):
        if not named:
            plain.append(piece)
            continue
        if plain:
            found.append(Segment("".join(plain), named=False))
            plain.clear()
        found.append(Segment(piece, named=True))
    if plain:
        found.append(Segment("".join(plain), named=False))
    return tuple(found)


def visible_line(text: str, *, max_characters: int) -> str:
    """Return the beginning of `text` on one line, with everything unusual named in brackets."""
    # A prefix suffices: naming a character never makes the line shorter.
    start = " ".join(text[: 4 * max_characters].split())
    line = "".join(
        f"[{part.text}]" if part.named else part.text for part in visible_segments(start)
    )
    if len(line) <= max_characters:
        return line
    return line[: max_characters - 1].rstrip() + "…"


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    position = 0
    while position < len(text):
        run = _PLAIN_RUN.match(text, position)
        if run:
            yield run.group(), False
            position = run.end()
            continue
        marks = _combining_marks(text, position)
        if marks > MAX_COMBINING_MARKS:
            yield f"U+{ord(text[position]):04X} ×{marks}", True
            position += marks
            continue
        step = max(marks, 1)
        piece = text[position : position + step]
        yield (f"U+{ord(piece):04X}", True) if _must_be_named(piece) else (piece, False)
        position += step


def _combining_marks(text: str, position: int) -> int:
    end = position
    while end < len(text) and unicodedata.category(text[end]) in {"Mn", "Me"}:
        end += 1
    return end - position


def _must_be_named(piece: str) -> bool:
    # Controls, format characters (bidirectional overrides, zero width, tags), private use,
    # surrogates, unassigned; line and paragraph separators; every space but U+0020 and U+3000.
    if len(piece) != 1 or piece in "\n\t\u3000":
        return False
    return unicodedata.category(piece) in {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"}

"""Whether an answer repeats what a report says.

Somebody else may read the answer over the reporter's shoulder, or hold the receipt code; the
report itself must not come back that way. Source: DOMAIN §6, feedback in phrases without content.
"""

import unicodedata
from collections.abc import Iterable, Iterator

from crypto.wire.strict_json import JsonValue

QUOTED_CHARACTERS = 12


def texts_of(value: JsonValue) -> Iterator[str]:
    """Every text inside a report or message."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from texts_of(member)
    elif isinstance(value, list):
        for member in value:
            yield from texts_of(member)


def _plain(text: str) -> str:
    """Without case, width and white space: quoting with other spaces is quoting."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _pieces(text: str) -> Iterator[str]:
    for start in range(len(text) - QUOTED_CHARACTERS + 1):
        yield text[start : start + QUOTED_CHARACTERS]


def quoted_pieces(answer: str, sources: Iterable[str]) -> tuple[str, ...]:
    """The stretches of twelve characters or more that an answer takes from the sources.

    Args:
        answer: what is about to be sent.
        sources: texts of the report and its messages.

    Returns:
        Each stretch once, in the order of the answer; case, width and white space are ignored.
    """
    known = {piece for source in sources for piece in _pieces(_plain(source))}
    found: list[str] = []
    end = -1
    plain = _plain(answer)
    for start, piece in enumerate(_pieces(plain)):
        if piece not in known:
            continue
        if start <= end:
            found[-1] += plain[end : start + QUOTED_CHARACTERS]
        else:
            found.append(piece)
        end = start + QUOTED_CHARACTERS
    return tuple(dict.fromkeys(found))

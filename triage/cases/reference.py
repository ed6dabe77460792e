"""How a person names a case. Source: SPEC §10.1."""

import re

from crypto.wire.codec import encode_crockford, labelled_hash
from triage.errors import WrongUseError

MIN_REF_SYMBOLS = 8
_REF = re.compile(r"[0-9A-HJKMNP-TV-Z]{1,52}")
_SLIPS = str.maketrans({"O": "0", "I": "1", "L": "1"})


def spell_case(case_ref: bytes) -> str:
    """All 52 Crockford symbols of a case; a REF is its first eight or more."""
    return encode_crockford(labelled_hash("ref", case_ref))


def parse_ref(typed: str) -> str:
    """A REF as typed: upper case, and the three slips of Crockford's alphabet put right.

    Raises:
        WrongUseError: fewer than eight symbols, or others.
    """
    ref = typed.strip().upper().translate(_SLIPS)
    if len(ref) < MIN_REF_SYMBOLS or _REF.fullmatch(ref) is None:
        raise WrongUseError(f"a REF has at least {MIN_REF_SYMBOLS} letters and digits")
    return ref


def shared_symbols(spelling: str, other: str) -> int:
    """How many symbols two spellings have in common from the left."""
    for place, (ours, theirs) in enumerate(zip(spelling, other, strict=False)):
        if ours != theirs:
            return place
    return min(len(spelling), len(other))

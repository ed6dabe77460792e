"""The codes by which the console groups what reporters chose, in the order in which it shows them.

Source: DOMAIN §3, taxonomy; SPEC §9.1.
"""

from collections.abc import Mapping
from typing import Final

CATEGORY_FAMILIES: Final[Mapping[str, tuple[str, ...]]] = {
    "E": ("E1", "E2", "E3", "E4", "E5", "E6", "E7"),
    "S": ("S1", "S2"),
    "O": ("O",),
    "D": ("D1", "D2", "D3", "D4", "D5", "D6", "D7"),
    "X": ("X1", "X2", "X3", "X4", "X0"),
}

# The questions that a reporter may leave blank, by their member names (SPEC §9.1), in the order of
# the form.
OPTIONAL_QUESTIONS: Final = (
    "category",
    "when",
    "where",
    "who",
    "how_known",
    "who_else_knows",
    "files",
    "urgency",
    "reported_elsewhere",
    "handling_limits",
)

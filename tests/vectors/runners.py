"""What each vector format does: one function a format, its arguments the vector's members.

A function takes `given`, which expands the notation of `notation.py`, and the members by name; a
missing or unknown member is therefore a TypeError. It returns a JSON value or raises what the
formats raise. `generate.py` computes expectations with these functions and pytest compares with
them; the vitest runner of `intake/web/src/tests/` has the same names.
"""

from collections.abc import Callable, Mapping
from typing import Final

from tests.vectors import sealed_runners, signed_runners, value_runners
from tests.vectors.given import Given, Json

__all__ = ["RUNNERS", "Given"]

RUNNERS: Final[Mapping[str, Callable[..., Json]]] = {
    **value_runners.RUNNERS,
    **sealed_runners.RUNNERS,
    **signed_runners.RUNNERS,
}

"""Where the parts of a sealed submission lie, and who reads them. Source: SPEC §10.6."""

from typing import Any, Final

from crypto.sealing.derivation import row_id
from crypto.wire.envelope import Purpose
from crypto.wire.roles import Role
from tests.vectors.makers.sealed_objects import (
    KEYS,
    NORTH,
    SEALED_OBJECTS,
    SOUTH,
)
from tests.vectors.notation import expand, read_file

Written = dict[str, Any]


OTHER_INSTANCE: Final = SOUTH.instance_id.hex()


# Where the parts of a submission lie (SPEC §10.6).
KEY, DESTRUCTION, ROWS, REPORT, IDENTITY, PROTECTION, REWARD, END = (
    *(38, 1254, 1286, 1382, 20222, 28750, 38214, 43582),
)


LOCK: Final = 4344


PARTS: Final = {
    "report": (REPORT, IDENTITY),
    "identity": (IDENTITY, PROTECTION),
    "protection": (PROTECTION, REWARD),
    "reward": (REWARD, END),
}


def part_of(name: str, *ops: Written, of: str = "submission") -> Written:
    """One row value or the report of a sealed submission, perhaps mutated."""
    start, end = PARTS[name]
    return {"base": of, "mutate": [{"slices": [[start, end]]}, *ops]}


def row_place(purpose: Purpose, n: int = 0) -> str:
    """The row id of submission `n`, in hex."""
    return row_id(KEYS.case_ref, purpose, n).hex()


def desk_seed(role: Role) -> str:
    """The seed of a desk of the north, in hex."""
    return NORTH.desks[role].seed.hex()


def raw_of(base: str) -> bytes:
    """The bytes of a sealed base."""
    return expand({"base": base}, read_file(SEALED_OBJECTS)["bases"])

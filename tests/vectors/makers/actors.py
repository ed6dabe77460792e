"""Who signs in the vectors of replies, consents, grants, releases and events."""

from collections.abc import Mapping
from typing import Any, Final

from crypto.errors import (
    SealedIntakeError,
)
from crypto.signing.sign import SigningKey
from crypto.wire.submission import case_ref
from tests.authority import make_authority, seed_of
from tests.vectors.makers.vector_file import VectorFile

NORTH: Final = make_authority("north")


SOUTH: Final = make_authority("south")


INSTANCE: Final = NORTH.instance_id


OTHER_INSTANCE: Final = SOUTH.instance_id.hex()


CLAIM: Final = SigningKey(seed_of("claim"))


CASE: Final = case_ref(CLAIM.verification_key)


Members = dict[str, Any]


Fault = tuple[str, type[SealedIntakeError], Members]


def refuse_each(
    file: VectorFile, base: str, faults: tuple[Fault, ...], members: Mapping[str, Any]
) -> None:
    """One refusal for each op on a base."""
    for name, error, op in faults:
        file.refuse(name, error, raw={"base": base, "mutate": [op]}, **members)

"""Reading roles: who a desk is. Source: SPEC §13.3; DESIGN §2."""

from enum import IntEnum

from crypto.errors import MalformedKeySetError


class Role(IntEnum):
    """A desk's or officer's role; the number enters keys and signatures."""

    TRIAGE = 1
    OVERSIGHT = 2
    CUSTODIAN = 3
    PROTECTION = 4
    REWARD = 5
    INDEPENDENT_CUSTODIAN = 6
    INDEPENDENT_PROTECTION = 7
    INDEPENDENT_REWARD = 8
    AUDITOR = 9
    APPROVER = 10

    @property
    def wire_name(self) -> str:
        """The name in key sets: lower case with hyphens."""
        return self.name.lower().replace("_", "-")


_BY_NAME = {role.wire_name: role for role in Role}

REQUIRED_DESKS = frozenset(
    {Role.TRIAGE, Role.OVERSIGHT, Role.CUSTODIAN, Role.PROTECTION, Role.REWARD, Role.AUDITOR}
)
CUSTODIANS = frozenset({Role.CUSTODIAN, Role.INDEPENDENT_CUSTODIAN})
HANDLERS = frozenset({Role.PROTECTION, Role.INDEPENDENT_PROTECTION})


def parse_role(name: str) -> Role:
    """A role by its name in key sets.

    Raises:
        MalformedKeySetError: no such role.
    """
    try:
        return _BY_NAME[name]
    except KeyError:
        raise MalformedKeySetError("SPEC 13.3: no such role") from None

"""What the server itself refuses or cannot do; messages carry no input."""


class ServerError(Exception):
    """The server cannot start or cannot serve a request."""


class StartError(ServerError):
    """The start is refused; the message is the one line that an operator sees."""


class SlotTakenError(ServerError):
    """A slot holds something else already (SPEC 12.3)."""


class RowTakenError(ServerError):
    """A vault row holds other bytes already; the first write won."""


class PartTakenError(ServerError):
    """Other bytes are kept under the id of a part; the first write won."""


class PartsMissingError(ServerError):
    """Not all parts of a file are here; none was marked as kept."""


class MalformedFormError(ServerError):
    """A posted form that does not bring exactly one whole file."""


class NotSealedError(ServerError):
    """What was delivered is no sealed report."""


class DamagedError(ServerError):
    """What was delivered began as a sealed report and does not go on as one."""


class StoreUnavailableError(ServerError):
    """A database did not answer; nothing was acknowledged and a retry may succeed."""


class StoreFullError(ServerError):
    """A database has no room left; nothing was acknowledged."""


class NonceUsedError(ServerError):
    """A request nonce came a second time (SPEC 18)."""


class ProofRefusedError(ServerError):
    """A proof of work does not count (intake/API.md 2.5).

    Args:
        reason: `malformed`, `expired`, `forged`, `wrong` or `used`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"API 2.5: {reason}")
        self.reason = reason

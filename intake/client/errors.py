"""What the client cannot do; what the formats refuse is in `crypto.errors`."""


class ClientError(Exception):
    """The client gives up."""


class WrongUseError(ClientError):
    """The command was called in a way that cannot work."""


class NothingThereError(ClientError):
    """The server shows nothing under a receipt code."""


class ServerUnavailableError(ClientError):
    """The server did not answer, or asks to come back later.

    Attributes:
        may_be_kept: Whether the bytes were sent, so that the server may have kept them.
    """

    def __init__(self, message: str, *, may_be_kept: bool = False) -> None:
        super().__init__(message)
        self.may_be_kept = may_be_kept


class ServerRefusedError(ClientError):
    """The server says no.

    Attributes:
        status: HTTP status.
        name: Last part of the problem's type, perhaps empty.
    """

    def __init__(self, status: int, name: str) -> None:
        super().__init__(f"the server refused: {status} {name}".rstrip())
        self.status = status
        self.name = name


class UnreasonableChallengeError(ClientError):
    """The server asks for work that none of ours asks for (intake/API.md 2.5)."""

"""What the client cannot do; what the formats refuse is in `crypto.errors`."""


class ClientError(Exception):
    """The client gives up."""


class WrongUseError(ClientError):
    """The command was called in a way that cannot work."""


class NothingThereError(ClientError):
    """The server shows nothing under a receipt code."""


class WrongCodeError(ClientError):
    """What was begun is locked with another receipt code."""


class FileChangedError(ClientError):
    """A file is no longer what it was when its sealing began."""


class PartsLostError(ClientError):
    """The server says that it took parts of a file, and does not hold them."""


class ServerUnavailableError(ClientError):
    """The server did not answer, or asks to come back later.

    Attributes:
        may_be_kept: Whether the bytes were sent, so that the server may have kept them.
        retry_after_seconds: How long it asks to wait; None where it says nothing.
    """

    def __init__(
        self, message: str, *, may_be_kept: bool = False, retry_after_seconds: int | None = None
    ) -> None:
        super().__init__(message)
        self.may_be_kept = may_be_kept
        self.retry_after_seconds = retry_after_seconds


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

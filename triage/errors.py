"""Why a command of the office side stops, one class for each exit code.

Messages are for the officer at the keyboard: one line, no input quoted. Source: EXAM, exit codes.
"""

from crypto.errors import NotForReaderError, SealedIntakeError

EXIT_UNFORESEEN = 1
EXIT_WRONG_USE = 2
EXIT_REFUSED = 3
EXIT_UNAVAILABLE = 4
EXIT_LOCKED = 5
EXIT_NO_SUCH_THING = 6


class TriageError(Exception):
    """Something on the office side could not be done."""

    exit_code = EXIT_UNFORESEEN


class WrongUseError(TriageError):
    """A command that contradicts itself or the state it would change."""

    exit_code = EXIT_WRONG_USE


class RefusedInputError(TriageError):
    """A file or answer that is malformed or fails verification."""

    exit_code = EXIT_REFUSED


class ServerUnavailableError(TriageError):
    """The server can't be reached or can't answer now; trying later is sensible."""

    exit_code = EXIT_UNAVAILABLE


class ServerRefusedError(TriageError):
    """The server understood a request and refused it.

    Attributes:
        status: the HTTP status, 400 to 499.
    """

    exit_code = EXIT_REFUSED

    def __init__(self, status: int) -> None:
        super().__init__(f"the server refused the request (status {status})")
        self.status = status


class NotAdmittedError(ServerRefusedError):
    """The server knows no officer with these keys, or the officer's roles do not admit this."""

    exit_code = EXIT_LOCKED


class RegisterError(TriageError):
    """The register on this workstation can't be read or written: damaged, or no room left."""


class LockedError(TriageError):
    """A passphrase that does not fit, or a session that was locked."""

    exit_code = EXIT_LOCKED


class NoKeyError(TriageError):
    """This officer holds no key for what was asked."""

    exit_code = EXIT_LOCKED


class NoSuchThingError(TriageError):
    """No report, officer, desk or file of that name."""

    exit_code = EXIT_NO_SUCH_THING


class FileMissingError(NoSuchThingError):
    """The server does not have a part of a file that a report names."""


class FileDamagedError(RefusedInputError):
    """What the server or this disk holds is not the file that the reporter sealed."""


class NotFetchedError(NoSuchThingError):
    """A file that is not on this workstation yet."""


class NoRoomError(TriageError):
    """The disk has not enough room for what was asked."""


class CancelledError(TriageError):
    """The officer called it off."""


class PreviewError(TriageError):
    """A file can't be shown here; it can still be exported.

    Attributes:
        reason: `type`, `damaged`, `too-large`, `protected`, `no-such-page`, `gave-up`, `walls`.
    """

    exit_code = EXIT_REFUSED

    def __init__(self, reason: str) -> None:
        super().__init__(f"the file can't be shown: {reason}")
        self.reason = reason

    def __reduce__(self) -> tuple[type["PreviewError"], tuple[str]]:
        return PreviewError, (self.reason,)


class CleanCopyError(TriageError):
    """No clean copy of a file can be made here.

    Attributes:
        reason: `no-mat2`, `type`, `too-large`, `failed`, `walls`.
    """

    exit_code = EXIT_REFUSED

    def __init__(self, reason: str) -> None:
        super().__init__(f"no clean copy: {reason}")
        self.reason = reason

    def __reduce__(self) -> tuple[type["CleanCopyError"], tuple[str]]:
        return CleanCopyError, (self.reason,)


def exit_code_of(error: TriageError | SealedIntakeError) -> int:
    """The exit code that EXAM gives an error of ours."""
    if isinstance(error, TriageError):
        return error.exit_code
    if isinstance(error, NotForReaderError):
        return EXIT_LOCKED
    return EXIT_REFUSED

"""What the commands' exit codes mean; they stay as they are."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    UNFORESEEN = 1
    WRONG_USE = 2
    REFUSED = 3
    UNAVAILABLE = 4
    LOCKED = 5
    NO_SUCH_THING = 6
    INTERRUPTED = 130  # As shells count: 128 and the number of the signal.

"""What the cleaner and its parent say to each other; see `triage.attachments.cleaner`."""

from typing import Final

DONE: Final = b"D"
FAILED: Final = b"E"
REASONS: Final = ("walls", "failed")
# mat2 needs the file and its copies in memory.
MAX_CLEAN_BYTES: Final = 256 * 1024 * 1024

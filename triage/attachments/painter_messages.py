"""What the painter and its parent say to each other; see `triage.attachments.painter`."""

import struct
from typing import Final

ASK: Final = struct.Struct(">cQI")
DONE: Final = struct.Struct(">cIIIB")
FAILED: Final = struct.Struct(">cB")
MAX_PIECE_BYTES: Final = 64 * 1024
REASONS: Final = ("walls", "damaged", "too-large", "protected", "no-such-page")
ANIMATED: Final = 1

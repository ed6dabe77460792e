"""Whether a report was destroyed by who could open it. Source: SPEC §12.5."""

import hmac

from crypto.errors import WrongPlaceError
from crypto.sealing.derivation import destruction_key


def verify_destruction(shown_key: bytes, slot_key: bytes, n: int) -> None:
    """Compare what a tombstone or a server's list shows with the own slot key.

    Args:
        shown_key: the destruction key that is said to belong to the report.
        slot_key: from the report's document, opened before.
        n: number of the submission in its case.

    Raises:
        WrongPlaceError: nobody who could open this report has shown its key.
    """
    if not hmac.compare_digest(shown_key, destruction_key(slot_key, n)):
        raise WrongPlaceError("SPEC 12.5: not the key of this report's destruction")

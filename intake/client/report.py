"""Filing a report: seal, send, open and verify the acknowledgement."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from nacl.utils import random

from crypto.custody.reporter import (
    Contents,
    ReporterKeys,
    open_acknowledgement,
    seal_submission,
)
from crypto.wire.acknowledgement import (
    Acknowledgement,
    AcknowledgementText,
    encode_acknowledgement_text,
)
from crypto.wire.instants import instant_of_minute
from crypto.wire.key_set import KeySet
from crypto.wire.receipt import RECEIPT_BITS, RECEIPT_BYTES, ReceiptCode
from intake.client.api import Api
from intake.client.errors import ServerRefusedError

_OUTDATED: Final = "key-set-outdated"


@dataclass(frozen=True, slots=True)
class Filed:
    """A registered report.

    Attributes:
        acknowledgement_text: Self-contained, SPEC 12.4.
    """

    code: ReceiptCode = field(repr=False)
    case_ref: bytes = field(repr=False)
    acknowledgement_text: str
    sequence: int
    registered_at: datetime


def random_receipt_code() -> ReceiptCode:
    """130 random bits."""
    return ReceiptCode(int.from_bytes(random(RECEIPT_BYTES)) & ((1 << RECEIPT_BITS) - 1))


def file_report(
    api: Api, contents: Contents, code: ReceiptCode, fetch_key_set: Callable[[], KeySet]
) -> Filed:
    """Seal and send a report; sealed anew, once, when the key set has moved on meanwhile.

    Raises:
        SealedIntakeError: The contents, the key set or the acknowledgement are refused.
        ClientError: The server does not take it.
    """
    key_set = fetch_key_set()
    try:
        return _file(api, contents, code, key_set)
    except ServerRefusedError as error:
        if error.name != _OUTDATED:
            raise
    return _file(api, contents, code, fetch_key_set())


def _file(api: Api, contents: Contents, code: ReceiptCode, key_set: KeySet) -> Filed:
    keys = ReporterKeys.derive(code, key_set.instance_id)
    submission = seal_submission(keys, contents, key_set)
    sealed = api.submit(submission.raw)
    acknowledgement = open_acknowledgement(sealed, keys, key_set, digest=submission.digest)
    return Filed(
        code=code,
        case_ref=keys.case_ref,
        acknowledgement_text=acknowledgement_text(acknowledgement, key_set),
        sequence=acknowledgement.sequence,
        registered_at=instant_of_minute(acknowledgement.minute),
    )


def acknowledgement_text(acknowledgement: Acknowledgement, key_set: KeySet) -> str:
    """The self-contained form of an acknowledgement that the key set vouches for. SPEC 12.4."""
    certificate = next(
        certificate
        for certificate in key_set.acknowledgement_keys
        if certificate.verification_key == acknowledgement.verification_key
    )
    return encode_acknowledgement_text(
        AcknowledgementText(acknowledgement, key_set.certificate.note_text, certificate.note_text)
    )

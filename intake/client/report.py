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
from crypto.wire.submission import parse_submission
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


class SealedDraft:
    """The one sealed form of a report: what may have been sent is sent again in the same bytes.

    Args:
        raw: what an earlier run sealed.
        on_sealed: has it on the disk before it is sent, where the person asked for that.
    """

    def __init__(
        self, raw: bytes | None = None, on_sealed: Callable[[bytes], None] = lambda _: None
    ) -> None:
        self.raw = raw
        self._on_sealed = on_sealed

    def replace(self, raw: bytes) -> None:
        """Hold another one from now on."""
        self._on_sealed(raw)
        self.raw = raw


def file_report(
    api: Api,
    contents: Contents,
    code: ReceiptCode,
    fetch_key_set: Callable[[], KeySet],
    draft: SealedDraft | None = None,
) -> Filed:
    """Seal and send a report; sealed anew, once, when the key set has moved on meanwhile.

    Raises:
        SealedIntakeError: The contents, the key set or the acknowledgement are refused.
        ClientError: The server does not take it.
    """
    draft = draft or SealedDraft()
    key_set = fetch_key_set()
    try:
        return _file(api, contents, code, key_set, draft)
    except ServerRefusedError as error:
        if error.name != _OUTDATED:
            raise
    draft.raw = None
    return _file(api, contents, code, fetch_key_set(), draft)


def _file(
    api: Api, contents: Contents, code: ReceiptCode, key_set: KeySet, draft: SealedDraft
) -> Filed:
    keys = ReporterKeys.derive(code, key_set.instance_id)
    if draft.raw is None:
        draft.replace(seal_submission(keys, contents, key_set).raw)
    raw = draft.raw or b""
    return registered(api.submit(raw), raw, keys, key_set)


def registered(sealed: bytes, raw: bytes, keys: ReporterKeys, key_set: KeySet) -> Filed:
    """What a server's answer to a first report says.

    Args:
        sealed: the acknowledgement.
        raw: the submission.
        keys: of the receipt code.
        key_set: verified.

    Raises:
        SealedIntakeError: it acknowledges something else, or nothing.
    """
    digest = parse_submission(raw).digest
    acknowledgement = open_acknowledgement(sealed, keys, key_set, digest=digest)
    return Filed(
        code=keys.code,
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

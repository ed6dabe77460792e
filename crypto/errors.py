"""Every way in which the formats refuse their input, one class each.

Messages carry a rule of SPEC and lengths, never input. The same names stand in
`intake/web/src/errors.ts`. Source: SPEC §19.
"""


class SealedIntakeError(Exception):
    """Something that came from outside was refused."""


class MalformedError(SealedIntakeError):
    """Bytes or text that are not the one spelling of any value."""


class MalformedTextError(MalformedError):
    """Not canonical base64url, an instant, a day or an origin (SPEC §2)."""


class MalformedJsonError(MalformedError):
    """Not strict JSON (SPEC §2.3)."""


class MalformedKeyError(MalformedError):
    """A public key of wrong length, small order or wrong modulus (SPEC §4.3)."""


class MalformedEnvelopeError(MalformedError):
    """Not an envelope of the expected purpose (SPEC §6)."""


class MalformedDocumentError(MalformedError):
    """An opened document that breaks SPEC §8 or §9."""


class MalformedSubmissionError(MalformedError):
    """Not a submission (SPEC §10.6)."""


class MalformedReceiptError(MalformedError):
    """Not a receipt code in either spelling (SPEC §11.1)."""


class MalformedNoteError(MalformedError):
    """Not a signed note or a verifier key (SPEC §13.1)."""


class MalformedKeySetError(MalformedError):
    """A well signed note that is no key set (SPEC §13)."""


class MalformedAcknowledgementError(MalformedError):
    """Not an acknowledgement or an acknowledgement text (SPEC §12)."""


class MalformedConsentError(MalformedError):
    """Not a consent or revocation object (SPEC §14)."""


class MalformedGrantError(MalformedError):
    """Not a grant (SPEC §15.1)."""


class MalformedReleaseError(MalformedError):
    """Not a release (SPEC §15.2)."""


class MalformedEventError(MalformedError):
    """Not a case event or audit record (SPEC §16)."""


class MalformedFileError(MalformedError):
    """Not a sealed file or file size (SPEC §17)."""


class MalformedSealedReportError(MalformedError):
    """Not a report sealed into a file, or a damaged one (SPEC §22)."""


class DocumentTooLargeError(SealedIntakeError):
    """More content than the fixed size holds (SPEC §8.4).

    Attributes:
        excess_bytes: how many bytes too many.
    """

    def __init__(self, excess_bytes: int) -> None:
        super().__init__(f"SPEC 8.4: {excess_bytes} bytes too many")
        self.excess_bytes = excess_bytes


class OpeningError(SealedIntakeError):
    """A slot opened, or a body was tried, and what follows failed (SPEC §5.3, §6.4, §7.2)."""


class NotForReaderError(SealedIntakeError):
    """No slot of the envelope opens with any of the keys (SPEC §6.4)."""


class WrongPlaceError(SealedIntakeError):
    """A sound object that lies where it does not belong (SPEC §8.2, §11.5)."""


class SignatureError(SealedIntakeError):
    """A signature that libsodium's strict rule refuses (SPEC §19.1)."""


class KeySetUntrustedError(SealedIntakeError):
    """A key set of another authority, or one that breaks the rules of its chain (SPEC §13)."""


class KeySetExpiredError(SealedIntakeError):
    """A key set or certificate whose time is over (SPEC §13.6)."""


class KeySetNotYetValidError(SealedIntakeError):
    """A key set or certificate whose time has not come; perhaps the clock is wrong (SPEC §13.6)."""


class KeySetRollbackError(SealedIntakeError):
    """A key set older than one already seen (SPEC §13.7)."""


class KeySetForkError(SealedIntakeError):
    """A key set that does not continue the one already seen (SPEC §13.7)."""


class FeedGapError(SealedIntakeError):
    """A feed whose sequence numbers leave one out (SPEC §12.2)."""


class FeedRewrittenError(SealedIntakeError):
    """A feed that does not continue the head already seen (SPEC §12.2)."""


class SlotGapError(SealedIntakeError):
    """A reply behind an empty slot (SPEC §11.5)."""

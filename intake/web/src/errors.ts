/**
 * Every way in which the formats refuse their input, one class each.
 *
 * Messages carry a rule of SPEC and lengths, never input. The same names stand in
 * `crypto/errors.py`. Source: SPEC 19.
 */

/** Something that came from outside was refused. */
export class SealedIntakeError extends Error {
    override readonly name: string = "SealedIntakeError"
}

/** Bytes or text that are not the one spelling of any value. */
export class MalformedError extends SealedIntakeError {
    override readonly name: string = "MalformedError"
}

/** Not canonical base64url, an instant, a day or an origin (SPEC 2). */
export class MalformedTextError extends MalformedError {
    override readonly name = "MalformedTextError"
}

/** Not strict JSON (SPEC 2.3). */
export class MalformedJsonError extends MalformedError {
    override readonly name = "MalformedJsonError"
}

/** A public key of wrong length, small order or wrong modulus (SPEC 4.3). */
export class MalformedKeyError extends MalformedError {
    override readonly name = "MalformedKeyError"
}

/** Not an envelope of the expected purpose (SPEC 6). */
export class MalformedEnvelopeError extends MalformedError {
    override readonly name = "MalformedEnvelopeError"
}

/** An opened document that breaks SPEC 8 or 9. */
export class MalformedDocumentError extends MalformedError {
    override readonly name = "MalformedDocumentError"
}

/** Not a submission (SPEC 10.6). */
export class MalformedSubmissionError extends MalformedError {
    override readonly name = "MalformedSubmissionError"
}

/** Not a receipt code in either spelling (SPEC 11.1). */
export class MalformedReceiptError extends MalformedError {
    override readonly name = "MalformedReceiptError"
}

/** Not a signed note or a verifier key (SPEC 13.1). */
export class MalformedNoteError extends MalformedError {
    override readonly name = "MalformedNoteError"
}

/** A well signed note that is no key set (SPEC 13). */
export class MalformedKeySetError extends MalformedError {
    override readonly name = "MalformedKeySetError"
}

/** Not an acknowledgement or an acknowledgement text (SPEC 12). */
export class MalformedAcknowledgementError extends MalformedError {
    override readonly name = "MalformedAcknowledgementError"
}

/** Not a consent or revocation object (SPEC 14). */
export class MalformedConsentError extends MalformedError {
    override readonly name = "MalformedConsentError"
}

/** Not a grant (SPEC 15.1). */
export class MalformedGrantError extends MalformedError {
    override readonly name = "MalformedGrantError"
}

/** Not a release (SPEC 15.2). */
export class MalformedReleaseError extends MalformedError {
    override readonly name = "MalformedReleaseError"
}

/** Not a case event or audit record (SPEC 16). */
export class MalformedEventError extends MalformedError {
    override readonly name = "MalformedEventError"
}

/** Not a sealed file or file size (SPEC 17). */
export class MalformedFileError extends MalformedError {
    override readonly name = "MalformedFileError"
}

/** Not a report sealed into a file, or a damaged one (SPEC 22). */
export class MalformedSealedReportError extends MalformedError {
    override readonly name = "MalformedSealedReportError"
}

/** More content than the fixed size holds, and how many bytes too many (SPEC 8.4). */
export class DocumentTooLargeError extends SealedIntakeError {
    override readonly name = "DocumentTooLargeError"
    readonly excessBytes: number

    constructor(excessBytes: number) {
        super(`SPEC 8.4: ${excessBytes} bytes too many`)
        this.excessBytes = excessBytes
    }
}

/** A slot opened, or a body was tried, and what follows failed (SPEC 5.3, 6.4, 7.2). */
export class OpeningError extends SealedIntakeError {
    override readonly name = "OpeningError"
}

/** No slot of the envelope opens with any of the keys (SPEC 6.4). */
export class NotForReaderError extends SealedIntakeError {
    override readonly name = "NotForReaderError"
}

/** A sound object that lies where it does not belong (SPEC 8.2, 11.5). */
export class WrongPlaceError extends SealedIntakeError {
    override readonly name = "WrongPlaceError"
}

/** A signature that libsodium's strict rule refuses (SPEC 19.1). */
export class SignatureError extends SealedIntakeError {
    override readonly name = "SignatureError"
}

/** A key set of another authority, or one that breaks the rules of its chain (SPEC 13). */
export class KeySetUntrustedError extends SealedIntakeError {
    override readonly name = "KeySetUntrustedError"
}

/** A key set or certificate whose time is over (SPEC 13.6). */
export class KeySetExpiredError extends SealedIntakeError {
    override readonly name = "KeySetExpiredError"
    /** How long ago, by this device's clock. */
    readonly lateSeconds: number

    constructor(message: string, lateSeconds: number) {
        super(message)
        this.lateSeconds = lateSeconds
    }
}

/** A key set or certificate whose time has not come; perhaps the clock is wrong (SPEC 13.6). */
export class KeySetNotYetValidError extends SealedIntakeError {
    override readonly name = "KeySetNotYetValidError"
    /** How far ahead, by this device's clock. */
    readonly earlySeconds: number

    constructor(message: string, earlySeconds: number) {
        super(message)
        this.earlySeconds = earlySeconds
    }
}

/** A key set older than one already seen, or than the page itself (SPEC 13.7). */
export class KeySetRollbackError extends SealedIntakeError {
    override readonly name = "KeySetRollbackError"
}

/** A key set that does not continue the one already seen (SPEC 13.7). */
export class KeySetForkError extends SealedIntakeError {
    override readonly name = "KeySetForkError"
}

/** A feed whose sequence numbers leave one out (SPEC 12.2). */
export class FeedGapError extends SealedIntakeError {
    override readonly name = "FeedGapError"
}

/** A feed that does not continue the head already seen (SPEC 12.2). */
export class FeedRewrittenError extends SealedIntakeError {
    override readonly name = "FeedRewrittenError"
}

/** A reply behind an empty slot (SPEC 11.5). */
export class SlotGapError extends SealedIntakeError {
    override readonly name = "SlotGapError"
}

/** A class of malformed input, as parsers hand it to the cursor that reads for them. */
export type MalformedErrorClass = new (message: string) => MalformedError

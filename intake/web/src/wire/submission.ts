/** What a reporter sends: four envelopes of one public shape. Source: SPEC 10. */

import { MalformedSubmissionError } from "../errors.ts"
import { concatBytes, encodeBase64url, equalBytes, labelledHash, Reader, u16, u32, type Bytes } from "./codec.ts"
import { envelopeBytes, NO_PLACE, parseEnvelope, Purpose, SUITE } from "./envelope.ts"
import { parseRecipientKey, RECIPIENT_KEY_BYTES } from "./keys.ts"

export const REPORT_BYTES = envelopeBytes(Purpose.report)
export const LOCK_BYTES = envelopeBytes(Purpose.identityLock)
export const IDENTITY_BYTES = LOCK_BYTES + envelopeBytes(Purpose.identity)
export const PROTECTION_BYTES = envelopeBytes(Purpose.protection)
export const REWARD_BYTES = envelopeBytes(Purpose.reward)
export const SUBMISSION_BYTES = 43582

const ID_BYTES = 32

/** A submission; ciphertext throughout. */
export interface Submission {
    readonly keySetVersion: number
    readonly acknowledgementSlot: Bytes
    /** One-time recipient key, 1216 bytes, kept nowhere. */
    readonly acknowledgementKey: Bytes
    /** Who shows its preimage may destroy the report. */
    readonly destructionId: Bytes
    /** Of identity, protection and reward. */
    readonly rowIds: readonly [Bytes, Bytes, Bytes]
    readonly report: Bytes
    /** Lock envelope and identity part, 8528 bytes. */
    readonly identity: Bytes
    readonly protection: Bytes
    readonly reward: Bytes
}

/** The 32-byte name of a case, known only to who opened one of its documents. Source: SPEC 10.1. */
export function caseRef(claimKey: Uint8Array): Bytes {
    return labelledHash("case", claimKey)
}

/** Digest of an envelope or row value, 32 bytes. Source: SPEC 10.4. */
export function valueDigest(value: Uint8Array): Bytes {
    return labelledHash("digest", value)
}

/** Everything but the report, hashed with the one-time key as a blind. Source: SPEC 10.8. */
export function submissionRest(submission: Submission): Bytes {
    return labelledHash(
        "submission-rest",
        submission.acknowledgementSlot,
        submission.acknowledgementKey,
        submission.destructionId,
        ...submission.rowIds,
        valueDigest(submission.identity),
        valueDigest(submission.protection),
        valueDigest(submission.reward),
    )
}

/** What the acknowledgement signs. Source: SPEC 10.8. */
export function submissionDigest(submission: Submission): Bytes {
    return labelledHash("submission", valueDigest(submission.report), submissionRest(submission))
}

/** Spell a submission, 43,582 bytes. Source: SPEC 10.6. */
export function encodeSubmission(submission: Submission): Bytes {
    return concatBytes(
        u16(SUITE),
        u32(submission.keySetVersion),
        submission.acknowledgementSlot,
        submission.acknowledgementKey,
        submission.destructionId,
        ...submission.rowIds,
        submission.report,
        submission.identity,
        submission.protection,
        submission.reward,
    )
}

/**
 * Parse a submission and the header of each envelope in it.
 *
 * @throws {MalformedSubmissionError} wrong length, suite, version, place or equal row ids.
 * @throws {MalformedEnvelopeError} an envelope that is none of its purpose.
 * @throws {MalformedKeyError} an acknowledgement key that can't be sealed to.
 */
export function parseSubmission(raw: Uint8Array): Submission {
    if (raw.length !== SUBMISSION_BYTES) {
        throw new MalformedSubmissionError(`SPEC 10.6: want ${SUBMISSION_BYTES} bytes, got ${raw.length}`)
    }
    const reader = new Reader(raw, MalformedSubmissionError, "10.6")
    reader.expect(2, SUITE, "suite")
    const submission: Submission = {
        keySetVersion: reader.number(4),
        acknowledgementSlot: reader.take(ID_BYTES),
        acknowledgementKey: parseRecipientKey(reader.take(RECIPIENT_KEY_BYTES)),
        destructionId: reader.take(ID_BYTES),
        rowIds: [reader.take(ID_BYTES), reader.take(ID_BYTES), reader.take(ID_BYTES)],
        report: reader.take(REPORT_BYTES),
        identity: reader.take(IDENTITY_BYTES),
        protection: reader.take(PROTECTION_BYTES),
        reward: reader.take(REWARD_BYTES),
    }
    if (new Set(submission.rowIds.map(encodeBase64url)).size !== submission.rowIds.length) {
        throw new MalformedSubmissionError("SPEC 10.6: row ids are equal")
    }
    refuseMovedEnvelopes(submission)
    return submission
}

function refuseMovedEnvelopes(submission: Submission): void {
    const [identityRow, protectionRow, rewardRow] = submission.rowIds
    const parts = [
        [submission.report, Purpose.report, NO_PLACE],
        [submission.identity.subarray(0, LOCK_BYTES), Purpose.identityLock, identityRow],
        [submission.identity.subarray(LOCK_BYTES), Purpose.identity, identityRow],
        [submission.protection, Purpose.protection, protectionRow],
        [submission.reward, Purpose.reward, rewardRow],
    ] as const
    for (const [raw, purpose, place] of parts) {
        const envelope = parseEnvelope(raw, purpose)
        if (envelope.keySetVersion !== submission.keySetVersion || !equalBytes(envelope.place, place)) {
            throw new MalformedSubmissionError("SPEC 10.6: another version or place in an envelope")
        }
    }
}

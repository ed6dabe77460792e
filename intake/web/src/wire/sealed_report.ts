/** A report sealed away from any network, in one file. Source: SPEC 22. */

import { MalformedSealedReportError } from "../errors.ts"
import { concatBytes, encodeBase64url, encodeUtf8, equalBytes, labelledHash, Reader, u8, type Bytes } from "./codec.ts"
import { parseUpload, UPLOAD_BYTES, type Upload } from "./files.ts"
import { SUBMISSION_BYTES } from "./submission.ts"

export const MAGIC = encodeUtf8("sealed-intake/1 sealed\n")
export const MAX_SEALED_FILES = 100

const DIGEST_BYTES = 32
const ENTRY_BYTES = UPLOAD_BYTES + DIGEST_BYTES

/** A sealed file that stands behind the report. */
export interface CarriedFile {
    readonly upload: Upload
    /** Of the sealed file, 32 bytes (SPEC 17.3). */
    readonly digest: Bytes
}

/** The head of a sealed report; the sealed files follow in the order of `files`. */
export interface SealedReport {
    readonly files: readonly CarriedFile[]
    /** 43,582 bytes, not parsed further here. */
    readonly submission: Bytes
}

/** The length of everything before the first sealed file. */
export function headBytes(fileCount: number): number {
    return MAGIC.length + 1 + fileCount * ENTRY_BYTES + SUBMISSION_BYTES + DIGEST_BYTES
}

/** The length of the whole. */
export function sealedReportBytes(report: SealedReport): number {
    return report.files.reduce((sum, { upload }) => sum + upload.sealedBytes, headBytes(report.files.length))
}

/**
 * How many files follow, from the first 24 bytes; what is no sealed report shows here.
 *
 * @throws {MalformedSealedReportError} other first bytes, or too many files.
 */
export function parseFileCount(raw: Uint8Array): number {
    const count = raw[MAGIC.length]
    if (count === undefined || !equalBytes(raw.subarray(0, MAGIC.length), MAGIC)) {
        throw new MalformedSealedReportError("SPEC 22.1: not a sealed report")
    }
    if (count > MAX_SEALED_FILES) throw new MalformedSealedReportError(`SPEC 22.1: want at most ${MAX_SEALED_FILES} files`)
    return count
}

/**
 * Spell everything before the first sealed file. Source: SPEC 22.1.
 *
 * @throws {MalformedSealedReportError} too many files, or a submission of another length.
 */
export function encodeHead(report: SealedReport): Bytes {
    if (report.files.length > MAX_SEALED_FILES || report.submission.length !== SUBMISSION_BYTES) {
        throw new MalformedSealedReportError("SPEC 22.1: no such sealed report")
    }
    const entries = report.files.flatMap(({ upload, digest }) => [upload.encode(), digest])
    const head = concatBytes(MAGIC, u8(report.files.length), ...entries, report.submission)
    return concatBytes(head, labelledHash("sealed-report", head))
}

/**
 * Parse everything before the first sealed file. Source: SPEC 22.1.
 *
 * @throws {MalformedSealedReportError} cut, extended or damaged, or two files of one capability.
 * @throws {MalformedFileError} a file whose size is no bucket.
 */
export function parseHead(raw: Uint8Array): SealedReport {
    const count = parseFileCount(raw)
    if (raw.length !== headBytes(count)) {
        throw new MalformedSealedReportError(`SPEC 22.1: want ${headBytes(count)} bytes, got ${raw.length}`)
    }
    const end = raw.length - DIGEST_BYTES
    if (!equalBytes(labelledHash("sealed-report", raw.subarray(0, end)), raw.subarray(end))) {
        throw new MalformedSealedReportError("SPEC 22.1: damaged")
    }
    const reader = new Reader(raw.subarray(MAGIC.length + 1), MalformedSealedReportError, "22.1")
    const files = Array.from({ length: count }, () => ({
        upload: parseUpload(reader.take(UPLOAD_BYTES)),
        digest: reader.take(DIGEST_BYTES),
    }))
    if (new Set(files.map(({ upload }) => encodeBase64url(upload.capability))).size !== count) {
        throw new MalformedSealedReportError("SPEC 22.1: two files of one capability")
    }
    return { files, submission: reader.take(SUBMISSION_BYTES) }
}

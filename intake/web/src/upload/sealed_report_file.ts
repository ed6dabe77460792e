/** A report that was sealed into a file, read by slices to be delivered. Source: SPEC 22. */

import { MalformedFileError, SealedIntakeError } from "../errors.ts"
import { equalBytes, type Bytes } from "../wire/codec.ts"
import { fileDigest, type Upload } from "../wire/files.ts"
import {
    headBytes,
    MAGIC,
    parseFileCount,
    parseHead,
    sealedReportBytes,
    type CarriedFile,
    type SealedReport,
} from "../wire/sealed_report.ts"
import type { PartSource } from "./file_upload.ts"

const FIRST_BYTES = MAGIC.length + 1

/** Why a file is not delivered: it is something else, or not whole any more. */
export type FileFault = "not-sealed" | "damaged"

async function bytesOf(file: Blob, start: number, sizeBytes: number): Promise<Bytes> {
    try {
        return new Uint8Array(await file.slice(start, start + sizeBytes).arrayBuffer())
    } catch {
        throw new MalformedFileError("SPEC 22.1: the file cannot be read")
    }
}

async function hashOf(part: Bytes): Promise<Bytes> {
    return new Uint8Array(await crypto.subtle.digest("SHA-256", part))
}

/** One sealed file inside the report. A part that is read again must be what was verified. */
export class CarriedParts implements PartSource {
    readonly upload: Upload
    private readonly hashes: Bytes[] = []
    private readonly file: Blob
    private readonly carried: CarriedFile
    private readonly start: number

    constructor(file: Blob, carried: CarriedFile, start: number) {
        this.file = file
        this.carried = carried
        this.start = start
        this.upload = carried.upload
    }

    /** Whether the parts give the digest in the head; `onRead` hears of the bytes of each. */
    async isWhole(onRead: (bytes: number) => void): Promise<boolean> {
        for (let index = 0; index < this.upload.partCount; index++) {
            const part = await this.read(index)
            this.hashes[index] = await hashOf(part)
            onRead(part.length)
        }
        return equalBytes(fileDigest(this.hashes), this.carried.digest)
    }

    /** @throws {MalformedFileError} the file changed since it was verified. */
    async seal(index: number, into: Bytes): Promise<Bytes> {
        const part = await this.read(index)
        const verified = this.hashes[index]
        if (verified === undefined || !equalBytes(await hashOf(part), verified)) throw new MalformedFileError("SPEC 22.1: the file changed")
        into.set(part)
        return into.subarray(0, part.length)
    }

    private async read(index: number): Promise<Bytes> {
        return bytesOf(this.file, this.start + this.upload.partStart(index), this.upload.partBytes(index))
    }
}

export class SealedReportFile {
    readonly report: SealedReport
    readonly parts: readonly CarriedParts[]
    readonly sizeBytes: number

    private constructor(file: Blob, report: SealedReport) {
        let start = headBytes(report.files.length)
        this.report = report
        this.sizeBytes = file.size
        this.parts = report.files.map((carried) => {
            const parts = new CarriedParts(file, carried, start)
            start += carried.upload.sealedBytes
            return parts
        })
    }

    /** Read the head; nothing else of a file that is no sealed report is looked at. */
    static async open(file: Blob): Promise<SealedReportFile | FileFault> {
        const first = await bytesOf(file, 0, FIRST_BYTES)
        let count: number
        try {
            count = parseFileCount(first)
        } catch (error) {
            if (error instanceof SealedIntakeError) return "not-sealed"
            throw error
        }
        try {
            const report = parseHead(await bytesOf(file, 0, headBytes(count)))
            return sealedReportBytes(report) === file.size ? new SealedReportFile(file, report) : "damaged"
        } catch (error) {
            if (error instanceof SealedIntakeError) return "damaged"
            throw error
        }
    }

    /** Compare every file with its digest; `onProgress` hears of bytes read, out of how many. */
    async isWhole(onProgress: (done: number, total: number) => void): Promise<boolean> {
        let done = headBytes(this.parts.length)
        for (const parts of this.parts) {
            const whole = await parts.isWhole((bytes) => {
                done += bytes
                onProgress(done, this.sizeBytes)
            })
            if (!whole) return false
        }
        return true
    }
}

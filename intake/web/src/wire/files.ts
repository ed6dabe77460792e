/** Sizes of sealed files and the parts in which they travel. Source: SPEC 17. */

import { MalformedFileError } from "../errors.ts"
import { concatBytes, labelledHash, Reader, u32, u64, type Bytes } from "./codec.ts"
import { FIXED_HEADER_BYTES, TAG_BYTES } from "./envelope.ts"

export const FILE_CHUNK_BYTES = 65536
export const PART_CHUNKS = 32
export const CAPABILITY_BYTES = 16
/** Capability and bucket. */
export const UPLOAD_BYTES = CAPABILITY_BYTES + 8
/** What a part index may be; with parts of 2 MiB this is far above any setting. */
export const MAX_BUCKET_BYTES = 2 ** 46

const SEALED_CHUNK_BYTES = FILE_CHUNK_BYTES + TAG_BYTES
const SMALLEST_BUCKET_BYTES = 65536
const QUARTERS = [4, 5, 6, 7]

/**
 * The padded length of a file: at most 25 % more. Source: SPEC 17.1.
 *
 * @throws {MalformedFileError} not a size.
 */
export function bucketBytes(sizeBytes: number): number {
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) throw new MalformedFileError("SPEC 17.1: not a size")
    for (let bucket = SMALLEST_BUCKET_BYTES; ; bucket *= 2) {
        const fitting = QUARTERS.find((quarter) => sizeBytes <= (bucket / 4) * quarter)
        if (fitting !== undefined) return (bucket / 4) * fitting
    }
}

/**
 * A sealed file on its way: who knows the capability may add to it. Source: SPEC 17.4.
 *
 * @throws {MalformedFileError} a capability of another length, or no bucket.
 */
export class Upload {
    /** 16 random bytes. */
    readonly capability: Bytes
    /** The padded length, one of the buckets. */
    readonly bucketBytes: number

    constructor(capability: Bytes, paddedBytes: number) {
        if (capability.length !== CAPABILITY_BYTES) throw new MalformedFileError(`SPEC 17.4: want ${CAPABILITY_BYTES} bytes`)
        // Before anything is computed with it: hostile numbers come here too.
        if (paddedBytes < SMALLEST_BUCKET_BYTES || paddedBytes > MAX_BUCKET_BYTES) {
            throw new MalformedFileError("SPEC 17.4: size out of range")
        }
        if (bucketBytes(paddedBytes) !== paddedBytes) throw new MalformedFileError("SPEC 17.1: not a bucket")
        this.capability = capability
        this.bucketBytes = paddedBytes
    }

    get chunkCount(): number {
        return Math.ceil(this.bucketBytes / FILE_CHUNK_BYTES)
    }

    get partCount(): number {
        return Math.ceil(this.chunkCount / PART_CHUNKS)
    }

    /** The length of the sealed file. */
    get sealedBytes(): number {
        return FIXED_HEADER_BYTES + this.bucketBytes + this.chunkCount * TAG_BYTES
    }

    /** Where a part begins in the sealed file. */
    partStart(index: number): number {
        return index === 0 ? 0 : FIXED_HEADER_BYTES + index * PART_CHUNKS * SEALED_CHUNK_BYTES
    }

    /**
     * The length of a part.
     *
     * @throws {MalformedFileError} there is no such part.
     */
    partBytes(index: number): number {
        if (!Number.isInteger(index) || index < 0 || index >= this.partCount) throw new MalformedFileError("SPEC 17.4: no such part")
        const end = index + 1 === this.partCount ? this.sealedBytes : this.partStart(index + 1)
        return end - this.partStart(index)
    }

    /** Under which a part is kept, 32 bytes; parts of one file have nothing in common. */
    partId(index: number): Bytes {
        return labelledHash("part", this.encode(), u32(index))
    }

    /** Spell it, 24 bytes. */
    encode(): Bytes {
        return concatBytes(this.capability, u64(this.bucketBytes))
    }
}

/**
 * Parse capability and bucket. Source: SPEC 17.4.
 *
 * @throws {MalformedFileError} not 24 bytes, or no bucket.
 */
export function parseUpload(raw: Uint8Array): Upload {
    const reader = new Reader(raw, MalformedFileError, "17.4")
    const upload = new Upload(reader.take(CAPABILITY_BYTES), reader.number(8))
    reader.end()
    return upload
}

/** The digest that stands in a file's entry, from the SHA-256 of each part. Source: SPEC 17.3. */
export function fileDigest(partHashes: readonly Uint8Array[]): Bytes {
    return labelledHash("file", ...partHashes)
}

/** Sizes of sealed files, which tell little about the file. Source: SPEC 17. */

import { MalformedFileError } from "../errors.ts"

export const FILE_CHUNK_BYTES = 65536

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
 * Check that a padded length is one of the buckets.
 *
 * @throws {MalformedFileError} it is none.
 */
export function refuseOtherBuckets(paddedBytes: number): void {
    if (paddedBytes < SMALLEST_BUCKET_BYTES || bucketBytes(paddedBytes) !== paddedBytes) {
        throw new MalformedFileError("SPEC 17.1: not a bucket")
    }
}

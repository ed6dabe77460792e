/**
 * Runs in a browser's worker for `deploy/bench/file_sealing.py`: seals a file part by part as the file
 * worker does, without a network, and beside it the browser's bare AES-GCM.
 */

import type { ReadPiece } from "../sealing/stream.ts"
import { readerOf } from "../upload/file_reader.ts"
import { LARGEST_BODY_BYTES } from "../upload/file_upload.ts"
import { PartHelpers } from "../upload/part_jobs.ts"
import { randomBytes, type Bytes } from "../wire/codec.ts"
import { bucketBytes, CAPABILITY_BYTES, PART_CHUNKS, Upload } from "../wire/files.ts"

/** Parts on their way at the same time, on a good line. */
const PARTS_AT_ONCE = 4

interface Order {
    /** `memory` is ours with a reader that costs nothing. */
    readonly kind: "ours" | "memory" | "bare"
    readonly file: Blob
    /** Of bare calls. */
    readonly chunkBytes: number
    readonly atOnce: number
}

const helpers = new PartHelpers(() => new Worker("part_worker.js"))

/** Whatever lies in the memory that it is given. */
const readNothing: ReadPiece = (_start, sizeBytes, memory) => Promise.resolve((memory ?? new Uint8Array(sizeBytes)).subarray(0, sizeBytes))

async function sealOurs(file: Blob, read: ReadPiece): Promise<void> {
    const upload = new Upload(randomBytes(CAPABILITY_BYTES), bucketBytes(file.size))
    const sealer = await helpers.open(upload, randomBytes(32), file.size, () => read)
    let next = 0
    const lane = async (): Promise<void> => {
        const memory = new Uint8Array(LARGEST_BODY_BYTES)
        while (next < upload.partCount) await sealer.seal(next++, memory)
    }
    await Promise.all(Array.from({ length: PARTS_AT_ONCE }, lane))
    sealer.digest()
}

/** As many bytes as the sealed file has, from memory of the size of a part. */
async function encryptBare({ file, chunkBytes, atOnce }: Order): Promise<void> {
    const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt"])
    const memory: Bytes = new Uint8Array(PART_CHUNKS * 65536)
    let left = Math.ceil(bucketBytes(file.size) / chunkBytes)
    const lane = async (lane: number): Promise<void> => {
        for (; left > 0; left--) {
            const start = (left * chunkBytes) % memory.length
            const chunk = memory.subarray(start, start + chunkBytes)
            await crypto.subtle.encrypt({ name: "AES-GCM", iv: new Uint8Array(12).fill(lane) }, key, chunk)
        }
    }
    await Promise.all(Array.from({ length: atOnce }, (_, index) => lane(index)))
}

self.addEventListener("message", (event: MessageEvent<Order>) => {
    const order = event.data
    const begun = performance.now()
    const work = order.kind === "bare" ? encryptBare(order) : sealOurs(order.file, order.kind === "ours" ? readerOf(order.file) : readNothing)
    void work.then(() => {
        self.postMessage({ bytes: bucketBytes(order.file.size), seconds: (performance.now() - begun) / 1000 })
    })
})

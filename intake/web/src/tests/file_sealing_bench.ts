/**
 * Runs in a browser's worker for `deploy/bench/file_sealing.py`: seals a file part by part as the file
 * worker does, without a network, and beside it the browser's bare AES-GCM.
 */

import { PartSealer } from "../sealing/parts.ts"
import { LARGEST_BODY_BYTES } from "../upload/file_upload.ts"
import { readerOf } from "../upload/file_reader.ts"
import { randomBytes } from "../wire/codec.ts"
import { bucketBytes, CAPABILITY_BYTES, Upload } from "../wire/files.ts"

/** Parts sealed at the same time, as when others are on their way. */
const PARTS_AT_ONCE = 2

interface Order {
    readonly kind: "ours" | "bare"
    readonly file: Blob
    /** Of bare calls. */
    readonly chunkBytes: number
    readonly atOnce: number
}

async function sealOurs(file: Blob): Promise<void> {
    const upload = new Upload(randomBytes(CAPABILITY_BYTES), bucketBytes(file.size))
    const sealer = await PartSealer.of(upload, randomBytes(32), readerOf(file), file.size)
    let next = 0
    const lane = async (): Promise<void> => {
        const memory = new Uint8Array(LARGEST_BODY_BYTES)
        while (next < upload.partCount) await sealer.seal(next++, memory)
    }
    await Promise.all(Array.from({ length: PARTS_AT_ONCE }, lane))
    sealer.digest()
}

/** As many bytes as the sealed file has, from memory. */
async function encryptBare({ file, chunkBytes, atOnce }: Order): Promise<void> {
    const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt"])
    const chunk = new Uint8Array(chunkBytes)
    let left = Math.ceil(bucketBytes(file.size) / chunkBytes)
    const lane = async (lane: number): Promise<void> => {
        for (; left > 0; left--) await crypto.subtle.encrypt({ name: "AES-GCM", iv: new Uint8Array(12).fill(lane) }, key, chunk)
    }
    await Promise.all(Array.from({ length: atOnce }, (_, index) => lane(index)))
}

self.addEventListener("message", (event: MessageEvent<Order>) => {
    const order = event.data
    const begun = performance.now()
    const work = order.kind === "ours" ? sealOurs(order.file) : encryptBare(order)
    void work.then(() => {
        const bytes = bucketBytes(order.file.size)
        self.postMessage({ bytes, seconds: (performance.now() - begun) / 1000 })
    })
})

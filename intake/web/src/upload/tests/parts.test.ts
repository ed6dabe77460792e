import { describe, expect, test } from "vitest"

import { MalformedFileError } from "../../errors.ts"
import { PartSealer } from "../../sealing/parts.ts"
import { sealFile } from "../../sealing/stream.ts"
import { concatBytes, encodeUtf8, equalBytes, labelledHash, plainHash, type Bytes } from "../../wire/codec.ts"
import { bucketBytes, CAPABILITY_BYTES, fileDigest, PART_CHUNKS, FILE_CHUNK_BYTES, Upload } from "../../wire/files.ts"

const KEY = labelledHash("digest", encodeUtf8("file key"))
const PART = PART_CHUNKS * FILE_CHUNK_BYTES
const SIZES = [0, 1, FILE_CHUNK_BYTES, PART - 1, PART, PART + 1, 2 * PART + 70_000]

function plaintextOf(sizeBytes: number): Bytes {
    return Uint8Array.from({ length: sizeBytes }, (_, i) => (i * 31 + (i >> 16)) % 251)
}

async function sealerOf(plaintext: Bytes, sizeBytes = plaintext.length): Promise<PartSealer> {
    const upload = new Upload(new Uint8Array(CAPABILITY_BYTES), bucketBytes(sizeBytes))
    return PartSealer.of(upload, KEY, (start, length) => Promise.resolve(plaintext.slice(start, start + length)), sizeBytes)
}

async function sealedWhole(plaintext: Bytes): Promise<Bytes> {
    const pieces: Bytes[] = []
    const read = (start: number, length: number): Promise<Bytes> => Promise.resolve(plaintext.slice(start, start + length))
    for await (const piece of sealFile(KEY, read, plaintext.length)) pieces.push(piece)
    return concatBytes(...pieces)
}

describe("a file sealed part by part", () => {
    test.each(SIZES)("is the sealed file cut into parts, whatever the order (%i bytes)", async (sizeBytes) => {
        const plaintext = plaintextOf(sizeBytes)
        const sealer = await sealerOf(plaintext)
        const count = sealer.upload.partCount
        const parts: Bytes[] = []

        for (let index = count - 1; index >= 0; index--) parts.unshift(await sealer.seal(index))

        expect(equalBytes(concatBytes(...parts), await sealedWhole(plaintext))).toBe(true)
        expect(parts.map((part) => part.length)).toEqual(parts.map((_, index) => sealer.upload.partBytes(index)))
        expect(sealer.digest()).toEqual(fileDigest(parts.map(plainHash)))
    })

    test("gives the same part again", async () => {
        const sealer = await sealerOf(plaintextOf(PART + 1))

        expect(equalBytes(await sealer.seal(1), await sealer.seal(1))).toBe(true)
    })

    test("has no digest before all parts were sealed", async () => {
        const sealer = await sealerOf(plaintextOf(PART + 1))
        await sealer.seal(0)

        expect(() => sealer.digest()).toThrow(MalformedFileError)
    })

    test("has no part beyond its last", async () => {
        const sealer = await sealerOf(plaintextOf(5))

        await expect(sealer.seal(1)).rejects.toThrow(MalformedFileError)
    })
})

describe("a file that changes while it is sealed", () => {
    test("is refused when it became shorter", async () => {
        const sealer = await sealerOf(plaintextOf(10), 11)

        await expect(sealer.seal(0)).rejects.toThrow(MalformedFileError)
    })

    test("never gives other bytes under a nonce that was used", async () => {
        const plaintext = plaintextOf(100)
        const sealer = await sealerOf(plaintext)
        await sealer.seal(0)
        plaintext[50] = 252

        await expect(sealer.seal(0)).rejects.toThrow(MalformedFileError)
    })
})

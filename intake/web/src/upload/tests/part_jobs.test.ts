import { describe, expect, test } from "vitest"

import { MalformedFileError } from "../../errors.ts"
import { PartSealer } from "../../sealing/parts.ts"
import { equalBytes, randomBytes, type Bytes } from "../../wire/codec.ts"
import { bucketBytes, CAPABILITY_BYTES, FILE_CHUNK_BYTES, PART_CHUNKS, Upload } from "../../wire/files.ts"
import { readerOf } from "../file_reader.ts"
import { LARGEST_BODY_BYTES, type SealingSource } from "../file_upload.ts"
import { PartHelpers, PartJobs, type PartNews, type PartOrder, type PartWorkerLike } from "../part_jobs.ts"

const PART = PART_CHUNKS * FILE_CHUNK_BYTES
const TEXT = Uint8Array.from({ length: 2 * PART + 1000 }, (_, i) => (i * 31 + (i >> 16)) % 251)
const KEY = randomBytes(32)

/** A helper on this thread; it gets copies, and what was handed over is gone, as with a real one. */
class Helper implements PartWorkerLike {
    private hear: (event: { readonly data: unknown }) => void = () => undefined
    private readonly fail: (() => void)[] = []
    private readonly jobs = new PartJobs((news: PartNews) => {
        this.hear({ data: structuredClone(news, { transfer: [news.part.buffer, news.plaintext.buffer] }) })
    })

    postMessage(order: PartOrder, transfer: Transferable[]): void {
        void this.jobs.obey(structuredClone(order, { transfer: transfer as ArrayBuffer[] }))
    }

    addEventListener(type: "message" | "error" | "messageerror", listener: ((event: { readonly data: unknown }) => void) & (() => void)): void {
        if (type === "message") this.hear = listener
        else this.fail.push(listener)
    }

    die(): void {
        for (const give of this.fail) give()
    }
}

function uploadOf(sizeBytes: number): Upload {
    return new Upload(new Uint8Array(CAPABILITY_BYTES), bucketBytes(sizeBytes))
}

async function allParts(sealer: SealingSource): Promise<Bytes[]> {
    const indexes = Array.from({ length: sealer.upload.partCount }, (_, index) => index)
    return Promise.all(indexes.map((index) => sealer.seal(index, new Uint8Array(LARGEST_BODY_BYTES))))
}

async function expected(blob: Blob): Promise<{ readonly parts: Bytes[]; readonly digest: Bytes }> {
    const sealer = await PartSealer.of(uploadOf(blob.size), KEY, readerOf(blob), blob.size)
    return { parts: await allParts(sealer), digest: sealer.digest() }
}

function same(left: readonly Bytes[], right: readonly Bytes[]): boolean {
    return left.length === right.length && left.every((part, index) => equalBytes(part, right[index] ?? new Uint8Array(0)))
}

describe("parts sealed by helpers", () => {
    test("are those that are sealed on one thread", async () => {
        const blob = new Blob([TEXT])
        const sealer = await new PartHelpers(() => new Helper()).open(uploadOf(blob.size), KEY, blob.size, () => readerOf(blob))
        const want = await expected(blob)

        expect(same(await allParts(sealer), want.parts)).toBe(true)
        expect(same(await allParts(sealer), want.parts)).toBe(true)
        expect(sealer.digest()).toEqual(want.digest)
    })

    test("are sealed here where the helpers died", async () => {
        const blob = new Blob([TEXT])
        const made: Helper[] = []
        const helpers = new PartHelpers(() => {
            const helper = new Helper()
            made.push(helper)
            return helper
        })
        const sealer = await helpers.open(uploadOf(blob.size), KEY, blob.size, () => readerOf(blob))
        const sealing = allParts(sealer)
        for (const helper of made) helper.die()
        const want = await expected(blob)

        expect(same(await sealing, want.parts)).toBe(true)
        expect(sealer.digest()).toEqual(want.digest)
    })

    test("never leave other bytes under a nonce that was used", async () => {
        let letter = 65
        const changing = {
            size: 100,
            slice: () => ({ arrayBuffer: () => Promise.resolve(new Uint8Array(100).fill(letter++).buffer) }),
        } as unknown as Blob
        const sealer = await new PartHelpers(() => new Helper()).open(uploadOf(100), KEY, 100, () => readerOf(changing))
        await sealer.seal(0, new Uint8Array(LARGEST_BODY_BYTES))

        await expect(sealer.seal(0, new Uint8Array(LARGEST_BODY_BYTES))).rejects.toThrow(MalformedFileError)
    })
})

describe("reading a file", () => {
    test.each([
        ["in order", [0, 1, 2]],
        ["with parts left out", [0, 2]],
        ["backwards", [2, 1, 0]],
        ["again", [0, 1, 0, 1, 2]],
    ])("gives its bytes %s", async (_, indexes) => {
        const read = readerOf(new Blob([TEXT]))
        const pieces = await Promise.all(
            indexes.map((index) => read(index * PART, Math.min(PART, TEXT.length - index * PART), new Uint8Array(PART))),
        )
        const want = indexes.map((index) => TEXT.slice(index * PART, (index + 1) * PART))

        expect(same(pieces, want)).toBe(true)
    })
})

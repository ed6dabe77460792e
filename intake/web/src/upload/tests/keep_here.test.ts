import { describe, expect, test } from "vitest"

import { keepHere, serveFiles, type SealedFile } from "../keep_here.ts"
import type { FileEntry, FileNews } from "../orders.ts"
import { MalformedFileError } from "../../errors.ts"
import { concatBytes, decodeBase64url, encodeBase64url, equalBytes, plainHash, u32, type Bytes } from "../../wire/codec.ts"
import { bucketBytes, CAPABILITY_BYTES, fileDigest, FILE_CHUNK_BYTES, PART_CHUNKS, Upload } from "../../wire/files.ts"

const NEVER = new AbortController().signal
const UPLOAD = new Upload(new Uint8Array(CAPABILITY_BYTES).fill(7), bucketBytes(PART_CHUNKS * FILE_CHUNK_BYTES + 1))

const partOf = (index: number): Bytes => new Uint8Array(UPLOAD.partBytes(index)).fill(index + 1)
const bodyOf = (index: number): Bytes => concatBytes(UPLOAD.encode(), u32(index), partOf(index))
const bytesOf = async (blob: Blob): Promise<Bytes> => new Uint8Array(await blob.arrayBuffer())

describe("parts that stay on this device", () => {
    test("are one file in their order, whatever the order they came in", async () => {
        const told: SealedFile[] = []
        const post = keepHere((file) => told.push(file))

        await post("parts", bodyOf(1), NEVER)
        expect(told).toEqual([])
        await post("parts", bodyOf(0), NEVER)

        expect(told.map(({ upload }) => upload)).toEqual([encodeBase64url(UPLOAD.capability)])
        expect(equalBytes(await bytesOf(told[0]?.file ?? new Blob()), concatBytes(partOf(0), partOf(1)))).toBe(true)
    })

    test("are told of as a server would", async () => {
        const post = keepHere(() => undefined)

        const before = await post("parts/held", UPLOAD.encode(), NEVER)
        await post("parts", bodyOf(1), NEVER)
        const after = await post("parts/held", UPLOAD.encode(), NEVER)

        expect(before).toEqual({ kind: "done", body: Uint8Array.of(0, 0) })
        expect(after).toEqual({ kind: "done", body: Uint8Array.of(0, 1) })
    })

    test("have the length that was announced", () => {
        const post = keepHere(() => undefined)

        expect(() => post("parts", bodyOf(1).slice(0, -1), NEVER)).toThrow(MalformedFileError)
    })
})

test("a file that a page orders to be sent comes back sealed, with the digest of its entry", async () => {
    const news: (FileNews | SealedFile)[] = []
    let ask: (event: { readonly data: unknown }) => void = () => undefined
    const sealed = new Promise<FileEntry>((resolve) => {
        serveFiles({
            postMessage: (said) => {
                news.push(said)
                if (said.kind === "looked") ask({ data: { kind: "send", apiOrigin: "", files: [{ id: 1, as: "original" }] } })
                if (said.kind === "held") resolve(said.entry)
            },
            addEventListener: (_type, listener) => {
                ask = listener
            },
        })
    })

    ask({ data: { kind: "add", id: 1, file: new Blob(["a note"]) } })
    const entry = await sealed

    const file = news.find((said): said is SealedFile => said.kind === "sealed")
    expect(file?.upload).toBe(entry.upload)
    const raw = await bytesOf(file?.file ?? new Blob())
    expect(encodeBase64url(fileDigest([plainHash(raw)]))).toBe(entry.digest)
    expect(raw.length).toBe(new Upload(decodeBase64url(entry.upload), bucketBytes(entry.size_bytes)).sealedBytes)
})

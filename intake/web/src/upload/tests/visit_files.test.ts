import { beforeEach, describe, expect, test, vi } from "vitest"

import { openFile } from "../../custody/opening.ts"
import { decodeBase64url, encodeBase64url, concatBytes, plainHash, type Bytes } from "../../wire/codec.ts"
import { bucketBytes, fileDigest, Upload } from "../../wire/files.ts"
import type { FileEntry, FileNews } from "../orders.ts"
import { VisitFiles } from "../visit_files.ts"
import { Network } from "./network.ts"

const TEXT = new TextEncoder().encode("a heron, seen at the quay")

let network: Network
let heard: FileNews[]
let files: VisitFiles

beforeEach(() => {
    network = new Network()
    heard = []
    files = new VisitFiles(
        () => network.post,
        (news) => heard.push(news),
    )
})

async function hear<K extends FileNews["kind"]>(kind: K): Promise<FileNews & { readonly kind: K }> {
    await vi.waitFor(() => {
        expect(heard.map((news) => news.kind)).toContain(kind)
    })
    return heard.filter((news): news is FileNews & { readonly kind: K } => news.kind === kind).at(-1) ?? expect.fail("nothing was heard")
}

async function arrived(entry: FileEntry): Promise<Bytes> {
    const parts = network.file(new Upload(decodeBase64url(entry.upload), bucketBytes(entry.size_bytes)))
    expect(encodeBase64url(fileDigest(parts.map(plainHash)))).toBe(entry.digest)
    const opened: Bytes[] = []
    for await (const chunk of openFile(decodeBase64url(entry.key), concatBytes(...parts))) opened.push(chunk)
    return concatBytes(...opened).slice(0, entry.size_bytes)
}

describe("the files of one visit", () => {
    test("are looked at, and nothing of them is sent", async () => {
        await files.obey({ kind: "add", id: 1, file: new Blob([TEXT]) })

        expect(await hear("looked")).toMatchObject({ id: 1, inspection: { kind: "text" } })
        expect(network.asked).toEqual([])
    })

    test("arrive under the entry that stands in the report", async () => {
        await files.obey({ kind: "add", id: 1, file: new Blob([TEXT]) })
        await files.obey({ kind: "send", apiOrigin: "", files: [{ id: 1, as: "original" }] })

        const { entry } = await hear("held")

        expect(await arrived(entry)).toEqual(concatBytes(TEXT))
    })

    test("have fresh keys when they are sent as something else", async () => {
        await files.obey({ kind: "add", id: 1, file: new Blob([TEXT]) })
        await files.obey({ kind: "send", apiOrigin: "", files: [{ id: 1, as: "original" }] })
        const first = (await hear("held")).entry
        heard = []
        await files.obey({ kind: "send", apiOrigin: "", files: [{ id: 1, as: "cleaned" }] })

        const second = (await hear("held")).entry

        expect(second.key).not.toBe(first.key)
        expect(second.upload).not.toBe(first.upload)
    })

    test("keep their entry when sending is stopped and begun again", async () => {
        const order = { kind: "send", apiOrigin: "", files: [{ id: 1, as: "original" }] } as const
        await files.obey({ kind: "add", id: 1, file: new Blob([TEXT]) })
        await files.obey(order)
        const first = (await hear("held")).entry
        heard = []
        await files.obey({ kind: "pause" })
        await files.obey(order)

        expect((await hear("held")).entry).toEqual(first)
        expect(network.asked.filter((path) => path === "parts")).toHaveLength(1)
    })

    test("are kept once the report has come", async () => {
        await files.obey({ kind: "add", id: 1, file: new Blob([TEXT]) })
        await files.obey({ kind: "send", apiOrigin: "", files: [{ id: 1, as: "original" }] })
        await hear("held")

        await files.obey({ kind: "keep" })
        await hear("kept")

        expect(network.kept.size).toBe(1)
    })

    test("are tried anew under another key where the server refused", async () => {
        network.before = (_, count) => (count === 1 ? { kind: "refused", status: 409, problem: "part-taken" } : undefined)
        await files.obey({ kind: "add", id: 1, file: new Blob([TEXT]) })
        await files.obey({ kind: "send", apiOrigin: "", files: [{ id: 1, as: "original" }] })
        expect(await hear("failed")).toMatchObject({ reason: "refused" })

        await files.obey({ kind: "retry", id: 1 })

        expect(await arrived((await hear("held")).entry)).toEqual(concatBytes(TEXT))
    })

    test("that are dropped send nothing", async () => {
        await files.obey({ kind: "add", id: 1, file: new Blob([TEXT]) })
        await files.obey({ kind: "drop", id: 1 })
        await files.obey({ kind: "send", apiOrigin: "", files: [{ id: 1, as: "original" }] })

        expect(network.asked).toEqual([])
    })

    test("that can't be read any more are said to have changed", async () => {
        const gone = new Blob([TEXT])
        await files.obey({ kind: "add", id: 1, file: gone })
        const fault = new DOMException("gone", "NotReadableError")
        vi.spyOn(Blob.prototype, "arrayBuffer").mockRejectedValue(fault)
        vi.spyOn(Blob.prototype, "stream").mockImplementation(() => {
            throw fault
        })
        await files.obey({ kind: "send", apiOrigin: "", files: [{ id: 1, as: "original" }] })

        expect(await hear("failed")).toMatchObject({ id: 1, reason: "changed" })
        expect(network.asked).toEqual([])
    })
})

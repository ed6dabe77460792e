import { describe, expect, it } from "vitest"

import { Attachments, entryContent, isTelling, sealedBytes, sentAs, sentBytes, wantsDecision } from "../attachments.ts"
import type { Attachment } from "../attachments.ts"
import type { Inspection } from "../../metadata/inspect.ts"
import { isFiles } from "../../wire/contents.ts"

const LIMITS = { maxFiles: 2, maxFileBytes: 1000 }
const PLACE = { code: "place", detail: "31 N, 121 E" } as const
const REMOVABLE: Inspection = { kind: "jpeg", findings: [PLACE], verdict: "removable", mayRemain: [] }
const UNCLEANABLE: Inspection = { kind: "pdf", findings: [PLACE], verdict: "cannot", mayRemain: [] }
const ENTRY = { upload: "A".repeat(22), key: "A".repeat(43), digest: "A".repeat(43), size_bytes: 90 }

function added(name = "a.jpg", size = 100): { readonly files: Attachments; readonly item: () => Attachment } {
    const files = new Attachments(LIMITS)
    files.add({ name, type: "image/jpeg", size })
    const item = (): Attachment => {
        const [first] = files.items
        if (first === undefined) throw new TypeError("nothing was added")
        return first
    }
    return { files, item }
}

describe("adding files", () => {
    it.each([
        ["an empty one", 0, "empty"],
        ["one above the limit", 1001, "large"],
    ])("refuses %s", (_, size, refusal) => {
        expect(new Attachments(LIMITS).add({ name: "a", type: "", size })).toBe(refusal)
    })

    it("refuses more than the service takes", () => {
        const { files } = added()
        files.add({ name: "b", type: "", size: 1 })

        expect(files.add({ name: "c", type: "", size: 1 })).toBe("many")
    })
})

describe("what is sent of a file", () => {
    it("is the cleaned one, without name and type", () => {
        const { files, item } = added()
        files.receive({ kind: "looked", id: 1, inspection: REMOVABLE, cleanedBytes: 90 })

        expect([sentAs(item()), sentBytes(item())]).toEqual(["cleaned", 90])
        expect(Object.keys(entryContent(item()))).toEqual(["upload", "key", "digest", "size_bytes"])
    })

    it("is the original on purpose", () => {
        const { files, item } = added()
        files.receive({ kind: "looked", id: 1, inspection: REMOVABLE, cleanedBytes: 90 })
        files.change(1, { original: true })

        expect([sentAs(item()), sentBytes(item())]).toEqual(["original", 100])
    })

    it("has a name that readers accept, where it is kept", () => {
        const { files, item } = added("a\ud800.jpg")
        files.change(1, { keepsName: true })

        expect(entryContent(item())).toMatchObject({ name: "a\ufffd.jpg", type: "image/jpeg" })
    })

    it("takes the same room in the report before and after it was sent", () => {
        const { files, item } = added()
        files.receive({ kind: "looked", id: 1, inspection: REMOVABLE, cleanedBytes: 90 })
        const before = JSON.stringify(entryContent(item())).length
        files.receive({ kind: "held", id: 1, entry: ENTRY })

        expect(JSON.stringify(entryContent(item()))).toHaveLength(before)
        expect(isFiles([entryContent(item())])).toBe(true)
    })

    it("is sent anew once other bytes are chosen", () => {
        const { files, item } = added()
        files.receive({ kind: "held", id: 1, entry: ENTRY })
        files.change(1, { original: true })

        expect(item().entry).toBeNull()
    })

    it("counts with its padding and tags", () => {
        const { item } = added()

        expect(sealedBytes(item())).toBe(72 + 65536 + 16)
    })
})

describe("a decision", () => {
    it("is wanted where something telling can't be taken out", () => {
        const { files, item } = added()
        files.receive({ kind: "looked", id: 1, inspection: UNCLEANABLE, cleanedBytes: null })

        expect(wantsDecision(item())).toBe(true)
        files.change(1, { original: true })
        expect(wantsDecision(item())).toBe(false)
    })

    it("is wanted where a file can't be looked into", () => {
        const { files, item } = added()
        files.receive({ kind: "looked", id: 1, inspection: { ...UNCLEANABLE, findings: [], mayRemain: ["unreadable"] }, cleanedBytes: null })

        expect(isTelling(item())).toBe(true)
    })

    it("is not wanted where nothing telling was found", () => {
        const { files, item } = added()
        files.receive({ kind: "looked", id: 1, inspection: { ...UNCLEANABLE, findings: [] }, cleanedBytes: null })

        expect(wantsDecision(item())).toBe(false)
    })
})

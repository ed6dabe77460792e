import { describe, expect, it } from "vitest"

import { concatBytes, encodeUtf8, u16, u32 } from "../../wire/codec.ts"
import { FTYP, PIXELS, TELLING, WORD, XMP, box, cleaned, codesOf, exifItem, full, heic, inspected, latin1Of, longBox, tellingExif } from "../../tests/pictures.ts"

const telling = TELLING["heic"] ?? FTYP

describe("a HEIC file", () => {
    it("keeps its pictures where they are, and every offset", async () => {
        const after = await cleaned(telling)
        const end = telling.length - box("mpvd", encodeUtf8(WORD)).length

        expect(after.length).toBe(end)
        expect(latin1Of(after).indexOf("pixels pixels")).toBe(latin1Of(telling).indexOf("pixels pixels"))
    })

    it("loses Exif, XMP, names, texts, unknown boxes and what stands behind the end", async () => {
        expect(latin1Of(await cleaned(telling))).not.toMatch(new RegExp(WORD, "u"))
        expect(codesOf(await inspected(telling))).toEqual(["place", "author", "software", "trailing", "other"])
    })

    it("that was cleaned is clean", async () => {
        const after = await cleaned(telling)

        expect(await inspected(after)).toEqual({ kind: "heic", findings: [], verdict: "clean", mayRemain: ["visible-content", "camera-noise"] })
        expect(await cleaned(after)).toEqual(after)
    })

    it("loses bytes between its pictures that belong to nothing", async () => {
        const file = heic([PIXELS, { type: "hidden", data: encodeUtf8(WORD) }])

        expect(latin1Of(await cleaned(file))).not.toContain(WORD)
    })

    it("says that small copies stay where there are any", async () => {
        const file = heic([PIXELS, PIXELS], { head: [full("iref", 0, box("thmb", u16(2), u16(1), u16(1)))] })

        expect((await inspected(file)).mayRemain).toContain("embedded-files")
    })

    it("may count lengths in eight bytes", async () => {
        const file = heic([PIXELS], { between: [longBox("skip", encodeUtf8(WORD))] })

        expect(latin1Of(await cleaned(file))).not.toContain(WORD)
    })

    const place = (construction: number, reference: number): Uint8Array =>
        full("iloc", 1, u16(0x4400), u16(1), u16(1), u16(construction), u16(reference), u16(1), u32(0), u32(8))
    const metaOf = (...boxes: readonly Uint8Array[]): Uint8Array =>
        full("meta", 0, full("hdlr", 0, u32(0), encodeUtf8("pict"), new Uint8Array(13)), box("iprp"), full("iinf", 0, u16(1), full("infe", 2, u16(1), u16(0), encodeUtf8("hvc1\0"))), ...boxes)

    it.each([
        ["a film in it", "not just pictures", concatBytes(telling, box("moov"))],
        ["fragments", "not just pictures", concatBytes(telling, box("moof"))],
        ["two heads", "not just pictures", concatBytes(telling, metaOf())],
        ["no head", "not just pictures", FTYP],
        ["data in another file", "an item of another make", concatBytes(FTYP, metaOf(place(0, 1)))],
        ["items made of items", "an item of another make", concatBytes(FTYP, metaOf(place(2, 0)))],
        ["an item outside of the media data", "an item outside of the media data", concatBytes(FTYP, metaOf(place(0, 0)))],
        ["an item beyond the end", "an item reaches beyond the end", concatBytes(FTYP, metaOf(full("iloc", 1, u16(0x4400), u16(1), u16(1), u16(0), u16(0), u16(1), u32(9999), u32(8))))],
        ["an item of unknown length", "an item reaches beyond the end", concatBytes(FTYP, metaOf(full("iloc", 0, u16(0), u16(1), u16(1), u16(0), u16(65535))))],
        ["locations that are cut off", "locations are cut off", concatBytes(FTYP, metaOf(full("iloc", 2, u16(0x4400), u32(0xffffffff))))],
        ["a protected item", "a protected or doubled item", heic([PIXELS]).map((byte, i, all) => (latin1Of(all).indexOf("hvc1") - 1 === i ? 1 : byte))],
        ["a damaged head", "a damaged head", heic([PIXELS], { head: [u32(0)] })],
    ])("with %s cannot be cleaned", async (_, reason, file) => {
        expect(await inspected(file)).toMatchObject({ kind: "heic", verdict: "cannot", mayRemain: ["unreadable"] })
        await expect(cleaned(file)).rejects.toThrow(reason)
    })

    it("whose Exif shares its bytes with a picture cannot be cleaned", async () => {
        const shared = heic([PIXELS, exifItem(tellingExif())])
        const at = latin1Of(shared).indexOf("iloc") + 8 + 4 + 16
        const offsetOfExif = shared.slice(at + 8, at + 12)
        shared.set(offsetOfExif, at - 8)

        await expect(cleaned(shared)).rejects.toThrow("items share their bytes")
    })

    it("is told from AVIF by its brands", async () => {
        const avif = heic([PIXELS, { type: "mime", data: XMP }])
        avif.set(encodeUtf8("mif1"), 8)
        avif.set(encodeUtf8("avif"), 20)

        expect((await inspected(avif)).kind).toBe("avif")
        expect(latin1Of(await cleaned(avif))).not.toContain(WORD)
    })
})

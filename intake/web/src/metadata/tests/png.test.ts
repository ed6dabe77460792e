import { describe, expect, it } from "vitest"

import { concatBytes, encodeUtf8, u16, u32, u8 } from "../../wire/codec.ts"
import { IDAT, IEND, IHDR, PNG_SIGNATURE, TELLING, WORD, chunk, cleaned, codesOf, inspected, oriented, png, tellingExif } from "../../tests/pictures.ts"

const PRINT_SIZE = chunk("pHYs", u32(2835), u32(2835), u8(1))

describe("a PNG file", () => {
    it("that holds a picture and nothing else stays as it is", async () => {
        expect(await inspected(png())).toEqual({ kind: "png", findings: [], verdict: "clean", mayRemain: ["visible-content"] })
        expect(await cleaned(png())).toEqual(png())
    })

    it("loses everything but picture and orientation", async () => {
        const telling = TELLING["png"] ?? IEND

        expect(await cleaned(telling)).toEqual(png(chunk("eXIf", oriented(6))))
        expect(codesOf(await inspected(telling))).toEqual(["author", "author", "trailing", "other"])
    })

    it("keeps what says how pixels look, and the frames of an animation", async () => {
        const head = [
            chunk("gAMA", u32(45_455)), chunk("cHRM", new Uint8Array(32)), chunk("sRGB", u8(0)), chunk("sBIT", u8(8)), chunk("bKGD", u16(0)),
            chunk("tRNS", u16(0)), chunk("acTL", u32(1), u32(0)), chunk("fcTL", new Uint8Array(26)), chunk("fdAT", u32(1)),
        ]

        expect(await cleaned(png(...head))).toEqual(png(...head))
    })

    it.each(["tEXt", "zTXt", "iTXt", "tIME", "iCCP", "sPLT", "hIST", "caBX", "prVt"])("loses %s", async (name) => {
        expect(await cleaned(png(chunk(name, encodeUtf8(`${WORD}\0\0`))))).toEqual(png())
    })

    it("loses its size in print, and keeps the shape of oblong pixels", async () => {
        const oblong = chunk("pHYs", u32(1), u32(2), u8(0))

        expect(await cleaned(png(PRINT_SIZE, oblong))).toEqual(png(oblong))
    })

    it("says when it was changed, and which profile it has", async () => {
        const { findings } = await inspected(png(chunk("tIME", u16(2026), Uint8Array.of(3, 5, 14, 3, 22)), chunk("iCCP", encodeUtf8("Color LCD\0\0"))))

        expect(findings).toEqual([{ code: "time", detail: "2026-03-05 14:03:22 UTC" }, { code: "profile", detail: "Color LCD" }])
    })

    it("takes a keyword from a file for a word, never for a name of ours", async () => {
        const { findings } = await inspected(png(chunk("tEXt", encodeUtf8("constructor\0x"))))

        expect(findings).toEqual([{ code: "comment", detail: "constructor: x" }])
    })

    it.each([
        ["a wrong checksum", "a checksum is wrong", concatBytes(PNG_SIGNATURE, IHDR, IDAT.subarray(0, IDAT.length - 1), u8(0), IEND)],
        ["an unknown chunk that decoding needs", "an unknown chunk", png(chunk("CgBI", u32(0)))],
        ["a chunk that has room for more", "a chunk is too long", png(chunk("gAMA", u32(1), encodeUtf8(WORD)))],
        ["another chunk first", "IHDR is not the first", concatBytes(PNG_SIGNATURE, PRINT_SIZE, IHDR, IDAT, IEND)],
        ["two first chunks", "IHDR is not the first", png(IHDR)],
        ["no picture", "no picture", concatBytes(PNG_SIGNATURE, IHDR, IEND)],
        ["no end", "reaches beyond the end", concatBytes(PNG_SIGNATURE, IHDR, IDAT)],
        ["a chunk beyond the end", "a chunk reaches beyond the end", concatBytes(PNG_SIGNATURE, IHDR, u32(0xffffffff), encodeUtf8("IDAT"))],
    ])("with %s cannot be cleaned", async (_, reason, file) => {
        expect(await inspected(file)).toMatchObject({ kind: "png", verdict: "cannot", mayRemain: ["unreadable"] })
        await expect(cleaned(file)).rejects.toThrow(reason)
    })

    it("is turned by the first of two Exif blocks", async () => {
        expect(await cleaned(png(chunk("eXIf", oriented(8)), chunk("eXIf", tellingExif())))).toEqual(png(chunk("eXIf", oriented(8))))
    })
})

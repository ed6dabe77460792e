import { describe, expect, it } from "vitest"

import { concatBytes, encodeUtf8 } from "../../wire/codec.ts"
import { TELLING, VP8, WORD, anmf, cleaned, codesOf, inspected, oriented, riff, tellingExif, vp8x, webp } from "../../tests/pictures.ts"

const ALPHA = riff("ALPH", encodeUtf8("alpha!"))
const ANIM = riff("ANIM", new Uint8Array(6))

describe("a WebP file", () => {
    it.each([
        ["a picture", webp(VP8)],
        ["a picture with transparency", webp(vp8x(0x10), ALPHA, VP8)],
        ["an animation", webp(vp8x(0x02), ANIM, anmf(ALPHA, VP8), anmf(VP8))],
    ])("that holds %s and nothing else stays as it is", async (_, file) => {
        expect(await inspected(file)).toMatchObject({ kind: "webp", findings: [], verdict: "clean" })
        expect(await cleaned(file)).toEqual(file)
    })

    it("loses everything but picture and orientation, and announces no more than it has", async () => {
        const telling = TELLING["webp"] ?? VP8

        expect(await cleaned(telling)).toEqual(webp(vp8x(0x08), VP8, riff("EXIF", oriented(6))))
        expect(codesOf(await inspected(telling))).toEqual(["place", "author", "software", "trailing", "other"])
    })

    it("announces nothing where nothing is left", async () => {
        expect(await cleaned(webp(vp8x(0x2c), riff("ICCP", encodeUtf8(WORD)), VP8, riff("EXIF", oriented(1))))).toEqual(webp(vp8x(0), VP8))
    })

    it("loses what stands inside the frames of an animation", async () => {
        const before = webp(vp8x(0x02), ANIM, anmf(ALPHA, riff("note", encodeUtf8(WORD)), VP8, VP8), VP8)

        expect(await cleaned(before)).toEqual(webp(vp8x(0x02), ANIM, anmf(ALPHA, VP8)))
    })

    it("loses a second picture, which no viewer shows", async () => {
        expect(await cleaned(webp(VP8, riff("VP8L", encodeUtf8(WORD))))).toEqual(webp(VP8))
    })

    it("loses Exif that the file does not announce", async () => {
        expect(await cleaned(webp(VP8, riff("EXIF", tellingExif())))).toEqual(webp(VP8))
        expect(await cleaned(webp(vp8x(0), VP8, riff("EXIF", tellingExif())))).toEqual(webp(vp8x(0), VP8))
    })

    it("has zeros for padding", async () => {
        const dirty = VP8.slice()
        dirty[dirty.length - 1] = 0x41

        expect(await cleaned(webp(dirty))).toEqual(webp(VP8))
    })

    it.each([
        ["that is cut off", "cut off", webp(VP8).subarray(0, 20)],
        ["with a chunk beyond the end", "a chunk reaches beyond the end", webp(VP8.subarray(0, 10))],
        ["without a picture", "no picture", webp(vp8x(0), riff("EXIF", tellingExif()))],
        ["with a head of another length", "VP8X of another length", webp(riff("VP8X", new Uint8Array(12)), VP8)],
        ["with a frame that is too short", "a frame is too short", webp(vp8x(0x02), ANIM, riff("ANMF", new Uint8Array(8)))],
    ])("%s cannot be cleaned", async (_, reason, file) => {
        expect(await inspected(concatBytes(file))).toMatchObject({ kind: "webp", verdict: "cannot", mayRemain: ["unreadable"] })
        await expect(cleaned(file)).rejects.toThrow(reason)
    })
})

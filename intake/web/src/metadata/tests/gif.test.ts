import { describe, expect, it } from "vitest"

import { concatBytes, encodeUtf8 } from "../../wire/codec.ts"
import { GIF_CONTROL, GIF_END, GIF_HEAD, GIF_IMAGE, LOOP, TELLING, WORD, cleaned, codesOf, extension, gif, inspected } from "../../tests/pictures.ts"

describe("a GIF file", () => {
    it("that holds pictures, their timing and a loop stays as it is", async () => {
        const file = gif(LOOP, GIF_CONTROL, GIF_IMAGE, GIF_CONTROL)

        expect(await inspected(file)).toEqual({ kind: "gif", findings: [], verdict: "clean", mayRemain: ["visible-content"] })
        expect(await cleaned(file)).toEqual(file)
    })

    it("loses comments, plain text with its timing, and what stands behind the end", async () => {
        const telling = TELLING["gif"] ?? GIF_END

        expect(await cleaned(telling)).toEqual(gif(LOOP, GIF_CONTROL))
        expect(codesOf(await inspected(telling))).toEqual(["comment", "trailing", "other"])
    })

    it.each(["XMP DataXMP", "NETSCAPE2.0", "MAGPIE1.0  "])("loses what %s keeps in it for itself", async (name) => {
        expect(await cleaned(gif(extension(0xff, encodeUtf8(name), encodeUtf8(WORD))))).toEqual(gif())
    })

    it("that was cut off behind a picture gets its end", async () => {
        expect(await cleaned(gif().subarray(0, gif().length - 1))).toEqual(gif())
    })

    it.each([
        ["without a picture", "no picture", concatBytes(GIF_HEAD, GIF_END)],
        ["with an unknown block", "an unknown block", gif(Uint8Array.of(0x99))],
        ["with a timing block that has room for more", "a timing block of another length", gif(extension(0xf9, encodeUtf8(WORD)))],
        ["that is cut off inside a block", "reaches beyond the end", gif().subarray(0, gif().length - 2)],
    ])("%s cannot be cleaned", async (_, reason, file) => {
        expect(await inspected(file)).toMatchObject({ kind: "gif", verdict: "cannot", mayRemain: ["unreadable"] })
        await expect(cleaned(file)).rejects.toThrow(reason)
    })
})

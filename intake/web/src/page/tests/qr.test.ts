import { encodeQR } from "qr"
import { describe, expect, it } from "vitest"

import { encodeQrModules, MOST_SYMBOLS } from "../qr.ts"

/** The modules that a general encoder gives, its one light module all round taken off. */
function library(text: string): boolean[][] {
    const bordered = encodeQR(text, "raw", { ecc: "medium", version: 2, mask: 0, encoding: "alphanumeric", border: 1 })
    return bordered.slice(1, -1).map((row) => row.slice(1, -1))
}

describe("the QR code of a receipt code", () => {
    it.each(["7K3M-Q9ZX-A2TB-04PW-H8DN-5RC6-VJEX", "0000-0000-0000-0000-0000-0000-0000", "ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZ10", "A", "AB"])(
        "has the modules that a general encoder gives it: %s",
        (code) => {
            expect(encodeQrModules(code)).toEqual(library(code))
        },
    )

    it("is refused for a text that does not fit", () => {
        expect(() => encodeQrModules("A".repeat(MOST_SYMBOLS + 1))).toThrow(RangeError)
        expect(() => encodeQrModules("a")).toThrow(RangeError)
    })
})

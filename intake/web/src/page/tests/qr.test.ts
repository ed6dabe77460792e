import decodeQR from "qr/decode.js"
import { describe, expect, it } from "vitest"

import { drawQr, type QrDrawing } from "../qr.ts"

/** Pixels along each side of a module, as a camera would see it. */
const SCALE = 4

/** What a camera sees of a drawing: dark squares where the path draws them, on a light ground. */
function photograph({ size, path }: QrDrawing): { height: number; width: number; data: Uint8Array } {
    const side = size * SCALE
    const data = new Uint8Array(4 * side * side).fill(255)
    for (const [, left, top] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/gu)) {
        for (let down = 0; down < SCALE; down += 1) {
            const start = 4 * ((Number(top) * SCALE + down) * side + Number(left) * SCALE)
            for (let right = 0; right < SCALE; right += 1) data.fill(0, start + 4 * right, start + 4 * right + 3)
        }
    }
    return { height: side, width: side, data }
}

describe("the QR code of a receipt code", () => {
    it.each(["7K3M-Q9ZX-A2TB-04PW-H8DN-5RC6-VJEX", "0000-0000-0000-0000-0000-0000-0000", "ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZ10"])(
        "is read back by a scanner: %s",
        (code) => {
            expect(decodeQR(photograph(drawQr(code)))).toBe(code)
        },
    )
})

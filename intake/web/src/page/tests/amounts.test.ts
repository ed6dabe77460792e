import { describe, expect, it } from "vitest"

import { bytesText, durationOf, Pace } from "../amounts.ts"

describe("amounts", () => {
    it.each([
        [0, "0 B"],
        [999, "999 B"],
        [1000, "1 kB"],
        [3_249_000, "3.2 MB"],
        [312_000_000, "312 MB"],
        [4 * 2 ** 30, "4.3 GB"],
        [5e12, "5,000 GB"],
    ])("%i bytes have one fitting unit", (bytes, text) => {
        expect(bytesText(bytes, "en")).toBe(text)
    })

    it.each([
        [0, { unit: "seconds", n: 1 }],
        [89, { unit: "seconds", n: 89 }],
        [90, { unit: "minutes", n: 2 }],
        [5400, { unit: "hours", n: 2 }],
    ])("%i seconds are rounded up in one fitting unit", (seconds, duration) => {
        expect(durationOf(seconds)).toEqual(duration)
    })
})

describe("the pace", () => {
    it("is not known before something has come through", () => {
        const pace = new Pace()
        pace.note(10, 0)

        expect(pace.bytesPerSecond).toBeUndefined()
    })

    it("is that of the last half minute", () => {
        const pace = new Pace()
        pace.note(0, 0)
        pace.note(100, 1_000_000)
        pace.note(110, 1_500_000)

        expect(pace.bytesPerSecond).toBe(50_000)
    })

    it("begins anew after a pause", () => {
        const pace = new Pace()
        pace.note(0, 0)
        pace.note(10, 100)
        pace.reset()

        expect(pace.bytesPerSecond).toBeUndefined()
    })
})

import { describe, expect, it } from "vitest"

import { concatBytes, encodeUtf8, u16, u32 } from "../../wire/codec.ts"
import { keptProfile } from "../colour_profile.ts"
import { Findings } from "../finding.ts"
import { WORD, cleaned, inspected, jpeg, latin1Of, segment } from "../../tests/pictures.ts"

const HEADER_BYTES = 128

/** A profile of tags; a tag's name may come with a fixed place for its data. */
function profile(space: string, tags: Readonly<Record<string, Uint8Array>>): Uint8Array {
    const names = Object.keys(tags)
    let at = HEADER_BYTES + 4 + names.length * 12
    const table = names.map((name) => {
        const data = tags[name] ?? new Uint8Array(0)
        at += data.length
        return concatBytes(encodeUtf8(name), u32(at - data.length), u32(data.length))
    })
    const head = new Uint8Array(HEADER_BYTES)
    head.set(u32(at), 0)
    head.set(encodeUtf8(`mntr${space}XYZ ${WORD}`), 12)
    head.set(encodeUtf8("acsp"), 36)
    head.set(encodeUtf8(WORD), 48)
    return concatBytes(head, u32(names.length), ...table, ...Object.values(tags))
}

const xyz = (x: number, y: number): Uint8Array => concatBytes(encodeUtf8("XYZ "), u32(0), u32(Math.round(x * 65536)), u32(Math.round(y * 65536)), u32(0))
const primaries = (...[rx, ry, gx, gy, bx, by]: readonly [number, number, number, number, number, number]): Record<string, Uint8Array> => ({
    rXYZ: xyz(rx, ry), gXYZ: xyz(gx, gy), bXYZ: xyz(bx, by),
})
const NAME = concatBytes(encodeUtf8("desc"), u32(0), u32(7), encodeUtf8(`${WORD}\0`))
const WIDE = profile("RGB ", { desc: NAME, ...primaries(0.5151, 0.2412, 0.292, 0.6922, 0.1571, 0.0666), rTRC: encodeUtf8("curv"), dmnd: NAME })

describe("a colour profile", () => {
    it.each([
        ["Display P3", WIDE],
        ["Adobe RGB", profile("RGB ", { desc: NAME, ...primaries(0.6097, 0.3111, 0.2053, 0.6257, 0.1492, 0.0632) })],
        ["CMYK", profile("CMYK", { desc: NAME, A2B0: encodeUtf8("mft2") })],
    ])("of %s stays without maker, date and texts, as long as before", (_, before) => {
        const after = keptProfile(before, new Findings())

        expect(after?.length).toBe(before.length)
        expect(latin1Of(after ?? before)).not.toContain(WORD)
    })

    it("that was reduced is reduced to itself, and tells nothing", () => {
        const findings = new Findings()
        const after = keptProfile(WIDE, new Findings()) ?? WIDE

        expect(keptProfile(after, findings)).toEqual(after)
        expect(findings.sorted()).toEqual([])
    })

    it.each([
        ["sRGB", profile("RGB ", { desc: NAME, ...primaries(0.4361, 0.2225, 0.3851, 0.7169, 0.1431, 0.0606) })],
        ["one single screen", profile("RGB ", { desc: NAME, ...primaries(0.48, 0.23, 0.31, 0.69, 0.15, 0.07) })],
        ["grey", profile("GRAY", { desc: NAME })],
        ["CMYK without tables", profile("CMYK", { desc: NAME })],
    ])("of %s goes, and is named", (_, before) => {
        const findings = new Findings()

        expect(keptProfile(before, findings)).toBeNull()
        expect(findings.sorted()).toEqual([{ code: "profile", detail: WORD }])
    })

    it("names itself in newer profiles in two-byte letters", () => {
        const findings = new Findings()
        const name = concatBytes(encodeUtf8("mluc"), u32(0), u32(1), u32(12), encodeUtf8("zhCN"), u32(4), u32(28), u16(0x5c4f), u16(0x5e55))
        keptProfile(profile("RGB ", { desc: name }), findings)

        expect(findings.sorted()).toEqual([{ code: "profile", detail: "屏幕" }])
    })

    it.each([
        ["shorter than it says", WIDE.subarray(0, WIDE.length - 1)],
        ["with a tag beyond its end", WIDE.slice().fill(0xff, 136, 140)],
        ["with a tag inside its own head", WIDE.slice().fill(0, 136, 140)],
        ["with more tags than it has room for", WIDE.slice().fill(0x3f, 131, 132)],
        ["empty", new Uint8Array(0)],
    ])("%s goes", (_, before) => {
        expect(keptProfile(before, new Findings())).toBeNull()
    })
})

describe("a colour profile in JPEG", () => {
    const part = (number: number, count: number, data: Uint8Array): Uint8Array => segment(0xe2, encodeUtf8("ICC_PROFILE\0"), Uint8Array.of(number, count), data)
    const [first, second] = [WIDE.subarray(0, 150), WIDE.subarray(150)]

    it("may come in several segments", async () => {
        const after = keptProfile(WIDE, new Findings()) ?? WIDE

        expect(await cleaned(jpeg(part(1, 2, first), part(2, 2, second)))).toEqual(jpeg(part(1, 2, after.subarray(0, 150)), part(2, 2, after.subarray(150))))
    })

    it.each([
        ["in the wrong order", [part(2, 2, second), part(1, 2, first)]],
        ["with a part missing", [part(1, 2, WIDE)]],
    ])("%s goes", async (_, parts) => {
        expect((await inspected(jpeg(...parts))).findings.map(({ code }) => code)).toEqual(["profile"])
        expect(await cleaned(jpeg(...parts))).toEqual(jpeg())
    })
})

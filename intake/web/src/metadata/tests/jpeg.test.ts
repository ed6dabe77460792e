import { describe, expect, it } from "vitest"

import { concatBytes, encodeUtf8, u16, u32, u8 } from "../../wire/codec.ts"
import {
    DHT, DQT, EOI, JFIF, PICTURE, SCAN, SOF, SOI, SOS, TELLING, WORD, XMP, cleaned, codesOf, exifSegment, field, inspected, jpeg,
    latin1Of, oriented, segment, tellingExif, tiff,
} from "../../tests/pictures.ts"

const upright = jpeg(JFIF)

describe("a JPEG file", () => {
    it("that holds a picture and nothing else stays as it is", async () => {
        const inspection = await inspected(upright)

        expect(inspection).toEqual({ kind: "jpeg", findings: [], verdict: "clean", mayRemain: ["visible-content", "camera-noise"] })
        expect(await cleaned(upright)).toEqual(upright)
    })

    it("loses everything but picture, JFIF's head and orientation", async () => {
        const telling = TELLING["jpeg"] ?? SOI

        expect(await cleaned(telling)).toEqual(jpeg(JFIF, exifSegment(oriented(6))))
        expect(codesOf(await inspected(telling))).toEqual(["author", "comment", "trailing"])
    })

    it.each([2, 3, 4, 5, 6, 7, 8])("keeps orientation %d", async (orientation) => {
        expect(await cleaned(jpeg(exifSegment(oriented(orientation))))).toEqual(jpeg(exifSegment(oriented(orientation))))
    })

    it.each([0, 1, 9, 65535])("loses an Exif block that says orientation %d, which turns nothing", async (orientation) => {
        expect(await cleaned(jpeg(exifSegment(oriented(orientation))))).toEqual(jpeg())
    })

    it("reads Exif in the other byte order too", async () => {
        const block = Uint8Array.of(0x49, 0x49, 0x2a, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0)

        expect(await cleaned(jpeg(exifSegment(block)))).toEqual(jpeg(exifSegment(oriented(8))))
    })

    it("is turned by the first of two Exif blocks", async () => {
        expect(await cleaned(jpeg(exifSegment(oriented(3)), exifSegment(oriented(6))))).toEqual(jpeg(exifSegment(oriented(3))))
    })

    it.each(Array.from({ length: 16 }, (_, i) => 0xe0 + i))("loses application segment %x", async (marker) => {
        const after = await cleaned(jpeg(segment(marker, encodeUtf8(`${WORD} of somebody`))))

        expect(after).toEqual(jpeg())
    })

    it("loses JFIF's thumbnails", async () => {
        const withThumbnail = segment(0xe0, encodeUtf8("JFIF\0"), Uint8Array.of(1, 2, 0, 0, 1, 0, 1, 1, 1, 9, 9, 9))
        const inSegmentOfItsOwn = segment(0xe0, encodeUtf8(`JFXX\0${WORD}`))

        expect(await cleaned(jpeg(withThumbnail, inSegmentOfItsOwn))).toEqual(jpeg(JFIF))
        expect(codesOf(await inspected(jpeg(withThumbnail)))).toEqual(["thumbnail"])
    })

    it("keeps Adobe's colour transform and not the version around it", async () => {
        const before = segment(0xee, encodeUtf8("Adobe"), Uint8Array.of(0, 101, 0xc0, 1, 2, 3, 2), encodeUtf8(WORD))

        expect(await cleaned(jpeg(before))).toEqual(jpeg(segment(0xee, encodeUtf8("Adobe"), Uint8Array.of(0, 100, 0, 0, 0, 0, 2))))
    })

    it("keeps the tables between the scans of a progressive picture, and loses what else is there", async () => {
        const scans = [DQT, segment(0xc2, Uint8Array.of(8, 0, 8, 0, 8, 1, 1, 0x11, 0)), DHT, SOS, SCAN, DHT, SOS, SCAN]
        const before = concatBytes(SOI, ...scans.slice(0, 5), segment(0xfe, encodeUtf8(WORD)), exifSegment(oriented(6)), ...scans.slice(5), EOI)

        expect(await cleaned(before)).toEqual(concatBytes(SOI, ...scans, EOI))
    })

    it("keeps restart intervals and a line count behind the first scan", async () => {
        const before = concatBytes(SOI, segment(0xdd, u16(4)), ...PICTURE, segment(0xdc, u16(8)), EOI)

        expect(await cleaned(before)).toEqual(before)
    })

    it("loses fill bytes in front of markers, and stray bytes between segments", async () => {
        const before = concatBytes(SOI, u8(0xff), DQT, encodeUtf8(WORD), SOF, Uint8Array.of(0xff, 0), DHT, u8(0xff), u8(0xff), SOS, SCAN, EOI)

        expect(await cleaned(before)).toEqual(jpeg())
    })

    it("that was cut off ends where its data ends", async () => {
        const cut = upright.subarray(0, upright.length - 2)

        expect(await cleaned(cut)).toEqual(upright)
    })

    it("is read the same wherever the pieces of reading meet", async () => {
        const window = 256 * 1024
        const head = jpeg().length - EOI.length - SCAN.length
        const scan = new Uint8Array(window + 8).fill(7)
        scan.set([0xff, 0, 0xff, 0, 0xff, 0xd3, 0xff, 0], window - head - 3)
        const before = concatBytes(SOI, DQT, SOF, DHT, SOS, scan, EOI)

        const after = await cleaned(concatBytes(before, encodeUtf8(WORD)))

        expect(Buffer.from(after).equals(before)).toBe(true)
    })

    it.each([
        ["a quantisation table with room behind it", "not a segment of a picture", [segment(0xdb, u8(0), new Uint8Array(65))]],
        ["a Huffman table with room behind it", "not a segment of a picture", [segment(0xc4, Uint8Array.of(0, 1), new Uint8Array(15), Uint8Array.of(0, 9, 9))]],
        ["a frame with room behind it", "not a segment of a picture", [segment(0xc0, Uint8Array.of(8, 0, 8, 0, 8, 1, 1, 0x11, 0, 9))]],
        ["a restart interval with room behind it", "not a segment of a picture", [segment(0xdd, u16(1), encodeUtf8(WORD))]],
        ["a segment that nobody knows", "not a segment of a picture", [segment(0xf0, encodeUtf8(WORD))]],
        ["a second beginning", "no picture", [SOI]],
        ["a segment that is shorter than its length", "too short", [Uint8Array.of(0xff, 0xfe, 0, 1)]],
    ])("with %s cannot be cleaned", async (_, reason, parts) => {
        const inspection = await inspected(jpeg(...parts))

        expect(inspection.verdict).toBe("cannot")
        expect(inspection.mayRemain).toEqual(["unreadable"])
        await expect(cleaned(jpeg(...parts))).rejects.toThrow(reason)
    })

    it("without a scan cannot be cleaned", async () => {
        expect((await inspected(SOI, DQT, EOI)).verdict).toBe("cannot")
    })

    it("tells what it gives away even where it is damaged further on", async () => {
        const inspection = await inspected(jpeg(segment(0xfe, encodeUtf8("written by hand")), segment(0xf0)))

        expect(inspection).toMatchObject({ verdict: "cannot", findings: [{ code: "comment", detail: "written by hand" }] })
    })
})

describe("what is shown of a JPEG file", () => {
    const gps = (...coordinates: readonly number[]): Uint8Array => {
        const rationals = coordinates.flatMap((value) => [u32(value), u32(100)])
        const at = 8 + 2 + 12 + 4
        const directory = [field(1, 2, 2, encodeUtf8("S")), field(2, 5, 3, u32(at + 54)), field(3, 2, 2, encodeUtf8("W")), field(4, 5, 3, u32(at + 78))]
        return tiff([field(0x8825, 4, 1, u32(at))], concatBytes(u16(4), ...directory, u32(0), ...rationals))
    }

    it("is the place in decimal degrees, south and west included", async () => {
        const { findings } = await inspected(jpeg(exifSegment(gps(3300, 3000, 3600, 7000, 4500, 0))))

        expect(findings).toEqual([{ code: "place", detail: "33.51000 S, 70.75000 W" }])
    })

    it("is that there is a place where the numbers make none", async () => {
        const { findings } = await inspected(jpeg(exifSegment(gps(99_900, 0, 0, 0, 0, 0))))

        expect(findings).toEqual([{ code: "place", detail: "" }])
    })

    it("is what stands in XMP", async () => {
        const { findings } = await inspected(jpeg(segment(0xe1, encodeUtf8("http://ns.adobe.com/xap/1.0/\0"), XMP)))

        expect(findings).toEqual([
            { code: "place", detail: "31.23040 N, 121.47370 W" },
            { code: "software", detail: WORD },
        ])
    })

    it("is what editors wrote for the press", async () => {
        const record = concatBytes(Uint8Array.of(0x1c, 2, 80), u16(6), encodeUtf8(WORD), Uint8Array.of(0x1c, 2, 90), u16(6), encodeUtf8("上海"))
        const resources = concatBytes(encodeUtf8("8BIM"), u16(0x0404), u16(0), u32(record.length), record)
        const { findings } = await inspected(jpeg(segment(0xed, encodeUtf8("Photoshop 3.0\0"), resources)))

        expect(findings.slice(0, 2)).toEqual([{ code: "place", detail: "上海" }, { code: "author", detail: WORD }])
    })

    it("is one printable line of at most 80 characters", async () => {
        const text = `\u202e\u0007gnp.exe\u200b\n${"长".repeat(100)}😀`
        const { findings } = await inspected(jpeg(segment(0xfe, encodeUtf8(text))))

        expect(findings[0]?.detail).toBe(`gnp.exe ${"长".repeat(72)}`)
    })

    it("leaves out fields that reach beyond the block or point to themselves", async () => {
        const circle = tiff([field(0x8769, 4, 1, u32(8)), field(0x8825, 4, 1, u32(8)), field(0x010f, 2, 4000, u32(8))], new Uint8Array(0), 8)

        expect(codesOf(await inspected(jpeg(exifSegment(circle))))).toEqual(["place"])
    })

    it("is the artist's name", async () => {
        const { findings } = await inspected(jpeg(exifSegment(tellingExif())))

        expect(findings).toEqual([{ code: "author", detail: `${WORD} artist` }])
        expect(latin1Of(await cleaned(jpeg(exifSegment(tellingExif()))))).not.toContain(WORD)
    })
})

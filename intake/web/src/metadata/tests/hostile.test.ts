import { describe, expect, it } from "vitest"

import { concatBytes, encodeUtf8, u16, u32, u8 } from "../../wire/codec.ts"
import { surveyGif } from "../gif.ts"
import { surveyHeif } from "../heif.ts"
import { MetadataError, cleanFile, inspectFile } from "../inspect.ts"
import { surveyJpeg } from "../jpeg.ts"
import { surveyPng } from "../png.ts"
import { Source } from "../source.ts"
import { Survey, type Surveyor } from "../survey.ts"
import { findInVideo } from "../video.ts"
import { surveyWebp } from "../webp.ts"
import {
    FTYP, GIF_HEAD, IHDR, PIXELS, PNG_SIGNATURE, SOI, TELLING, anmf, box, chunk, exifSegment, full, heic, jpeg, png, riff, segment, tiff, vp8x, webp, VP8, field,
} from "../../tests/pictures.ts"

/** Whole numbers below `limit`, the same on every run (Numerical Recipes' generator). */
function numbers(seed: number): (limit: number) => number {
    let state = seed
    return (limit) => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
        return Math.floor((state / 2 ** 32) * limit)
    }
}

const LENGTHS = [0, 1, 2, 7, 8, 0x7f, 0xff, 0xffff, 0x7fffffff, 0xffffffff]

/** One file with one to four faults: a byte, a length, a piece cut out, doubled or moved. */
function mutated(file: Uint8Array, next: (limit: number) => number): Uint8Array {
    const faults: readonly ((raw: Uint8Array) => Uint8Array)[] = [
        (raw) => raw.map((byte, i) => (i === at ? next(256) : byte)),
        (raw) => concatBytes(raw.subarray(0, at), u32(LENGTHS[next(LENGTHS.length)] ?? 0), raw.subarray(at + 4)),
        (raw) => concatBytes(raw.subarray(0, at), u16((LENGTHS[next(LENGTHS.length)] ?? 0) & 0xffff), raw.subarray(at + 2)),
        (raw) => raw.subarray(0, at),
        (raw) => concatBytes(raw.subarray(0, at), raw.subarray(at + next(40))),
        (raw) => concatBytes(raw.subarray(0, at), raw.subarray(at - next(40), at + next(40)), raw.subarray(at)),
    ]
    let raw = file
    let at = 0
    for (let left = 1 + next(4); left > 0; left--) {
        at = next(raw.length)
        raw = faults[next(faults.length)]?.(raw) ?? raw
    }
    return raw
}

describe("any bytes", () => {
    it.each(Object.keys(TELLING))("that were a %s file get an answer, and what comes out of cleaning is clean", async (kind) => {
        const next = numbers(kind.length)
        let cleanedFiles = 0
        for (let i = 0; i < 1500; i++) {
            const file = new Blob([concatBytes(mutated(TELLING[kind] ?? SOI, next))])
            const { verdict } = await inspectFile(file)
            const outcome = await cleanFile(file).catch((error: unknown) => error)
            const after = outcome instanceof Blob ? outcome : file
            const again = outcome instanceof Blob ? await inspectFile(after) : { verdict: "refused" }

            expect(outcome instanceof Blob || outcome instanceof MetadataError).toBe(true)
            expect(again.verdict).toBe(verdict === "cannot" ? "refused" : "clean")
            cleanedFiles += outcome instanceof Blob ? 1 : 0
        }

        // Otherwise the loop above would have looked at nothing but refusals.
        expect(cleanedFiles).toBeGreaterThan(100)
    })

    it("that are noise behind a signature get an answer", async () => {
        const next = numbers(1)
        const heads = [...Object.values(TELLING).map((file) => file.subarray(0, 16)), encodeUtf8("%PDF-"), box("ftyp", encodeUtf8("qt  ")), encodeUtf8("MM\0*")]
        for (let i = 0; i < 1000; i++) {
            const noise = Uint8Array.from({ length: next(400) }, () => next(256))
            const inspection = await inspectFile(new Blob([concatBytes(heads[i % heads.length] ?? SOI, noise)]))

            expect(["clean", "removable", "cannot"]).toContain(inspection.verdict)
        }
    })
})

const repeat = (part: Uint8Array, times: number): Uint8Array => new Uint8Array(Buffer.alloc(part.length * times, part))

// Parts that do not match, so that a kept one follows a dropped one all along.
const ALTERNATING = repeat(concatBytes(chunk("tEXt"), chunk("IDAT")), 70_000)
const HUGE_HEAD = (...boxes: readonly Uint8Array[]): Uint8Array =>
    concatBytes(FTYP, full("meta", 0, full("iinf", 0, u16(1), full("infe", 2, u16(1), u16(0), encodeUtf8("hvc1\0"))), ...boxes))

describe("the work that a file causes", () => {
    it.each<[string, Surveyor, Uint8Array]>([
        ["a JPEG of nothing but marker bytes", surveyJpeg, concatBytes(SOI, new Uint8Array(2_000_000).fill(0xff))],
        ["a JPEG of nothing but stuffed bytes", surveyJpeg, concatBytes(jpeg().subarray(0, -2), repeat(Uint8Array.of(0xff, 0), 1_000_000))],
        ["a JPEG of nothing but restarts", surveyJpeg, concatBytes(SOI, repeat(Uint8Array.of(0xff, 0xd0), 600_000))],
        ["a JPEG of empty comments", surveyJpeg, jpeg(repeat(segment(0xfe), 200_000))],
        ["a JPEG of profile segments", surveyJpeg, jpeg(repeat(segment(0xe2, encodeUtf8("ICC_PROFILE\0"), Uint8Array.of(1, 1)), 100_000))],
        ["a JPEG of Exif blocks that run in circles", surveyJpeg, jpeg(repeat(exifSegment(tiff([field(0x8769, 4, 1, u32(8))], u32(0), 8)), 20_000))],
        ["a JPEG with an Exif block of 5,000 fields", surveyJpeg, jpeg(exifSegment(tiff(Array.from({ length: 5000 }, () => field(0x010f, 2, 60_000, u32(8))))))],
        ["a PNG of empty chunks", surveyPng, png(repeat(chunk("IDAT"), 100_000))],
        ["a PNG that alternates", surveyPng, concatBytes(PNG_SIGNATURE, IHDR, ALTERNATING)],
        ["a WebP of empty frames", surveyWebp, webp(vp8x(2), repeat(anmf(), 60_000))],
        ["a WebP frame of empty chunks", surveyWebp, webp(vp8x(2), anmf(repeat(riff("ALPH"), 200_000), VP8))],
        ["a GIF of one-byte blocks", surveyGif, concatBytes(GIF_HEAD, Uint8Array.of(0x21, 0xfe), repeat(Uint8Array.of(1, 1), 1_100_000))],
        ["a HEIC head that promises items without end", surveyHeif, HUGE_HEAD(full("iloc", 2, u16(0), u32(0xffffff)))],
        ["a HEIC head of ranges without length", surveyHeif, HUGE_HEAD(full("iloc", 1, u16(0), u16(65535), repeat(concatBytes(u16(1), u32(0), u16(65535)), 65535)))],
        ["a HEIC of empty boxes", surveyHeif, concatBytes(heic([PIXELS]), repeat(box("free"), 200_000))],
        ["a HEIC whose metadata lies all over the file", surveyHeif, scattered()],
        ["a video of empty boxes", findInVideo, concatBytes(box("ftyp", encodeUtf8("qt  ")), box("moov", repeat(box("trak"), 300_000)))],
    ])("grows no faster than the file: %s", async (_, surveyor, raw) => {
        const source = new Source(new Blob([concatBytes(raw)]))

        await surveyor(new Survey(source)).catch((error: unknown) => {
            expect(error).toBeInstanceOf(MetadataError)
        })

        expect(source.steps).toBeLessThanOrEqual(Math.min(raw.length, 1 << 20) + 1)
        expect(source.readBytes).toBeLessThanOrEqual(6 * raw.length + 20 * 1024 * 1024)
    })
})

/** A HEIC file whose one Exif item is a thousand single bytes, far from each other in turn. */
function scattered(): Uint8Array {
    const places = Array.from({ length: 1000 }, (_, i) => concatBytes(u32(40_000 + (i % 2) * 4_000_000 + i), u32(1)))
    const head = full(
        "meta", 0, full("hdlr", 0, u32(0), encodeUtf8("pict"), new Uint8Array(12)), box("iprp"),
        full("iinf", 0, u16(1), full("infe", 2, u16(1), u16(0), encodeUtf8("Exif\0"))),
        full("iloc", 1, u16(0x4400), u16(1), u16(1), u16(0), u16(0), u16(1000), ...places),
    )
    return concatBytes(FTYP, head, box("mdat", u8(0), new Uint8Array(5_000_000)))
}

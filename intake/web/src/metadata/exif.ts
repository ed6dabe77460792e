/**
 * Exif: a TIFF structure of numbered fields.
 *
 * At most four directories are read (image, Exif, GPS, thumbnail), each once, so that links that
 * run in circles lead nowhere. Source: Exif 3.0 (CIPA DC-008), TIFF 6.0.
 */

import { placeOfDegrees, textOfBytes, type FindingCode, type Findings } from "./finding.ts"
import { bigEndian, littleEndian, spells } from "./source.ts"

const EXIF_PREFIX = "Exif\0\0"
const UPRIGHT = 1
const MAX_ORIENTATION = 8

// Bytes of one value, by TIFF's number of its type.
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8]
const SHORT = 3
const FIELD_BYTES = 12

const EXIF_DIRECTORY = 0x8769
const GPS_DIRECTORY = 0x8825
const ORIENTATION = 0x0112
const MAKE = 0x010f
const MODEL = 0x0110
const MAKER_NOTE = 0x927c
const USER_COMMENT = 0x9286
const THUMBNAIL_OFFSET = 0x0201

const GPS_LATITUDE_SIDE = 1
const GPS_LATITUDE = 2
const GPS_LONGITUDE_SIDE = 3
const GPS_LONGITUDE = 4

// Texts that are shown as they are, by field; the numbers do not overlap between directories.
const TEXTS: readonly (readonly [FindingCode, readonly number[]])[] = [
    ["serial", [0xa431, 0xa435, 0xc62f, 0xa420]],
    ["author", [0xa430, 0x013b, 0x8298, 0xa437, 0xa438]],
    ["software", [0x0131, 0xa439, 0xa43a, 0xa43b, 0xa43c]],
    ["comment", [0x010e, 0x010d, 0xa436]],
    ["device", [0xa434, 0x013c]],
]

// Windows writes these in UTF-16.
const WINDOWS_TEXTS: readonly (readonly [FindingCode, number])[] = [
    ["author", 0x9c9d], ["comment", 0x9c9b], ["comment", 0x9c9c], ["comment", 0x9c9e], ["comment", 0x9c9f],
]

// Moments with the fields of their offsets from UTC.
const TIMES: readonly (readonly [number, number])[] = [[0x9003, 0x9011], [0x9004, 0x9012], [0x0132, 0x9010]]

interface Field {
    readonly type: number
    readonly raw: Uint8Array
}

type Directory = ReadonlyMap<number, Field>

/** One TIFF structure; all offsets count from its first byte. */
class Tiff {
    readonly raw: Uint8Array
    private readonly number: typeof bigEndian

    constructor(raw: Uint8Array) {
        this.raw = raw
        this.number = raw[0] === 0x49 ? littleEndian : bigEndian
    }

    /** The fields of one directory, and where the next one begins; fields that reach outside are left out. */
    directory(at: number): { fields: Directory; next: number } {
        const fields = new Map<number, Field>()
        const end = at + 2 + this.number(this.raw, at, 2) * FIELD_BYTES
        if (at < 8 || end > this.raw.length) return { fields, next: 0 }
        for (let field = at + 2; field < end; field += FIELD_BYTES) {
            const type = this.number(this.raw, field + 2, 2)
            const sizeBytes = this.number(this.raw, field + 4, 4) * (TYPE_BYTES[type] ?? 0)
            const start = sizeBytes > 4 ? this.number(this.raw, field + 8, 4) : field + 8
            if (sizeBytes === 0 || start + sizeBytes > this.raw.length) continue
            fields.set(this.number(this.raw, field, 2), { type, raw: this.raw.subarray(start, start + sizeBytes) })
        }
        return { fields, next: this.number(this.raw, end, 4) }
    }

    first(): number {
        return this.number(this.raw, 4, 4)
    }

    /** A whole number field, 0 where there is none. */
    whole(field: Field | undefined): number {
        return field === undefined ? 0 : this.number(field.raw, 0, Math.min(field.raw.length, TYPE_BYTES[field.type] ?? 0, 4))
    }

    /** Degrees, minutes and seconds as decimal degrees; null where they are no such thing. */
    degrees(field: Field | undefined): number | null {
        if (field?.raw.length !== 24) return null
        const part = (at: number): number => this.number(field.raw, at, 4) / (this.number(field.raw, at + 4, 4) || Infinity)
        const degrees = part(0) + part(8) / 60 + part(16) / 3600
        return degrees <= 180 ? degrees : null
    }
}

/** The TIFF structure of an Exif block, with or without the prefix that JPEG wants. */
function tiffOf(block: Uint8Array): Tiff | null {
    const raw = spells(block, 0, EXIF_PREFIX) ? block.subarray(EXIF_PREFIX.length) : block
    return spells(raw, 0, "II*\0") || spells(raw, 0, "MM\0*") ? new Tiff(raw) : null
}

/** How to turn the picture, 1 to 8; 1 where the block does not say. */
export function orientationOf(block: Uint8Array): number {
    const tiff = tiffOf(block)
    const field = tiff?.directory(tiff.first()).fields.get(ORIENTATION)
    const value = field?.type === SHORT ? (tiff?.whole(field) ?? UPRIGHT) : UPRIGHT
    return value >= UPRIGHT && value <= MAX_ORIENTATION ? value : UPRIGHT
}

/**
 * The Exif block that says how to turn the picture and nothing else.
 *
 * Shape: 26 bytes big-endian TIFF with one field; none where the picture is upright.
 */
export function orientationBlock(orientation: number): Uint8Array {
    if (orientation === UPRIGHT) return new Uint8Array(0)
    // prettier-ignore
    return Uint8Array.of(
        0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8, 0, 1,
        1, 0x12, 0, SHORT, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0,
    )
}

/** Report what an Exif block, or a TIFF file, gives away. */
export function findInExif(block: Uint8Array, findings: Findings): void {
    const tiff = tiffOf(block)
    if (tiff === null) return
    const image = tiff.directory(tiff.first())
    const exif = tiff.directory(tiff.whole(image.fields.get(EXIF_DIRECTORY))).fields
    const thumbnail = tiff.directory(image.next).fields
    if (thumbnail.has(THUMBNAIL_OFFSET)) findings.add("thumbnail")
    findPlace(tiff, tiff.directory(tiff.whole(image.fields.get(GPS_DIRECTORY))).fields, findings)
    findTexts(new Map([...thumbnail, ...image.fields, ...exif]), findings)
}

function findPlace(tiff: Tiff, gps: Directory, findings: Findings): void {
    if (gps.size === 0) return
    const [latitude, longitude] = [tiff.degrees(gps.get(GPS_LATITUDE)), tiff.degrees(gps.get(GPS_LONGITUDE))]
    if (latitude === null || longitude === null) {
        findings.add("place")
        return
    }
    const side = (tag: number, negative: string): number => (textOf(gps, tag) === negative ? -1 : 1)
    const north = latitude * side(GPS_LATITUDE_SIDE, "S")
    findings.add("place", placeOfDegrees(north, longitude * side(GPS_LONGITUDE_SIDE, "W")))
}

function findTexts(fields: Directory, findings: Findings): void {
    const add = (code: FindingCode, detail: string): void => {
        if (detail.trim() !== "") findings.add(code, detail)
    }
    const [make, model] = [textOf(fields, MAKE), textOf(fields, MODEL)]
    add("device", model.startsWith(make) ? model : `${make} ${model}`)
    for (const [code, tags] of TEXTS) for (const tag of tags) add(code, textOf(fields, tag))
    for (const [code, tag] of WINDOWS_TEXTS) add(code, new TextDecoder("utf-16le").decode(fields.get(tag)?.raw))
    for (const [moment, offset] of TIMES) add("time", `${textOf(fields, moment)} ${textOf(fields, offset)}`)
    // Eight bytes name the character set.
    const comment = fields.get(USER_COMMENT)?.raw.subarray(8)
    if (comment?.some((byte) => byte !== 0 && byte !== 0x20) === true) findings.add("comment", textOfBytes(comment))
    if (fields.has(MAKER_NOTE)) findings.add("other")
}

function textOf(fields: Directory, tag: number): string {
    const field = fields.get(tag)
    return field === undefined ? "" : textOfBytes(field.raw).trim()
}

/** Small files of every kind, made part by part, for tests of `src/metadata/`. */

import { cleanFile, inspectFile, type FindingCode, type Inspection } from "../metadata/inspect.ts"
import { concatBytes, encodeUtf8, u16, u32, u64, u8, type Bytes } from "../wire/codec.ts"

/** A word that no cleaned file may hold. */
export const WORD = "CANARY"

export const inspected = async (...parts: readonly Uint8Array[]): Promise<Inspection> => inspectFile(new Blob([concatBytes(...parts)]))

export async function cleaned(...parts: readonly Uint8Array[]): Promise<Bytes> {
    return new Uint8Array(await (await cleanFile(new Blob([concatBytes(...parts)]))).arrayBuffer())
}

export const codesOf = ({ findings }: Inspection): readonly FindingCode[] => findings.map(({ code }) => code)

/** Bytes as text, one character a byte. */
export const latin1Of = (raw: Uint8Array): string => Buffer.from(raw).toString("latin1")

const fromText = (text: string): Bytes => concatBytes(Buffer.from(text, "latin1"))

// --- Exif -----------------------------------------------------------------------------------

/** One field of a TIFF directory: tag, type, count and the four bytes of its value or offset. */
export const field = (tag: number, type: number, count: number, value: Uint8Array): Bytes =>
    concatBytes(u16(tag), u16(type), u32(count), value, new Uint8Array(4 - value.length))

/** A big-endian TIFF structure: one directory at byte 8, the offset of the next, and data behind it. */
export const tiff = (fields: readonly Uint8Array[], data: Uint8Array = u32(0), next = 0): Bytes =>
    concatBytes(fromText("MM\0*"), u32(8), u16(fields.length), ...fields, u32(next), data)

export const oriented = (orientation: number): Bytes => tiff([field(0x0112, 3, 1, u16(orientation))], new Uint8Array(0))

/** Orientation 6 and the word as the artist's name. */
export function tellingExif(): Bytes {
    const name = encodeUtf8(`${WORD} artist\0`)
    return tiff([field(0x0112, 3, 1, u16(6)), field(0x013b, 2, name.length, u32(8 + 2 + 24 + 4))], name)
}

export const XMP = encodeUtf8(`<x:xmpmeta><rdf:Description exif:GPSLatitude="31,13.824N" exif:GPSLongitude="121,28.422W" xmp:CreatorTool="${WORD}"/></x:xmpmeta>`)

// --- JPEG -----------------------------------------------------------------------------------

export const segment = (marker: number, ...payload: readonly Uint8Array[]): Bytes => {
    const body = concatBytes(...payload)
    return concatBytes(u8(0xff), u8(marker), u16(body.length + 2), body)
}

export const SOI = Uint8Array.of(0xff, 0xd8)
export const EOI = Uint8Array.of(0xff, 0xd9)
export const DQT = segment(0xdb, u8(0), new Uint8Array(64).fill(1))
export const SOF = segment(0xc0, Uint8Array.of(8, 0, 8, 0, 8, 1, 1, 0x11, 0))
export const DHT = segment(0xc4, Uint8Array.of(0, 1), new Uint8Array(15), Uint8Array.of(0))
export const SOS = segment(0xda, Uint8Array.of(1, 1, 0, 0, 63, 0))
/** Data of a scan, with a stuffed byte and a restart marker. */
export const SCAN = Uint8Array.of(0x12, 0xff, 0, 0x34, 0xff, 0xd0, 0x56)
export const PICTURE = [DQT, SOF, DHT, SOS, SCAN] as const

export const exifSegment = (block: Uint8Array): Bytes => segment(0xe1, fromText("Exif\0\0"), block)
export const JFIF = segment(0xe0, fromText("JFIF\0"), Uint8Array.of(1, 2, 0, 0, 1, 0, 1, 0, 0))

export const jpeg = (...head: readonly Uint8Array[]): Bytes => concatBytes(SOI, ...head, ...PICTURE, EOI)

// --- PNG ------------------------------------------------------------------------------------

function crc32(raw: Uint8Array): number {
    let value = 0xffffffff
    for (const byte of raw) {
        value ^= byte
        for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0)
    }
    return ~value >>> 0
}

export function chunk(name: string, ...data: readonly Uint8Array[]): Bytes {
    const body = concatBytes(fromText(name), ...data)
    return concatBytes(u32(body.length - 4), body, u32(crc32(body)))
}

export const PNG_SIGNATURE = fromText("\x89PNG\r\n\x1a\n")
export const IHDR = chunk("IHDR", u32(1), u32(1), Uint8Array.of(8, 0, 0, 0, 0))
export const IDAT = chunk("IDAT", fromText("pixels"))
export const IEND = chunk("IEND")

export const png = (...head: readonly Uint8Array[]): Bytes => concatBytes(PNG_SIGNATURE, IHDR, ...head, IDAT, IEND)

// --- WebP -----------------------------------------------------------------------------------

const littleEndian32 = (value: number): Bytes => concatBytes(u32(value)).reverse()

export const riff = (name: string, ...data: readonly Uint8Array[]): Bytes => {
    const body = concatBytes(...data)
    return concatBytes(fromText(name), littleEndian32(body.length), body, new Uint8Array(body.length % 2))
}

export const VP8 = riff("VP8 ", fromText("pixel"))
export const vp8x = (flags: number): Bytes => riff("VP8X", Uint8Array.of(flags, 0, 0, 0, 1, 0, 0, 1, 0, 0))
export const anmf = (...parts: readonly Uint8Array[]): Bytes => riff("ANMF", new Uint8Array(16).fill(1), ...parts)
export const webp = (...chunks: readonly Uint8Array[]): Bytes => riff("RIFF", fromText("WEBP"), ...chunks)

// --- GIF ------------------------------------------------------------------------------------

export const GIF_HEAD = concatBytes(fromText("GIF89a"), Uint8Array.of(1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255))
export const GIF_IMAGE = concatBytes(Uint8Array.of(0x2c, 0xf9, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x4c, 1, 0))
export const GIF_END = u8(0x3b)
export const GIF_CONTROL = Uint8Array.of(0x21, 0xf9, 4, 0, 5, 0, 0, 0)

export const extension = (label: number, ...blocks: readonly Uint8Array[]): Bytes =>
    concatBytes(Uint8Array.of(0x21, label), ...blocks.flatMap((block) => [u8(block.length), block]), u8(0))
export const LOOP = extension(0xff, fromText("NETSCAPE2.0"), Uint8Array.of(1, 0, 0))

export const gif = (...blocks: readonly Uint8Array[]): Bytes => concatBytes(GIF_HEAD, ...blocks, GIF_IMAGE, GIF_END)

// --- HEIC -----------------------------------------------------------------------------------

export const box = (type: string, ...body: readonly Uint8Array[]): Bytes => {
    const content = concatBytes(...body)
    return concatBytes(u32(content.length + 8), fromText(type), content)
}

/** A box with version and flags. */
export const full = (type: string, version: number, ...body: readonly Uint8Array[]): Bytes => box(type, u8(version), new Uint8Array(3), ...body)

export interface HeicItem {
    readonly type: string
    readonly data: Uint8Array
    /** Whether it lies in the head's own data. */
    readonly inHead?: boolean
}

export const FTYP = box("ftyp", fromText("heic"), u32(0), fromText("mif1heic"))
export const HDLR = full("hdlr", 0, u32(0), fromText("pict"), new Uint8Array(12), encodeUtf8(`${WORD}\0`))
export const IPRP = box("iprp", box("ipco", full("ispe", 0, u32(1), u32(1)), full("udes", 0, encodeUtf8(WORD))), full("ipma", 0, u32(0)))

/** Boxes between head and data, at the end, and at the end of the head. */
interface MoreBoxes {
    readonly between?: readonly Uint8Array[]
    readonly behind?: readonly Uint8Array[]
    readonly head?: readonly Uint8Array[]
}

/** A file of items, numbered from 1. */
export function heic(items: readonly HeicItem[], { between = [], behind = [], head = [] }: MoreBoxes = {}): Bytes {
    const [inHead, inFile] = [items.filter((item) => item.inHead === true), items.filter((item) => item.inHead !== true)]
    const metaOf = (mediaAt: number): Bytes => {
        const entries = items.map(({ type }, i) => full("infe", 2, u16(i + 1), u16(0), fromText(type), encodeUtf8("\0")))
        const places = items.map((item, i) => {
            const before = (item.inHead === true ? inHead : inFile).slice(0, (item.inHead === true ? inHead : inFile).indexOf(item))
            const offset = before.reduce((sum, { data }) => sum + data.length, item.inHead === true ? 0 : mediaAt)
            return concatBytes(u16(i + 1), u16(item.inHead === true ? 1 : 0), u16(0), u16(1), u32(offset), u32(item.data.length))
        })
        return full(
            "meta", 0, HDLR, full("pitm", 0, u16(1)), full("iinf", 0, u16(items.length), ...entries),
            full("iloc", 1, u16(0x4400), u16(items.length), ...places), IPRP, box("idat", ...inHead.map(({ data }) => data)), ...head,
        )
    }
    const mediaAt = FTYP.length + metaOf(0).length + concatBytes(...between).length + 8
    return concatBytes(FTYP, metaOf(mediaAt), ...between, box("mdat", ...inFile.map(({ data }) => data)), ...behind)
}

/** An Exif item: no bytes to skip, then the block. */
export const exifItem = (block: Uint8Array): HeicItem => ({ type: "Exif", data: concatBytes(u32(0), block) })
export const PIXELS: HeicItem = { type: "hvc1", data: fromText("pixels pixels") }

/** A box that counts its length in eight bytes. */
export const longBox = (type: string, ...body: readonly Uint8Array[]): Bytes => {
    const content = concatBytes(...body)
    return concatBytes(u32(1), fromText(type), u64(content.length + 16), content)
}

/** One telling file of every kind that can be cleaned. */
export const TELLING: Readonly<Record<string, Bytes>> = {
    jpeg: concatBytes(jpeg(JFIF, exifSegment(tellingExif()), segment(0xfe, encodeUtf8(WORD))), encodeUtf8(WORD)),
    png: concatBytes(png(chunk("eXIf", tellingExif()), chunk("tEXt", encodeUtf8(`Author\0${WORD}`)), chunk("prVt", encodeUtf8(WORD))), encodeUtf8(WORD)),
    webp: concatBytes(webp(vp8x(0x0c), VP8, riff("EXIF", tellingExif()), riff("XMP ", XMP), riff("junk", encodeUtf8(WORD))), encodeUtf8(WORD)),
    gif: concatBytes(gif(LOOP, extension(0xfe, encodeUtf8(WORD)), GIF_CONTROL, extension(0x01, encodeUtf8(WORD)), GIF_CONTROL), encodeUtf8(WORD)),
    heic: heic([PIXELS, exifItem(tellingExif()), { type: "mime", data: XMP }, { type: "grid", data: Uint8Array.of(0, 0, 0, 0), inHead: true }], {
        between: [box("uuid", encodeUtf8(WORD))], behind: [box("mpvd", encodeUtf8(WORD))], head: [full("xml ", 0, encodeUtf8(WORD))],
    }),
}

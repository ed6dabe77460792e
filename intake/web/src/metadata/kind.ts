/** What kind of file this is, by its first bytes; its name and announced type are not asked. */

import type { FileKind } from "./finding.ts"
import { bigEndian, latin1, spells, type Source } from "./source.ts"

// Enough for the brands of a box file, and to see whether something is text.
const HEAD_BYTES = 4096

const SIGNATURES: readonly (readonly [number, string, FileKind])[] = [
    [0, "\xff\xd8\xff", "jpeg"],
    [0, "\x89PNG\r\n\x1a\n", "png"],
    [8, "WEBP", "webp"],
    [0, "GIF87a", "gif"],
    [0, "GIF89a", "gif"],
    [0, "II*\0", "tiff"],
    [0, "MM\0*", "tiff"],
    [0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office"],
    [0, "{\\rtf", "office"],
    [0, "\xff\xfe", "text"],
    [0, "\xfe\xff", "text"],
    [0, "PK\x03\x04", "zip"],
    [0, "PK\x05\x06", "zip"],
    [8, "AVI ", "video"],
    [8, "WAVE", "audio"],
    [4, "moov", "video"],
    [4, "mdat", "video"],
    [4, "wide", "video"],
    [0, "\x1a\x45\xdf\xa3", "video"],
    [0, "FLV", "video"],
    [0, "\0\0\x01\xba", "video"],
    [0, "OggS", "audio"],
    [0, "ID3", "audio"],
    [0, "fLaC", "audio"],
    [0, "#!AMR", "audio"],
    [0, "FORM", "audio"],
]
const OPENDOCUMENT = "mimetypeapplication/vnd.oasis.opendocument"
const OPENDOCUMENT_AT = 30

const PDF = "%PDF-"
const MAX_PDF_AT = 1024

const PICTURE_BRANDS: Readonly<Record<string, FileKind>> = {
    avif: "avif", avis: "avif", heic: "heic", heix: "heic", heim: "heic", heis: "heic", hevc: "heic",
    hevx: "heic", mif1: "heic", msf1: "heic",
}
const SOUND_BRANDS = ["M4A ", "M4B ", "M4P "]

/** @throws {MetadataError} the file cannot be read. */
export async function kindOf(source: Source): Promise<FileKind> {
    const head = await source.takeUpTo(0, HEAD_BYTES)
    if (spells(head, 4, "ftyp")) return kindOfBrands(head)
    if (spells(head, OPENDOCUMENT_AT, OPENDOCUMENT)) return "opendocument"
    const signature = SIGNATURES.find(([at, name]) => spells(head, at, name))
    if (signature !== undefined) return signature[2]
    if (new TextDecoder("latin1").decode(head.subarray(0, MAX_PDF_AT)).includes(PDF)) return "pdf"
    // MPEG audio begins with eleven set bits.
    if (head[0] === 0xff && ((head[1] ?? 0) & 0xe0) === 0xe0) return "audio"
    return isText(head) ? "text" : "other"
}

/** The first brand that is known; the second one is a version. */
function kindOfBrands(head: Uint8Array): FileKind {
    const end = Math.min(bigEndian(head, 0, 4), head.length)
    const brands = [latin1(head, 8, 12)]
    for (let at = 16; at + 4 <= end; at += 4) brands.push(latin1(head, at, at + 4))
    if (SOUND_BRANDS.includes(brands[0] ?? "")) return "audio"
    // The common brand of all picture files says less than any other.
    const known = brands.filter((brand) => brand in PICTURE_BRANDS)
    const telling = known.find((brand) => brand !== "mif1" && brand !== "msf1") ?? known[0]
    return PICTURE_BRANDS[telling ?? ""] ?? "video"
}

/** Whether these are letters of one encoding or other, without control characters but white space. */
function isText(head: Uint8Array): boolean {
    return head.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0x1b)
}

/**
 * PNG: chunks that say how pixels look stay, with their checksums verified; all others go.
 *
 * Colour profiles (iCCP) go too: they are compressed, nothing here inflates, and on some systems
 * a screenshot carries the measured colours of one single screen. An Exif block is replaced by
 * one with nothing but the orientation. Source: PNG, third edition.
 */

import { concatBytes, encodeUtf8, u32 } from "../wire/codec.ts"
import { MetadataError } from "./errors.ts"
import { findInExif, orientationBlock, orientationOf } from "./exif.ts"
import { textOfBytes, type FindingCode } from "./finding.ts"
import { bigEndian, latin1, type Source } from "./source.ts"
import type { Survey } from "./survey.ts"
import { findInXmp, MAX_XMP_BYTES } from "./xmp.ts"

const SIGNATURE_BYTES = 8
const FRAME_BYTES = 12 // length, name and checksum

// Chunks that stay, with the most bytes that they need: a longer one has room for something else.
const KEPT: ReadonlyMap<string, number> = new Map([
    ["IHDR", 13], ["PLTE", 768], ["IDAT", Infinity], ["IEND", 0], ["tRNS", 256],
    ["cHRM", 32], ["gAMA", 4], ["sRGB", 1], ["sBIT", 4], ["cICP", 4], ["mDCV", 24], ["cLLI", 8],
    ["bKGD", 6], ["acTL", 8], ["fcTL", 26], ["fdAT", Infinity],
])
// Upper case first: without it the picture cannot be decoded.
const CRITICAL = /^[A-Z]/u

const TEXT_CODES: ReadonlyMap<string, FindingCode> = new Map([
    ["Author", "author"], ["Copyright", "author"], ["Creation Time", "time"], ["Software", "software"], ["Source", "device"],
])
const XMP_KEYWORD = "XML:com.adobe.xmp"

// What is read of a chunk that does not stay.
const MAX_FOUND_BYTES = MAX_XMP_BYTES

interface Chunk {
    readonly name: string
    readonly start: number
    readonly end: number
}

/** Take a PNG file apart, and say which of its chunks stay. */
export async function surveyPng(survey: Survey): Promise<void> {
    const { source, assembly } = survey
    const names = new Set<string>()
    assembly.keep(0, SIGNATURE_BYTES)
    for await (const chunk of chunksOf(source)) {
        const data = await source.takeUpTo(chunk.start + 8, Math.min(chunk.end - chunk.start - FRAME_BYTES, MAX_FOUND_BYTES))
        if (isKept(chunk, data)) {
            await verifyChecksum(source, chunk)
            assembly.keep(chunk.start, chunk.end)
        } else {
            await replace(survey, chunk, data, names.has(chunk.name))
        }
        names.add(chunk.name)
        if (chunk.name === "IEND" && source.sizeBytes > chunk.end) survey.findings.add("trailing")
    }
    if (!names.has("IDAT")) throw new MetadataError("PNG: no picture")
}

/** All chunks, from IHDR to IEND. */
async function* chunksOf(source: Source): AsyncGenerator<Chunk, void, void> {
    let name = ""
    for (let start = SIGNATURE_BYTES; name !== "IEND"; ) {
        source.step()
        const head = await source.take(start, 8)
        const isFirst = name === ""
        name = latin1(head, 4, 8)
        if (isFirst !== (name === "IHDR")) throw new MetadataError("PNG: IHDR is not the first chunk")
        const end = start + FRAME_BYTES + bigEndian(head, 0, 4)
        if (end > source.sizeBytes) throw new MetadataError("PNG: a chunk reaches beyond the end")
        yield { name, start, end }
        start = end
    }
}

/**
 * Whether a chunk stays.
 *
 * @throws {MetadataError} it is needed and unknown, or has room for more than it needs.
 */
function isKept(chunk: Chunk, data: Uint8Array): boolean {
    const most = KEPT.get(chunk.name)
    if (most === undefined && CRITICAL.test(chunk.name)) throw new MetadataError("PNG: an unknown chunk that is needed")
    if (chunk.end - chunk.start - FRAME_BYTES > (most ?? Infinity)) throw new MetadataError("PNG: a chunk is too long")
    // The size of pixels in print is nobody's business; their shape decides how the picture looks.
    const hasOblongPixels = chunk.name === "pHYs" && data.length === 9 && bigEndian(data, 0, 4) !== bigEndian(data, 4, 4)
    return most !== undefined || hasOblongPixels
}

async function replace(survey: Survey, chunk: Chunk, data: Uint8Array, isSecond: boolean): Promise<void> {
    findInChunk(survey, chunk.name, data)
    const orientation = chunk.name === "eXIf" && !isSecond ? orientationBlock(orientationOf(data)) : new Uint8Array(0)
    const fresh = orientation.length > 0 ? chunkOf("eXIf", orientation) : new Uint8Array(0)
    await survey.assembly.replace(chunk.start, chunk.end, fresh)
}

function findInChunk({ findings }: Survey, name: string, data: Uint8Array): void {
    const keyword = textOfBytes(data)
    const text = data.subarray(keyword.length + 1)
    if (name === "eXIf") findInExif(data, findings)
    else if (name === "iTXt" && keyword === XMP_KEYWORD) findInXmp(text, findings)
    else if (name === "tEXt") findings.add(TEXT_CODES.get(keyword) ?? "comment", TEXT_CODES.has(keyword) ? textOfBytes(text) : `${keyword}: ${textOfBytes(text)}`)
    else if (name === "zTXt" || name === "iTXt") findings.add(TEXT_CODES.get(keyword) ?? "comment", keyword)
    else if (name === "tIME") findings.add("time", timeOf(data))
    else if (name === "iCCP") findings.add("profile", keyword)
    else if (name !== "pHYs") findings.add("other")
}

/** "2026-03-05 14:03:22 UTC". */
function timeOf(data: Uint8Array): string {
    const two = (at: number): string => String(data[at] ?? 0).padStart(2, "0")
    return `${bigEndian(data, 0, 2)}-${two(2)}-${two(3)} ${two(4)}:${two(5)}:${two(6)} UTC`
}

/** A chunk of ours. */
function chunkOf(name: string, data: Uint8Array): Uint8Array {
    const body = concatBytes(encodeUtf8(name), data)
    return concatBytes(u32(data.length), body, u32(checksumEnd(checksum(CHECKSUM_START, body))))
}

/** @throws {MetadataError} the chunk is damaged. */
async function verifyChecksum(source: Source, chunk: Chunk): Promise<void> {
    let state = CHECKSUM_START
    for await (const raw of source.windows(chunk.start + 4, chunk.end - 4)) state = checksum(state, raw)
    if (checksumEnd(state) !== bigEndian(await source.take(chunk.end - 4, 4), 0, 4)) throw new MetadataError("PNG: a checksum is wrong")
}

// CRC-32 of PNG, annex D.
const CHECKSUM_START = 0xffffffff
const CHECKSUM_POLYNOMIAL = 0xedb88320
const CHECKSUM_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? CHECKSUM_POLYNOMIAL : 0)
    return value
})

function checksum(state: number, raw: Uint8Array): number {
    let value = state
    for (const byte of raw) value = (value >>> 8) ^ (CHECKSUM_TABLE[(value ^ byte) & 0xff] ?? 0)
    return value
}

const checksumEnd = (state: number): number => ~state >>> 0

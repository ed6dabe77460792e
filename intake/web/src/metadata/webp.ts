/**
 * WebP: chunks that decoding needs stay, also inside the frames of an animation.
 *
 * The colour profile is reduced in place, the Exif block to the orientation; the flags that
 * announce them, and the sizes around them, follow. Source: RFC 9649.
 */

import { concatBytes, encodeUtf8, type Bytes } from "../wire/codec.ts"
import { keptProfile, MAX_PROFILE_BYTES } from "./colour_profile.ts"
import { MetadataError } from "./errors.ts"
import { findInExif, orientationBlock, orientationOf } from "./exif.ts"
import { latin1, littleEndian, spells } from "./source.ts"
import type { Survey } from "./survey.ts"
import { findInXmp, MAX_XMP_BYTES } from "./xmp.ts"

const RIFF_HEAD_BYTES = 12
const HEAD_BYTES = 8
const FRAME_HEAD_BYTES = 16
const EXTENDED_BYTES = 10
const ANIMATION_BYTES = 6

const PICTURE = ["VP8 ", "VP8L", "ALPH"]

const Flag = { profile: 0x20, alpha: 0x10, exif: 0x08, animation: 0x02 } as const

// What is read of a chunk that does not stay.
const MAX_FOUND_BYTES = MAX_XMP_BYTES

/** A chunk; `end` is behind its padding, and `dataEnd` in front of it. */
interface Chunk {
    readonly name: string
    readonly start: number
    readonly dataEnd: number
    readonly end: number
}

/** A part of the new file: a range of the old one, or bytes that take the place of one. */
interface Part {
    readonly start: number
    readonly end: number
    readonly fresh: Bytes | null
}

/** What the chunks of a file become. */
class Outcome {
    readonly parts: Part[] = []
    /** Which of the announced blocks stay. */
    flags = 0
    private readonly seen = new Set<string>()

    keep(start: number, end: number): void {
        this.parts.push({ start, end, fresh: null })
    }

    put(start: number, end: number, fresh: Uint8Array): void {
        this.parts.push({ start, end, fresh: concatBytes(fresh) })
    }

    /** A chunk as it is, with a zero byte of padding where its length is odd. */
    keepChunk(chunk: Chunk): void {
        this.keep(chunk.start, chunk.dataEnd)
        if ((chunk.dataEnd - chunk.start) % 2 === 1) this.put(chunk.dataEnd, chunk.end, Uint8Array.of(0))
    }

    /** Whether a chunk of this name comes for the first time; VP8 and VP8L are the same. */
    isFirst(name: string): boolean {
        const key = name.startsWith("VP8") ? "VP8" : name
        if (this.seen.has(key)) return false
        this.seen.add(key)
        return true
    }

    get sizeBytes(): number {
        return this.parts.reduce((sum, { start, end, fresh }) => sum + (fresh?.length ?? end - start), 0)
    }
}

/** Take a WebP file apart, and say which of its chunks stay. */
export async function surveyWebp(survey: Survey): Promise<void> {
    const { source, assembly } = survey
    const riffEnd = HEAD_BYTES + littleEndian(await source.take(0, RIFF_HEAD_BYTES), 4, 4)
    if (riffEnd > source.sizeBytes) throw new MetadataError("WebP: cut off")
    if (riffEnd < source.sizeBytes) survey.findings.add("trailing")
    const outcome = new Outcome()
    const extended = await extensionOf(survey, riffEnd)
    for await (const chunk of chunksOf(survey, extended?.end ?? RIFF_HEAD_BYTES, riffEnd)) await sort(survey, outcome, chunk, extended)
    if (!outcome.parts.some(({ fresh }) => fresh === null)) throw new MetadataError("WebP: no picture")
    const headBytes = extended === null ? 0 : HEAD_BYTES + EXTENDED_BYTES
    await assembly.replace(0, RIFF_HEAD_BYTES, concatBytes(headOf("RIFF", 4 + headBytes + outcome.sizeBytes), encodeUtf8("WEBP")))
    if (extended !== null) {
        const { flags, canvas } = extended
        const kept = (flags & (Flag.alpha | Flag.animation)) | outcome.flags
        const fresh = concatBytes(headOf("VP8X", EXTENDED_BYTES), Uint8Array.of(kept, 0, 0, 0), canvas)
        await assembly.replace(RIFF_HEAD_BYTES, extended.end, fresh)
    }
    for (const { start, end, fresh } of outcome.parts) {
        if (fresh === null) assembly.keep(start, end)
        else await assembly.replace(start, end, fresh)
    }
}

/** The chunk that announces others; null in a file that has the picture alone. */
interface Extension {
    readonly flags: number
    readonly canvas: Uint8Array
    readonly end: number
}

async function extensionOf({ source }: Survey, riffEnd: number): Promise<Extension | null> {
    const raw = await source.takeUpTo(RIFF_HEAD_BYTES, HEAD_BYTES + EXTENDED_BYTES)
    if (!spells(raw, 0, "VP8X")) return null
    const end = RIFF_HEAD_BYTES + HEAD_BYTES + EXTENDED_BYTES
    if (littleEndian(raw, 4, 4) !== EXTENDED_BYTES || end > riffEnd) throw new MetadataError("WebP: VP8X of another length")
    return { flags: raw[8] ?? 0, canvas: raw.subarray(12), end }
}

/** The chunks between two places. */
async function* chunksOf({ source }: Survey, from: number, limit: number): AsyncGenerator<Chunk, void, void> {
    for (let start = from; start + HEAD_BYTES <= limit; ) {
        source.step()
        const head = await source.take(start, HEAD_BYTES)
        const dataEnd = start + HEAD_BYTES + littleEndian(head, 4, 4)
        if (dataEnd > limit) throw new MetadataError("WebP: a chunk reaches beyond the end")
        const end = Math.min(dataEnd + ((dataEnd - start) % 2), limit)
        yield { name: latin1(head, 0, 4), start, dataEnd, end }
        start = end
    }
}

/** Decide about one chunk. */
async function sort(survey: Survey, outcome: Outcome, chunk: Chunk, extended: Extension | null): Promise<void> {
    const { findings, source } = survey
    const isAnimated = extended !== null && (extended.flags & Flag.animation) !== 0
    const { name, start, dataEnd, end } = chunk
    const isFirst = name === "ANMF" || outcome.isFirst(name)
    const announces = (flag: number): boolean => isFirst && extended !== null && (extended.flags & flag) !== 0
    const data = async (most: number): Promise<Uint8Array> => source.take(start + HEAD_BYTES, Math.min(dataEnd - start - HEAD_BYTES, most))
    if (isAnimated && name === "ANMF") await sortFrame(survey, outcome, chunk)
    else if (isAnimated && isFirst && name === "ANIM" && dataEnd - start === HEAD_BYTES + ANIMATION_BYTES) outcome.keepChunk(chunk)
    else if (!isAnimated && isFirst && PICTURE.includes(name)) outcome.keepChunk(chunk)
    else if (name === "ICCP") {
        const profile = keptProfile(await data(MAX_PROFILE_BYTES + 1), findings)
        if (profile !== null && announces(Flag.profile)) putChunk(outcome, Flag.profile, start, end, name, profile)
    } else if (name === "EXIF") {
        const block = await data(MAX_FOUND_BYTES)
        findInExif(block, findings)
        const orientation = orientationBlock(orientationOf(block))
        if (orientation.length > 0 && announces(Flag.exif)) putChunk(outcome, Flag.exif, start, end, name, orientation)
    } else if (name === "XMP ") findInXmp(await data(MAX_FOUND_BYTES), findings)
    else findings.add("other")
}

/** Put a chunk of ours where one was, and announce it. */
function putChunk(outcome: Outcome, flag: number, start: number, end: number, name: string, data: Uint8Array): void {
    outcome.flags |= flag
    outcome.put(start, end, concatBytes(headOf(name, data.length), data, new Uint8Array(data.length % 2)))
}

/** One frame of an animation, with the picture alone. */
async function sortFrame(survey: Survey, outcome: Outcome, chunk: Chunk): Promise<void> {
    const picture = chunk.start + HEAD_BYTES + FRAME_HEAD_BYTES
    if (picture > chunk.dataEnd) throw new MetadataError("WebP: a frame is too short")
    const frame = new Outcome()
    for await (const part of chunksOf(survey, picture, chunk.dataEnd)) {
        if (PICTURE.includes(part.name) && frame.isFirst(part.name)) frame.keepChunk(part)
        else survey.findings.add("other")
    }
    outcome.put(chunk.start, chunk.start + HEAD_BYTES, headOf(chunk.name, FRAME_HEAD_BYTES + frame.sizeBytes))
    outcome.keep(chunk.start + HEAD_BYTES, picture)
    outcome.parts.push(...frame.parts)
}

/** A chunk's head. */
function headOf(name: string, sizeBytes: number): Bytes {
    return concatBytes(encodeUtf8(name), Uint8Array.from({ length: 4 }, (_, i) => (sizeBytes >>> (8 * i)) & 0xff))
}

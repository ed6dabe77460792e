/**
 * HEIC and AVIF: everything but the pictures becomes zero bytes, in place.
 *
 * No size and no offset changes. Pictures are the items whose type is in `PICTURES`; of the media
 * data only their bytes stay, so that Exif, XMP and whatever else lies there goes, known or not.
 * Of the head only the boxes and properties stay that decoding needs; colour profiles are reduced.
 * Exif items become empty Exif blocks, which readers take better than zeros.
 *
 * Sequences, fragments, protected items, data in other files and items made of items are not for
 * us. Thumbnails stay. Source: ISO/IEC 23008-12; ISO/IEC 14496-12, section 8.11.
 */

import { concatBytes, encodeUtf8 } from "../wire/codec.ts"
import { boxesOfFile, type Box } from "./boxes.ts"
import { MetadataError } from "./errors.ts"
import { findInExif } from "./exif.ts"
import { Head, type Item, type Range } from "./heif_head.ts"
import { bigEndian } from "./source.ts"
import type { Survey } from "./survey.ts"
import { findInXmp, MAX_XMP_BYTES } from "./xmp.ts"

const NEEDED_BOXES = ["ftyp", "meta", "mdat"]

// Where one of these is, the file holds more than single pictures.
const SEQUENCE_BOXES = ["moov", "moof", "mfra", "sidx", "styp"]

const PICTURES = ["hvc1", "hev1", "lhv1", "av01", "avc1", "grid", "iovl", "iden", "tmap"]

/** In an Exif item: no bytes to skip, and a TIFF structure whose one directory has no field. */
const EMPTY_EXIF = Uint8Array.of(0, 0, 0, 0, 0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0)
const EXIF_HEAD_BYTES = 4

// What is read of an item that does not stay.
const MAX_FOUND_BYTES = MAX_XMP_BYTES
const MAX_FOUND_RANGES = 64

/** A range, and the bytes that it gets; null where it stays. */
interface Settled extends Range {
    readonly fresh: Uint8Array | null
}

/** Take a HEIC or AVIF file apart, and say what of it becomes zero bytes. */
export async function surveyHeif(survey: Survey): Promise<void> {
    const { source, assembly, findings } = survey
    const boxes: Box[] = []
    for await (const box of boxesOfFile(source, 0, source.sizeBytes)) boxes.push(box)
    const [meta, second] = boxes.filter(({ type }) => type === "meta")
    const isSequence = boxes.some(({ type }) => SEQUENCE_BOXES.includes(type))
    if (meta === undefined || second !== undefined || isSequence) throw new MetadataError("HEIF: not just pictures")
    const head = new Head(await source.take(meta.start, meta.end - meta.start), meta.body - meta.start, source)
    for (const item of head.items) await findInItem(survey, head, item)
    head.edit(findings)
    for (const data of head.all("idat")) settleHead(head, data)
    // What stays is as long as the original, so that its places stand as they are.
    const settled = settledRanges(head.items.filter(({ isInHead }) => !isInHead))
    const needed = boxes.slice(0, boxes.map(({ type }) => NEEDED_BOXES.includes(type)).lastIndexOf(true) + 1)
    let media = 0
    for (const box of needed) {
        if (box.type === "ftyp") assembly.keep(box.start, box.end)
        else if (box.type === "meta") await assembly.replace(box.start, box.end, head.edited)
        else if (box.type === "mdat") media = await settleMedia(survey, box, settled, media)
        else await settleOther(survey, box)
    }
    if (media < settled.length) throw new MetadataError("HEIF: an item outside of the media data")
    if ((needed.at(-1)?.end ?? 0) < source.sizeBytes) findings.add("trailing")
    if (head.hasReference("thmb")) survey.mayRemain.add("embedded-files")
}

/** Report what an item gives away that is no picture. */
async function findInItem({ source, findings }: Survey, head: Head, item: Item): Promise<void> {
    if (PICTURES.includes(item.type)) return
    const parts: Uint8Array[] = []
    let left = MAX_FOUND_BYTES
    for (const { start, end } of item.ranges.slice(0, MAX_FOUND_RANGES)) {
        const lengthBytes = Math.min(end - start, left)
        parts.push(item.isInHead ? head.raw.subarray(start, start + lengthBytes) : await source.take(start, lengthBytes))
        left -= lengthBytes
    }
    const raw = concatBytes(...parts)
    if (raw.every((byte, i) => byte === (item.type === "Exif" ? (EMPTY_EXIF[i] ?? 0) : 0))) return
    if (item.type === "Exif") findInExif(raw.subarray(EXIF_HEAD_BYTES + bigEndian(raw, 0, 4)), findings)
    else if (item.type === "mime") findInXmp(raw, findings)
    else findings.add("other")
}

/**
 * The ranges that do not become zero bytes, in their order: pictures, and heads of Exif items.
 *
 * @throws {MetadataError} an Exif item shares bytes with another item.
 */
function settledRanges(items: readonly Item[]): readonly Settled[] {
    const settled = items.flatMap(({ type, ranges }) => {
        if (PICTURES.includes(type)) return ranges.map(({ start, end }): Settled => ({ start, end, fresh: null }))
        const [first] = ranges
        if (type !== "Exif" || first === undefined || first.end - first.start < EMPTY_EXIF.length) return []
        return [{ start: first.start, end: first.start + EMPTY_EXIF.length, fresh: EMPTY_EXIF }]
    })
    settled.sort((a, b) => a.start - b.start)
    let end = 0
    settled.forEach((range, i) => {
        const isShared = range.start < end && (range.fresh !== null || settled[i - 1]?.fresh !== null)
        if (isShared) throw new MetadataError("HEIF: items share their bytes")
        end = Math.max(end, range.end)
    })
    return settled
}

/** The head's own data: what no picture needs becomes zero bytes. */
function settleHead(head: Head, data: Box): void {
    head.edited.fill(0, data.body, data.end)
    for (const { start, end, fresh } of settledRanges(head.items.filter(({ isInHead }) => isInHead))) {
        head.edited.set(fresh ?? head.raw.subarray(start, end), start)
    }
}

/** One box of media data: what no picture needs becomes zero bytes; the index of the first range behind it. */
async function settleMedia({ assembly }: Survey, box: Box, settled: readonly Settled[], from: number): Promise<number> {
    assembly.keep(box.start, box.body)
    let at = box.body
    let i = from
    for (; ; i++) {
        const range = settled[i]
        if (range === undefined || range.end > box.end) break
        if (range.start < box.body) throw new MetadataError("HEIF: an item outside of the media data")
        await assembly.blank(at, range.start)
        if (range.fresh === null) assembly.keep(Math.max(at, range.start), range.end)
        else await assembly.replace(range.start, range.end, range.fresh)
        at = Math.max(at, range.end)
    }
    await assembly.blank(at, box.end)
    return i
}

/** A box that nobody needs becomes free space. */
async function settleOther({ assembly, findings }: Survey, box: Box): Promise<void> {
    assembly.keep(box.start, box.start + 4)
    await assembly.replace(box.start + 4, box.start + 8, encodeUtf8("free"))
    assembly.keep(box.start + 8, box.body)
    if (await assembly.blank(box.body, box.end)) findings.add("other")
}

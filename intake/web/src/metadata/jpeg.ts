/**
 * JPEG: only what is needed to decode and to show the picture right stays.
 *
 * Tables, frames, scans and their data stay as they are. JFIF's head (without thumbnail), Adobe's
 * colour transform, a reduced colour profile and an Exif block with nothing but the orientation are
 * written anew. Everything else goes: other APPn, comments, fill bytes, and whatever stands behind
 * the end (motion photos, second pictures, archives).
 * Source: ITU-T T.81, annex B; JFIF 1.02; Exif 3.0; ICC.1:2022, annex B.4.
 */

import { concatBytes, encodeUtf8, u16, u8 } from "../wire/codec.ts"
import { keptProfile } from "./colour_profile.ts"
import { MetadataError } from "./errors.ts"
import { findInExif, orientationBlock, orientationOf } from "./exif.ts"
import { findInResources } from "./photoshop.ts"
import { textOfBytes } from "./finding.ts"
import { bigEndian, spells, type Source } from "./source.ts"
import type { Survey } from "./survey.ts"
import { findInXmp } from "./xmp.ts"

const Marker = {
    TEM: 0x01, SOF0: 0xc0, DHT: 0xc4, JPG: 0xc8, DAC: 0xcc, SOF15: 0xcf, RST0: 0xd0, RST7: 0xd7, EOI: 0xd9, SOS: 0xda,
    DQT: 0xdb, DNL: 0xdc, DRI: 0xdd, DHP: 0xde, EXP: 0xdf, APP0: 0xe0, APP1: 0xe1, APP2: 0xe2, APP13: 0xed, APP14: 0xee,
    APP15: 0xef, COM: 0xfe,
} as const

const JFIF = "JFIF\0"
const JFXX = "JFXX\0"
const EXIF = "Exif\0\0"
const XMP = "http://ns.adobe.com/xap/1.0/\0"
const PROFILE = "ICC_PROFILE\0"
const MULTIPLE_PICTURES = "MPF\0"
const RESOURCES = "Photoshop 3.0\0"
const ADOBE = "Adobe"

const HEAD_BYTES = 4
const PROFILE_HEAD_BYTES = 14
const ENTROPY = 0

/** A marker with its payload, or the entropy-coded data of a scan, where `marker` is 0. */
interface Segment {
    readonly marker: number
    readonly start: number
    readonly end: number
}

/** A segment of ours. */
function segmentOf(marker: number, ...payload: readonly Uint8Array[]): Uint8Array {
    const body = concatBytes(...payload)
    return concatBytes(u8(0xff), u8(marker), u16(body.length + 2), body)
}

/** Take a JPEG file apart, and say which of its segments stay. */
export async function surveyJpeg(survey: Survey): Promise<void> {
    const { source, assembly } = survey
    const { segments, end } = await segmentsOf(source)
    const rewritten = await rewrittenProfile(survey, segments)
    let inHead = true
    let seesExif = false
    assembly.keep(0, 2)
    for (const part of segments) {
        const payload = await payloadOf(source, part)
        inHead &&= part.marker !== Marker.SOS
        if (isNeeded(part.marker, payload)) {
            assembly.keep(part.start, part.end)
            continue
        }
        findInSegment(survey, part.marker, payload)
        // Behind the head of the first scan decoders look for none of these.
        if (!inHead) continue
        // Of several Exif blocks the first one counts.
        const fresh = rewritten.get(part.start) ?? rewrittenSegment(part.marker, payload, seesExif)
        await assembly.replace(part.start, part.end, fresh)
        seesExif ||= isExif(part.marker, payload)
    }
    await assembly.replace(end, Math.min(end + 2, source.sizeBytes), Uint8Array.of(0xff, Marker.EOI))
    if (source.sizeBytes > end + 2) survey.findings.add("trailing")
}

async function payloadOf(source: Source, part: Segment): Promise<Uint8Array> {
    if (part.marker === ENTROPY) return new Uint8Array(0)
    return (await source.take(part.start, part.end - part.start)).subarray(HEAD_BYTES)
}

/** All segments up to the end of the picture, and where that stands; a picture cut off ends with the file. */
async function segmentsOf(source: Source): Promise<{ segments: readonly Segment[]; end: number }> {
    const segments: Segment[] = []
    let hasScan = false
    let at = 2
    for (;;) {
        source.step()
        const { marker, start } = await findMarker(source, at, false)
        if (marker === Marker.EOI) {
            if (!hasScan) throw new MetadataError("JPEG: no picture")
            return { segments, end: start }
        }
        at = start + 2
        if (marker === Marker.TEM || (marker >= Marker.RST0 && marker <= Marker.RST7)) continue
        at += bigEndian(await source.take(at, 2), 0, 2)
        if (at < start + HEAD_BYTES) throw new MetadataError("JPEG: a segment is too short")
        segments.push({ marker, start, end: at })
        if (marker !== Marker.SOS) continue
        const scan = await findMarker(source, at, true)
        segments.push({ marker: ENTROPY, start: at, end: scan.start })
        hasScan = true
        at = scan.start
    }
}

/**
 * The next marker, behind fill bytes and whatever is none; at the end of the file the end of the picture.
 *
 * Inside a scan, restart markers belong to its data.
 */
async function findMarker(source: Source, from: number, inScan: boolean): Promise<{ marker: number; start: number }> {
    for (let at = from; at + 1 < source.sizeBytes; ) {
        source.step()
        const raw = await source.atHand(at)
        const i = markerIn(raw, inScan)
        at += i
        if (i + 1 < raw.length) return { marker: raw[i + 1] ?? 0, start: at }
        if (at + 1 < source.sizeBytes) await source.take(at, 2)
    }
    return { marker: Marker.EOI, start: source.sizeBytes }
}

/** Where the first marker of some bytes begins; perhaps with the last byte, or where they end. */
function markerIn(raw: Uint8Array, inScan: boolean): number {
    for (let i = raw.indexOf(0xff); i >= 0; i = raw.indexOf(0xff, i + 1)) {
        const next = raw[i + 1]
        if (next === undefined) return i
        const isData = next === 0 || next === 0xff || (inScan && next >= Marker.RST0 && next <= Marker.RST7)
        if (!isData) return i
    }
    return raw.length
}

/**
 * Whether decoding needs a segment.
 *
 * @throws {MetadataError} it would, and has room for something else; or nobody knows what it is.
 */
function isNeeded(marker: number, payload: Uint8Array): boolean {
    if (marker === ENTROPY) return true
    if (marker === Marker.COM || (marker >= Marker.APP0 && marker <= Marker.APP15)) return false
    if (payload.length !== neededBytes(marker, payload)) throw new MetadataError("JPEG: not a segment of a picture")
    return true
}

/** How long the payload of a table, frame or scan head must be; -1 where the marker is none of them. */
function neededBytes(marker: number, payload: Uint8Array): number {
    if (marker === Marker.DQT) return tablesBytes(payload, (at) => 65 + 64 * Math.min(1, (payload[at] ?? 0) >> 4))
    if (marker === Marker.DHT) return tablesBytes(payload, (at) => payload.subarray(at + 1, at + 17).reduce((sum, n) => sum + n, 17))
    if (marker === Marker.SOS) return 4 + 2 * (payload[0] ?? 0)
    if (marker === Marker.DNL || marker === Marker.DRI) return 2
    if (marker === Marker.EXP) return 1
    if (marker === Marker.DAC) return payload.length & ~1
    if ((marker >= Marker.SOF0 && marker <= Marker.SOF15 && marker !== Marker.JPG) || marker === Marker.DHP) return 6 + 3 * (payload[5] ?? 0)
    return -1
}

/** The length of tables that follow one another, as far as they begin inside the payload. */
function tablesBytes(payload: Uint8Array, tableBytes: (at: number) => number): number {
    let at = 0
    while (at < payload.length) at += tableBytes(at)
    return at
}

const isExif = (marker: number, payload: Uint8Array): boolean => marker === Marker.APP1 && spells(payload, 0, EXIF)
const isProfile = (marker: number, payload: Uint8Array): boolean => marker === Marker.APP2 && spells(payload, 0, PROFILE)

/** What takes the place of a segment that decoding does not need; often nothing. */
function rewrittenSegment(marker: number, payload: Uint8Array, seesExif: boolean): Uint8Array {
    if (marker === Marker.APP0 && spells(payload, 0, JFIF) && payload.length >= 14) {
        return segmentOf(marker, payload.subarray(0, 12), Uint8Array.of(0, 0))
    }
    if (marker === Marker.APP14 && spells(payload, 0, ADOBE) && payload.length >= 12) {
        return segmentOf(marker, encodeUtf8(ADOBE), Uint8Array.of(0, 100, 0, 0, 0, 0, payload[11] ?? 0))
    }
    const orientation = isExif(marker, payload) && !seesExif ? orientationBlock(orientationOf(payload)) : []
    return orientation.length > 0 ? segmentOf(marker, encodeUtf8(EXIF), Uint8Array.from(orientation)) : new Uint8Array(0)
}

/** The segments of a colour profile, reduced, by where the original ones begin; all empty where it goes. */
async function rewrittenProfile(survey: Survey, segments: readonly Segment[]): Promise<Map<number, Uint8Array>> {
    const firstScan = segments.findIndex(({ marker }) => marker === Marker.SOS)
    const parts: { start: number; payload: Uint8Array }[] = []
    for (const part of segments.slice(0, firstScan).filter(({ marker }) => marker === Marker.APP2)) {
        const payload = await payloadOf(survey.source, part)
        if (isProfile(part.marker, payload)) parts.push({ start: part.start, payload })
    }
    if (parts.length === 0) return new Map()
    const isWhole = parts.length < 256 && parts.every(({ payload }, i) => payload[12] === i + 1 && payload[13] === parts.length)
    const before = isWhole ? concatBytes(...parts.map(({ payload }) => payload.subarray(PROFILE_HEAD_BYTES))) : new Uint8Array(0)
    const after = keptProfile(before, survey.findings)
    const rewritten = new Map<number, Uint8Array>()
    let at = 0
    for (const { start, payload } of parts) {
        const end = at + payload.length - PROFILE_HEAD_BYTES
        const head = payload.subarray(0, PROFILE_HEAD_BYTES)
        rewritten.set(start, after === null ? new Uint8Array(0) : segmentOf(Marker.APP2, head, after.subarray(at, end)))
        at = end
    }
    return rewritten
}

/** Report what a segment gives away that does not stay as it is. */
function findInSegment({ findings }: Survey, marker: number, payload: Uint8Array): void {
    if (marker === Marker.COM) findings.add("comment", textOfBytes(payload))
    else if (isExif(marker, payload)) findInExif(payload, findings)
    else if (marker === Marker.APP1 && spells(payload, 0, XMP)) findInXmp(payload.subarray(XMP.length), findings)
    else if (marker === Marker.APP2 && spells(payload, 0, MULTIPLE_PICTURES)) findings.add("preview")
    else if (marker === Marker.APP13 && spells(payload, 0, RESOURCES)) findInResources(payload.subarray(RESOURCES.length), findings)
    else if (marker === Marker.APP0 && (spells(payload, 0, JFXX) || payload.length > 14)) findings.add("thumbnail")
    else if (marker !== Marker.APP0 && marker !== Marker.APP14 && !isProfile(marker, payload)) findings.add("other")
}

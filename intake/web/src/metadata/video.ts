/**
 * MP4 and MOV: where, with what and when a video was taken, as far as its head says.
 *
 * Nothing is removed. Source: QuickTime File Format, "User data atoms" and "Metadata";
 * ISO/IEC 14496-12, section 8.10; 3GPP TS 26.244 (loci).
 */

import { boxesOf, boxesOfFile, type Box } from "./boxes.ts"
import { placeOfDegrees, textOfBytes, type FindingCode, type Findings } from "./finding.ts"
import { bigEndian, latin1, spells } from "./source.ts"
import type { Survey } from "./survey.ts"

// What is read of one box of texts.
const MAX_FOUND_BYTES = 256 * 1024

const HEAD_BYTES = 8
const PLACE = /^([+-]\d{1,2}(?:\.\d{1,9})?)([+-]\d{1,3}(?:\.\d{1,9})?)/u

// Seconds between 1904, from where these files count, and 1970.
const EPOCH_SECONDS = 2_082_844_800

const USER_DATA: Readonly<Record<string, FindingCode>> = {
    "\xa9xyz": "place", "\xa9mak": "device", "\xa9mod": "device", "\xa9swr": "software", "\xa9day": "time",
    "\xa9cmt": "comment", "\xa9nam": "comment", "\xa9aut": "author", "\xa9ART": "author", "\xa9too": "software",
}
const KEYS: readonly (readonly [string, FindingCode])[] = [
    [".location.", "place"], [".make", "device"], [".manufacturer", "device"], [".model", "device"],
    [".software", "software"], [".version", "software"], [".creationdate", "time"], [".author", "author"],
    [".comment", "comment"],
]

/** Report what the head of a video gives away. */
export async function findInVideo({ source, findings }: Survey): Promise<void> {
    for await (const movie of boxesOfFile(source, 0, source.sizeBytes)) {
        if (movie.type !== "moov") continue
        for await (const box of boxesOfFile(source, movie.body, movie.end)) {
            const raw = await source.takeUpTo(box.start, Math.min(box.end - box.start, MAX_FOUND_BYTES))
            if (box.type === "mvhd") findTime(raw, findings)
            if (box.type === "udta") findInUserData(raw, findings)
            if (box.type === "meta") findInMetadata(raw, findings)
        }
        // What stands behind the first head may be very long, and has no other one.
        return
    }
}

/** The moment of recording in the head, which some recorders leave at zero. */
function findTime(raw: Uint8Array, findings: Findings): void {
    const seconds = bigEndian(raw, HEAD_BYTES + 4, raw[HEAD_BYTES] === 1 ? 8 : 4) - EPOCH_SECONDS
    if (seconds > 0 && seconds < EPOCH_SECONDS * 2) findings.add("time", new Date(seconds * 1000).toISOString())
}

function findInUserData(raw: Uint8Array, findings: Findings): void {
    for (const { type, body, end } of boxesOf(raw, HEAD_BYTES, raw.length)) {
        const code = USER_DATA[type]
        // Length and language stand in front of QuickTime's texts.
        if (code !== undefined) add(findings, code, textOfBytes(raw.subarray(body + 4, end)))
        if (type === "loci") findLocation(raw.subarray(body, end), findings)
        if (type === "meta") findInMetadata(raw.subarray(body - HEAD_BYTES, end), findings)
    }
}

/** 3GPP: version, language, a name up to its zero byte, a role, longitude and latitude in 16.16. */
function findLocation(raw: Uint8Array, findings: Findings): void {
    const name = textOfBytes(raw.subarray(6))
    const at = raw.indexOf(0, 6) + 2
    const degrees = (start: number): number => (bigEndian(raw, start, 4) | 0) / 65536
    findings.add("place", `${placeOfDegrees(degrees(at + 4), degrees(at))} ${name}`)
}

/** Apple's keys with their values, or iTunes' items; in MP4 four bytes stand in front, in MOV none. */
function findInMetadata(raw: Uint8Array, findings: Findings): void {
    const boxes = boxesOf(raw, HEAD_BYTES + (spells(raw, HEAD_BYTES + 4, "hdlr") ? 0 : 4), raw.length)
    const names = boxes.filter(({ type }) => type === "keys").flatMap((box) => namesOf(raw, box))
    for (const list of boxes.filter(({ type }) => type === "ilst")) {
        for (const item of boxesOf(raw, list.body, list.end)) {
            const name = names[bigEndian(raw, item.start + 4, 4) - 1]
            const code = name === undefined ? USER_DATA[item.type] : KEYS.find(([part]) => name.includes(part))?.[1]
            // A head, a type and a locale stand in front of the value.
            if (code !== undefined) add(findings, code, textOfBytes(raw.subarray(item.body + 16, item.end)))
        }
    }
}

/** Names of keys: each a length, a name space and a text. */
function namesOf(raw: Uint8Array, keys: Box): readonly string[] {
    const names: string[] = []
    for (let at = keys.body + 8; at + HEAD_BYTES <= keys.end; ) {
        const lengthBytes = bigEndian(raw, at, 4)
        if (lengthBytes < HEAD_BYTES) break
        names.push(latin1(raw, at + HEAD_BYTES, Math.min(at + lengthBytes, keys.end)))
        at += lengthBytes
    }
    return names
}

function add(findings: Findings, code: FindingCode, text: string): void {
    const [, latitude, longitude] = PLACE.exec(text) ?? []
    const isPlace = code === "place" && latitude !== undefined && longitude !== undefined
    findings.add(code, isPlace ? placeOfDegrees(Number(latitude), Number(longitude)) : text)
}

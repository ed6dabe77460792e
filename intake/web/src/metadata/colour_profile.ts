/**
 * Colour profiles (ICC), reduced to what decides how colours look.
 *
 * A profile carries texts, dates, the device's maker and model, on some systems its serial number;
 * and the measured colours of one single screen say as much as a serial number. So:
 *
 * - RGB whose primaries are those of a wide colour space that many devices share (Display P3,
 *   Adobe RGB, ProPhoto): primaries and curves stay, everything else becomes zero bytes;
 * - CMYK: its tables stay, since its colours mean nothing without them;
 * - everything else (sRGB, which is what viewers assume; single screens; grey): no profile.
 *
 * The length never changes, so that a profile can be replaced in place.
 * Source: ICC.1:2022; deploy/decisions/0006-hidden-data.md.
 */

import { concatBytes, type Bytes } from "../wire/codec.ts"
import { textOfBytes, type Findings } from "./finding.ts"
import { bigEndian, latin1, spells } from "./source.ts"

const HEADER_BYTES = 128
const TAG_BYTES = 12
const MAX_TAGS = 64

/** A larger one is not kept. */
export const MAX_PROFILE_BYTES = 4 * 1024 * 1024

// Fields of the header that stay: size; version, class and colour spaces; signature; rendering
// intent and illuminant. Maker, model, date, flags, creator and digest go.
const HEADER_FIELDS = [[0, 4], [8, 24], [36, 40], [64, 80]] as const

const RGB_TAGS = ["rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC", "wtpt", "chad"]
const CMYK_TAGS = ["A2B0", "A2B1", "A2B2", "B2A0", "B2A1", "B2A2", "wtpt"]

// Red X Y, green X Y, blue X Y under D50, as profiles spell them.
const SHARED_PRIMARIES = [
    [0.5151, 0.2412, 0.292, 0.6922, 0.1571, 0.0666],
    [0.6097, 0.3111, 0.2053, 0.6257, 0.1492, 0.0632],
    [0.7977, 0.288, 0.1352, 0.7119, 0.0313, 0.0001],
] as const
const PRIMARY_TOLERANCE = 0.002

interface Tag {
    readonly name: string
    /** Where its entry stands, and its data. */
    readonly entry: number
    readonly start: number
    readonly end: number
}

/** The tags of a profile; none where it is damaged. */
function tagsOf(profile: Uint8Array): readonly Tag[] {
    const count = bigEndian(profile, HEADER_BYTES, 4)
    const sound = spells(profile, 36, "acsp") && bigEndian(profile, 0, 4) === profile.length && count <= MAX_TAGS
    const tableEnd = HEADER_BYTES + 4 + count * TAG_BYTES
    if (!sound || tableEnd > profile.length) return []
    const tags = Array.from({ length: count }, (_, i) => {
        const entry = HEADER_BYTES + 4 + i * TAG_BYTES
        const start = bigEndian(profile, entry + 4, 4)
        return { name: latin1(profile, entry, entry + 4), entry, start, end: start + bigEndian(profile, entry + 8, 4) }
    })
    return tags.every(({ start, end }) => start >= tableEnd && end <= profile.length) ? tags : []
}

/** A signed 16.16 fixed-point number. */
const fixed = (raw: Uint8Array, at: number): number => (bigEndian(raw, at, 4) | 0) / 65536

function hasSharedPrimaries(profile: Uint8Array, tags: readonly Tag[]): boolean {
    const primaries = RGB_TAGS.slice(0, 3).flatMap((name) => {
        const start = tags.find((tag) => tag.name === name)?.start ?? 0
        return [fixed(profile, start + 8), fixed(profile, start + 12)]
    })
    const near = (want: number, i: number): boolean => Math.abs(want - (primaries[i] ?? 0)) < PRIMARY_TOLERANCE
    return SHARED_PRIMARIES.some((shared) => shared.every(near))
}

/**
 * The profile that takes the place of this one, as long as it; null where none should.
 *
 * Reports what the old one says about itself, unless it is already as reduced as it gets.
 */
export function keptProfile(profile: Uint8Array, findings: Findings): Bytes | null {
    const reduced = profile.length <= MAX_PROFILE_BYTES ? reducedProfile(profile) : null
    if (reduced?.every((byte, i) => byte === profile[i]) !== true) findings.add("profile", profileName(profile))
    return reduced
}

function reducedProfile(profile: Uint8Array): Bytes | null {
    const tags = tagsOf(profile)
    const space = latin1(profile, 16, 20)
    const names = space === "CMYK" ? CMYK_TAGS : RGB_TAGS
    const kept = tags.filter(({ name }) => names.includes(name))
    const wanted = space === "CMYK" ? kept.length > 0 : space === "RGB " && hasSharedPrimaries(profile, tags)
    if (!wanted) return null
    const reduced = new Uint8Array(profile.length)
    const copy = (start: number, end: number): void => {
        reduced.set(profile.subarray(start, end), start)
    }
    for (const [start, end] of HEADER_FIELDS) copy(start, end)
    for (const tag of kept) copy(tag.start, tag.end)
    writeTable(reduced, kept, profile)
    return reduced
}

/** The table of the tags that stay. */
function writeTable(reduced: Uint8Array, kept: readonly Tag[], profile: Uint8Array): void {
    const entries = concatBytes(...kept.map(({ entry }) => profile.subarray(entry, entry + TAG_BYTES)))
    reduced.set(Uint8Array.of(0, 0, 0, kept.length), HEADER_BYTES)
    reduced.set(entries, HEADER_BYTES + 4)
}

/** The name that a profile gives itself, e.g. "Display P3" or a screen's; perhaps none. */
function profileName(profile: Uint8Array): string {
    const tag = tagsOf(profile).find(({ name }) => name === "desc")
    if (tag === undefined) return ""
    const raw = profile.subarray(tag.start, tag.end)
    if (spells(raw, 0, "desc")) return textOfBytes(raw.subarray(12))
    const [lengthBytes, start] = [bigEndian(raw, 20, 4), bigEndian(raw, 24, 4)]
    return new TextDecoder("utf-16be").decode(raw.subarray(start, start + Math.min(lengthBytes, 200)))
}

/** XMP: XML of which a few names are looked for, never parsed as a whole. Source: ISO 16684-1. */

import { placeOfDegrees, type FindingCode, type Findings } from "./finding.ts"

/** What is read of one packet; what people and cameras write stands far in front of it. */
export const MAX_XMP_BYTES = 256 * 1024

// A value stands within this many characters behind its name.
const VALUE_CHARACTERS = 300

const NAMES: readonly (readonly [FindingCode, readonly string[]])[] = [
    ["device", ["tiff:Model", "aux:Lens", "exifEX:LensModel"]],
    ["serial", ["aux:SerialNumber", "exifEX:BodySerialNumber", "aux:LensSerialNumber", "exifEX:LensSerialNumber"]],
    ["author", ["dc:creator", "dc:rights", "aux:OwnerName", "exifEX:CameraOwnerName", "photoshop:Credit"]],
    ["software", ["xmp:CreatorTool", "pdf:Producer"]],
    ["time", ["exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate", "xmp:ModifyDate"]],
    ["comment", ["dc:description", "dc:title", "exif:UserComment"]],
    ["place", ["photoshop:City", "Iptc4xmpCore:Location"]],
]
const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" }

/** Report what a packet gives away; that there was one at all where none of the names is in it. */
export function findInXmp(raw: Uint8Array, findings: Findings): void {
    const xmp = new TextDecoder().decode(raw.subarray(0, MAX_XMP_BYTES))
    const latitude = degreesOf(valueOf(xmp, "exif:GPSLatitude"))
    const longitude = degreesOf(valueOf(xmp, "exif:GPSLongitude"))
    if (latitude !== null && longitude !== null) findings.add("place", placeOfDegrees(latitude, longitude))
    let isTelling = latitude !== null
    for (const [code, names] of NAMES) {
        for (const value of names.map((name) => valueOf(xmp, name)).filter((text) => text !== "")) {
            findings.add(code, value)
            isTelling = true
        }
    }
    if (!isTelling) findings.add("other")
}

/** The text of an attribute or element of this name, the first of a list; none where it is not there. */
function valueOf(xmp: string, name: string): string {
    for (const opening of [`${name}=`, `${name}>`]) {
        const at = xmp.indexOf(opening)
        if (at < 0) continue
        const behind = xmp.slice(at + opening.length, at + opening.length + VALUE_CHARACTERS)
        const value = opening.endsWith("=") ? behind.slice(1).split(behind.charAt(0))[0] : firstText(behind.split(`</${name}`)[0] ?? "")
        return (value ?? "").replaceAll(/&(lt|gt|quot|apos|amp);/gu, (entity, key: string) => ENTITIES[key] ?? entity)
    }
    return ""
}

/** The first text that is not white space, between tags. */
function firstText(xml: string): string {
    const texts = `>${xml}`.split("<").map((part) => part.split(">")[1] ?? "")
    return texts.find((text) => text.trim() !== "") ?? ""
}

/** Decimal degrees of "31,13.824N" or "31,13,49E"; null where it is no such thing. */
function degreesOf(text: string): number | null {
    const [, degrees, minutes, seconds, side] = /^(\d{1,3}),(\d{1,2}(?:\.\d{1,9})?)(?:,(\d{1,2}))?([NSEW])$/u.exec(text) ?? []
    if (degrees === undefined || side === undefined) return null
    const value = Number(degrees) + Number(minutes) / 60 + Number(seconds ?? 0) / 3600
    return side === "S" || side === "W" ? -value : value
}

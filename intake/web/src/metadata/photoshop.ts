/** Photoshop's image resources, with IPTC's records inside. Source: IPTC-IIM 4.2; Photoshop file formats. */

import { textOfBytes, type FindingCode, type Findings } from "./finding.ts"
import { bigEndian, spells } from "./source.ts"

const IPTC_RESOURCE = 0x0404
const THUMBNAIL_RESOURCES = [0x0409, 0x040c]

// Data sets of record 2.
const CODES: Readonly<Record<number, FindingCode>> = {
    5: "comment", 25: "comment", 40: "comment", 55: "time", 65: "software", 80: "author", 85: "author",
    90: "place", 92: "place", 95: "place", 101: "place", 105: "comment", 110: "author", 115: "author",
    116: "author", 118: "author", 120: "comment", 122: "author",
}

/** Report what resources give away: signature, number, padded name, length and data, one after another. */
export function findInResources(raw: Uint8Array, findings: Findings): void {
    for (let at = 0; spells(raw, at, "8BIM"); ) {
        const number = bigEndian(raw, at + 4, 2)
        const nameBytes = 1 + (raw[at + 6] ?? 0)
        const data = at + 6 + nameBytes + (nameBytes % 2) + 4
        const lengthBytes = bigEndian(raw, data - 4, 4)
        if (number === IPTC_RESOURCE) findInIptc(raw.subarray(data, data + lengthBytes), findings)
        if (THUMBNAIL_RESOURCES.includes(number)) findings.add("thumbnail")
        at = data + lengthBytes + (lengthBytes % 2)
    }
    findings.add("other")
}

function findInIptc(raw: Uint8Array, findings: Findings): void {
    for (let at = 0; raw[at] === 0x1c; ) {
        const lengthBytes = bigEndian(raw, at + 3, 2)
        const code = raw[at + 1] === 2 ? CODES[raw[at + 2] ?? 0] : undefined
        if (code !== undefined) findings.add(code, textOfBytes(raw.subarray(at + 5, at + 5 + lengthBytes)))
        at += 5 + lengthBytes
    }
}

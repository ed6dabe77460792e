/** What a file would give away, in few printable words. */

/** Kinds of files, by their first bytes and never by their names. */
export type FileKind =
    | "jpeg" | "png" | "webp" | "gif" | "heic" | "avif" | "tiff" | "pdf"
    | "office" | "opendocument" | "zip" | "video" | "audio" | "text" | "other"

export type FindingCode =
    | "place" | "device" | "time" | "author" | "software" | "thumbnail" | "comment"
    | "serial" | "preview" | "trailing" | "profile" | "other"

/** Reasons why something may be left although nothing more can be taken out. */
export type RemainReason =
    | "document-properties" | "tracked-changes" | "embedded-files" | "author-names"
    | "camera-noise" | "visible-content" | "container-metadata" | "unreadable"

export interface Finding {
    readonly code: FindingCode
    /** Short printable text, e.g. "31.23040 N, 121.47370 E"; at most 80 characters, perhaps none. */
    readonly detail: string
}

const MOST_TELLING_FIRST: readonly FindingCode[] = [
    "place", "author", "serial", "device", "time", "comment", "thumbnail", "preview",
    "software", "trailing", "profile", "other",
]
const MAX_DETAIL_CHARACTERS = 80
const MAX_FINDINGS = 32

// Longer texts are cut before they are looked at.
const MAX_DETAIL_BYTES = 1024

// Control characters, direction marks, zero-width signs, lone surrogates and unassigned code
// points: with them a file could dress up what the page shows about it.
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}\ufffd]/gu

// What cutting may leave of a rare character.
const HALF_CHARACTER = /\p{Cs}$/u

/** One line of printable text. */
export function printable(text: string): string {
    const line = text.slice(0, MAX_DETAIL_BYTES).replaceAll(/\s+/gu, " ").replaceAll(UNPRINTABLE, "").trim()
    return line.slice(0, MAX_DETAIL_CHARACTERS).replace(HALF_CHARACTER, "").trim()
}

/** Text of bytes that should be UTF-8, up to the first zero byte. */
export function textOfBytes(raw: Uint8Array): string {
    const end = raw.indexOf(0)
    return new TextDecoder().decode(raw.subarray(0, Math.min(end < 0 ? raw.length : end, MAX_DETAIL_BYTES)))
}

/** Decimal degrees, five places: about a metre. */
export function placeOfDegrees(latitude: number, longitude: number): string {
    const north = `${Math.abs(latitude).toFixed(5)} ${latitude < 0 ? "S" : "N"}`
    return `${north}, ${Math.abs(longitude).toFixed(5)} ${longitude < 0 ? "W" : "E"}`
}

/** Findings as they come, without doubles. */
export class Findings {
    private readonly byKey = new Map<string, Finding>()

    add(code: FindingCode, detail = ""): void {
        const finding = { code, detail: printable(detail) }
        if (this.byKey.size < MAX_FINDINGS) this.byKey.set(`${code} ${finding.detail}`, finding)
    }

    /** Most telling first; one without detail only where none of its code has any. */
    sorted(): readonly Finding[] {
        const all = [...this.byKey.values()]
        const told = new Set(all.filter(({ detail }) => detail !== "").map(({ code }) => code))
        return all
            .filter(({ code, detail }) => detail !== "" || !told.has(code))
            .sort((a, b) => MOST_TELLING_FIRST.indexOf(a.code) - MOST_TELLING_FIRST.indexOf(b.code))
    }
}

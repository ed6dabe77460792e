/**
 * PDF and office files: what may be in them, as far as it can be seen without unpacking anything.
 *
 * Nothing is removed. Source: ISO 32000-2, section 14.3; ECMA-376, part 2; APPNOTE 6.3.10.
 */

import { textOfBytes, type FindingCode, type RemainReason } from "./finding.ts"
import { littleEndian, spells } from "./source.ts"
import type { Survey } from "./survey.ts"
import { findInXmp } from "./xmp.ts"

// What is read of either end of a PDF file.
const MAX_END_BYTES = 512 * 1024

const PDF_ENTRIES: readonly (readonly [string, FindingCode])[] = [
    ["/Author", "author"], ["/Creator", "software"], ["/Producer", "software"], ["/CreationDate", "time"],
    ["/Title", "comment"],
]
const MAX_ENTRY_CHARACTERS = 400

/** Report a PDF's description where it stands in plain sight. */
export async function findInPdf(survey: Survey): Promise<void> {
    const { source, findings, mayRemain } = survey
    for (const reason of ["document-properties", "author-names", "embedded-files"] as const) mayRemain.add(reason)
    const starts = new Set([0, Math.max(0, source.sizeBytes - MAX_END_BYTES)])
    for (const start of starts) {
        const raw = await source.takeUpTo(start, MAX_END_BYTES)
        const text = new TextDecoder("latin1").decode(raw)
        for (const [name, code] of PDF_ENTRIES) {
            const value = entryOf(raw, text, name)
            if (value !== "") findings.add(code, value)
        }
        const packet = text.indexOf("<x:xmpmeta")
        if (packet >= 0) findInXmp(raw.subarray(packet), findings)
    }
}

/** The last string behind a name, as later versions of a PDF stand behind earlier ones. */
function entryOf(raw: Uint8Array, pdf: string, name: string): string {
    const at = pdf.lastIndexOf(name) + name.length
    const behind = at < name.length ? "" : pdf.slice(at, at + MAX_ENTRY_CHARACTERS)
    const [head, literal, hex] = /^\s{0,9}(?:\(([^()]*)|<([0-9A-Fa-f]*)>)/u.exec(behind) ?? []
    if (head === undefined) return ""
    const literalBytes = raw.subarray(at + head.length - (literal ?? "").length, at + head.length)
    const bytes = hex === undefined ? literalBytes : Uint8Array.from(hex.match(/../gu) ?? [], (pair) => parseInt(pair, 16))
    return spells(bytes, 0, "\xfe\xff") ? new TextDecoder("utf-16be").decode(bytes) : textOfBytes(bytes)
}

const END_RECORD = "PK\x05\x06"
const END_RECORD_BYTES = 22
const MAX_COMMENT_BYTES = 65535
const ENTRY = "PK\x01\x02"
const ENTRY_BYTES = 46
const MAX_DIRECTORY_BYTES = 4 * 1024 * 1024

// Where word processors and spreadsheets keep what nobody sees, by the names of their parts.
const OFFICE_PARTS: readonly (readonly [RegExp, readonly RemainReason[]])[] = [
    [/^docProps\//u, ["document-properties", "author-names"]],
    [/^(?:word\/document|xl\/revisions\/)/u, ["tracked-changes", "author-names"]],
    [/comment|people|person|commentAuthors/u, ["author-names"]],
    [/\/(?:media|embeddings)\//u, ["embedded-files"]],
]
const OFFICE_FOLDER = /^(?:word|xl|ppt|visio)\//u
const CONTENT_TYPES = "[Content_Types].xml"

/** Report what the list of a ZIP file's parts shows; whether it is an office file. */
export async function findInArchive(survey: Survey): Promise<boolean> {
    const names = await namesInArchive(survey)
    const isOffice = names.includes(CONTENT_TYPES) && names.some((name) => OFFICE_FOLDER.test(name))
    if (!isOffice) survey.mayRemain.add("embedded-files")
    for (const [pattern, reasons] of isOffice ? OFFICE_PARTS : []) {
        if (names.some((name) => pattern.test(name))) for (const reason of reasons) survey.mayRemain.add(reason)
    }
    return isOffice
}

/** Names of parts in the directory at the archive's end; none where it is damaged. */
async function namesInArchive({ source }: Survey): Promise<readonly string[]> {
    const start = Math.max(0, source.sizeBytes - END_RECORD_BYTES - MAX_COMMENT_BYTES)
    const tail = await source.take(start, source.sizeBytes - start)
    const end = new TextDecoder("latin1").decode(tail).lastIndexOf(END_RECORD)
    if (end < 0) return []
    const sizeBytes = Math.min(littleEndian(tail, end + 12, 4), MAX_DIRECTORY_BYTES)
    const directory = await source.takeUpTo(littleEndian(tail, end + 16, 4), sizeBytes)
    const names: string[] = []
    for (let at = 0; spells(directory, at, ENTRY); ) {
        source.step()
        const nameBytes = littleEndian(directory, at + 28, 2)
        names.push(textOfBytes(directory.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes)))
        at += ENTRY_BYTES + nameBytes + littleEndian(directory, at + 30, 2) + littleEndian(directory, at + 32, 2)
    }
    return names
}

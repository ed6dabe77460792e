// How much more a person can write: every envelope has one fixed size (SPEC 8.4).

import type { Content, Contents, Language } from "./contents_of_answers.ts"

export type DocumentName = "report" | "identity" | "protection" | "reward"

/** Room for the strict JSON of each document, in UTF-8 bytes. Source: SPEC 8.4. */
export const ROOM_BYTES: Readonly<Record<DocumentName, number>> = {
    report: 14_932,
    identity: 2_740,
    protection: 6_836,
    reward: 2_740,
}

// UTF-8 bytes of a usual character of each language; a Chinese one takes three.
const BYTES_PER_CHARACTER: Readonly<Record<Language, number>> = { "zh-CN": 3, en: 1 }

function encodedBytes(content: Content | null): number {
    return content === null ? 0 : new TextEncoder().encode(JSON.stringify(content)).length
}

/** Bytes that are still free in one document; negative when it is too long. */
export function roomLeftBytes(contents: Contents, name: DocumentName): number {
    return ROOM_BYTES[name] - encodedBytes(contents[name])
}

/**
 * Bytes as a number of characters that a person can use: rounded down to two figures, so that
 * it does not flicker with every key; when too long, rounded up (as a positive number).
 */
export function charactersOfBytes(bytes: number, language: Language): number {
    const characters = Math.abs(bytes) / BYTES_PER_CHARACTER[language]
    const step = characters >= 1000 ? 100 : characters >= 100 ? 10 : 1
    return (bytes < 0 ? Math.ceil(characters / step) : Math.floor(characters / step)) * step
}

/** The documents that hold more than they may. */
export function overfullDocuments(contents: Contents): readonly DocumentName[] {
    const names: readonly DocumentName[] = ["report", "identity", "protection", "reward"]
    return names.filter((name) => roomLeftBytes(contents, name) < 0)
}

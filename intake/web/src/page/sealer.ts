// What the pages need from the sealing code. sealing_client.ts does it in a worker.

import type { Contents } from "./contents_of_answers.ts"
import type { Language } from "./contents_of_answers.ts"

/** A key set that was verified against the pinned root (SPEC 13.6). */
export interface VerifiedKeySet {
    readonly version: number
    readonly bodyName: Readonly<Record<Language, string>>
    /** Names of the desks' roles that have a current key (SPEC 13.3). */
    readonly roles: readonly string[]
    /** Of the root key (SPEC 3.3). */
    readonly fingerprint: string
}

/** The receipt code in both spellings (SPEC 11.1). */
export interface CodeSpellings {
    readonly symbols: string
    readonly digits: string
}

/** A verified acknowledgement (SPEC 12). */
export interface OpenedAcknowledgement {
    readonly sequence: string
    readonly registeredAt: Date
    readonly digest: string
    /** The self-contained text of SPEC 12.4. */
    readonly text: string
}

/** Errors are those of SPEC 19, told apart by their `name`. */
export interface Sealer {
    selfTest(): Promise<void>
    verifyKeySet(raw: Uint8Array): Promise<VerifiedKeySet>
    newCode(): Promise<CodeSpellings>
    seal(contents: Contents, onProgress: (done: number, total: number) => void): Promise<Uint8Array<ArrayBuffer>>
    openAcknowledgement(sealed: Uint8Array): Promise<OpenedAcknowledgement>
    close(): void
}

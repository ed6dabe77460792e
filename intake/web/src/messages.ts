/** What the page and the sealing worker say to each other. */

import type { Bytes } from "./wire/codec.ts"
import type { JsonObject } from "./wire/strict_json.ts"

/** What one submission seals; null stands for an empty document (SPEC 8.3, 9). */
export interface ContentsMessage {
    readonly about_staff: boolean
    readonly report: JsonObject | null
    readonly identity: JsonObject | null
    readonly protection: JsonObject | null
    readonly reward: JsonObject | null
}

/** What the page may know of a key set that was verified against the pinned root (SPEC 13.6). */
export interface VerifiedKeySet {
    readonly version: number
    readonly bodyName: Readonly<Record<"zh-CN" | "en", string>>
    /** Names of the roles that have a current desk (SPEC 13.3). */
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
export interface AcknowledgementMessage {
    /** Number in the feed, from 1, in decimal digits. */
    readonly sequence: string
    readonly registeredAt: Date
    /** Of the submission (SPEC 10.8), base64url. */
    readonly digest: string
    /** The self-contained text (SPEC 12.4). */
    readonly text: string
}

/** What the page asks, by kind. */
export interface Questions {
    readonly self_test: unknown
    /** `rootKey` is a verifier key (SPEC 13.1). */
    readonly verify_key_set: { readonly raw: Uint8Array; readonly rootKey: string; readonly minimumVersion: number }
    readonly new_code: unknown
    readonly seal: { readonly contents: ContentsMessage }
    readonly open_acknowledgement: { readonly sealed: Uint8Array }
}

/** What the worker answers, by kind. */
export interface Answers {
    readonly self_test: null
    readonly verify_key_set: VerifiedKeySet
    readonly new_code: CodeSpellings
    /** A submission of 43,550 bytes (SPEC 10.6). */
    readonly seal: Bytes
    readonly open_acknowledgement: AcknowledgementMessage
}

export type Kind = keyof Questions

/** One question with its kind in it. */
export type Question = { readonly [K in Kind]: { readonly kind: K } & Questions[K] }[Kind]

/** From the page; the answers carry the same number. */
export interface QuestionMessage {
    readonly id: number
    readonly question: Question
}

/** From the worker: any number of progress messages, then one that ends the question. */
export type AnswerMessage =
    | { readonly id: number; readonly kind: "progress"; readonly done: number; readonly total: number }
    | { readonly id: number; readonly kind: "answer"; readonly answer: Answers[Kind] }
    | { readonly id: number; readonly kind: "failure"; readonly name: string; readonly message: string }

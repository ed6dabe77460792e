/** What the page and the sealing worker say to each other. */

import type { Bytes } from "./wire/codec.ts"
import type { RoleName } from "./wire/roles.ts"
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
    /** Of the service (SPEC 2.5). */
    readonly origin: string
    readonly validUntil: Date
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

/** A submission that the server has registered. */
export interface RegisteredMessage extends AcknowledgementMessage {
    /** Number of the submission in its case, from 0. */
    readonly n: number
    /** A desk has signed that it opened this one, or a later one. */
    readonly confirmed: boolean
}

/** What a desk signed (SPEC 11.5). */
export interface ReplyMessage {
    readonly role: RoleName
    readonly kind: "reply" | "opened" | "state" | "disclosure" | "releaseNotice" | "warning"
    /** A day, such as 2026-11-23. */
    readonly sentOn: string
    /** Empty where there is none. */
    readonly text: string
    /** One of SPEC 11.5, or null. */
    readonly state: string | null
    /** Of the newest submission that the desk had opened. */
    readonly aboutN: number
    readonly hasFiles: boolean
}

/** A slot that does not hold what it should; null stands for the acknowledgements. */
export interface FaultMessage {
    readonly lane: RoleName | null
    /** `vanished` and `changed`: it was there, or was another, when this page looked before. */
    readonly kind: "gap" | "refused" | "vanished" | "changed"
    readonly number: number
}

/** What a receipt code finds (SPEC 11, 12.1). */
export interface MailboxMessage {
    readonly registered: readonly RegisteredMessage[]
    /** The newest day last. */
    readonly replies: readonly ReplyMessage[]
    readonly faults: readonly FaultMessage[]
    /** Number of the next submission; 0 where nothing is known. */
    readonly nextNumber: number
    readonly state: string | null
    /** The desk that reads the reports of this case, once it has answered. */
    readonly readingDesk: "triage" | "oversight" | null
    /** More may lie behind what was asked for. */
    readonly isFull: boolean
}

/** What a reporter sends later (SPEC 9.5). */
export type FollowUpKind = "message" | "consent" | "withdrawal" | "correction" | "preference"

/** What a reporter agreed to; the worker adds id and times, and signs it (SPEC 14). */
export interface ConsentTerms {
    readonly kind: "consent"
    /** Members of SPEC 9.2, at least one. */
    readonly fields: readonly string[]
    readonly purpose: string
    readonly recipient: string
    /** What the reporter read when they agreed. */
    readonly textShown: string
    readonly days: number
    readonly oneTime: boolean
}

/** The end of a consent. */
export interface ConsentEnding {
    readonly kind: "revocation"
    /** Number n of the submission that gave it; null ends all. */
    readonly number: number | null
}

export type Permission = ConsentTerms | ConsentEnding

/** One follow-up as it is sealed; a permission goes into the protection document. */
export interface FollowUpMessage {
    readonly of: FollowUpKind
    readonly contents: ContentsMessage
    readonly permission: Permission | null
}

/** What the page asks, by kind. */
export interface Questions {
    readonly self_test: unknown
    /** `rootKey` is a verifier key (SPEC 13.1). */
    readonly verify_key_set: { readonly raw: Uint8Array; readonly rootKey: string; readonly minimumVersion: number }
    readonly new_code: unknown
    readonly seal: { readonly contents: ContentsMessage }
    readonly open_acknowledgement: { readonly sealed: Uint8Array }
    /** Of the mailbox worker alone: a code as it was typed, in either spelling. */
    readonly use_code: { readonly typed: string }
    readonly slot_windows: { readonly step: number }
    /** Every answer to the windows of every step, in the order of the windows. */
    readonly read_mailbox: { readonly answers: readonly Uint8Array[] }
    readonly seal_follow_up: { readonly n: number; readonly followUp: FollowUpMessage }
}

/** What the worker answers, by kind. */
export interface Answers {
    readonly self_test: null
    readonly verify_key_set: VerifiedKeySet
    readonly new_code: CodeSpellings
    /** A submission of 43,582 bytes (SPEC 10.6). */
    readonly seal: Bytes
    readonly open_acknowledgement: AcknowledgementMessage
    readonly use_code: null
    /** What to ask for in one step, 256 bytes each (SPEC 11.4). */
    readonly slot_windows: readonly Bytes[]
    readonly read_mailbox: MailboxMessage
    readonly seal_follow_up: Bytes
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

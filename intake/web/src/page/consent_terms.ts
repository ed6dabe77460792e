// Permitting one disclosure, and ending a permission: what was filled in, and what it says. One consent
// on one screen, never bundled with anything else. Source: SPEC 14; DOMAIN §4; Order 2021 No. 1, Article 19.

import { cleanText } from "./contents_of_answers.ts"
import type { Contents } from "./contents_of_answers.ts"
import { isAboutStaff } from "./follow_up.ts"
import type { Desk } from "./follow_up.ts"
import type { Fault } from "./form_page.ts"
import { ROOM_BYTES } from "./room.ts"
import type { Translate } from "./texts.ts"
import type { ConsentEnding, ConsentTerms, FollowUpMessage } from "../messages.ts"

/** What the report page can have asked for (SPEC 9.2), in the order in which it is offered. */
export const FIELDS: Readonly<Record<string, string>> = {
    legal_name: "mailbox.consent.legal_name",
    chosen_name: "mailbox.consent.chosen_name",
    contacts: "mailbox.consent.contacts",
    region: "mailbox.consent.region",
    language: "mailbox.consent.language",
    relation_to_subject: "mailbox.consent.relation",
    unit_knows: "mailbox.consent.unit",
    access_needs: "mailbox.consent.access",
    note: "mailbox.consent.note",
}

/** DOMAIN §4: 30 days where nothing else is chosen. */
export const PERIODS: readonly { readonly days: number; readonly label: string }[] = [
    { days: 7, label: "mailbox.consent.days.7" },
    { days: 30, label: "mailbox.consent.days.30" },
    { days: 90, label: "mailbox.consent.days.90" },
]

export interface ConsentDraft {
    readonly fields: readonly string[]
    readonly recipient: string
    readonly purpose: string
    readonly days: string
    readonly once: "yes" | "no"
    readonly aboutStaff: "" | "yes" | "no"
}

export const EMPTY_CONSENT: ConsentDraft = { fields: [], recipient: "", purpose: "", days: "30", once: "yes", aboutStaff: "" }

export interface EndingDraft {
    readonly which: "" | "all" | "one"
    /** As the list of what was sent counts, from 1; the report itself is 1. */
    readonly number: string
    readonly aboutStaff: "" | "yes" | "no"
}

export const EMPTY_ENDING: EndingDraft = { which: "", number: "", aboutStaff: "" }

/** The sentence that is agreed to, shown and sealed as it stands. */
export function textShown(draft: ConsentDraft, t: Translate): string {
    const fields = draft.fields.map((field) => t(FIELDS[field] ?? field)).join(t("mailbox.consent.and"))
    const often = t(draft.once === "yes" ? "mailbox.consent.text.once" : "mailbox.consent.text.often")
    return t("mailbox.consent.text", { fields, recipient: cleanText(draft.recipient), purpose: cleanText(draft.purpose), days: draft.days, often })
}

export function termsOf(draft: ConsentDraft, t: Translate): ConsentTerms {
    return {
        kind: "consent",
        fields: draft.fields,
        purpose: cleanText(draft.purpose),
        recipient: cleanText(draft.recipient),
        textShown: textShown(draft, t),
        days: Number(draft.days),
        oneTime: draft.once === "yes",
    }
}

/** Bytes that are left in the protection document; the worker adds id, times and signature (SPEC 14). */
export function consentRoomLeftBytes(draft: ConsentDraft, t: Translate): number {
    const { fields, purpose, recipient, textShown: shown, oneTime } = termsOf(draft, t)
    const instant = "2026-01-01T00:00:00Z"
    const json = JSON.stringify({ id: "x".repeat(22), fields, purpose, recipient, text_shown: shown, from: instant, until: instant, one_time: oneTime })
    const signed = 2 + 1 + 4 + new TextEncoder().encode(json).length + 64
    return ROOM_BYTES.protection - '{"consents":[""]}'.length - Math.ceil((signed * 4) / 3)
}

export function problemsOfConsent(draft: ConsentDraft, desk: Desk): readonly Fault<keyof ConsentDraft>[] {
    return [
        ...(draft.fields.length === 0 ? [{ key: "fields", text: "mailbox.consent.fields.required" } as const] : []),
        ...(draft.recipient.trim() === "" ? [{ key: "recipient", text: "mailbox.consent.recipient.required" } as const] : []),
        ...(draft.purpose.trim() === "" ? [{ key: "purpose", text: "mailbox.consent.purpose.required" } as const] : []),
        ...(desk === null && draft.aboutStaff === "" ? [{ key: "aboutStaff", text: "mailbox.staff.required" } as const] : []),
    ]
}

/** The number n of the submission that gave a consent; undefined where it can't be one that was sent. */
function numberOf(typed: string, next: number): number | undefined {
    const digits = typed.normalize("NFKC").trim()
    const number = /^\d{1,5}$/u.test(digits) ? Number(digits) - 1 : 0
    return number >= 1 && number < next ? number : undefined
}

/** @param next the number of what is sent next: whatever may be ended has a smaller one. */
export function problemsOfEnding(draft: EndingDraft, desk: Desk, next: number): readonly Fault<keyof EndingDraft>[] {
    return [
        ...(draft.which === "" ? [{ key: "which", text: "mailbox.choose.required" } as const] : []),
        ...(draft.which === "one" && numberOf(draft.number, next) === undefined ? [{ key: "number", text: "mailbox.ending.number.required" } as const] : []),
        ...(desk === null && draft.aboutStaff === "" ? [{ key: "aboutStaff", text: "mailbox.staff.required" } as const] : []),
    ]
}

export function endingOf(draft: EndingDraft, next: number): ConsentEnding {
    return { kind: "revocation", number: draft.which === "all" ? null : (numberOf(draft.number, next) ?? null) }
}

/** Nothing else goes with a consent or its end. */
export function followUpOfPermission(permission: ConsentTerms | ConsentEnding, aboutStaff: string, desk: Desk): FollowUpMessage {
    const contents: Contents = { about_staff: isAboutStaff(aboutStaff, desk), report: null, identity: null, protection: null, reward: null }
    return { of: "consent", contents, permission }
}

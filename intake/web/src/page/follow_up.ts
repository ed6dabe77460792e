// What somebody writes to a case: a message, a correction, a withdrawal, or a wish about notices;
// and sending anything that is added to it.

import { cleanText } from "./contents_of_answers.ts"
import type { Contents, Content } from "./contents_of_answers.ts"
import type { SealedBytes, Shipment } from "./sending_page.ts"
import type { MailboxClient } from "../mailbox_client.ts"
import type { FollowUpKind, FollowUpMessage, MailboxMessage } from "../messages.ts"

/** What is written in words of one's own, on one screen. */
export type Written = Exclude<FollowUpKind, "consent">

/** What was filled in, kept while the page is open. */
export interface Draft {
    readonly text: string
    /** Whether the report was about the authority's own staff; empty while not answered. */
    readonly aboutStaff: "" | "yes" | "no"
    /** Of a withdrawal: destroy the content too. */
    readonly destroy: "" | "yes" | "no"
    /** Of a wish: leave notices or not. */
    readonly notices: "" | "yes" | "no"
}

export const EMPTY_DRAFT: Draft = { text: "", aboutStaff: "", destroy: "", notices: "" }

export type Desk = MailboxMessage["readingDesk"]

function reportOf(of: Written, draft: Draft, files: readonly Content[]): Content {
    const text = cleanText(draft.text)
    switch (of) {
        case "message":
            return { text, ...(files.length === 0 ? {} : { files }) }
        case "correction":
            return { narrative: text }
        case "withdrawal":
            return { destroy: draft.destroy === "yes", ...(text === "" ? {} : { text }) }
        case "preference":
            return { acknowledgements: draft.notices === "yes" }
    }
}

/** Whether a submission goes to the independent desks: what the signing desk shows, or the person says. */
export function isAboutStaff(answer: string, desk: Desk): boolean {
    return desk === null ? answer === "yes" : desk === "oversight"
}

/**
 * What is sealed. It goes to the desk that signed the answers; only where none has answered yet does
 * the person say which it is. `files` are entries of SPEC 17.3; a message alone takes them.
 */
export function contentsOfFollowUp(of: Written, draft: Draft, desk: Desk, files: readonly Content[] = []): Contents {
    return { about_staff: isAboutStaff(draft.aboutStaff, desk), report: reportOf(of, draft, files), identity: null, protection: null, reward: null }
}

/** What is still to be answered; each names a field and what is said beside it. */
export function problemsOfDraft(of: Written, draft: Draft, desk: Desk): readonly { readonly key: keyof Draft; readonly text: string }[] {
    const needsText = of === "message" || of === "correction"
    return [
        ...(needsText && draft.text.trim() === "" ? [{ key: "text", text: "mailbox.text.required" } as const] : []),
        ...(of === "withdrawal" && draft.destroy === "" ? [{ key: "destroy", text: "mailbox.choose.required" } as const] : []),
        ...(of === "preference" && draft.notices === "" ? [{ key: "notices", text: "mailbox.choose.required" } as const] : []),
        ...(desk === null && draft.aboutStaff === "" ? [{ key: "aboutStaff", text: "mailbox.staff.required" } as const] : []),
    ]
}

/** Sealed bytes, and what they were made of. */
interface SealedFollowUp extends SealedBytes {
    readonly madeOf: string
}

/** Sends to one case; it keeps what was sealed, so that stopping and sending again sends the same. */
export class FollowUps {
    private number = 0
    private before: SealedFollowUp | undefined

    constructor(private readonly client: MailboxClient) {}

    /** Go on from the number that a visit found. */
    continueAt(number: number): void {
        this.number = Math.max(number, this.number)
    }

    /** It is registered: the next one takes the next number. */
    registered(): void {
        this.number += 1
        this.before = undefined
    }

    /** The number of what is sent next, from 0. */
    get next(): number {
        return this.number
    }

    shipment(followUp: FollowUpMessage): Shipment<SealedBytes> {
        const madeOf = JSON.stringify(followUp)
        return {
            kept: () => (this.before?.madeOf === madeOf ? this.before : undefined),
            seal: async (_outdated, onProgress) => {
                const bytes = await this.client.sealFollowUp(this.number, followUp, onProgress)
                this.before = { madeOf, bytes }
                return this.before
            },
            renumber: () => {
                this.registered()
                return true
            },
            openAcknowledgement: (sealed) => this.client.openAcknowledgement(sealed),
            code: () => undefined,
        }
    }
}

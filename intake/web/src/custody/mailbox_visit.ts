/** What one visit of the mailbox page holds inside the worker: key set, receipt code, what it sends. */

import { SlotGapError } from "../errors.ts"
import type { Answers, FaultMessage, FollowUpKind, Kind, MailboxMessage, Question, ReplyMessage } from "../messages.ts"
import type { Bytes } from "../wire/codec.ts"
import { DocumentKind } from "../wire/contents.ts"
import { parseReceiptCode } from "../wire/receipt.ts"
import { ReplyKind, type Reply } from "../wire/reply.ts"
import { Role, type RoleName } from "../wire/roles.ts"
import {
    confirms,
    isFull,
    LANES,
    newestOpened,
    openMailbox,
    readingDesk,
    slotsOfAnswers,
    stateOf,
    textOf,
    windowPreimages,
    type Fault,
} from "./mailbox.ts"
import { ReporterKeys, type Progress } from "./reporter.ts"
import { acknowledgementMessage, required, Visit } from "./visit.ts"

const KIND_OF: Readonly<Record<FollowUpKind, DocumentKind>> = {
    message: DocumentKind.message,
    withdrawal: DocumentKind.withdrawal,
    correction: DocumentKind.correction,
    preference: DocumentKind.preference,
}

function nameOf<T extends string>(names: Readonly<Record<T, number>>, number: number): T {
    const [name] = (Object.keys(names) as T[]).filter((each) => names[each] === number)
    if (name === undefined) throw new RangeError("no such number")
    return name
}

const roleName = (role: Role): RoleName => nameOf(Role, role)

function replyMessage(reply: Reply): ReplyMessage {
    return {
        role: roleName(reply.role),
        kind: nameOf(ReplyKind, reply.kind),
        sentOn: textOf(reply, "sent_on"),
        text: textOf(reply, "text"),
        state: textOf(reply, "state") || null,
        aboutN: newestOpened(reply),
        hasFiles: "files" in reply.content,
    }
}

function faultMessage({ lane, number, error }: Fault): FaultMessage {
    const kind = error instanceof SlotGapError ? "gap" : "refused"
    return { lane: lane === null ? null : roleName(lane), kind, number }
}

const byDay = (a: ReplyMessage, b: ReplyMessage): number => (a.sentOn === b.sentOn ? 0 : a.sentOn < b.sentOn ? -1 : 1)

/** Answers the mailbox page's questions one after another; nothing of it outlives the worker. */
export class MailboxVisit extends Visit {
    override async answer(question: Question, progress: Progress): Promise<Answers[Kind]> {
        // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- The base knows the rest.
        switch (question.kind) {
            case "use_code":
                this.code = parseReceiptCode(question.typed)
                return null
            case "slot_windows":
                return this.windows(question.step)
            case "read_mailbox":
                return this.read(question.answers)
            case "seal_follow_up":
                return this.seal(question.contents, question.n, KIND_OF[question.of], progress)
            default:
                return super.answer(question, progress)
        }
    }

    private keys(): ReporterKeys {
        return new ReporterKeys(required(this.code, "a code"), required(this.keySet, "a key set").instanceId)
    }

    private windows(step: number): readonly Bytes[] {
        const keys = this.keys()
        return LANES.map((lane) => windowPreimages(keys, lane, step))
    }

    private async read(answers: readonly Uint8Array[]): Promise<MailboxMessage> {
        const slots = slotsOfAnswers(answers)
        const mailbox = await openMailbox(this.keys(), required(this.keySet, "a key set"), slots)
        const desk = readingDesk(mailbox)
        return {
            registered: mailbox.acknowledgements.map((each) => ({
                ...acknowledgementMessage(each),
                n: each.n,
                confirmed: confirms(mailbox, each.n),
            })),
            replies: mailbox.replies.map(replyMessage).sort(byDay),
            faults: mailbox.faults.map(faultMessage),
            nextNumber: mailbox.nextN,
            state: stateOf(mailbox),
            readingDesk: desk === null ? null : desk === Role.oversight ? "oversight" : "triage",
            isFull: isFull(slots),
        }
    }
}

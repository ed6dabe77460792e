/** What one visit of the mailbox page holds inside the worker: key set, receipt code, what it sends. */

import { SlotGapError } from "../errors.ts"
import type { AcknowledgementMessage, Answers, FaultMessage, FollowUpKind, FollowUpMessage, Kind, MailboxMessage, Permission, Question, ReplyMessage } from "../messages.ts"
import type { Bytes } from "../wire/codec.ts"
import { DocumentKind } from "../wire/contents.ts"
import { parseReceiptCode } from "../wire/receipt.ts"
import { ReplyKind, type Reply } from "../wire/reply.ts"
import { Role, type RoleName } from "../wire/roles.ts"
import type { JsonObject } from "../wire/strict_json.ts"
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
    type Lane,
} from "./mailbox.ts"
import { ReporterKeys, signConsent, type Progress } from "./reporter.ts"
import { SeenBefore } from "./seen_before.ts"
import { acknowledgementMessage, required, Visit } from "./visit.ts"

const MINUTE_SECONDS = 60
const DAY_SECONDS = 86_400

const KIND_OF: Readonly<Record<FollowUpKind, DocumentKind>> = {
    message: DocumentKind.message,
    consent: DocumentKind.consent,
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

const laneName = (lane: Lane): RoleName | null => (lane === null ? null : roleName(lane))

function faultMessage({ lane, number, error }: Fault): FaultMessage {
    const kind = error instanceof SlotGapError ? "gap" : "refused"
    return { lane: laneName(lane), kind, number }
}

const byDay = (a: ReplyMessage, b: ReplyMessage): number => (a.sentOn === b.sentOn ? 0 : a.sentOn < b.sentOn ? -1 : 1)

/** What stands in the document for what submission `n` agrees to or ends (SPEC 9.5, 14). */
function permissionContent(keys: ReporterKeys, permission: Permission, n: number, now: number): JsonObject {
    const at = now - (now % MINUTE_SECONDS)
    if (permission.kind === "revocation") {
        const consentId = permission.number === null ? null : keys.consentId(permission.number)
        return { revocations: [signConsent(keys, { kind: "revocation", consentId, at })] }
    }
    const { days, ...terms } = permission
    const consent = { ...terms, consentId: keys.consentId(n), givenAt: at, expiresAt: at + days * DAY_SECONDS }
    return { consents: [signConsent(keys, consent)] }
}

/** Answers the mailbox page's questions one after another; nothing of it outlives the worker. */
export class MailboxVisit extends Visit {
    private seen = new SeenBefore()

    override async answer(question: Question, progress: Progress): Promise<Answers[Kind]> {
        // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- The base knows the rest.
        switch (question.kind) {
            case "use_code":
                this.code = parseReceiptCode(question.typed)
                this.seen = new SeenBefore()
                return null
            case "slot_windows":
                return this.windows(question.step)
            case "read_mailbox":
                return this.read(question.answers)
            case "seal_follow_up":
                return this.sealFollowUp(question.n, question.followUp, progress)
            case "open_acknowledgement":
                return this.openOwn(question.sealed)
            default:
                return super.answer(question, progress)
        }
    }

    private keys(): ReporterKeys {
        return new ReporterKeys(required(this.code, "a code"), required(this.keySet, "a key set").instanceId)
    }

    private sealFollowUp(n: number, followUp: FollowUpMessage, progress: Progress): Promise<Bytes> {
        const { of, contents, permission } = followUp
        const said = permission === null ? contents : { ...contents, protection: permissionContent(this.keys(), permission, n, this.wholeSeconds()) }
        return this.seal(said, n, KIND_OF[of], progress)
    }

    private wholeSeconds(): number {
        return Math.floor(this.now())
    }

    private async openOwn(sealed: Uint8Array): Promise<AcknowledgementMessage> {
        const opened = await this.open(sealed)
        this.seen.acknowledged(opened)
        return acknowledgementMessage(opened)
    }

    private windows(step: number): readonly Bytes[] {
        const keys = this.keys()
        return LANES.map((lane) => windowPreimages(keys, lane, step))
    }

    private async read(answers: readonly Uint8Array[]): Promise<MailboxMessage> {
        const slots = slotsOfAnswers(answers)
        const mailbox = await openMailbox(this.keys(), required(this.keySet, "a key set"), slots)
        const desk = readingDesk(mailbox)
        const missed = this.seen.compare(mailbox)
        return {
            registered: mailbox.acknowledgements.map((each) => ({
                ...acknowledgementMessage(each),
                n: each.n,
                confirmed: confirms(mailbox, each.n),
            })),
            replies: mailbox.replies.map(replyMessage).sort(byDay),
            faults: [...mailbox.faults.map(faultMessage), ...missed.map(({ lane, ...each }) => ({ ...each, lane: laneName(lane) }))],
            nextNumber: mailbox.nextN,
            state: stateOf(mailbox),
            readingDesk: desk === null ? null : desk === Role.oversight ? "oversight" : "triage",
            isFull: isFull(slots),
        }
    }
}

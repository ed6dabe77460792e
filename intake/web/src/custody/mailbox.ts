/**
 * A reporter's mailbox: what lies in the slots of one receipt code. Source: SPEC 11, 12.1.
 *
 * There are nine *lanes* of slots: the acknowledgements, and the replies of each desk that may
 * answer. A lane is filled from number 0 without a hole, so a hole in front of a filled slot is a
 * fault. Faults never hide what is sound, and what is sound never hides a fault.
 */

import { FeedRewrittenError, SealedIntakeError, SlotGapError } from "../errors.ts"
import { concatBytes, type Bytes } from "../wire/codec.ts"
import { envelopeBytes, Purpose } from "../wire/envelope.ts"
import type { KeySet } from "../wire/key_set.ts"
import type { Reply } from "../wire/reply.ts"
import { Role } from "../wire/roles.ts"
import { parseSlots, SLOT_WINDOW, slotPreimage, trimValue } from "../wire/slots.ts"
import { openAcknowledgement, openReply, type OpenedAcknowledgement, type ReporterKeys } from "./reporter.ts"

/** A role's replies, or null for the acknowledgements. */
export type Lane = Role | null

const REPORT_DESKS: readonly Role[] = [Role.triage, Role.oversight]
const REPLYING_ROLES = Object.values(Role).filter((role) => role !== Role.auditor && role !== Role.approver)

export const LANES: readonly Lane[] = [null, ...REPLYING_ROLES]

// Nobody sends so many submissions; a desk's slip must not move a reporter's next number far away.
const MAX_ABOUT_N = 65_535

/** Submission `n` is registered. */
export interface Acknowledged extends OpenedAcknowledgement {
    readonly n: number
}

/** A slot that does not hold what it should. */
export interface Fault {
    readonly lane: Lane
    /** n of an acknowledgement, i of a reply. */
    readonly number: number
    /** `SlotGapError` where something is missing; otherwise why it was refused. */
    readonly error: SealedIntakeError
}

/** What a visit found: everything sound, and everything else. */
export interface Mailbox {
    readonly acknowledgements: readonly Acknowledged[]
    /** By role and i. */
    readonly replies: readonly Reply[]
    readonly faults: readonly Fault[]
    /** The number of the reporter's next submission, 0 where nothing is known. */
    readonly nextN: number
}

/** Values of a lane from number 0 on; null where nothing lies. */
export type SlotValues = readonly (Bytes | null)[]

/** The eight preimages of one request: numbers from 8 times `step` on. */
export function windowPreimages(keys: ReporterKeys, lane: Lane, step: number): Bytes {
    const numbers = Array.from({ length: SLOT_WINDOW }, (_, at) => step * SLOT_WINDOW + at)
    if (lane === null) return concatBytes(...numbers.map((n) => keys.acknowledgement(n).preimage))
    const slotKey = keys.slotKey(lane)
    return concatBytes(...numbers.map((i) => slotPreimage(slotKey, lane, i)))
}

/**
 * The values of each lane, from the answers to the windows of every step.
 *
 * @throws {MalformedEnvelopeError} an answer that is none.
 */
export function slotsOfAnswers(answers: readonly Uint8Array[]): ReadonlyMap<Lane, SlotValues> {
    const windows = answers.map(parseSlots)
    return new Map(LANES.map((lane, at) => [lane, windows.filter((_, place) => place % LANES.length === at).flat()]))
}

/** Whether more may lie behind what was asked for. */
export function isFull(slots: ReadonlyMap<Lane, SlotValues>): boolean {
    return [...slots.values()].some((values) => (values.at(-1) ?? null) !== null)
}

/** The newest submission that the desk had opened when it wrote this; 0 at least. */
export function newestOpened(reply: Reply): number {
    const aboutN = reply.content["about_n"]
    return typeof aboutN === "number" && aboutN <= MAX_ABOUT_N ? aboutN : 0
}

/** Whether a desk has signed that it opened submission `n`, or a later one. */
export function confirms(mailbox: Mailbox, n: number): boolean {
    return mailbox.replies.some((reply) => n <= newestOpened(reply))
}

/** The desk that reads the reports of this case, once it has answered. */
export function readingDesk(mailbox: Mailbox): Role | null {
    return mailbox.replies.find((reply) => REPORT_DESKS.includes(reply.role))?.role ?? null
}

/** Text of a member, and empty where it is none. */
export function textOf(reply: Reply, member: string): string {
    const text = reply.content[member]
    return typeof text === "string" ? text : ""
}

/** The case's state as its desk said last; null where nothing is registered. */
export function stateOf(mailbox: Mailbox): string | null {
    const said = mailbox.replies.filter((reply) => REPORT_DESKS.includes(reply.role) && textOf(reply, "state") !== "")
    const [latest] = said.sort((a, b) => {
        const [first, second] = [textOf(a, "sent_on"), textOf(b, "sent_on")]
        return first === second ? b.i - a.i : first < second ? 1 : -1
    })
    if (latest !== undefined) return textOf(latest, "state")
    return mailbox.acknowledgements.length > 0 || mailbox.replies.length > 0 ? "registered" : null
}

function gaps(lane: Lane, values: SlotValues): readonly Fault[] {
    const last = lastFilled(values)
    const holes = values.flatMap((value, number) => (value === null && number < last ? [number] : []))
    return holes.map((number) => ({ lane, number, error: new SlotGapError("SPEC 11.5: an empty slot") }))
}

function lastFilled(values: SlotValues): number {
    return values.reduce((last, value, number) => (value === null ? last : number), -1)
}

/** What opens, and a fault for each that does not. */
async function openLane<T>(
    lane: Lane,
    values: SlotValues,
    open: (value: Bytes, number: number, earlier: readonly T[]) => Promise<T>,
): Promise<readonly [sound: readonly T[], faults: readonly Fault[]]> {
    const sound: T[] = []
    const faults: Fault[] = []
    for (const [number, value] of values.entries()) {
        if (value === null) continue
        try {
            sound.push(await open(value, number, sound))
        } catch (error) {
            if (!(error instanceof SealedIntakeError)) throw error
            faults.push({ lane, number, error })
        }
    }
    return [sound, [...faults, ...gaps(lane, values)]]
}

async function openRegistered(
    value: Bytes,
    keys: ReporterKeys,
    keySet: KeySet,
    n: number,
    earlier: readonly Acknowledged[],
): Promise<Acknowledged> {
    const sealed = trimValue(value, envelopeBytes(Purpose.acknowledgement))
    const opened = await openAcknowledgement(sealed, keys, keySet, n)
    const before = earlier.at(-1)
    if (before !== undefined && opened.acknowledgement.sequence <= before.acknowledgement.sequence) {
        throw new FeedRewrittenError("SPEC 12.2: registered before an earlier one")
    }
    return { n, ...opened }
}

/** Open everything that a visit brought. */
export async function openMailbox(
    keys: ReporterKeys,
    keySet: KeySet,
    slots: ReadonlyMap<Lane, SlotValues>,
): Promise<Mailbox> {
    const own = slots.get(null) ?? []
    const [acknowledgements, faults] = await openLane<Acknowledged>(null, own, (value, n, earlier) =>
        openRegistered(value, keys, keySet, n, earlier),
    )
    const replies: Reply[] = []
    const allFaults = [...faults]
    for (const role of REPLYING_ROLES) {
        const [sound, refused] = await openLane<Reply>(role, slots.get(role) ?? [], (value, i) =>
            openReply(value, keys, keySet, role, i),
        )
        replies.push(...sound)
        allFaults.push(...refused)
    }
    const last = lastFilled(own)
    const opened = Math.max(-1, ...replies.map(newestOpened))
    if (opened > last) {
        allFaults.push({ lane: null, number: last + 1, error: new SlotGapError("SPEC 11.5: opened, not acknowledged") })
    }
    return { acknowledgements, replies, faults: allFaults, nextN: Math.max(last, opened) + 1 }
}

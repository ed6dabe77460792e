/** What a desk answers into a slot. Source: SPEC 11.5. */

import { MalformedDocumentError } from "../errors.ts"
import { concatBytes, isU32, Reader, type Bytes } from "./codec.ts"
import { isFiles } from "./contents.ts"
import { PLAINTEXT_BYTES, Purpose, SUITE } from "./envelope.ts"
import { parseDay } from "./instants.ts"
import { Members } from "./members.ts"
import { roleOfNumber, type Role } from "./roles.ts"
import { parseJsonObject, type JsonObject } from "./strict_json.ts"

export const REPLY_LABEL = "sign/reply"

/** What a reply is. */
export const ReplyKind = {
    reply: 1,
    opened: 2,
    state: 3,
    disclosure: 4,
    releaseNotice: 5,
    warning: 6,
} as const

export type ReplyKind = (typeof ReplyKind)[keyof typeof ReplyKind]

export const CASE_STATES = ["registered", "examining", "accepted", "not_accepted", "closed"] as const

const KINDS: readonly ReplyKind[] = Object.values(ReplyKind)
const SIGNATURE_BYTES = 64

/** A reply after opening; the signature is verified by its reader. */
export interface Reply {
    readonly kind: ReplyKind
    readonly role: Role
    /** Of the desk whose key signed. */
    readonly epoch: number
    /** Number among this desk's replies to the case, from 0. */
    readonly i: number
    readonly caseRef: Bytes
    readonly content: JsonObject
}

/** A parsed reply with what the desk signed. */
export interface SignedReply {
    readonly reply: Reply
    readonly signed: Bytes
    readonly signature: Bytes
}

function parseContent(raw: Uint8Array): JsonObject {
    const content = parseJsonObject(raw, PLAINTEXT_BYTES[Purpose.reply])
    const members = new Members(content, MalformedDocumentError, "11.5")
    members.only("text", "sent_on", "state", "files", "about_n")
    parseDay(members.text("sent_on"))
    if (members.has("text")) members.filledText("text")
    if (members.has("state") && !CASE_STATES.some((state) => state === members.text("state"))) {
        members.refuse("no such state")
    }
    const [files, about] = [members.value("files"), members.value("about_n")]
    if (files !== undefined && !isFiles(files)) members.refuse("want file entries")
    if (about !== undefined && !(typeof about === "number" && isU32(about))) {
        members.refuse("want the number of a submission")
    }
    return content
}

/**
 * Parse an opened reply of 4096 bytes.
 *
 * @throws {MalformedDocumentError | MalformedJsonError | MalformedTextError} not a reply; the last
 *     where `sent_on` is no day.
 */
export function parseReply(raw: Uint8Array): SignedReply {
    const reader = new Reader(raw, MalformedDocumentError, "11.5")
    reader.expect(2, SUITE, "suite")
    reader.expect(1, Purpose.reply, "purpose")
    const kindNumber = reader.number(1)
    const kind = KINDS.find((known) => known === kindNumber)
    const role = roleOfNumber(reader.number(1))
    if (kind === undefined || role === undefined) {
        throw new MalformedDocumentError("SPEC 11.5: no such kind or role")
    }
    const epoch = reader.number(4)
    const i = reader.number(4)
    const caseRef = reader.take(32)
    const content = parseContent(reader.take(reader.number(4)))
    const signed = concatBytes(raw.subarray(0, reader.offset))
    const signature = reader.take(SIGNATURE_BYTES)
    reader.zerosToEnd()
    return { reply: { kind, role, epoch, i, caseRef, content }, signed, signature }
}

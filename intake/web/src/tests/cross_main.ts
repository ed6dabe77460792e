/**
 * A list of jobs from standard input, as many answers to standard output, both JSON, for the
 * crossing tests of `tests/crypto/test_crossing.py`:
 * what TypeScript seals Python opens, and the other way round.
 */

import { deriveOpeningKey } from "../custody/key_pair.ts"
import { openIdentity, openLock, openReport, openRow } from "../custody/opening.ts"
import { ReporterKeys, openAcknowledgement, openReply, sealSubmission } from "../custody/reporter.ts"
import { SealedIntakeError } from "../errors.ts"
import { PartSealer } from "../sealing/parts.ts"
import { verifyAcknowledgementText, verifyKeySet } from "../signing/trust.ts"
import { verifyEd25519 } from "../signing/verify.ts"
import { readerOf } from "../upload/file_reader.ts"
import { decodeBase64url, encodeBase64url, encodeUtf8 } from "../wire/codec.ts"
import { DocumentKind } from "../wire/contents.ts"
import type { Document } from "../wire/documents.ts"
import { Purpose } from "../wire/envelope.ts"
import { bucketBytes, Upload } from "../wire/files.ts"
import { parseInstant } from "../wire/instants.ts"
import { parseKeySet, type KeySet } from "../wire/key_set.ts"
import { parseReceiptCode } from "../wire/receipt.ts"
import { parseRole } from "../wire/roles.ts"
import { parseVerifierKey, ROOT_NAME } from "../wire/signed_note.ts"
import { parseJsonObject, type JsonObject } from "../wire/strict_json.ts"

type Answer = Record<string, unknown>
type Job = Record<string, unknown>

function text(job: Job, name: string): string {
    const value = job[name]
    if (typeof value !== "string") throw new TypeError(`job: want a text ${name}`)
    return value
}

function number(job: Job, name: string): number {
    const value = job[name]
    if (typeof value !== "number") throw new TypeError(`job: want a number ${name}`)
    return value
}

function content(job: Job, name: string): JsonObject | null {
    const value = job[name] ?? null
    return value as JsonObject | null
}

function keySetOf(job: Job): KeySet {
    const rootKey = parseVerifierKey(text(job, "root_key"), ROOT_NAME)
    const minimum = job["minimum_version"] === undefined ? 1 : number(job, "minimum_version")
    const unverified = parseKeySet(encodeUtf8(text(job, "key_set")))
    return verifyKeySet(unverified, rootKey, parseInstant(text(job, "now")), minimum)
}

function keysOf(job: Job, keySet: KeySet): ReporterKeys {
    return new ReporterKeys(parseReceiptCode(text(job, "code")), keySet.instanceId)
}

function kindOf(number: number): DocumentKind {
    const kind = Object.values(DocumentKind).find((known) => known === number)
    if (kind === undefined) throw new TypeError("job: no such kind")
    return kind
}

async function seal(job: Job): Promise<Answer> {
    const keySet = keySetOf(job)
    const parts = job["contents"] as Job
    const contents = {
        aboutStaff: parts["about_staff"] === true,
        report: content(parts, "report"),
        identity: content(parts, "identity"),
        protection: content(parts, "protection"),
        reward: content(parts, "reward"),
    }
    const kind = kindOf(number(job, "kind"))
    const sealed = await sealSubmission(keysOf(job, keySet), contents, keySet, number(job, "n"), kind)
    return {
        raw: encodeBase64url(sealed.raw),
        digest: encodeBase64url(sealed.digest),
        case_ref: encodeBase64url(sealed.caseRef),
        ack_preimage: encodeBase64url(sealed.acknowledgementPreimage),
    }
}

async function acknowledgement(job: Job): Promise<Answer> {
    const keySet = keySetOf(job)
    const sealed = decodeBase64url(text(job, "sealed"))
    const opened = await openAcknowledgement(sealed, keysOf(job, keySet), keySet, number(job, "n"))
    const { raw, sequence, minute, submissionDigest } = opened.acknowledgement
    return {
        raw: encodeBase64url(raw),
        sequence,
        minute,
        digest: encodeBase64url(submissionDigest),
        text: opened.text,
    }
}

async function reply(job: Job): Promise<Answer> {
    const keySet = keySetOf(job)
    const role = parseRole(text(job, "role"))
    const opened = await openReply(decodeBase64url(text(job, "sealed")), keysOf(job, keySet), keySet, role, number(job, "i"))
    const { kind, epoch, i, content } = opened
    return { kind, role: opened.role, epoch, i, content }
}

/** `purpose` is the number of SPEC 6.3; `seed` is the reading desk's. */
async function openDocument(job: Job): Promise<Answer> {
    const [raw, seed, instance, row, inner] = ["raw", "seed", "instance", "row_id", "inner_wrapped_key"].map((name) =>
        job[name] === undefined ? new Uint8Array(0) : decodeBase64url(text(job, name)),
    ) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array]
    const key = deriveOpeningKey(seed)
    const openers: Readonly<Record<number, () => Promise<Document>>> = {
        [Purpose.report]: () => openReport(raw, key, instance),
        [Purpose.identityLock]: () => openLock(raw, row, key, instance),
        [Purpose.identity]: () => openIdentity(raw, row, inner, key, instance),
        [Purpose.protection]: () => openRow(raw, Purpose.protection, row, key, instance),
        [Purpose.reward]: () => openRow(raw, Purpose.reward, row, key, instance),
    }
    const document = await openers[number(job, "purpose")]?.()
    if (document === undefined) throw new TypeError("job: no document of this purpose")
    const lock = document.purpose === Purpose.identityLock ? { inner_wrapped_key: encodeBase64url(document.lock.innerWrappedKey) } : {}
    return { kind: document.kind, n: document.n, content: document.content, claim_key: encodeBase64url(document.claimKey), ...lock }
}

function acknowledgementText(job: Job): Answer {
    const rootKey = parseVerifierKey(text(job, "root_key"), ROOT_NAME)
    const verified = verifyAcknowledgementText(text(job, "text"), rootKey)
    return { sequence: verified.acknowledgement.sequence, registered_at: verified.registeredAt, origin: verified.origin }
}

/** Seals a file part by part, the last part first, as the file worker may. */
async function sealParts(job: Job): Promise<Answer> {
    const plaintext = decodeBase64url(text(job, "plaintext"))
    const upload = new Upload(decodeBase64url(text(job, "capability")), bucketBytes(plaintext.length))
    const sealer = await PartSealer.of(upload, decodeBase64url(text(job, "key")), readerOf(new Blob([plaintext])), plaintext.length)
    const parts: string[] = []
    for (let index = upload.partCount - 1; index >= 0; index--) parts.unshift(encodeBase64url(await sealer.seal(index)))
    return { parts, digest: encodeBase64url(sealer.digest()) }
}

const OPERATIONS: Readonly<Record<string, (job: Job) => Answer | Promise<Answer>>> = {
    seal_submission: seal,
    open_acknowledgement: acknowledgement,
    open_reply: reply,
    open_document: openDocument,
    seal_parts: sealParts,
    verify_acknowledgement_text: acknowledgementText,
    verify_key_set: (job) => {
        const keySet = keySetOf(job)
        return { version: keySet.version, hash: encodeBase64url(keySet.hash), instance: encodeBase64url(keySet.instanceId) }
    },
    verify_ed25519: (job) => {
        const [key, message, signature] = ["key", "message", "signature"].map((name) => decodeBase64url(text(job, name)))
        verifyEd25519(key ?? new Uint8Array(), message ?? new Uint8Array(), signature ?? new Uint8Array())
        return { valid: true }
    },
    parse_receipt: (job) => {
        const code = parseReceiptCode(text(job, "typed"))
        return { symbols: code.symbols, digits: code.digits, secret: encodeBase64url(code.secret) }
    },
    parse_json: (job) => {
        const raw = decodeBase64url(text(job, "raw"))
        return { value: parseJsonObject(raw, raw.length) }
    },
}

async function readStandardInput(): Promise<string> {
    const pieces: Buffer[] = []
    for await (const piece of process.stdin) pieces.push(piece as Buffer)
    return Buffer.concat(pieces).toString("utf8")
}

async function answerOf(job: Job): Promise<Answer> {
    const operation = OPERATIONS[text(job, "op")]
    if (operation === undefined) throw new TypeError("job: no such op")
    try {
        return await operation(job)
    } catch (error) {
        if (error instanceof SealedIntakeError) return { error: error.name }
        throw error
    }
}

const jobs: unknown = JSON.parse(await readStandardInput())
if (!Array.isArray(jobs)) throw new TypeError("want a list of jobs")
const answers: Answer[] = []
for (const job of jobs as readonly Job[]) answers.push(await answerOf(job))
process.stdout.write(`${JSON.stringify(answers)}\n`)

/** The reporter's side: keys from the receipt code, sealing a submission. Source: SPEC 8, 10, 11. */

import { SignatureError, WrongPlaceError } from "../errors.ts"
import { derive, destructionKey, rowId, rowKey } from "../sealing/derivation.ts"
import { randomContentKey, wrapKey } from "../sealing/sealed_box.ts"
import { sealEnvelope, sealWithKey } from "../sealing/seal.ts"
import { SigningKey } from "../signing/sign.ts"
import { verifyAcknowledgement } from "../signing/trust.ts"
import { verifyLabelled } from "../signing/verify.ts"
import { encodeAcknowledgementText, parseAcknowledgement, type Acknowledgement } from "../wire/acknowledgement.ts"
import { concatBytes, equalBytes, plainHash, u32, u8, type Bytes } from "../wire/codec.ts"
import { consentLabel, encodeConsent, encodeConsentSignedPart, type Consent, type Revocation } from "../wire/consent.ts"
import { DocumentKind } from "../wire/contents.ts"
import {
    DOCUMENT_LABEL,
    encodeContent,
    encodeSignedPart,
    padDocument,
    type Document,
    type IdentityLock,
    type Siblings,
} from "../wire/documents.ts"
import { NO_PLACE, parseEnvelope, Purpose, type DocumentPurpose } from "../wire/envelope.ts"
import { currentDesk, deskOfEpoch, requireDesk, type KeySet } from "../wire/key_set.ts"
import type { ReceiptCode } from "../wire/receipt.ts"
import { parseReply, REPLY_LABEL, type Reply } from "../wire/reply.ts"
import { Role } from "../wire/roles.ts"
import { slotId, slotPreimage } from "../wire/slots.ts"
import type { JsonObject } from "../wire/strict_json.ts"
import { caseRef, encodeSubmission, submissionDigest, valueDigest } from "../wire/submission.ts"
import { deriveOpeningKey, throwAwayRecipientKey, type OpeningKey } from "./key_pair.ts"
import { openEnvelope } from "./opening.ts"

/** What a reporter has to say; null seals an empty document. Source: SPEC 8.3, 9. */
export interface Contents {
    /** Whether the report is about the authority's own staff (SPEC 10.7). */
    readonly aboutStaff: boolean
    readonly report: JsonObject | null
    readonly identity: JsonObject | null
    readonly protection: JsonObject | null
    readonly reward: JsonObject | null
}

/** What is sent, and what the reporter's device needs to recognise the answer. */
export interface SealedSubmission {
    /** 43,582 bytes (SPEC 10.6). */
    readonly raw: Bytes
    /** What the acknowledgement must sign (SPEC 10.8). */
    readonly digest: Bytes
    readonly caseRef: Bytes
    /** Asks for the acknowledgement slot (SPEC 11.3). */
    readonly acknowledgementPreimage: Bytes
}

/** The one-time slot and key of one acknowledgement. Source: SPEC 11.2. */
export interface AcknowledgementKeys {
    readonly preimage: Bytes
    readonly opening: OpeningKey
}

/** How many steps of sealing are done, out of how many. */
export type Progress = (doneSteps: number, allSteps: number) => void

/** How often sealing one submission reports progress. */
export const SEALING_STEPS = 8

/** An opened acknowledgement, and its self-contained text to keep (SPEC 12.4). */
export interface OpenedAcknowledgement {
    readonly acknowledgement: Acknowledgement
    readonly text: string
}

const NO_CONTEXT: Bytes = new Uint8Array(0)

/** Every key that derives from a receipt code in one instance. Source: SPEC 11.2. */
export class ReporterKeys {
    readonly instance: Bytes
    readonly claim: SigningKey
    readonly reply: OpeningKey
    readonly #code: ReceiptCode

    constructor(code: ReceiptCode, instance: Bytes) {
        this.#code = code
        this.instance = instance
        this.claim = new SigningKey(this.derive("receipt/claim", NO_CONTEXT, 32))
        this.reply = deriveOpeningKey(this.derive("receipt/reply", NO_CONTEXT, 32))
    }

    /** The 32-byte name of the case (SPEC 10.1). */
    get caseRef(): Bytes {
        return caseRef(this.claim.verificationKey)
    }

    /** By which a desk of this role finds the reporter's slots, 32 bytes. */
    slotKey(role: Role): Bytes {
        return this.derive("receipt/slot", u8(role), 32)
    }

    /** The id of the consent that submission `n` gives, 16 bytes: the code alone can end it. */
    consentId(n: number): Bytes {
        return this.derive("receipt/consent", u32(n), 16)
    }

    /** The one-time slot and key of the acknowledgement of submission `n`. */
    acknowledgement(n: number): AcknowledgementKeys {
        const derived = this.derive("receipt/acknowledgement", u32(n), 64)
        return { preimage: derived.slice(0, 32), opening: deriveOpeningKey(derived.slice(32)) }
    }

    private derive(name: string, extra: Uint8Array, sizeBytes: number): Bytes {
        return derive(this.#code.secret, this.instance, name, extra, sizeBytes)
    }
}

/** A desk of a submission: its role, and the key that its envelopes are sealed to. */
interface Reader {
    readonly role: Role
    readonly recipientKey: Bytes
}

/** Who reads which part. Source: SPEC 10.7. */
interface Readers {
    readonly report: Reader
    readonly custodian: Reader
    readonly protection: Reader
    readonly reward: Reader
}

function readerOf(keySet: KeySet, independent: Role | null, ordinary: Role): Reader {
    const desk = (independent === null ? undefined : currentDesk(keySet, independent)) ?? requireDesk(keySet, ordinary)
    return { role: desk.role, recipientKey: desk.recipientKey }
}

/** Who reads what, ordinarily or for a report about the authority's own staff. Source: SPEC 10.7. */
export function readersOf(keySet: KeySet, aboutStaff: boolean): Readers {
    const independent = (role: Role): Role | null => (aboutStaff ? role : null)
    return {
        report: readerOf(keySet, null, aboutStaff ? Role.oversight : Role.triage),
        custodian: readerOf(keySet, independent(Role["independent-custodian"]), Role.custodian),
        protection: readerOf(keySet, independent(Role["independent-protection"]), Role.protection),
        reward: readerOf(keySet, independent(Role["independent-reward"]), Role.reward),
    }
}

interface Row {
    readonly key: Bytes
    readonly id: Bytes
}

/** Seals the parts of one submission. */
class SubmissionSealer {
    private readonly keys: ReporterKeys
    private readonly keySet: KeySet
    private readonly n: number
    private readonly kind: DocumentKind
    private readonly progress: Progress
    private steps = 0

    constructor(keys: ReporterKeys, keySet: KeySet, n: number, kind: DocumentKind, progress: Progress) {
        this.keys = keys
        this.keySet = keySet
        this.n = n
        this.kind = kind
        this.progress = progress
    }

    step(): void {
        this.steps += 1
        this.progress(this.steps, SEALING_STEPS)
    }

    row(purpose: DocumentPurpose): Row {
        const reference = this.keys.caseRef
        return { key: rowKey(reference, purpose, this.n), id: rowId(reference, purpose, this.n) }
    }

    /** Lock envelope and identity part (SPEC 10.4, 10.5). */
    async identity(content: JsonObject | null, readers: Readers, row: Row): Promise<Bytes> {
        const contentKey = randomContentKey()
        const context = this.context(Purpose.identity, row.id)
        const document = this.document({ purpose: Purpose.identity }, readers.protection, content)
        const part = await sealWithKey(document, contentKey, context, [])
        const innerWrappedKey = wrapKey(contentKey, readers.protection.recipientKey, context)
        this.step()
        const lock = { innerWrappedKey, rowKey: row.key, partDigest: valueDigest(part) }
        const lockDocument = this.document({ purpose: Purpose.identityLock, lock }, readers.custodian, null)
        const lockContext = this.context(Purpose.identityLock, row.id)
        const envelope = await sealEnvelope(lockDocument, lockContext, [readers.custodian.recipientKey])
        this.step()
        return concatBytes(envelope, part)
    }

    /** The envelope of protection or reward. */
    async vaultRow(purpose: 4 | 5, content: JsonObject | null, reader: Reader, row: Row): Promise<Bytes> {
        const document = this.document({ purpose }, reader, content)
        const envelope = await sealEnvelope(document, this.context(purpose, row.id), [reader.recipientKey])
        this.step()
        return envelope
    }

    /** The report envelope, whose unread slots take thrown-away keys (SPEC 6.5, 11.2). */
    async report(content: JsonObject | null, reader: Reader, siblings: Siblings): Promise<Bytes> {
        const slotReader = { ...reader, role: this.reportRole(content, reader) }
        const document = this.document({ purpose: Purpose.report, siblings }, slotReader, content)
        const slots = [Role.triage, Role.oversight].map((role) =>
            content !== null && role === reader.role ? reader.recipientKey : throwAwayRecipientKey(),
        )
        this.step()
        const envelope = await sealEnvelope(document, this.context(Purpose.report, NO_PLACE), slots)
        this.step()
        return envelope
    }

    /** What lets the report's reader destroy it, hashed (SPEC 12.5). */
    destructionId(content: JsonObject | null, reader: Reader): Bytes {
        return plainHash(destructionKey(this.keys.slotKey(this.reportRole(content, reader)), this.n))
    }

    /** Whose slot key the report carries; an empty one carries triage's (SPEC 11.2). */
    private reportRole(content: JsonObject | null, reader: Reader): Role {
        return content === null ? Role.triage : reader.role
    }

    private context<P extends DocumentPurpose>(
        purpose: P,
        place: Bytes,
    ): { instance: Bytes; purpose: P; keySetVersion: number; place: Bytes } {
        return { instance: this.keys.instance, purpose, keySetVersion: this.keySet.version, place }
    }

    private document(extra: DocumentShape, reader: Reader, content: JsonObject | null): Bytes {
        const document: Document = {
            kind: content === null ? DocumentKind.empty : this.kind,
            n: this.n,
            claimKey: this.keys.claim.verificationKey,
            slotKey: this.keys.slotKey(reader.role),
            replyKey: this.keys.reply.recipientKey,
            content,
            ...extra,
        }
        const signed = encodeSignedPart(document)
        const signature = this.keys.claim.sign(DOCUMENT_LABEL, this.keys.instance, signed)
        return padDocument(signed, signature, extra.purpose)
    }
}

type DocumentShape =
    | { readonly purpose: 1; readonly siblings: Siblings }
    | { readonly purpose: 2; readonly lock: IdentityLock }
    | { readonly purpose: 3 | 4 | 5 }

/** Refuse content before the first key is used, so that nothing half-sealed exists. */
function refuseBadContents(contents: Contents, kind: DocumentKind): void {
    encodeContent(Purpose.report, kind, contents.report)
    encodeContent(Purpose.identity, kind, contents.identity)
    encodeContent(Purpose.protection, kind, contents.protection)
    encodeContent(Purpose.reward, kind, contents.reward)
}

/**
 * Seal a submission, always 43,582 bytes. Source: SPEC 10.
 *
 * @param keySet verified; its instance is that of the keys.
 * @param n number of the submission in its case, from 0.
 * @param kind of every document that has content.
 * @throws {MalformedDocumentError} content that SPEC 9 doesn't allow.
 * @throws {DocumentTooLargeError} more content than a document holds.
 */
export async function sealSubmission(
    keys: ReporterKeys,
    contents: Contents,
    keySet: KeySet,
    n: number,
    kind: DocumentKind,
    progress: Progress = () => undefined,
): Promise<SealedSubmission> {
    refuseBadContents(contents, kind)
    const sealer = new SubmissionSealer(keys, keySet, n, kind, progress)
    const readers = readersOf(keySet, contents.aboutStaff)
    const acknowledgement = keys.acknowledgement(n)
    sealer.step()
    const rows = [sealer.row(Purpose.identity), sealer.row(Purpose.protection), sealer.row(Purpose.reward)] as const
    const identity = await sealer.identity(contents.identity, readers, rows[0])
    const protection = await sealer.vaultRow(Purpose.protection, contents.protection, readers.protection, rows[1])
    const reward = await sealer.vaultRow(Purpose.reward, contents.reward, readers.reward, rows[2])
    const siblings = [valueDigest(identity), valueDigest(protection), valueDigest(reward)] as const
    const report = await sealer.report(contents.report, readers.report, siblings)
    const submission = {
        keySetVersion: keySet.version,
        acknowledgementSlot: slotId(acknowledgement.preimage),
        acknowledgementKey: acknowledgement.opening.recipientKey,
        destructionId: sealer.destructionId(contents.report, readers.report),
        rowIds: [rows[0].id, rows[1].id, rows[2].id] as const,
        report,
        identity,
        protection,
        reward,
    }
    const digest = submissionDigest(submission)
    const raw = encodeSubmission(submission)
    sealer.step()
    return { raw, digest, caseRef: keys.caseRef, acknowledgementPreimage: acknowledgement.preimage }
}

/**
 * Open and verify the acknowledgement of submission `n`. Source: SPEC 12.1.
 *
 * @param digest of what was sent; null only for who has nothing but the code.
 * @throws {MalformedEnvelopeError | NotForReaderError | OpeningError | WrongPlaceError} not the one
 *     that this code's slot holds, or not of what was sent.
 * @throws {SignatureError} signed by no acknowledgement key of the key set.
 */
export async function openAcknowledgement(
    sealed: Uint8Array,
    keys: ReporterKeys,
    keySet: KeySet,
    n: number,
    digest: Uint8Array | null = null,
): Promise<OpenedAcknowledgement> {
    const own = keys.acknowledgement(n)
    const envelope = parseEnvelope(sealed, Purpose.acknowledgement)
    const plaintext = await openEnvelope(envelope, own.opening, keys.instance)
    if (!equalBytes(envelope.place, slotId(own.preimage))) throw new WrongPlaceError("SPEC 12.1: for another slot")
    const acknowledgement = parseAcknowledgement(plaintext)
    const certificate = keySet.acknowledgementKeys.find((listed) =>
        equalBytes(listed.verificationKey, acknowledgement.verificationKey),
    )
    if (certificate === undefined) throw new SignatureError("SPEC 12.1: no key of this key set")
    verifyAcknowledgement(acknowledgement, keys.instance, certificate.verificationKey)
    if (digest !== null && !equalBytes(acknowledgement.submissionDigest, digest)) {
        throw new WrongPlaceError("SPEC 12.1: acknowledges another submission")
    }
    const text = encodeAcknowledgementText({
        acknowledgement,
        directoryCertificate: keySet.certificate.noteText,
        keyCertificate: certificate.noteText,
    })
    return { acknowledgement, text }
}

/**
 * Open and verify reply `i` of a desk. Source: SPEC 11.5.
 *
 * @throws {MalformedEnvelopeError | NotForReaderError | OpeningError | MalformedDocumentError} not a
 *     reply to this code.
 * @throws {WrongPlaceError} it lies in another slot than its own, or answers another case.
 * @throws {SignatureError} signed by no desk of the key set.
 */
export async function openReply(
    sealed: Uint8Array,
    keys: ReporterKeys,
    keySet: KeySet,
    role: Role,
    i: number,
): Promise<Reply> {
    const envelope = parseEnvelope(sealed, Purpose.reply)
    const plaintext = await openEnvelope(envelope, keys.reply, keys.instance)
    const { reply, signed, signature } = parseReply(plaintext)
    const slot = slotId(slotPreimage(keys.slotKey(role), role, i))
    const inPlace = equalBytes(envelope.place, slot) && reply.role === role && reply.i === i
    if (!inPlace || !equalBytes(reply.caseRef, keys.caseRef)) {
        throw new WrongPlaceError("SPEC 11.5: in another slot or case")
    }
    const desk = deskOfEpoch(keySet, reply.role, reply.epoch)
    if (desk === undefined) throw new SignatureError("SPEC 11.5: no desk of this key set")
    verifyLabelled(desk.verificationKey, REPLY_LABEL, keys.instance, signed, signature)
    return reply
}

/** Sign a consent or its revocation, as it stands in documents. Source: SPEC 14. */
export function signConsent(keys: ReporterKeys, value: Consent | Revocation): string {
    const signed = encodeConsentSignedPart(value)
    const signature = keys.claim.sign(consentLabel(value), keys.instance, concatBytes(keys.caseRef, signed))
    return encodeConsent(signed, signature)
}

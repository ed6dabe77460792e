/** What each vector format does; the same list as `tests/vectors/runners.py`. */

import { deriveOpeningKey, deriveSigningKey } from "../custody/key_pair.ts"
import {
    openEnvelope,
    openFile,
    openIdentity,
    openLock,
    openReport,
    openRow,
    openWrappedKey,
} from "../custody/opening.ts"
import { ReporterKeys } from "../custody/reporter.ts"
import { derive, rowId, rowKey } from "../sealing/derivation.ts"
import { sealFile } from "../sealing/stream.ts"
import { SigningKey } from "../signing/sign.ts"
import { verifyAcknowledgement, verifyAcknowledgementText, verifyKeySet, verifyNote } from "../signing/trust.ts"
import { verifyLabelled } from "../signing/verify.ts"
import { acknowledgementHash, parseAcknowledgement } from "../wire/acknowledgement.ts"
import {
    concatBytes,
    decodeBase64url,
    encodeCrockford,
    encodeUtf8,
    labelledHash,
    plainHash,
    type Bytes,
} from "../wire/codec.ts"
import { consentLabel, parseConsent } from "../wire/consent.ts"
import { refuseBadContent, type DocumentKind } from "../wire/contents.ts"
import { DOCUMENT_LABEL, parseDocument, type Document } from "../wire/documents.ts"
import { encodeHeader, envelopeBytes, parseEnvelope, Purpose, type DocumentPurpose, type FixedPurpose } from "../wire/envelope.ts"
import { bucketBytes, fileDigest, parseUpload } from "../wire/files.ts"
import { authorityId, fingerprint, instanceId, parseOrigin } from "../wire/instance.ts"
import { encodeInstant, instantOfMinute, parseDay, parseInstant } from "../wire/instants.ts"
import { parseKeySet } from "../wire/key_set.ts"
import { officerId, parseRecipientKey, parseVerificationKey } from "../wire/keys.ts"
import { parseReceiptCode, ReceiptCode } from "../wire/receipt.ts"
import { parseReply, REPLY_LABEL } from "../wire/reply.ts"
import { parseRole, Role } from "../wire/roles.ts"
import { parseNote, parseVerifierKey } from "../wire/signed_note.ts"
import { encodeHead, headBytes, parseHead, sealedReportBytes } from "../wire/sealed_report.ts"
import { slotId, slotPreimage } from "../wire/slots.ts"
import { parseJsonObject, type JsonObject } from "../wire/strict_json.ts"
import { caseRef, parseSubmission, submissionDigest, submissionRest } from "../wire/submission.ts"
import { expand, expandText, hexOf, listOf, mutated, numberOf, textOf, type Json, type JsonRecord } from "./notation.ts"

/** Hands out a vector's members and remembers which were asked for. */
export class Given {
    private readonly members: JsonRecord
    private readonly bases: JsonRecord
    private readonly asked = new Set<string>()

    constructor(members: JsonRecord, bases: JsonRecord) {
        this.members = members
        this.bases = bases
    }

    json(name: string): Json | undefined {
        this.asked.add(name)
        return this.members[name]
    }

    raw(name: string): Bytes {
        return expand(this.json(name), this.bases)
    }

    raws(name: string): Bytes[] {
        return listOf(this.json(name)).map((written) => expand(written, this.bases))
    }

    text(name: string): string {
        return expandText(this.json(name), this.bases)
    }

    number(name: string): number {
        return numberOf(this.json(name))
    }

    /** Names that no runner asked for; a vector must have none. */
    unknownNames(): string[] {
        return Object.keys(this.members).filter((name) => !this.asked.has(name))
    }
}

export type Runner = (given: Given) => unknown

const sha256Hex = (raw: Uint8Array): string => hexOf(plainHash(raw))
const opening = (given: Given): ReturnType<typeof deriveOpeningKey> => deriveOpeningKey(given.raw("seed"))
const fixedPurpose = (given: Given): FixedPurpose => given.number("purpose") as FixedPurpose
const documentPurpose = (given: Given): DocumentPurpose => given.number("purpose") as DocumentPurpose

async function collected(pieces: AsyncIterable<Bytes>): Promise<Bytes[]> {
    const all: Bytes[] = []
    for await (const piece of pieces) all.push(piece)
    return all
}

function said(document: Document): unknown {
    return {
        kind: document.kind,
        n: document.n,
        claim_key: hexOf(document.claimKey),
        slot_key: hexOf(document.slotKey),
        reply_key_sha256: sha256Hex(document.replyKey),
        siblings: document.purpose === Purpose.report ? document.siblings.map(hexOf) : null,
        lock:
            document.purpose === Purpose.identityLock
                ? {
                      inner_wrapped_key_sha256: sha256Hex(document.lock.innerWrappedKey),
                      row_key: hexOf(document.lock.rowKey),
                      part_digest: hexOf(document.lock.partDigest),
                  }
                : null,
        content: document.content,
    }
}

const VALUES: Readonly<Record<string, Runner>> = {
    base64url: (given) => hexOf(decodeBase64url(given.text("text"))),
    crockford: (given) => encodeCrockford(given.raw("raw")),
    labelled_hash: (given) => hexOf(labelledHash(given.text("label"), given.raw("data"))),
    kdf: (given) =>
        hexOf(
            derive(given.raw("ikm"), given.raw("salt"), given.text("label"), given.raw("extra"), given.number("length_bytes")),
        ),
    instant: (given) => parseInstant(given.text("text")),
    day: (given) => parseDay(given.text("text")),
    minute: (given) => encodeInstant(instantOfMinute(given.number("minute"))),
    origin: (given) => parseOrigin(given.text("text")),
    strict_json: (given) => parseJsonObject(given.raw("raw"), given.number("max_bytes")),
    role: (given) => parseRole(given.text("text")),
    authority_id: (given) => hexOf(authorityId(given.raw("root_key"))),
    instance_id: (given) => hexOf(instanceId(given.raw("authority"), given.text("origin"))),
    fingerprint: (given) => fingerprint(given.raw("verification_key")),
    officer_id: (given) => hexOf(officerId(given.raw("verification_key"), given.raw("recipient_key"))),
    bucket: (given) => bucketBytes(given.number("size_bytes")),
}

const KEYS: Readonly<Record<string, Runner>> = {
    key_pair: (given) => ({
        recipient_key: hexOf(opening(given).recipientKey),
        verification_key: hexOf(deriveSigningKey(given.raw("seed")).verificationKey),
    }),
    recipient_key: (given) => sha256Hex(parseRecipientKey(given.raw("raw"))),
    verification_key: (given) => hexOf(parseVerificationKey(given.raw("raw"))),
    receipt_code: (given) => {
        const code = parseReceiptCode(given.text("typed"))
        return { value: code.value.toString(), symbols: code.symbols, digits: code.digits }
    },
    reporter_keys: (given) => {
        const code = new ReceiptCode(BigInt(given.text("value")))
        const keys = new ReporterKeys(code, given.raw("instance"))
        return {
            secret: hexOf(code.secret),
            claim_key: hexOf(keys.claim.verificationKey),
            reply_key_sha256: sha256Hex(keys.reply.recipientKey),
            case_ref: hexOf(keys.caseRef),
            slot_keys: Object.values(Role).map((role) => hexOf(keys.slotKey(role))),
            acknowledgements: [0, 1, 65536].map((n) => {
                const { preimage, opening: key } = keys.acknowledgement(n)
                const slot = hexOf(slotId(preimage))
                return { preimage: hexOf(preimage), slot, recipient_key_sha256: sha256Hex(key.recipientKey) }
            }),
            consent_ids: [1, 65536].map((n) => hexOf(keys.consentId(n))),
        }
    },
    slot: (given) => {
        const preimage = slotPreimage(given.raw("slot_key"), given.number("role") as Role, given.number("i"))
        return { preimage: hexOf(preimage), slot: hexOf(slotId(preimage)) }
    },
    row: (given) => {
        const [reference, purpose, n] = [given.raw("case_ref"), given.number("purpose") as Purpose, given.number("n")]
        return { row_key: hexOf(rowKey(reference, purpose, n)), row_id: hexOf(rowId(reference, purpose, n)) }
    },
    case_reference: (given) => {
        const reference = caseRef(given.raw("claim_key"))
        return { case_ref: hexOf(reference), ref: encodeCrockford(labelledHash("ref", reference)).slice(0, 8) }
    },
}

const ENVELOPES: Readonly<Record<string, Runner>> = {
    header: (given) => {
        const header = encodeHeader({
            purpose: given.number("purpose") as Purpose,
            keySetVersion: given.number("key_set_version"),
            place: given.raw("place"),
            wrappedKeys: given.raws("wrapped_keys"),
            commitment: given.raw("commitment"),
        })
        return { size_bytes: header.length, sha256: sha256Hex(header) }
    },
    envelope_bytes: (given) => {
        const readers = given.json("readers")
        return envelopeBytes(fixedPurpose(given), typeof readers === "number" ? readers : 0)
    },
    envelope: (given) => {
        const envelope = parseEnvelope(given.raw("raw"), fixedPurpose(given))
        return {
            key_set_version: envelope.keySetVersion,
            place: hexOf(envelope.place),
            slots: envelope.wrappedKeys.length,
            commitment: hexOf(envelope.commitment),
            header_bytes: envelope.header.length,
        }
    },
    wrapped_key: (given) => {
        const context = {
            instance: given.raw("instance"),
            purpose: given.number("purpose") as Purpose,
            keySetVersion: given.number("key_set_version"),
        }
        return hexOf(openWrappedKey(given.raw("wrapped_key"), opening(given), context))
    },
    open_envelope: async (given) => {
        const [key, instance] = [opening(given), given.raw("instance")]
        const envelope = parseEnvelope(given.raw("raw"), fixedPurpose(given))
        return sha256Hex(await openEnvelope(envelope, key, instance))
    },
    document: (given) => {
        const [purpose, instance] = [documentPurpose(given), given.raw("instance")]
        const { document, signed, signature } = parseDocument(given.raw("raw"), purpose)
        verifyLabelled(document.claimKey, DOCUMENT_LABEL, instance, signed, signature)
        return said(document)
    },
    content: (given) => {
        const [purpose, kind] = [documentPurpose(given), given.number("kind") as DocumentKind]
        refuseBadContent(purpose, kind, given.json("content") as JsonObject)
        return "accepted"
    },
    open_report: async (given) => said(await openReport(given.raw("raw"), opening(given), given.raw("instance"))),
    open_row: async (given) => {
        const purpose = given.number("purpose") as typeof Purpose.protection | typeof Purpose.reward
        return said(await openRow(given.raw("raw"), purpose, given.raw("row_id"), opening(given), given.raw("instance")))
    },
    open_lock: async (given) =>
        said(await openLock(given.raw("raw"), given.raw("row_id"), opening(given), given.raw("instance"))),
    open_identity: async (given) => {
        const inner = given.raw("inner_wrapped_key")
        return said(await openIdentity(given.raw("raw"), given.raw("row_id"), inner, opening(given), given.raw("instance")))
    },
    submission: (given) => {
        const submission = parseSubmission(given.raw("raw"))
        const digest = submissionDigest(submission)
        const retried = [submission.acknowledgementSlot, submission.acknowledgementKey, digest]
        return {
            key_set_version: submission.keySetVersion,
            acknowledgement_slot: hexOf(submission.acknowledgementSlot),
            destruction_id: hexOf(submission.destructionId),
            row_ids: submission.rowIds.map(hexOf),
            rest: hexOf(submissionRest(submission)),
            digest: hexOf(digest),
            retry_tag: hexOf(labelledHash("retry", ...retried)),
        }
    },
    upload: (given) => {
        const [upload, index] = [parseUpload(given.raw("raw")), given.number("index")]
        return {
            chunk_count: upload.chunkCount,
            part_count: upload.partCount,
            sealed_bytes: upload.sealedBytes,
            part_start: upload.partStart(index),
            part_bytes: upload.partBytes(index),
            part_id: hexOf(upload.partId(index)),
        }
    },
    file_digest: (given) => hexOf(fileDigest(given.raws("part_hashes"))),
    sealed_report: (given) => {
        const report = parseHead(given.raw("raw"))
        return {
            files: report.files.map(({ upload, digest }) => ({
                capability: hexOf(upload.capability),
                bucket_bytes: upload.bucketBytes,
                digest: hexOf(digest),
            })),
            submission_sha256: sha256Hex(report.submission),
            head_bytes: headBytes(report.files.length),
            size_bytes: sealedReportBytes(report),
            encoded_sha256: sha256Hex(encodeHead(report)),
        }
    },
    file: async (given) => {
        const [contentKey, openingKey, plaintext] = [given.raw("content_key"), given.raw("opening_key"), given.raw("plaintext")]
        const ops = listOf(given.json("mutate"))
        const read = (start: number, sizeBytes: number): Promise<Bytes> =>
            Promise.resolve(plaintext.slice(start, start + sizeBytes))
        const sealed = concatBytes(...(await collected(sealFile(contentKey, read, plaintext.length))))
        const opened = concatBytes(...(await collected(openFile(openingKey, mutated(sealed, ops)))))
        return { sealed_bytes: sealed.length, sealed_sha256: sha256Hex(sealed), opened_sha256: sha256Hex(opened) }
    },
}

const SIGNED: Readonly<Record<string, Runner>> = {
    acknowledgement: (given) => {
        const [instance, key] = [given.raw("instance"), given.raw("key")]
        const acknowledgement = parseAcknowledgement(given.raw("raw"))
        verifyAcknowledgement(acknowledgement, instance, key)
        return {
            submission_digest: hexOf(acknowledgement.submissionDigest),
            sequence: acknowledgement.sequence,
            previous_head: hexOf(acknowledgement.previousHead),
            minute: acknowledgement.minute,
            hash: hexOf(acknowledgementHash(acknowledgement.raw)),
        }
    },
    acknowledgement_text: (given) => {
        const verified = verifyAcknowledgementText(given.text("text"), given.raw("root_key"))
        return {
            submission_digest: hexOf(verified.acknowledgement.submissionDigest),
            sequence: verified.acknowledgement.sequence,
            origin: verified.origin,
            registered_at: encodeInstant(verified.registeredAt),
        }
    },
    signed_note: (given) => {
        const [signer, key] = [given.text("signer"), given.raw("key")]
        const note = parseNote(given.text("note"))
        verifyNote(note, signer, key)
        return note.text
    },
    verifier_key: (given) => {
        const signer = given.text("signer")
        return hexOf(parseVerifierKey(given.text("text"), signer))
    },
    key_set: (given) => {
        const [rootKey, now, minimum] = [given.raw("root_key"), given.text("now"), given.number("minimum_version")]
        const unverified = parseKeySet(encodeUtf8(given.text("published")))
        const keySet = verifyKeySet(unverified, rootKey, parseInstant(now), minimum)
        const current = keySet.body.desks.filter((desk) => desk.current).map((desk) => desk.role)
        return {
            version: keySet.version,
            hash: hexOf(keySet.hash),
            authority_id: hexOf(keySet.authorityId),
            instance_id: hexOf(keySet.instanceId),
            current_roles: current.sort((left, right) => left - right),
        }
    },
    reply: (given) => {
        const [instance, key] = [given.raw("instance"), given.raw("key")]
        const { reply, signed, signature } = parseReply(given.raw("raw"))
        verifyLabelled(key, REPLY_LABEL, instance, signed, signature)
        const { kind, role, epoch, i, content } = reply
        return { kind, role, epoch, i, case_ref: hexOf(reply.caseRef), content }
    },
    consent: (given) => {
        const bound = concatBytes(given.raw("instance"), given.raw("case_ref"))
        const key = given.raw("key")
        const { value, signed, signature } = parseConsent(given.text("text"))
        verifyLabelled(key, consentLabel(value), bound, signed, signature)
        if (value.kind === "revocation") {
            const id = value.consentId === null ? "all" : hexOf(value.consentId)
            return { id, at: encodeInstant(value.at) }
        }
        return { id: hexOf(value.consentId), fields: value.fields, until: encodeInstant(value.expiresAt), one_time: value.oneTime }
    },
    signature: (given) => {
        const key = new SigningKey(given.raw("seed"))
        return hexOf(key.sign(textOf(given.json("label")), given.raw("instance"), given.raw("body")))
    },
}

export const RUNNERS: Readonly<Record<string, Runner>> = { ...VALUES, ...KEYS, ...ENVELOPES, ...SIGNED }

/** Formats that only officers and the server read; the page has no code for them. */
export const NOT_IN_THE_PAGE: ReadonlySet<string> = new Set([
    ...["chain", "destruction", "feed_head", "feed", "feed_page", "succession", "officers", "officers_succession"],
    ...["desk_seed", "grant", "release", "event", "audit", "stored_event", "request", "offline_page"],
])

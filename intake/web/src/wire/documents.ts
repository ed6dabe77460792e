/** The documents inside the four envelopes of a submission. Source: SPEC 8. */

import { DocumentTooLargeError, MalformedDocumentError } from "../errors.ts"
import { concatBytes, Reader, u16, u32, u8, type Bytes } from "./codec.ts"
import { DocumentKind, refuseBadContent } from "./contents.ts"
import { PLAINTEXT_BYTES, Purpose, SUITE, WRAPPED_KEY_BYTES, type DocumentPurpose } from "./envelope.ts"
import { parseRecipientKey, parseVerificationKey, RECIPIENT_KEY_BYTES, VERIFICATION_KEY_BYTES } from "./keys.ts"
import { encodeJson, parseJsonObject, type JsonObject } from "./strict_json.ts"

export const DOCUMENT_LABEL = "sign/document"

const HASH_BYTES = 32
const SIGNATURE_BYTES = 64
const KINDS: readonly DocumentKind[] = Object.values(DocumentKind)
const FRAME_BYTES =
    2 + 1 + 1 + 4 + VERIFICATION_KEY_BYTES + HASH_BYTES + RECIPIENT_KEY_BYTES + 4 + SIGNATURE_BYTES
const EXTRA_BYTES: Readonly<Record<DocumentPurpose, number>> = {
    [Purpose.report]: 3 * HASH_BYTES,
    [Purpose.identityLock]: WRAPPED_KEY_BYTES + 2 * HASH_BYTES,
    [Purpose.identity]: 0,
    [Purpose.protection]: 0,
    [Purpose.reward]: 0,
}

/** What the custodian's layer holds: the handler's wrapped key and what it belongs to. */
export interface IdentityLock {
    readonly innerWrappedKey: Bytes
    readonly rowKey: Bytes
    readonly partDigest: Bytes
}

/** Digests of identity, protection and reward (SPEC 10.4). */
export type Siblings = readonly [Bytes, Bytes, Bytes]

interface DocumentFrame {
    readonly kind: DocumentKind
    /** Number of the submission in its case, from 0. */
    readonly n: number
    /** Verification key of the case. */
    readonly claimKey: Bytes
    /** Of the reading desk, for replies. */
    readonly slotKey: Bytes
    /** Recipient key that replies are sealed to. */
    readonly replyKey: Bytes
    /** Null in empty documents and locks. */
    readonly content: JsonObject | null
}

type DocumentExtra =
    | { readonly purpose: typeof Purpose.report; readonly siblings: Siblings }
    | { readonly purpose: typeof Purpose.identityLock; readonly lock: IdentityLock }
    | { readonly purpose: Exclude<DocumentPurpose, 1 | 2> }

/** One of the five documents of a submission. Source: SPEC 8.1. */
export type Document = DocumentFrame & DocumentExtra

/** A parsed document with what its claim key signed; the signature isn't verified yet. */
export interface SignedDocument {
    readonly document: Document
    readonly signed: Bytes
    readonly signature: Bytes
}

/** How many bytes of JSON a document holds. Source: SPEC 8.4. */
export function contentRoomBytes(purpose: DocumentPurpose): number {
    return PLAINTEXT_BYTES[purpose] - FRAME_BYTES - EXTRA_BYTES[purpose]
}

function encodeExtra(document: Document): Bytes {
    if (document.purpose === Purpose.report) return concatBytes(...document.siblings)
    if (document.purpose !== Purpose.identityLock) return new Uint8Array(0)
    return concatBytes(document.lock.innerWrappedKey, document.lock.rowKey, document.lock.partDigest)
}

/**
 * The JSON of a document's content; nothing for null.
 *
 * @throws {MalformedDocumentError} content that SPEC 9 doesn't allow.
 * @throws {DocumentTooLargeError} more content than the fixed size holds.
 */
export function encodeContent(purpose: DocumentPurpose, kind: DocumentKind, content: JsonObject | null): Bytes {
    if (content === null) return new Uint8Array(0)
    refuseBadContent(purpose, kind, content)
    const raw = encodeJson(content)
    const excessBytes = raw.length - contentRoomBytes(purpose)
    if (excessBytes > 0) throw new DocumentTooLargeError(excessBytes)
    return raw
}

/**
 * Everything of a document that its signature covers. Source: SPEC 8.1.
 *
 * @throws {MalformedDocumentError | DocumentTooLargeError} as `encodeContent`.
 */
export function encodeSignedPart(document: Document): Bytes {
    const content = encodeContent(document.purpose, document.kind, document.content)
    return concatBytes(
        u16(SUITE),
        u8(document.purpose),
        u8(document.kind),
        u32(document.n),
        document.claimKey,
        document.slotKey,
        document.replyKey,
        encodeExtra(document),
        u32(content.length),
        content,
    )
}

/** A document of its fixed size: what is signed, the signature, zero bytes. */
export function padDocument(signed: Uint8Array, signature: Uint8Array, purpose: DocumentPurpose): Bytes {
    const plaintext = new Uint8Array(PLAINTEXT_BYTES[purpose])
    plaintext.set(concatBytes(signed, signature))
    return plaintext
}

function parseKind(number: number, purpose: DocumentPurpose): DocumentKind {
    const kind = KINDS.find((known) => known === number)
    if (kind === undefined) throw new MalformedDocumentError("SPEC 8.3: no such kind")
    if (purpose === Purpose.identityLock && kind !== DocumentKind.empty) {
        throw new MalformedDocumentError("SPEC 8.3: a lock has kind 0")
    }
    return kind
}

function parseContent(raw: Uint8Array, purpose: DocumentPurpose, kind: DocumentKind): JsonObject | null {
    if (kind === DocumentKind.empty) {
        if (raw.length > 0) throw new MalformedDocumentError("SPEC 8.3: an empty document has content")
        return null
    }
    const content = parseJsonObject(raw, contentRoomBytes(purpose))
    refuseBadContent(purpose, kind, content)
    return content
}

function parseExtra(reader: Reader, purpose: DocumentPurpose): DocumentExtra {
    if (purpose === Purpose.report) {
        return { purpose, siblings: [reader.take(HASH_BYTES), reader.take(HASH_BYTES), reader.take(HASH_BYTES)] }
    }
    if (purpose !== Purpose.identityLock) return { purpose }
    const innerWrappedKey = reader.take(WRAPPED_KEY_BYTES)
    const rowKey = reader.take(HASH_BYTES)
    return { purpose, lock: { innerWrappedKey, rowKey, partDigest: reader.take(HASH_BYTES) } }
}

/**
 * Parse an opened plaintext of the purpose's fixed size.
 *
 * @throws {MalformedDocumentError | MalformedJsonError | MalformedKeyError} as SPEC 8.2 says.
 */
export function parseDocument(raw: Uint8Array, purpose: DocumentPurpose): SignedDocument {
    if (raw.length !== PLAINTEXT_BYTES[purpose]) throw new MalformedDocumentError("SPEC 8.2: wrong length")
    const reader = new Reader(raw, MalformedDocumentError, "8.2")
    reader.expect(2, SUITE, "suite")
    reader.expect(1, purpose, "purpose")
    const kind = parseKind(reader.number(1), purpose)
    const n = reader.number(4)
    const claimKey = parseVerificationKey(reader.take(VERIFICATION_KEY_BYTES))
    const slotKey = reader.take(HASH_BYTES)
    const replyKey = parseRecipientKey(reader.take(RECIPIENT_KEY_BYTES))
    const extra = parseExtra(reader, purpose)
    const content = parseContent(reader.take(reader.number(4)), purpose, kind)
    const signed = concatBytes(raw.subarray(0, reader.offset))
    const signature = reader.take(SIGNATURE_BYTES)
    reader.zerosToEnd()
    return { document: { kind, n, claimKey, slotKey, replyKey, content, ...extra }, signed, signature }
}

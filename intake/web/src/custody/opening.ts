/** Opening envelopes: opened, not for this reader, or a fault. Source: SPEC 5.3, 6.4, 7. */

import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js"
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js"

import { MalformedFileError, NotForReaderError, OpeningError, WrongPlaceError } from "../errors.ts"
import { rowKey } from "../sealing/derivation.ts"
import { boxKey, KEM_CIPHERTEXT_BYTES, sealedBoxNonce, WRAP_NONCE, wrappingKey, type WrapContext } from "../sealing/sealed_box.ts"
import { commitment, StreamKey } from "../sealing/stream.ts"
import { verifyLabelled } from "../signing/verify.ts"
import { concatBytes, equalBytes, plainHash, type Bytes } from "../wire/codec.ts"
import { DOCUMENT_LABEL, parseDocument, type Document } from "../wire/documents.ts"
import {
    FILE_KEY_SET_VERSION,
    NO_PLACE,
    parseEnvelope,
    parseHeader,
    Purpose,
    TAG_BYTES,
    type DocumentPurpose,
    type Envelope,
} from "../wire/envelope.ts"
import { FILE_CHUNK_BYTES } from "../wire/files.ts"
import { X25519_KEY_BYTES } from "../wire/keys.ts"
import { caseRef, LOCK_BYTES, valueDigest } from "../wire/submission.ts"
import type { OpeningKey } from "./key_pair.ts"

/** What `call` gives, or null where noble refuses: it throws plain errors on bad points and tags. */
function orNull<T>(call: () => T): T | null {
    try {
        return call()
    } catch {
        return null
    }
}

/** The sealed box's plaintext, or null where it is for another key. */
function openBox(wrappedKey: Uint8Array, key: OpeningKey): Uint8Array | null {
    const ephemeralKey = wrappedKey.subarray(0, X25519_KEY_BYTES)
    const nonce = sealedBoxNonce(ephemeralKey, key.recipientKey.subarray(0, X25519_KEY_BYTES))
    return orNull(() =>
        xsalsa20poly1305(boxKey(key.x25519, ephemeralKey), nonce).decrypt(wrappedKey.subarray(X25519_KEY_BYTES)),
    )
}

function openInner(box: Uint8Array, key: OpeningKey, context: WrapContext): Bytes {
    const ciphertext = concatBytes(box.subarray(0, KEM_CIPHERTEXT_BYTES))
    const shared = orNull(() => ml_kem768.decapsulate(ciphertext, key.kem))
    if (shared === null) throw new OpeningError("SPEC 5.3: wrapped key altered")
    const cipher = xsalsa20poly1305(wrappingKey(shared, context, key.recipientKey), WRAP_NONCE)
    const contentKey = orNull(() => cipher.decrypt(box.subarray(KEM_CIPHERTEXT_BYTES)))
    if (contentKey === null) throw new OpeningError("SPEC 5.3: wrapped key altered or bound elsewhere")
    return contentKey
}

/**
 * The content key in a wrapped key, 32 bytes.
 *
 * @throws {NotForReaderError} sealed to another key.
 * @throws {OpeningError} sealed to this key, and altered or bound to another context.
 */
export function openWrappedKey(wrappedKey: Uint8Array, key: OpeningKey, context: WrapContext): Bytes {
    const box = openBox(wrappedKey, key)
    if (box === null) throw new NotForReaderError("SPEC 5.3: sealed to another key")
    return openInner(box, key, context)
}

/**
 * Open a document body with its content key.
 *
 * @throws {OpeningError} another key, or any altered bit of header or body.
 */
export async function openBody(envelope: Envelope, contentKey: Uint8Array): Promise<Bytes> {
    if (!equalBytes(commitment(contentKey), envelope.commitment)) {
        throw new OpeningError("SPEC 6.2: commitment differs")
    }
    const key = await StreamKey.of(contentKey, envelope.header)
    const plaintext = await key.openChunk(envelope.body, 0, true)
    if (plaintext === null) throw new OpeningError("SPEC 7.2: body altered")
    return plaintext
}

/**
 * Try every slot with one key.
 *
 * @param instance 32 bytes.
 * @throws {NotForReaderError} no slot opens.
 * @throws {OpeningError} a slot opens and what follows fails.
 */
export async function openEnvelope(envelope: Envelope, key: OpeningKey, instance: Uint8Array): Promise<Bytes> {
    for (const wrappedKey of envelope.wrappedKeys) {
        const box = openBox(wrappedKey, key)
        if (box === null) continue
        const { purpose, keySetVersion } = envelope
        return openBody(envelope, openInner(box, key, { instance, purpose, keySetVersion }))
    }
    throw new NotForReaderError("SPEC 6.4: no slot opens")
}

function verified(plaintext: Uint8Array, purpose: DocumentPurpose, instance: Uint8Array): Document {
    const { document, signed, signature } = parseDocument(plaintext, purpose)
    verifyLabelled(document.claimKey, DOCUMENT_LABEL, instance, signed, signature)
    return document
}

function refuseOtherRow(document: Document, purpose: DocumentPurpose, place: Uint8Array, row: Uint8Array): void {
    const id = plainHash(rowKey(caseRef(document.claimKey), purpose, document.n))
    if (!equalBytes(id, row) || !equalBytes(row, place)) {
        throw new WrongPlaceError("SPEC 8.2: lies under another row")
    }
}

/**
 * Open a report envelope and check everything of SPEC 8.2.
 *
 * @throws {NotForReaderError} not for this desk.
 * @throws {SealedIntakeError} any other is a fault.
 */
export async function openReport(raw: Uint8Array, key: OpeningKey, instance: Uint8Array): Promise<Document> {
    const envelope = parseEnvelope(raw, Purpose.report)
    const plaintext = await openEnvelope(envelope, key, instance)
    if (!equalBytes(envelope.place, NO_PLACE)) throw new WrongPlaceError("SPEC 6.1: a report has no place")
    return verified(plaintext, Purpose.report, instance)
}

/**
 * Open a protection or reward row.
 *
 * @throws {NotForReaderError} not for this desk.
 * @throws {SealedIntakeError} any other is a fault.
 */
export async function openRow(
    value: Uint8Array,
    purpose: typeof Purpose.protection | typeof Purpose.reward,
    row: Uint8Array,
    key: OpeningKey,
    instance: Uint8Array,
): Promise<Document> {
    const envelope = parseEnvelope(value, purpose)
    const document = verified(await openEnvelope(envelope, key, instance), purpose, instance)
    refuseOtherRow(document, purpose, envelope.place, row)
    return document
}

/**
 * Open the custodian's layer of an identity row; the identity itself stays shut.
 *
 * @throws {NotForReaderError} not for this desk.
 * @throws {SealedIntakeError} any other is a fault; `WrongPlaceError` also where lock and part differ.
 */
export async function openLock(
    value: Uint8Array,
    row: Uint8Array,
    key: OpeningKey,
    instance: Uint8Array,
): Promise<Document> {
    const envelope = parseEnvelope(value.subarray(0, LOCK_BYTES), Purpose.identityLock)
    const document = verified(await openEnvelope(envelope, key, instance), Purpose.identityLock, instance)
    refuseOtherRow(document, Purpose.identity, envelope.place, row)
    const part = valueDigest(value.subarray(LOCK_BYTES))
    if (document.purpose !== Purpose.identityLock || !equalBytes(document.lock.partDigest, part)) {
        throw new WrongPlaceError("SPEC 10.5: the lock belongs to another identity")
    }
    if (!equalBytes(plainHash(document.lock.rowKey), row)) {
        throw new WrongPlaceError("SPEC 10.5: the lock names another row")
    }
    return document
}

/**
 * Open an identity with the inner wrapped key that a custodian released.
 *
 * @throws {NotForReaderError} the inner key is for another desk.
 * @throws {SealedIntakeError} any other is a fault.
 */
export async function openIdentity(
    value: Uint8Array,
    row: Uint8Array,
    innerWrappedKey: Uint8Array,
    key: OpeningKey,
    instance: Uint8Array,
): Promise<Document> {
    const envelope = parseEnvelope(value.subarray(LOCK_BYTES), Purpose.identity)
    const { keySetVersion } = envelope
    const contentKey = openWrappedKey(innerWrappedKey, key, { instance, purpose: Purpose.identity, keySetVersion })
    const document = verified(await openBody(envelope, contentKey), Purpose.identity, instance)
    refuseOtherRow(document, Purpose.identity, envelope.place, row)
    return document
}

/**
 * Open a sealed file chunk by chunk; padding is still on it. Source: SPEC 7.2, 17.2.
 *
 * Only a run that ends without an error gave the whole file.
 *
 * @throws {MalformedEnvelopeError} not the header of a file.
 * @throws {MalformedFileError} one with a key set version or a place, which files don't have.
 * @throws {OpeningError} another key, or anything altered, dropped, swapped or added.
 */
export async function* openFile(contentKey: Uint8Array, sealed: Uint8Array): AsyncGenerator<Bytes, void, undefined> {
    const envelope = parseHeader(sealed, Purpose.file)
    if (envelope.keySetVersion !== FILE_KEY_SET_VERSION || !equalBytes(envelope.place, NO_PLACE)) {
        throw new MalformedFileError("SPEC 17.2: a file has version 1 and no place")
    }
    if (!equalBytes(commitment(contentKey), envelope.commitment)) {
        throw new OpeningError("SPEC 6.2: commitment differs")
    }
    const key = await StreamKey.of(contentKey, envelope.header)
    const size = FILE_CHUNK_BYTES + TAG_BYTES
    for (let counter = 0, start = 0; counter === 0 || start < envelope.body.length; counter++, start += size) {
        const chunk = envelope.body.slice(start, start + size)
        const opened = await key.openChunk(chunk, counter, start + size >= envelope.body.length)
        if (opened === null) throw new OpeningError("SPEC 7.2: file altered or cut")
        yield opened
    }
}

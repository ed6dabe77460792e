/** Opening envelopes: opened, not for this reader, or a fault. Source: SPEC 5.3, 6.4, 7. */

import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js"
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js"

import { NotForReaderError, OpeningError } from "../errors.ts"
import { boxKey, KEM_CIPHERTEXT_BYTES, sealedBoxNonce, WRAP_NONCE, wrappingKey, type WrapContext } from "../sealing/sealed_box.ts"
import { commitment, StreamKey } from "../sealing/stream.ts"
import { concatBytes, equalBytes, type Bytes } from "../wire/codec.ts"
import type { Envelope } from "../wire/envelope.ts"
import { X25519_KEY_BYTES } from "../wire/keys.ts"
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

/** Wrapping a content key for one recipient: a sealed box round a post-quantum one. Source: SPEC 5. */

import { hsalsa, xsalsa20poly1305 } from "@noble/ciphers/salsa.js"
import { x25519 } from "@noble/curves/ed25519.js"
import { blake2b } from "@noble/hashes/blake2.js"
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js"

import { concatBytes, encodeUtf8, randomBytes, u16, u32, u8, type Bytes } from "../wire/codec.ts"
import { SUITE, type Purpose } from "../wire/envelope.ts"
import { parseRecipientKey, X25519_KEY_BYTES } from "../wire/keys.ts"
import { derive, NO_SALT } from "./derivation.ts"

export const CONTENT_KEY_BYTES = 32
export const KEM_CIPHERTEXT_BYTES = 1088
export const WRAP_NONCE: Bytes = new Uint8Array(24)

const BOX_NONCE_BYTES = 24
const KEM_MESSAGE_BYTES = 32
/** What a wrapped key is bound to. */
export interface WrapContext {
    readonly instance: Uint8Array
    readonly purpose: Purpose
    readonly keySetVersion: number
}

/** The words that lie in memory at these bytes, as noble's Salsa20 wants them. */
function wordsOf(raw: Uint8Array): Uint32Array {
    return new Uint32Array(concatBytes(raw).buffer)
}

/** The key of a libsodium `crypto_box`: HSalsa20 of the shared X25519 secret. */
export function boxKey(secretKey: Uint8Array, publicKey: Uint8Array): Bytes {
    const constant = wordsOf(encodeUtf8("expand 32-byte k"))
    const key = new Uint32Array(8)
    hsalsa(constant, wordsOf(x25519.getSharedSecret(secretKey, publicKey)), new Uint32Array(4), key)
    return new Uint8Array(key.buffer)
}

/** The nonce of a libsodium sealed box. */
export function sealedBoxNonce(ephemeralKey: Uint8Array, publicKey: Uint8Array): Bytes {
    return blake2b(concatBytes(ephemeralKey, publicKey), { dkLen: BOX_NONCE_BYTES })
}

/** libsodium's `crypto_box_seal`: 48 bytes longer than the plaintext, sender unauthenticated. */
export function sealBox(plaintext: Uint8Array, publicKey: Uint8Array): Bytes {
    const ephemeralSecret = randomBytes(X25519_KEY_BYTES)
    const ephemeralKey = x25519.getPublicKey(ephemeralSecret)
    const nonce = sealedBoxNonce(ephemeralKey, publicKey)
    const box = xsalsa20poly1305(boxKey(ephemeralSecret, publicKey), nonce).encrypt(plaintext)
    return concatBytes(ephemeralKey, box)
}

/** The bytes to which a wrapped key is bound. Source: SPEC 5.1. */
export function wrapContext(context: WrapContext, recipientKey: Uint8Array): Bytes {
    return concatBytes(
        context.instance,
        u16(SUITE),
        u8(context.purpose),
        u32(context.keySetVersion),
        recipientKey,
    )
}

/** The key under which the content key lies, from the ML-KEM shared secret. Source: SPEC 5.2. */
export function wrappingKey(shared: Uint8Array, context: WrapContext, recipientKey: Uint8Array): Bytes {
    return derive(shared, NO_SALT, "wrap", wrapContext(context, recipientKey), CONTENT_KEY_BYTES)
}

/**
 * Wrap a 32-byte content key for one recipient key; 1184 bytes. Source: SPEC 5.2.
 *
 * @throws {MalformedKeyError} not a key that can be sealed to.
 */
export function wrapKey(contentKey: Uint8Array, recipientKey: Bytes, context: WrapContext): Bytes {
    const key = parseRecipientKey(recipientKey)
    const kemKey = key.subarray(X25519_KEY_BYTES)
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(kemKey, randomBytes(KEM_MESSAGE_BYTES))
    const inner = xsalsa20poly1305(wrappingKey(sharedSecret, context, key), WRAP_NONCE).encrypt(contentKey)
    return sealBox(concatBytes(cipherText, inner), key.subarray(0, X25519_KEY_BYTES))
}

/** A fresh content key, 32 bytes. */
export function randomContentKey(): Bytes {
    return randomBytes(CONTENT_KEY_BYTES)
}

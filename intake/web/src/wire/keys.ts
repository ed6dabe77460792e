/** Public keys, refused when they could not be sealed to or verified with. Source: SPEC 4. */

import { MalformedKeyError } from "../errors.ts"
import { labelledHash, type Bytes } from "./codec.ts"

export const X25519_KEY_BYTES = 32
export const KEM_KEY_BYTES = 1184
export const RECIPIENT_KEY_BYTES = X25519_KEY_BYTES + KEM_KEY_BYTES
export const VERIFICATION_KEY_BYTES = 32

const FIELD_PRIME = 2n ** 255n - 19n
const SIGN_BIT_MASK = 2n ** 255n - 1n
const KEM_MODULUS = 3329 // FIPS 203, section 2.3, q
const KEM_SEED_BYTES = 32

// The u-coordinates of small order on Curve25519 and its twist; libsodium refuses the same.
const SMALL_ORDER_X25519: ReadonlySet<bigint> = new Set([
    0n,
    1n,
    325606250916557431795983626356110631294008115727848805560023387167927233504n,
    39382357235489614581723060781553021112529911719440698176882885853963445705823n,
    FIELD_PRIME - 1n,
    FIELD_PRIME,
    FIELD_PRIME + 1n,
])

// The y-coordinates of small order on edwards25519: 0, 1, -1, and two of order eight. RFC 7748, 4.1.
const Y_OF_ORDER_EIGHT = 2707385501144840649318225287225658788936804267575313519463743609750303402022n
const SMALL_ORDER_ED25519: ReadonlySet<bigint> = new Set([
    0n,
    1n,
    FIELD_PRIME - 1n,
    Y_OF_ORDER_EIGHT,
    FIELD_PRIME - Y_OF_ORDER_EIGHT,
])

/** A little-endian number. */
export function littleEndianNumber(raw: Uint8Array): bigint {
    let value = 0n
    for (let i = raw.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(raw[i] ?? 0)
    return value
}

/** Whether 32 bytes spell, canonically or not, an Ed25519 point of small order. */
export function isSmallOrderSpelling(raw: Uint8Array): boolean {
    return SMALL_ORDER_ED25519.has((littleEndianNumber(raw) & SIGN_BIT_MASK) % FIELD_PRIME)
}

/** Whether 32 bytes spell an Ed25519 point canonically (y < p) and not one of small order. */
export function isSoundPointSpelling(raw: Uint8Array): boolean {
    return (littleEndianNumber(raw) & SIGN_BIT_MASK) < FIELD_PRIME && !isSmallOrderSpelling(raw)
}

/** The modulus check of FIPS 203, section 7.2: two 12-bit coefficients lie in three bytes. */
function refuseBadKemKey(raw: Uint8Array): void {
    for (let i = 0; i < raw.length - KEM_SEED_BYTES; i += 3) {
        const [low = 0, middle = 0, high = 0] = raw.subarray(i, i + 3)
        const first = low | ((middle & 0x0f) << 8)
        const second = (middle >> 4) | (high << 4)
        if (first >= KEM_MODULUS || second >= KEM_MODULUS) {
            throw new MalformedKeyError("SPEC 4.3: ML-KEM coefficient too large")
        }
    }
}

/**
 * Check a recipient key of 1216 bytes and hand it back.
 *
 * @throws {MalformedKeyError} wrong length, small order, or a coefficient of 3329 or more.
 */
export function parseRecipientKey(raw: Bytes): Bytes {
    if (raw.length !== RECIPIENT_KEY_BYTES) {
        throw new MalformedKeyError(`SPEC 4.3: want ${RECIPIENT_KEY_BYTES} bytes, got ${raw.length}`)
    }
    const u = littleEndianNumber(raw.subarray(0, X25519_KEY_BYTES)) & SIGN_BIT_MASK
    if (SMALL_ORDER_X25519.has(u)) throw new MalformedKeyError("SPEC 4.3: X25519 key of small order")
    refuseBadKemKey(raw.subarray(X25519_KEY_BYTES))
    return raw
}

/**
 * Check a verification key of 32 bytes and hand it back.
 *
 * @throws {MalformedKeyError} wrong length, not canonical, or of small order.
 */
export function parseVerificationKey(raw: Bytes): Bytes {
    if (raw.length !== VERIFICATION_KEY_BYTES) {
        throw new MalformedKeyError(`SPEC 4.3: want ${VERIFICATION_KEY_BYTES} bytes, got ${raw.length}`)
    }
    if (!isSoundPointSpelling(raw)) {
        throw new MalformedKeyError("SPEC 4.3: Ed25519 key not canonical or of small order")
    }
    return raw
}

/** The 32-byte name of an officer. Source: SPEC 4.4. */
export function officerId(verificationKey: Uint8Array, recipientKey: Uint8Array): Bytes {
    return labelledHash("officer", verificationKey, recipientKey)
}

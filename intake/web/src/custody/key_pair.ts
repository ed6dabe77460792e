/** Key pairs from one seed: opening and signing halves. Source: SPEC 4. */

import { x25519 } from "@noble/curves/ed25519.js"
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js"

import { derive, NO_SALT } from "../sealing/derivation.ts"
import { SigningKey } from "../signing/sign.ts"
import { concatBytes, randomBytes, type Bytes } from "../wire/codec.ts"

export const SEED_BYTES = 32
const KEM_SEED_BYTES = 64
const NO_CONTEXT: Bytes = new Uint8Array(0)

/** The private half of a recipient key. */
export interface OpeningKey {
    readonly x25519: Bytes
    readonly kem: Bytes
    readonly recipientKey: Bytes
}

/** The opening half that derives from a 32-byte seed. Source: SPEC 4.1. */
export function deriveOpeningKey(seed: Uint8Array): OpeningKey {
    const secret = derive(seed, NO_SALT, "key/x25519", NO_CONTEXT, 32)
    const kem = ml_kem768.keygen(derive(seed, NO_SALT, "key/mlkem768", NO_CONTEXT, KEM_SEED_BYTES))
    const recipientKey = concatBytes(x25519.getPublicKey(secret), kem.publicKey)
    return { x25519: secret, kem: kem.secretKey, recipientKey }
}

/** The signing half that derives from a 32-byte seed. Source: SPEC 4.1. */
export function deriveSigningKey(seed: Uint8Array): SigningKey {
    return new SigningKey(derive(seed, NO_SALT, "key/ed25519", NO_CONTEXT, 32))
}

/** A recipient key for which nobody has the opening key. Source: SPEC 6.5. */
export function throwAwayRecipientKey(): Bytes {
    return deriveOpeningKey(randomBytes(SEED_BYTES)).recipientKey
}

/**
 * One Ed25519 verdict, libsodium's, written on noble's points. Source: SPEC 19.1.
 *
 * Noble's own `verify` accepts signatures that libsodium refuses, its strict mode included, so it
 * is not used: two readers of one signature must not differ.
 */

import { ed25519 } from "@noble/curves/ed25519.js"
import { sha512 } from "@noble/hashes/sha2.js"

import { SignatureError } from "../errors.ts"
import { concatBytes, equalBytes, label } from "../wire/codec.ts"
import { isSmallOrderSpelling, isSoundPointSpelling, littleEndianNumber, VERIFICATION_KEY_BYTES } from "../wire/keys.ts"

const SIGNATURE_BYTES = 64
const POINT_BYTES = 32
const { Point } = ed25519
type EdwardsPoint = InstanceType<typeof Point>
const GROUP_ORDER = Point.Fn.ORDER

function decodePoint(raw: Uint8Array): EdwardsPoint {
    try {
        return Point.fromBytes(raw)
    } catch {
        throw new SignatureError("SPEC 19.1: key is not on the curve")
    }
}

/** encode(S·B − k·A): what R must be. */
function expectedPoint(key: EdwardsPoint, scalar: bigint, challenge: bigint): Uint8Array {
    return Point.BASE.multiplyUnsafe(scalar).subtract(key.multiplyUnsafe(challenge)).toBytes()
}

/**
 * Verify a signature by libsodium's rule: S < L; A canonical and not of small order; R not of
 * small order; encode(S·B − k·A) = R with k = SHA-512(R ‖ A ‖ M) mod L.
 *
 * @throws {SignatureError} anything else.
 */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): void {
    if (publicKey.length !== VERIFICATION_KEY_BYTES || signature.length !== SIGNATURE_BYTES) {
        throw new SignatureError("SPEC 19.1: wrong length")
    }
    const r = signature.subarray(0, POINT_BYTES)
    const scalar = littleEndianNumber(signature.subarray(POINT_BYTES))
    if (scalar >= GROUP_ORDER || isSmallOrderSpelling(r) || !isSoundPointSpelling(publicKey)) {
        throw new SignatureError("SPEC 19.1: spelling refused")
    }
    const key = decodePoint(publicKey)
    const challenge = littleEndianNumber(sha512(concatBytes(r, publicKey, message))) % GROUP_ORDER
    if (!equalBytes(expectedPoint(key, scalar, challenge), r)) {
        throw new SignatureError("SPEC 19.1: signature differs")
    }
}

/**
 * Verify a signature over LABEL(name) ‖ instance ‖ body.
 *
 * @param instance 32 bytes.
 * @throws {SignatureError} as `verifyEd25519`.
 */
export function verifyLabelled(
    publicKey: Uint8Array,
    name: string,
    instance: Uint8Array,
    body: Uint8Array,
    signature: Uint8Array,
): void {
    verifyEd25519(publicKey, concatBytes(label(name), instance, body), signature)
}

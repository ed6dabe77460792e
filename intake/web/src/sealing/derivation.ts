/** Keys from keys. Source: SPEC 1.4; RFC 5869. */

import { hkdf } from "@noble/hashes/hkdf.js"
import { sha256 } from "@noble/hashes/sha2.js"

import { concatBytes, label, plainHash, u32, u8, type Bytes } from "../wire/codec.ts"
import type { Purpose } from "../wire/envelope.ts"

export const NO_SALT: Bytes = new Uint8Array(0)

/** KDF of SPEC 1.4: HKDF-SHA256 with a label and context in its info. */
export function derive(
    keyMaterial: Uint8Array,
    salt: Uint8Array,
    name: string,
    extra: Uint8Array,
    sizeBytes: number,
): Bytes {
    return hkdf(sha256, keyMaterial, salt, concatBytes(label(name), extra), sizeBytes)
}

/** Whose hash is the vault row id of one envelope of one submission; 32 bytes. Source: SPEC 10.3. */
export function rowKey(caseReference: Uint8Array, purpose: Purpose, n: number): Bytes {
    return derive(caseReference, NO_SALT, "row", concatBytes(u8(purpose), u32(n)), 32)
}

/**
 * What allows submission `n`'s report to be destroyed, 32 bytes. Source: SPEC 12.5.
 *
 * @param slotKey of the desk that reads the report, as its document carries it.
 */
export function destructionKey(slotKey: Uint8Array, n: number): Bytes {
    return derive(slotKey, NO_SALT, "destruction", u32(n), 32)
}

/** Where an envelope lies in the vault, 32 bytes. Source: SPEC 10.3. */
export function rowId(caseReference: Uint8Array, purpose: Purpose, n: number): Bytes {
    return plainHash(rowKey(caseReference, purpose, n))
}

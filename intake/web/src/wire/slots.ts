/** Where a desk leaves its replies: unlinkable slots of one size. Source: SPEC 11.3, 11.4. */

import { MalformedEnvelopeError } from "../errors.ts"
import { concatBytes, labelledMac, plainHash, u32, u8, type Bytes } from "./codec.ts"
import type { Role } from "./roles.ts"

/** How many slots a reporter always asks for at once. */
export const SLOT_WINDOW = 8
export const SLOT_VALUE_BYTES = 5368

/** The 32 bytes that ask for slot `i` of a desk role. */
export function slotPreimage(slotKey: Uint8Array, role: Role, i: number): Bytes {
    return labelledMac(slotKey, "slot", concatBytes(u8(role), u32(i)))
}

/** The 32-byte name under which the slot's value lies. */
export function slotId(preimage: Uint8Array): Bytes {
    return plainHash(preimage)
}

function isZero(bytes: Uint8Array): boolean {
    return bytes.every((byte) => byte === 0)
}

function parseSlot(raw: Uint8Array): Bytes | null {
    const value = raw.slice(1)
    if (raw[0] === 1) return value
    if (raw[0] !== 0 || !isZero(value)) throw new MalformedEnvelopeError("SPEC 11.4: neither filled nor empty")
    return null
}

/**
 * What lies in a window of slots, in the order asked; null where nothing does.
 *
 * @returns eight values of 5368 bytes; what is shorter still has the zero bytes behind it.
 * @throws {MalformedEnvelopeError} another length, a flag that is neither 0 nor 1, or bytes in an
 *     empty slot.
 */
export function parseSlots(raw: Uint8Array): readonly (Bytes | null)[] {
    const size = 1 + SLOT_VALUE_BYTES
    if (raw.length !== SLOT_WINDOW * size) {
        throw new MalformedEnvelopeError(`SPEC 11.4: want ${SLOT_WINDOW * size} bytes, got ${raw.length}`)
    }
    return Array.from({ length: SLOT_WINDOW }, (_, place) => parseSlot(raw.subarray(place * size, (place + 1) * size)))
}

/**
 * A slot's value without the zero bytes behind it.
 *
 * @throws {MalformedEnvelopeError} other bytes stand there.
 */
export function trimValue(value: Bytes, sizeBytes: number): Bytes {
    if (!isZero(value.subarray(sizeBytes))) throw new MalformedEnvelopeError("SPEC 11.4: bytes behind a value")
    return value.slice(0, sizeBytes)
}

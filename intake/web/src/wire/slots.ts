/** Where a desk leaves its replies: unlinkable slots of one size. Source: SPEC 11.3, 11.4. */

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

/** The envelope: a header with wrapped keys and a sealed body. Source: SPEC 6. */

import { MalformedEnvelopeError } from "../errors.ts"
import { concatBytes, Reader, u16, u32, u8, type Bytes } from "./codec.ts"

export const SUITE = 1
export const WRAPPED_KEY_BYTES = 1184
export const PLACE_BYTES = 32
export const COMMITMENT_BYTES = 32
export const TAG_BYTES = 16
export const NO_PLACE: Bytes = new Uint8Array(PLACE_BYTES)
// A file's key lies in a report, so it names no key set.
export const FILE_KEY_SET_VERSION = 1
export const MAX_EVENT_READERS = 8

export const FIXED_HEADER_BYTES = 2 + 4 + 1 + 1 + PLACE_BYTES + COMMITMENT_BYTES

/** What an envelope is for; the number enters header and wrapped keys. */
export const Purpose = {
    report: 1,
    identityLock: 2,
    identity: 3,
    protection: 4,
    reward: 5,
    reply: 6,
    acknowledgement: 7,
    grant: 8,
    release: 9,
    event: 10,
    audit: 11,
    file: 12,
} as const

export type Purpose = (typeof Purpose)[keyof typeof Purpose]
/** Every purpose whose plaintext has one size. */
export type FixedPurpose = Exclude<Purpose, 12>
/** The purposes that hold a document of SPEC 8. */
export type DocumentPurpose = 1 | 2 | 3 | 4 | 5

export const PLAINTEXT_BYTES: Readonly<Record<FixedPurpose, number>> = {
    [Purpose.report]: 16384,
    [Purpose.identityLock]: 3072,
    [Purpose.identity]: 4096,
    [Purpose.protection]: 8192,
    [Purpose.reward]: 4096,
    [Purpose.reply]: 4096,
    [Purpose.acknowledgement]: 207,
    [Purpose.grant]: 64,
    [Purpose.release]: 2048,
    [Purpose.event]: 8192,
    [Purpose.audit]: 512,
}

const SLOTS: Readonly<Record<Exclude<Purpose, 10>, number>> = {
    [Purpose.report]: 2,
    [Purpose.identityLock]: 1,
    [Purpose.identity]: 0,
    [Purpose.protection]: 1,
    [Purpose.reward]: 1,
    [Purpose.reply]: 1,
    [Purpose.acknowledgement]: 1,
    [Purpose.grant]: 1,
    [Purpose.release]: 1,
    [Purpose.audit]: 1,
    [Purpose.file]: 0,
}

/** A parsed envelope; nothing in it is trusted yet. */
export interface Envelope {
    readonly keySetVersion: number
    readonly purpose: Purpose
    /** 32 bytes saying where it lies (SPEC 6.1). */
    readonly place: Bytes
    readonly wrappedKeys: readonly Bytes[]
    readonly commitment: Bytes
    /** The bytes before the body, which salt the payload key. */
    readonly header: Bytes
    /** STREAM ciphertext with tags. */
    readonly body: Bytes
}

/** What `encodeHeader` spells. */
export interface HeaderFields {
    readonly purpose: Purpose
    readonly keySetVersion: number
    readonly place: Uint8Array
    readonly wrappedKeys: readonly Uint8Array[]
    readonly commitment: Uint8Array
}

function refuseSlotCount(purpose: Purpose, slots: number): void {
    const sound = purpose === Purpose.event ? slots >= 1 && slots <= MAX_EVENT_READERS : slots === SLOTS[purpose]
    if (!sound) throw new MalformedEnvelopeError("SPEC 6.3: wrong slot count")
}

/**
 * Length of a whole envelope, in bytes; `readers` counts for case events only.
 *
 * @throws {MalformedEnvelopeError} a case event for none or more than eight.
 */
export function envelopeBytes(purpose: FixedPurpose, readers = 1): number {
    const slots = purpose === Purpose.event ? readers : SLOTS[purpose]
    refuseSlotCount(purpose, slots)
    return FIXED_HEADER_BYTES + WRAPPED_KEY_BYTES * slots + PLAINTEXT_BYTES[purpose] + TAG_BYTES
}

/**
 * Spell a header. Source: SPEC 6.1.
 *
 * @throws {MalformedEnvelopeError} a slot count that the purpose doesn't have, or version 0.
 */
export function encodeHeader(fields: HeaderFields): Bytes {
    refuseSlotCount(fields.purpose, fields.wrappedKeys.length)
    if (fields.keySetVersion < 1) throw new MalformedEnvelopeError("SPEC 6.1: version 0")
    return concatBytes(
        u16(SUITE),
        u32(fields.keySetVersion),
        u8(fields.purpose),
        u8(fields.wrappedKeys.length),
        fields.place,
        ...fields.wrappedKeys,
        fields.commitment,
    )
}

/**
 * Parse the header at the start of `raw`; the body is whatever follows it.
 *
 * @throws {MalformedEnvelopeError} anything but a header of this purpose.
 */
export function parseHeader(raw: Uint8Array, purpose: Purpose): Envelope {
    const reader = new Reader(raw, MalformedEnvelopeError, "6.1")
    reader.expect(2, SUITE, "suite")
    const keySetVersion = reader.number(4)
    reader.expect(1, purpose, "purpose")
    const slots = reader.number(1)
    if (keySetVersion < 1) throw new MalformedEnvelopeError("SPEC 6.1: version 0")
    refuseSlotCount(purpose, slots)
    const place = reader.take(PLACE_BYTES)
    const wrappedKeys = Array.from({ length: slots }, () => reader.take(WRAPPED_KEY_BYTES))
    const commitment = reader.take(COMMITMENT_BYTES)
    const header = concatBytes(raw.subarray(0, reader.offset))
    const body = concatBytes(raw.subarray(reader.offset))
    return { keySetVersion, purpose, place, wrappedKeys, commitment, header, body }
}

/**
 * Parse an envelope of fixed size (every purpose but files). Source: SPEC 6.3.
 *
 * @throws {MalformedEnvelopeError} anything but an envelope of this purpose.
 */
export function parseEnvelope(raw: Uint8Array, purpose: FixedPurpose): Envelope {
    const envelope = parseHeader(raw, purpose)
    const want = PLAINTEXT_BYTES[purpose] + TAG_BYTES
    if (envelope.body.length !== want) {
        throw new MalformedEnvelopeError(`SPEC 6.3: want ${want} bytes, got ${envelope.body.length}`)
    }
    return envelope
}

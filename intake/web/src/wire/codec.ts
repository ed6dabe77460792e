/** Bytes to text and back, labels, and a cursor over bytes. Source: SPEC 1, 2.1, 2.2. */

import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"

import { MalformedTextError, type MalformedErrorClass } from "../errors.ts"

/** Bytes over memory of their own, which WebCrypto and `postMessage` take. */
export type Bytes = Uint8Array<ArrayBuffer>

export const CROCKFORD_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const BASE64URL_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
const LABEL_PREFIX = "sealed-intake/1 "
const U16_LIMIT = 0x10000
const U32_SIZE = 0x100000000

/** Join parts; the result shares no memory with them. */
export function concatBytes(...parts: readonly Uint8Array[]): Bytes {
    const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
    let offset = 0
    for (const part of parts) {
        joined.set(part, offset)
        offset += part.length
    }
    return joined
}

/** A big-endian unsigned number of `sizeBytes` bytes; `value` is a safe integer. */
export function encodeNumber(value: number, sizeBytes: number): Bytes {
    const raw = new Uint8Array(sizeBytes)
    let rest = value
    for (let i = sizeBytes - 1; i >= 0; i--) {
        raw[i] = rest % 256
        rest = Math.floor(rest / 256)
    }
    return raw
}

/** One byte. */
export const u8 = (value: number): Bytes => encodeNumber(value, 1)
/** Two bytes, big-endian. */
export const u16 = (value: number): Bytes => encodeNumber(value, 2)
/** Four bytes, big-endian. */
export const u32 = (value: number): Bytes => encodeNumber(value, 4)
/** Eight bytes, big-endian; safe integers only. */
export const u64 = (value: number): Bytes => encodeNumber(value, 8)

/** UTF-8 of a text that has no lone surrogates. */
export function encodeUtf8(text: string): Bytes {
    return concatBytes(new TextEncoder().encode(text))
}

/** Encode bytes of any length with 6 or 5 bits a symbol, zero bits at the end. */
function encodeSymbols(raw: Uint8Array, alphabet: string, bitsPerSymbol: number): string {
    let text = ""
    let held = 0
    let heldBits = 0
    for (const byte of raw) {
        held = (held << 8) | byte
        heldBits += 8
        while (heldBits >= bitsPerSymbol) {
            heldBits -= bitsPerSymbol
            text += alphabet.charAt(held >> heldBits)
            held &= (1 << heldBits) - 1
        }
    }
    if (heldBits > 0) text += alphabet.charAt(held << (bitsPerSymbol - heldBits))
    return text
}

/** Encode bytes as unpadded base64url. Source: RFC 4648, section 5; SPEC 2.1. */
export function encodeBase64url(raw: Uint8Array): string {
    return encodeSymbols(raw, BASE64URL_ALPHABET, 6)
}

/**
 * Decode unpadded base64url; any length, including zero.
 *
 * @throws {MalformedTextError} `text` is not the single canonical spelling.
 */
export function decodeBase64url(text: string): Bytes {
    const raw = new Uint8Array(Math.floor((text.length * 6) / 8))
    let held = 0
    let heldBits = 0
    let offset = 0
    for (const symbol of text) {
        const value = BASE64URL_ALPHABET.indexOf(symbol)
        if (value < 0) throw new MalformedTextError("SPEC 2.1: not base64url")
        held = ((held << 6) | value) & 0xffff
        heldBits += 6
        if (heldBits >= 8) {
            heldBits -= 8
            raw[offset++] = (held >> heldBits) & 0xff
        }
    }
    if (encodeBase64url(raw) !== text) throw new MalformedTextError("SPEC 2.1: not canonical")
    return raw
}

/** Spell bytes in Crockford Base32, the last symbol filled with zero bits. Source: SPEC 2.2. */
export function encodeCrockford(raw: Uint8Array): string {
    return encodeSymbols(raw, CROCKFORD_ALPHABET, 5)
}

/** The prefix that keeps one use of a hash or key from another. Source: SPEC 1.2. */
export function label(name: string): Bytes {
    return encodeUtf8(`${LABEL_PREFIX}${name}\0`)
}

/** SHA-256, 32 bytes. Source: SPEC 1.3. */
export function plainHash(data: Uint8Array): Bytes {
    return sha256(data)
}

/** SHA-256 of a label and data, 32 bytes. Source: SPEC 1.3 (H). */
export function labelledHash(name: string, ...data: readonly Uint8Array[]): Bytes {
    return sha256(concatBytes(label(name), ...data))
}

/** HMAC-SHA256 of a label and data, 32 bytes. Source: SPEC 11.3. */
export function labelledMac(key: Uint8Array, name: string, data: Uint8Array): Bytes {
    return hmac(sha256, key, concatBytes(label(name), data))
}

/**
 * A u16 length and the data. Source: SPEC 1.1 (lp).
 *
 * @throws {MalformedTextError} 65,536 bytes or more.
 */
export function lengthPrefixed(data: Uint8Array): Bytes {
    if (data.length >= U16_LIMIT) {
        throw new MalformedTextError(`SPEC 1.1: want under 65536 bytes, got ${data.length}`)
    }
    return concatBytes(u16(data.length), data)
}

/** Whether two byte strings are equal, in a time that depends on their lengths alone. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
    if (left.length !== right.length) return false
    let difference = 0
    for (let i = 0; i < left.length; i++) difference |= (left[i] ?? 0) ^ (right[i] ?? 0)
    return difference === 0
}

/** Fresh random bytes from the platform, at most 65,536 of them. */
export function randomBytes(sizeBytes: number): Bytes {
    return crypto.getRandomValues(new Uint8Array(sizeBytes))
}

/** A cursor that hands out fields in order and throws the caller's error where they run out. */
export class Reader {
    private readonly raw: Uint8Array
    private readonly error: MalformedErrorClass
    private readonly rule: string
    private position = 0

    constructor(raw: Uint8Array, error: MalformedErrorClass, rule: string) {
        this.raw = raw
        this.error = error
        this.rule = rule
    }

    /** How many bytes were read. */
    get offset(): number {
        return this.position
    }

    /** The next `sizeBytes` bytes, copied. */
    take(sizeBytes: number): Bytes {
        const end = this.position + sizeBytes
        if (end > this.raw.length) this.refuse(`want ${end} bytes, got ${this.raw.length}`)
        const field = concatBytes(this.raw.subarray(this.position, end))
        this.position = end
        return field
    }

    /** The next unsigned big-endian number of `sizeBytes` bytes, which must be a safe integer. */
    number(sizeBytes: number): number {
        const value = this.take(sizeBytes).reduce((sum, byte) => sum * 256 + byte, 0)
        if (!Number.isSafeInteger(value)) this.refuse("number over 2^53 - 1")
        return value
    }

    /** The next field with its u16 length before it. */
    prefixed(): Bytes {
        return this.take(this.number(2))
    }

    /** A number that can only be `value`. */
    expect(sizeBytes: number, value: number, what: string): void {
        if (this.number(sizeBytes) !== value) this.refuse(`wrong ${what}`)
    }

    /** Padding: nothing but zero bytes may be left. */
    zerosToEnd(): void {
        if (this.raw.subarray(this.position).some((byte) => byte !== 0)) this.refuse("padding is not zero")
        this.position = this.raw.length
    }

    /** Nothing may be left. */
    end(): void {
        if (this.position !== this.raw.length) this.refuse(`want ${this.position} bytes, got ${this.raw.length}`)
    }

    private refuse(what: string): never {
        throw new this.error(`SPEC ${this.rule}: ${what}`)
    }
}

/** Whether a number fits into a u32. */
export function isU32(value: number): boolean {
    return Number.isInteger(value) && value >= 0 && value < U32_SIZE
}

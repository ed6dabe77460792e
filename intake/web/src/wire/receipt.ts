/** The receipt code, in symbols and in digits. Source: SPEC 11.1. */

import { MalformedReceiptError } from "../errors.ts"
import { CROCKFORD_ALPHABET, encodeNumber, randomBytes, type Bytes } from "./codec.ts"
import { littleEndianNumber } from "./keys.ts"

export const RECEIPT_BYTES = 17

const RECEIPT_BITS = 130n
const LIMIT = 1n << RECEIPT_BITS
const SYMBOLS = 26
const SYMBOL_CHECK = 2
const SYMBOL_MODULUS = 1021n
const DIGITS = 40
const DIGIT_CHECK = 4
const DIGIT_MODULUS = 9973n
const GROUPS_OF_FOUR = /.{4}(?=.)/gu

// White space as Python counts it too, so that both read alike what people paste.
// eslint-disable-next-line no-control-regex -- As the line above says.
const DROPPED = /[\p{White_Space}\u001c-\u001f\p{Pd}\p{Pc}\u200b-\u200d\ufeff\u2212.,;:\u00b7\u3001\u3002]/gu
const ALL_DIGITS = /^[0-9]{44}$/u

/** 130 random bits that only the reporter has. */
export class ReceiptCode {
    readonly value: bigint

    /** @throws {MalformedReceiptError} out of range. */
    constructor(value: bigint) {
        if (value < 0n || value >= LIMIT) throw new MalformedReceiptError("SPEC 11.1: out of range")
        this.value = value
    }

    /** A fresh code from the platform's random bytes. */
    static random(): ReceiptCode {
        return new ReceiptCode(littleEndianNumber(randomBytes(RECEIPT_BYTES)) & (LIMIT - 1n))
    }

    /** The value in 17 bytes, from which every key of the reporter derives. */
    get secret(): Bytes {
        const raw = new Uint8Array(RECEIPT_BYTES)
        for (let i = 0; i < RECEIPT_BYTES; i++) {
            raw.set(encodeNumber(Number((this.value >> BigInt(8 * (RECEIPT_BYTES - 1 - i))) & 255n), 1), i)
        }
        return raw
    }

    /** Seven groups of four Crockford symbols, the last two of them a check. */
    get symbols(): string {
        const check = spellSymbols(this.value % SYMBOL_MODULUS, SYMBOL_CHECK)
        return grouped(spellSymbols(this.value, SYMBOLS) + check)
    }

    /** Eleven groups of four digits, the last group a check. */
    get digits(): string {
        const check = (this.value % DIGIT_MODULUS).toString().padStart(DIGIT_CHECK, "0")
        return grouped(this.value.toString().padStart(DIGITS, "0") + check)
    }
}

function grouped(text: string): string {
    return text.replaceAll(GROUPS_OF_FOUR, "$&-")
}

function spellSymbols(value: bigint, length: number): string {
    let text = ""
    for (let place = length - 1; place >= 0; place--) {
        text += CROCKFORD_ALPHABET.charAt(Number((value >> BigInt(5 * place)) & 31n))
    }
    return text
}

function normalised(typed: string): string {
    const kept = typed.normalize("NFKC").replaceAll(DROPPED, "").toUpperCase()
    return kept.replaceAll("O", "0").replaceAll(/[IL]/gu, "1")
}

function valueOfSymbols(symbols: string): bigint {
    let value = 0n
    for (const symbol of symbols) {
        const place = CROCKFORD_ALPHABET.indexOf(symbol)
        if (place < 0) throw new MalformedReceiptError("SPEC 11.1: no such symbol")
        value = (value << 5n) | BigInt(place)
    }
    return value
}

function receiptOfChecked(value: bigint, check: bigint, modulus: bigint): ReceiptCode {
    if (value >= LIMIT || value % modulus !== check) throw new MalformedReceiptError("SPEC 11.1: check differs")
    return new ReceiptCode(value)
}

/**
 * Read a code as people type it, in either spelling.
 *
 * @throws {MalformedReceiptError} wrong length, symbol or check.
 */
export function parseReceiptCode(typed: string): ReceiptCode {
    const text = normalised(typed)
    if (ALL_DIGITS.test(text)) {
        return receiptOfChecked(BigInt(text.slice(0, DIGITS)), BigInt(text.slice(DIGITS)), DIGIT_MODULUS)
    }
    if (text.length !== SYMBOLS + SYMBOL_CHECK) {
        throw new MalformedReceiptError(`SPEC 11.1: want 28 symbols or 44 digits, got ${text.length}`)
    }
    const check = valueOfSymbols(text.slice(SYMBOLS))
    return receiptOfChecked(valueOfSymbols(text.slice(0, SYMBOLS)), check, SYMBOL_MODULUS)
}

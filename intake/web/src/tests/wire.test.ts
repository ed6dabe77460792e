import { describe, expect, test } from "vitest"

import { KeySetRollbackError, MalformedError, MalformedJsonError, MalformedReceiptError, SealedIntakeError } from "../errors.ts"
import * as errors from "../errors.ts"
import { decodeBase64url, encodeBase64url, encodeNumber, encodeUtf8, randomBytes, Reader } from "../wire/codec.ts"
import { bucketBytes } from "../wire/files.ts"
import { parseReceiptCode, ReceiptCode } from "../wire/receipt.ts"
import { encodeJson, parseJsonObject } from "../wire/strict_json.ts"

describe("errors", () => {
    test("are named like their classes, below one root", () => {
        const messageless = Object.entries(errors).filter(([, kind]) => kind.length < 2)
        const made = messageless.map(([name, kind]) => [name, new (kind as new (text: string) => Error)("SPEC 1")] as const)

        expect(made.map(([name, error]) => [name, error.name])).toEqual(made.map(([name]) => [name, name]))
        expect(made.every(([, error]) => error instanceof SealedIntakeError)).toBe(true)
        expect(new errors.MalformedTextError("")).toBeInstanceOf(MalformedError)
        expect(new KeySetRollbackError("")).not.toBeInstanceOf(MalformedError)
    })
})

describe("base64url", () => {
    test.each(Array.from({ length: 70 }, (_, size) => size))("gives back %i bytes", (size) => {
        const raw = randomBytes(size)

        expect(decodeBase64url(encodeBase64url(raw))).toEqual(raw)
    })
})

describe("the cursor", () => {
    test("reads eight-byte numbers up to 2^53 - 1 and refuses more", () => {
        const most = new Reader(encodeNumber(Number.MAX_SAFE_INTEGER, 8), MalformedJsonError, "1.1")
        const more = new Reader(Uint8Array.of(0, 32, 0, 0, 0, 0, 0, 0), MalformedJsonError, "1.1")

        expect(most.number(8)).toBe(Number.MAX_SAFE_INTEGER)
        expect(() => more.number(8)).toThrow(MalformedJsonError)
    })
})

describe("strict JSON", () => {
    test("keeps a member called __proto__ as a member like any other", () => {
        const parsed = parseJsonObject(encodeUtf8('{"__proto__":{"a":1}}'), 100)

        expect(Object.keys(parsed)).toEqual(["__proto__"])
        expect(parsed["a"]).toBeUndefined()
    })

    test("takes time in proportion to what it reads", () => {
        const deep = encodeUtf8(`{"a":${"[".repeat(200_000)}`)
        const long = encodeUtf8(`{"a":"${"x".repeat(200_000)}"}`)

        expect(() => parseJsonObject(deep, deep.length)).toThrow(MalformedJsonError)
        expect(parseJsonObject(long, long.length)["a"]).toHaveLength(200_000)
    })

    test("gives a value or its own error for any bytes", () => {
        const alphabet = '{}[]",:\\u0d8e1-. \n\u0000tfn'
        for (let round = 0; round < 2000; round++) {
            const picks = Array.from(randomBytes(12), (byte) => alphabet.charAt(byte % alphabet.length))
            const raw = round % 2 === 0 ? encodeUtf8(`{"${picks.join("")}`) : randomBytes(12)

            expect(() => {
                try {
                    encodeJson(parseJsonObject(raw, 100))
                } catch (error) {
                    if (!(error instanceof MalformedJsonError)) throw error
                }
            }).not.toThrow()
        }
    })

    test("does not spell what it would not read", () => {
        expect(() => encodeJson({ a: 0.5 })).toThrow(MalformedJsonError)
        expect(() => encodeJson({ a: "\ud800" })).toThrow(MalformedJsonError)
        expect(() => encodeJson({ a: "\0" })).toThrow(MalformedJsonError)
    })
})

describe("a receipt code", () => {
    const code = ReceiptCode.random()

    test("is read back from both spellings", () => {
        expect(parseReceiptCode(code.symbols).value).toBe(code.value)
        expect(parseReceiptCode(code.digits).value).toBe(code.value)
        expect(code.secret).toHaveLength(17)
    })

    test("never takes one wrong symbol or digit", () => {
        for (const [spelling, alphabet] of [
            [code.symbols, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"],
            [code.digits, "0123456789"],
        ] as const) {
            for (let at = 0; at < spelling.length; at++) {
                for (const symbol of spelling.charAt(at) === "-" ? "" : alphabet) {
                    const slip = spelling.slice(0, at) + symbol + spelling.slice(at + 1)
                    if (slip !== spelling) expect(() => parseReceiptCode(slip)).toThrow(MalformedReceiptError)
                }
            }
        }
    })
})

describe("file buckets", () => {
    test("add at most a quarter, and are their own bucket", () => {
        for (let size = 65536; size < 40_000_000; size = Math.ceil(size * 1.0137)) {
            const bucket = bucketBytes(size)

            expect(bucket).toBeGreaterThanOrEqual(size)
            expect(bucket).toBeLessThanOrEqual(size * 1.25)
            expect(bucketBytes(bucket)).toBe(bucket)
        }
    })
})

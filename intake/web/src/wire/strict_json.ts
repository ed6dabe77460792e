/**
 * JSON that every reader reads alike. Source: RFC 8259; SPEC 2.3.
 *
 * `JSON.parse` takes duplicate names, fractions and lone surrogates, so this is a small parser of
 * its own. Objects have no prototype: a member called `__proto__` is a member like any other.
 */

import { MalformedJsonError } from "../errors.ts"
import { concatBytes, type Bytes } from "./codec.ts"

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject
export interface JsonObject {
    readonly [name: string]: JsonValue
}

export const MAX_DEPTH = 16

const INTEGER = /-?[0-9]+/uy
const INTEGER_SPELLING = /^(0|-?[1-9][0-9]{0,15})$/u
const WHITE_SPACE = /[ \t\n\r]*/uy
// eslint-disable-next-line no-control-regex -- RFC 8259 keeps control characters out of strings.
const PLAIN_CHARACTERS = /[^"\\\u0000-\u001f]*/uy
const FOUR_HEX_DIGITS = /[0-9a-fA-F]{4}/uy
const LONE_SURROGATE = /\p{Surrogate}/u
const ESCAPES: ReadonlyMap<string, string> = new Map([
    ['"', '"'],
    ["\\", "\\"],
    ["/", "/"],
    ["b", "\b"],
    ["f", "\f"],
    ["n", "\n"],
    ["r", "\r"],
    ["t", "\t"],
])
const WORDS: readonly (readonly [string, JsonValue])[] = [
    ["true", true],
    ["false", false],
    ["null", null],
]

function refuse(what: string): never {
    throw new MalformedJsonError(`SPEC 2.3: ${what}`)
}

/** Whether a value is an object and no list. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
    return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** Whether a text could stand in strict JSON. */
export function isSoundText(text: string): boolean {
    return !LONE_SURROGATE.test(text) && !text.includes("\0")
}

class JsonReader {
    private readonly text: string
    private position = 0

    constructor(text: string) {
        this.text = text
    }

    document(): JsonObject {
        this.skipWhiteSpace()
        const value = this.value(1)
        this.skipWhiteSpace()
        if (this.position !== this.text.length) refuse("more than one value")
        return isJsonObject(value) ? value : refuse("not an object")
    }

    private value(depth: number): JsonValue {
        const first = this.text.charAt(this.position)
        if (first === "{" || first === "[") {
            if (depth > MAX_DEPTH) refuse("too deep")
            return first === "{" ? this.object(depth) : this.list(depth)
        }
        if (first === '"') return this.string()
        for (const [word, value] of WORDS) if (this.skip(word)) return value
        return this.integer()
    }

    private object(depth: number): JsonObject {
        this.want("{")
        const members = Object.create(null) as Record<string, JsonValue>
        this.skipWhiteSpace()
        if (this.skip("}")) return members
        for (;;) {
            this.skipWhiteSpace()
            const name = this.string()
            if (Object.hasOwn(members, name)) refuse("a name stands twice")
            this.skipWhiteSpace()
            this.want(":")
            this.skipWhiteSpace()
            members[name] = this.value(depth + 1)
            this.skipWhiteSpace()
            if (this.skip("}")) return members
            this.want(",")
        }
    }

    private list(depth: number): readonly JsonValue[] {
        this.want("[")
        const items: JsonValue[] = []
        this.skipWhiteSpace()
        if (this.skip("]")) return items
        for (;;) {
            this.skipWhiteSpace()
            items.push(this.value(depth + 1))
            this.skipWhiteSpace()
            if (this.skip("]")) return items
            this.want(",")
        }
    }

    private string(): string {
        this.want('"')
        let text = ""
        for (;;) {
            text += this.match(PLAIN_CHARACTERS)
            if (this.skip('"')) break
            this.want("\\")
            text += this.escape()
        }
        return isSoundText(text) ? text : refuse("lone surrogate or U+0000")
    }

    private escape(): string {
        if (this.skip("u")) {
            const digits = this.match(FOUR_HEX_DIGITS)
            return digits === "" ? refuse("not JSON") : String.fromCharCode(parseInt(digits, 16))
        }
        const escaped = ESCAPES.get(this.text.charAt(this.position)) ?? refuse("not JSON")
        this.position += 1
        return escaped
    }

    private integer(): number {
        const digits = this.match(INTEGER)
        const value = Number(digits)
        if (!INTEGER_SPELLING.test(digits) || !Number.isSafeInteger(value)) refuse("not an integer in range")
        return value
    }

    private match(pattern: RegExp): string {
        pattern.lastIndex = this.position
        const found = pattern.exec(this.text)?.[0] ?? ""
        this.position += found.length
        return found
    }

    private skipWhiteSpace(): void {
        this.match(WHITE_SPACE)
    }

    private skip(expected: string): boolean {
        if (!this.text.startsWith(expected, this.position)) return false
        this.position += expected.length
        return true
    }

    private want(expected: string): void {
        if (!this.skip(expected)) refuse("not JSON")
    }
}

/**
 * Parse strict JSON whose value is an object.
 *
 * @param raw UTF-8 without byte order mark.
 * @param maxBytes more than this is refused unread.
 * @throws {MalformedJsonError} anything else.
 */
export function parseJsonObject(raw: Uint8Array, maxBytes: number): JsonObject {
    if (raw.length > maxBytes) refuse(`want at most ${maxBytes} bytes, got ${raw.length}`)
    let text: string
    try {
        text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw)
    } catch {
        refuse("not UTF-8")
    }
    return new JsonReader(text).document()
}

/**
 * Spell an object without white space, in UTF-8, members in their given order.
 *
 * @throws {MalformedJsonError} a value that strict JSON can't hold.
 */
export function encodeJson(value: JsonObject): Bytes {
    const raw = concatBytes(new TextEncoder().encode(JSON.stringify(value)))
    parseJsonObject(raw, raw.length)
    return raw
}

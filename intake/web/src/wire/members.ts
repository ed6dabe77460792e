/** Typed members out of a JSON object whose names are exactly known. Source: SPEC 2.3. */

import type { MalformedErrorClass } from "../errors.ts"
import { decodeBase64url, isU32, type Bytes } from "./codec.ts"
import { isJsonObject, type JsonObject, type JsonValue } from "./strict_json.ts"

/** Takes members one by one and throws the caller's error where one is of another type. */
export class Members {
    private readonly members: JsonObject
    private readonly error: MalformedErrorClass
    private readonly rule: string

    constructor(value: JsonValue | undefined, error: MalformedErrorClass, rule: string) {
        this.error = error
        this.rule = rule
        this.members = isJsonObject(value) ? value : this.refuse("want an object")
    }

    /** All of these members and no others. */
    exactly(...names: readonly string[]): void {
        if (!names.every((name) => this.has(name))) this.refuse("members missing")
        this.only(...names)
    }

    /** Any of these members and no others. */
    only(...names: readonly string[]): void {
        if (!Object.keys(this.members).every((name) => names.includes(name))) this.refuse("unknown member")
    }

    has(name: string): boolean {
        return Object.hasOwn(this.members, name)
    }

    value(name: string): JsonValue | undefined {
        return this.has(name) ? this.members[name] : undefined
    }

    text(name: string): string {
        const value = this.value(name)
        return typeof value === "string" ? value : this.refuse("want a text")
    }

    filledText(name: string): string {
        const value = this.value(name)
        return typeof value === "string" && value !== "" ? value : this.refuse("want a text that is not empty")
    }

    /** A u32, from 1. */
    number(name: string): number {
        const value = this.value(name)
        return typeof value === "number" && value >= 1 && isU32(value) ? value : this.refuse("want a number from 1")
    }

    flag(name: string): boolean {
        const value = this.value(name)
        return typeof value === "boolean" ? value : this.refuse("want true or false")
    }

    items(name: string): readonly JsonValue[] {
        const value = this.value(name)
        return isList(value) ? value : this.refuse("want a list")
    }

    /** A list of texts without repeats. */
    texts(name: string): readonly string[] {
        const items = this.items(name)
        const texts = items.filter((item) => typeof item === "string")
        return new Set(texts).size === items.length ? texts : this.refuse("want a list of different texts")
    }

    /** Base64url of a known number of bytes. */
    bytes(name: string, sizeBytes: number): Bytes {
        const raw = decodeBase64url(this.text(name))
        return raw.length === sizeBytes ? raw : this.refuse(`want ${sizeBytes} bytes, got ${raw.length}`)
    }

    refuse(what: string): never {
        throw new this.error(`SPEC ${this.rule}: ${what}`)
    }
}

/** Whether a value is a list; `Array.isArray` alone loses the type of read-only lists. */
export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
    return Array.isArray(value)
}

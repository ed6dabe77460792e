/** How vectors write bytes down; the same as `tests/vectors/notation.py`, which describes it. */

import { readFileSync } from "node:fs"

import { concatBytes, type Bytes } from "../wire/codec.ts"

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
export type JsonRecord = Record<string, Json>

export const FOLDER = new URL("../../../../tests/vectors/", import.meta.url)

/** One vector: its name, what it gives, and either a value or the name of an error. */
export interface Vector {
    readonly name: string
    readonly members: JsonRecord
    readonly outcome: { readonly value: Json } | { readonly error: string }
}

/** One file of vectors of one format. */
export interface VectorFile {
    readonly format: string
    readonly bases: JsonRecord
    readonly vectors: readonly Vector[]
}

export function isRecord(value: Json | undefined): value is JsonRecord {
    return typeof value === "object" && value !== null && !Array.isArray(value)
}

function want<T>(value: T | undefined, what: string): T {
    if (value === undefined) throw new TypeError(`vectors: want ${what}`)
    return value
}

export function textOf(value: Json | undefined): string {
    if (typeof value !== "string") throw new TypeError("vectors: want a text")
    return value
}

export function numberOf(value: Json | undefined): number {
    if (typeof value !== "number") throw new TypeError("vectors: want a number")
    return value
}

export function listOf(value: Json | undefined): Json[] {
    if (!Array.isArray(value)) throw new TypeError("vectors: want a list")
    return value
}

export function bytesOfHex(hex: string): Bytes {
    if (!/^(?:[0-9a-f]{2})*$/u.test(hex)) throw new TypeError("vectors: hex is lower case")
    return Uint8Array.from(hex.match(/../gu) ?? [], (pair) => parseInt(pair, 16))
}

export function hexOf(raw: Uint8Array): string {
    return Array.from(raw, (byte) => byte.toString(16).padStart(2, "0")).join("")
}

function hasMembers(value: JsonRecord, ...names: string[]): boolean {
    return Object.keys(value).sort().join() === names.sort().join()
}

function mutatedOnce(raw: Bytes, op: JsonRecord): Bytes {
    if (hasMembers(op, "truncate")) return raw.slice(0, numberOf(op["truncate"]))
    if (hasMembers(op, "append")) return concatBytes(raw, bytesOfHex(textOf(op["append"])))
    if (hasMembers(op, "slices")) {
        const pieces = listOf(op["slices"]).map((slice) => listOf(slice).map(numberOf))
        return concatBytes(...pieces.map(([start, end]) => raw.subarray(start, end)))
    }
    const at = numberOf(op["offset"])
    const changed = raw.slice()
    if (hasMembers(op, "offset", "xor")) changed[at] = want(raw[at], "an offset inside") ^ numberOf(op["xor"])
    else if (hasMembers(op, "offset", "set")) changed.set(bytesOfHex(textOf(op["set"])), at)
    else throw new TypeError("vectors: unknown mutation")
    return changed
}

export function mutated(raw: Bytes, ops: readonly Json[]): Bytes {
    return ops.reduce<Bytes>((changed, op) => mutatedOnce(changed, op as JsonRecord), raw)
}

/** The bytes that a vector writes down. */
export function expand(written: Json | undefined, bases: JsonRecord): Bytes {
    if (typeof written === "string") return bytesOfHex(written)
    if (!isRecord(written)) throw new TypeError("vectors: want bytes")
    if (hasMembers(written, "repeat", "size_bytes")) {
        const pattern = bytesOfHex(textOf(written["repeat"]))
        return Uint8Array.from({ length: numberOf(written["size_bytes"]) }, (_, i) => pattern[i % pattern.length] ?? 0)
    }
    if (hasMembers(written, "pad", "size_bytes")) {
        const padded = expand(written["pad"], bases)
        return concatBytes(padded, new Uint8Array(Math.max(0, numberOf(written["size_bytes"]) - padded.length)))
    }
    if (hasMembers(written, "parts")) {
        return concatBytes(...listOf(written["parts"]).map((part) => expand(part, bases)))
    }
    if (hasMembers(written, "base") || hasMembers(written, "base", "mutate")) {
        const base = want(bases[textOf(written["base"])], "a known base")
        return mutated(expand(base, bases), listOf(written["mutate"] ?? []))
    }
    throw new TypeError("vectors: unknown notation")
}

/** A text of a vector: itself, or `{"base": name}`. */
export function expandText(written: Json | undefined, bases: JsonRecord): string {
    if (!isRecord(written)) return textOf(written)
    if (!hasMembers(written, "base")) throw new TypeError("vectors: unknown notation")
    return textOf(bases[textOf(written["base"])])
}

function readDocument(stem: string): JsonRecord {
    return JSON.parse(readFileSync(new URL(`${stem}.json`, FOLDER), "utf8")) as JsonRecord
}

function parseVector(written: Json): Vector {
    const { name, expect: value, error, ...members } = written as JsonRecord
    if ((value === undefined) === (error === undefined)) throw new TypeError("vectors: want a value or an error")
    const outcome = value === undefined ? { error: textOf(error) } : { value }
    return { name: textOf(name), members, outcome }
}

/** Read a file by its stem; unknown members of the file are refused. */
export function readVectorFile(stem: string): VectorFile {
    const { rule, format, bases, bases_from: borrowed, vectors, ...unknown } = readDocument(stem)
    if (typeof rule !== "string" || Object.keys(unknown).length > 0) {
        throw new TypeError(`vectors: ${stem} has members that nobody knows`)
    }
    const lent = borrowed === undefined ? {} : (readDocument(textOf(borrowed))["bases"] as JsonRecord)
    return {
        format: textOf(format),
        bases: { ...lent, ...((bases ?? {}) as JsonRecord) },
        vectors: listOf(vectors ?? []).map(parseVector),
    }
}

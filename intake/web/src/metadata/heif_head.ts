/**
 * The head of a HEIC or AVIF file (its `meta` box): which items there are and where they lie.
 *
 * Source: ISO/IEC 14496-12, sections 8.11.3 (iloc) and 8.11.6 (iinf).
 */

import { concatBytes, encodeUtf8, type Bytes } from "../wire/codec.ts"
import { boxesOf, type Box } from "./boxes.ts"
import { keptProfile } from "./colour_profile.ts"
import { MetadataError } from "./errors.ts"
import type { Findings } from "./finding.ts"
import { bigEndian, latin1, type Source } from "./source.ts"

const FULL_BOX_BYTES = 4
const HANDLER_AT = 8
const HANDLER_NAME_AT = 24
const ID_BYTES: Readonly<Record<number, number>> = { 2: 2, 3: 4 }

const KEPT_BOXES = ["hdlr", "pitm", "iinf", "iref", "iprp", "iloc", "idat", "grpl"]
const KEPT_PROPERTY_BOXES = ["ipco", "ipma"]
const KEPT_PROPERTIES = [
    "ispe", "pixi", "hvcC", "lhvC", "av1C", "avcC", "colr", "irot", "imir", "clap", "auxC", "pasp",
    "clli", "mdcv", "cclv", "amve", "a1op", "a1lx", "lsel", "tols", "oinf", "rloc", "ndwt",
]
const PROFILE_TYPES = ["prof", "rICC"]

// A box that says nothing but that all data is in this file has this length.
const PLAIN_DATA_INFORMATION_BYTES = 36

/** A half-open range of the file, or of the head. */
export interface Range {
    readonly start: number
    readonly end: number
}

/** One item's bytes. */
export interface Item {
    readonly type: string
    /** Whether its ranges count from the head's first byte, not from the file's. */
    readonly isInHead: boolean
    readonly ranges: readonly Range[]
}

export class Head {
    /** As it is, and as it becomes; both as long as the box. */
    readonly raw: Bytes
    readonly edited: Bytes
    readonly items: readonly Item[]
    private readonly boxes: readonly Box[]

    /** @throws {MetadataError} the head is damaged, or has something that is not for us. */
    constructor(raw: Uint8Array, bodyAt: number, source: Source) {
        this.raw = concatBytes(raw)
        this.edited = concatBytes(raw)
        this.boxes = boxesOf(this.raw, bodyAt + FULL_BOX_BYTES, raw.length)
        if (this.boxes.at(-1)?.end !== raw.length) throw new MetadataError("HEIF: a damaged head")
        this.items = this.locate(this.typesById(), source)
    }

    /** The boxes of one type that stand side by side in the head. */
    all(type: string): readonly Box[] {
        return this.boxes.filter((box) => box.type === type)
    }

    /** Turn what decoding does not need into free space or zero bytes, all but the items' data. */
    edit(findings: Findings): void {
        for (const box of this.boxes) {
            const isPlain = box.type === "dinf" && box.end - box.start === PLAIN_DATA_INFORMATION_BYTES
            if (!KEPT_BOXES.includes(box.type) && !isPlain) this.free(box)
        }
        const handler = this.one("hdlr")
        if (latin1(this.raw, handler.body + HANDLER_AT, handler.body + HANDLER_AT + 4) !== "pict") throw new MetadataError("HEIF: no picture")
        this.edited.fill(0, handler.body + HANDLER_NAME_AT, handler.end)
        for (const box of this.within("iprp")) {
            if (!KEPT_PROPERTY_BOXES.includes(box.type)) this.free(box)
            else if (box.type === "ipco") for (const property of boxesOf(this.raw, box.body, box.end)) this.editProperty(property, findings)
        }
    }

    /** The references of one type, e.g. from thumbnails to their pictures. */
    hasReference(type: string): boolean {
        return this.all("iref").some(({ body, end }) => boxesOf(this.raw, body + FULL_BOX_BYTES, end).some((box) => box.type === type))
    }

    private editProperty(property: Box, findings: Findings): void {
        const isProfile = property.type === "colr" && PROFILE_TYPES.includes(latin1(this.raw, property.body, property.body + 4))
        if (isProfile) {
            const profile = keptProfile(this.raw.subarray(property.body + 4, property.end), findings)
            if (profile === null) this.free(property)
            else this.edited.set(profile, property.body + 4)
        } else if (!KEPT_PROPERTIES.includes(property.type)) this.free(property)
    }

    private free(box: Box): void {
        this.edited.set(encodeUtf8("free"), box.start + 4)
        this.edited.fill(0, box.body, box.end)
    }

    private one(type: string): Box {
        const [box, second] = this.all(type)
        if (box === undefined || second !== undefined) throw new MetadataError("HEIF: not each box once")
        return box
    }

    private within(type: string): readonly Box[] {
        const { body, end } = this.one(type)
        return boxesOf(this.raw, body, end)
    }

    private number(at: number, sizeBytes: number): number {
        return bigEndian(this.raw, at, sizeBytes)
    }

    /** Types of items by their numbers; their names, and what stands behind these, become zero bytes. */
    private typesById(): ReadonlyMap<number, string> {
        const { body, end } = this.one("iinf")
        const types = new Map<number, string>()
        for (const entry of boxesOf(this.raw, body + FULL_BOX_BYTES + (this.raw[body] === 0 ? 2 : 4), end)) {
            const idBytes = ID_BYTES[this.raw[entry.body] ?? 0]
            if (idBytes === undefined || entry.type !== "infe") throw new MetadataError("HEIF: an old or unknown kind of item")
            const id = this.number(entry.body + FULL_BOX_BYTES, idBytes)
            const typeAt = entry.body + FULL_BOX_BYTES + idBytes + 2
            const isProtected = this.number(typeAt - 2, 2) !== 0
            if (isProtected || types.has(id) || typeAt + 4 > entry.end) throw new MetadataError("HEIF: a protected or doubled item")
            types.set(id, latin1(this.raw, typeAt, typeAt + 4))
            this.edited.fill(0, typeAt + 4, entry.end)
        }
        return types
    }

    private locate(types: ReadonlyMap<number, string>, source: Source): readonly Item[] {
        const { body, end } = this.one("iloc")
        const data = this.all("idat").length > 0 ? this.one("idat") : { body: 0, end: 0 }
        const version = this.raw[body] ?? 0
        const sizes = this.number(body + FULL_BOX_BYTES, 2)
        const [offsetBytes, lengthBytes, baseBytes] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15]
        const indexBytes = version > 0 ? sizes & 15 : 0
        const idBytes = version < 2 ? 2 : 4
        if (version > 2 || Math.max(offsetBytes, lengthBytes, baseBytes, indexBytes) > 8) throw new MetadataError("HEIF: unknown locations")
        let at = body + FULL_BOX_BYTES + 2
        const next = (sizeBytes: number): number => {
            at += sizeBytes
            if (at > end) throw new MetadataError("HEIF: locations are cut off")
            return this.number(at - sizeBytes, sizeBytes)
        }
        return Array.from({ length: this.countOf(next(idBytes), end - at) }, () => {
            const type = types.get(next(idBytes))
            const construction = version > 0 ? next(2) & 15 : 0
            const isElsewhere = next(2) !== 0
            if (type === undefined || construction > 1 || isElsewhere) throw new MetadataError("HEIF: an item of another make")
            const frame = construction === 1 ? { start: data.body, end: data.end } : { start: 0, end: source.sizeBytes }
            const base = frame.start + next(baseBytes)
            const ranges = Array.from({ length: next(2) }, () => {
                source.step()
                next(indexBytes)
                const start = base + next(offsetBytes)
                const range = { start, end: start + next(lengthBytes) }
                if (range.end === start || range.end > frame.end) throw new MetadataError("HEIF: an item reaches beyond the end")
                return range
            })
            return { type, isInHead: construction === 1, ranges }
        })
    }

    /** A count that its bytes bear out: every item takes one at least. */
    private countOf(count: number, roomBytes: number): number {
        if (count > roomBytes) throw new MetadataError("HEIF: locations are cut off")
        return count
    }
}

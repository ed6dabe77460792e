/** A cleaned file, put together from ranges of the original and a few bytes of ours. */

import { concatBytes, type Bytes } from "../wire/codec.ts"
import { MetadataError } from "./errors.ts"
import type { Source } from "./source.ts"

/** Bytes of ours, or a half-open range of the original. */
type Piece = Bytes | { readonly start: number; end: number }

// A file that alternates between kept and dropped parts this often is no photograph.
const MAX_PIECES = 65536

const ZEROS: Bytes = new Uint8Array(65536)

export class Assembly {
    private readonly source: Source
    private readonly pieces: Piece[] = []

    constructor(source: Source) {
        this.source = source
    }

    /** Take over a range of the original. */
    keep(start: number, end: number): void {
        if (start >= end) return
        const last = this.pieces.at(-1)
        if (last !== undefined && !(last instanceof Uint8Array) && last.end === start) last.end = end
        else this.push({ start, end })
    }

    /** Insert bytes of ours. */
    write(raw: Uint8Array): void {
        if (raw.length > 0) this.push(concatBytes(raw))
    }

    /** Put bytes where a range of the original was; equal ones are taken over. */
    async replace(start: number, end: number, raw: Uint8Array): Promise<void> {
        const before = end - start === raw.length ? await this.source.take(start, end - start) : null
        if (before?.every((byte, i) => byte === raw[i]) === true) this.keep(start, end)
        else this.write(raw)
    }

    /** Put zero bytes where a range of the original was; whether any was not zero. */
    async blank(start: number, end: number): Promise<boolean> {
        let changed = false
        for (let at = start; at < end; at += ZEROS.length) {
            const stop = Math.min(at + ZEROS.length, end)
            const dirty = (await this.source.take(at, stop - at)).some((byte) => byte !== 0)
            if (dirty) this.push(ZEROS.subarray(0, stop - at))
            else this.keep(at, stop)
            changed ||= dirty
        }
        return changed
    }

    /** Whether the cleaned file is the original, byte for byte. */
    get isOriginal(): boolean {
        const [first, second] = this.pieces
        if (second !== undefined || first === undefined || first instanceof Uint8Array) return false
        return first.start === 0 && first.end === this.source.sizeBytes
    }

    /** The cleaned file; it has neither a name nor a type. */
    blob(original: Blob): Blob {
        return new Blob(
            this.pieces.map((piece) => (piece instanceof Uint8Array ? piece : original.slice(piece.start, piece.end))),
        )
    }

    private push(piece: Piece): void {
        if (this.pieces.length >= MAX_PIECES) throw new MetadataError("file: too many pieces")
        this.pieces.push(piece)
    }
}

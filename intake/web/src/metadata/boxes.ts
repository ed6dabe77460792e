/** The boxes of HEIC, AVIF, MP4 and MOV files. Source: ISO/IEC 14496-12, section 4.2. */

import { bigEndian, latin1, type Source } from "./source.ts"

const HEAD_BYTES = 8
const LONG_HEAD_BYTES = 16

/** One box: `start` is its head's, `body` its content's, `end` is behind it. */
export interface Box {
    readonly type: string
    readonly start: number
    readonly body: number
    readonly end: number
}

/** The box whose head stands at `start` of `raw`; null where none fits below `limit`. */
function boxAt(raw: Uint8Array, at: number, start: number, limit: number): Box | null {
    const shortBytes = bigEndian(raw, at, 4)
    const isLong = shortBytes === 1
    const sizeBytes = isLong ? bigEndian(raw, at + HEAD_BYTES, 8) : shortBytes === 0 ? limit - start : shortBytes
    const body = start + (isLong ? LONG_HEAD_BYTES : HEAD_BYTES)
    const end = start + sizeBytes
    return body <= end && end <= limit ? { type: latin1(raw, at + 4, at + 8), start, body, end } : null
}

/** The boxes of a file between two places, up to the first one that is none. */
export async function* boxesOfFile(source: Source, from: number, limit: number): AsyncGenerator<Box, void, void> {
    for (let start = from; start + HEAD_BYTES <= limit; ) {
        source.step()
        const box = boxAt(await source.takeUpTo(start, LONG_HEAD_BYTES), 0, start, limit)
        if (box === null) return
        yield box
        start = box.end
    }
}

/** The boxes between two places of bytes at hand, up to the first one that is none. */
export function boxesOf(raw: Uint8Array, from: number, limit: number): readonly Box[] {
    const boxes: Box[] = []
    for (let start = from; start + HEAD_BYTES <= limit; ) {
        const box = boxAt(raw, start, start, limit)
        if (box === null) break
        boxes.push(box)
        start = box.end
    }
    return boxes
}

/** Reading a file for sealing. */

import { MalformedFileError } from "../errors.ts"
import type { ReadPiece } from "../sealing/stream.ts"
import type { Bytes } from "../wire/codec.ts"
import { FILE_CHUNK_BYTES, PART_CHUNKS } from "../wire/files.ts"

// Two parts at a time: a browser takes as long to read half of it.
const WINDOW_BYTES = 2 * PART_CHUNKS * FILE_CHUNK_BYTES
// Parts are sealed side by side, and those of two windows at most.
const WINDOWS = 2

/** Reads a file by slices; whatever goes wrong there is a change of the file. */
export function readerOf(file: Blob): ReadPiece {
    let windows: readonly { readonly start: number; readonly bytes: Promise<Bytes> }[] = []

    const readWindow = async (start: number): Promise<Bytes> => {
        try {
            return new Uint8Array(await file.slice(start, start + WINDOW_BYTES).arrayBuffer())
        } catch {
            windows = windows.filter((window) => window.start !== start)
            throw new MalformedFileError("SPEC 17.1: file changed while it was read")
        }
    }

    return async (start, sizeBytes) => {
        const windowStart = start - (start % WINDOW_BYTES)
        const known = windows.find((window) => window.start === windowStart)
        const window = known ?? { start: windowStart, bytes: readWindow(windowStart) }
        if (known === undefined) windows = [window, ...windows].slice(0, WINDOWS)
        const bytes = await window.bytes
        return bytes.subarray(start - windowStart, start - windowStart + sizeBytes)
    }
}

/** A file read in bounded pieces, with a limit on the work that it can cause. */

import { MetadataError } from "./errors.ts"

/** Images above this size are not looked into. */
export const MAX_IMAGE_BYTES = 128 * 1024 * 1024

// One read of the disk; long enough that walking small parts seldom waits.
const WINDOW_BYTES = 256 * 1024

// The longest piece that is asked for at once: the head of a HEIC file.
const MAX_TAKE_BYTES = 8 * 1024 * 1024

// Parts of any size that one file may have: a GIF of 128 MiB has half as many.
const MAX_STEPS = 1 << 20

// Every format's module reads a file about three times at most, but for one that was made to be
// read here and there.
const MAX_READS = 6
const MAX_EXTRA_BYTES = 16 * 1024 * 1024

// No name of a format is longer.
const MAX_NAME_BYTES = 64

export class Source {
    readonly sizeBytes: number
    /** How many parts were looked at, and how many bytes were read from the disk. */
    steps = 0
    readBytes = 0
    private readonly file: Blob
    private window = new Uint8Array(0)
    private windowStart = 0

    constructor(file: Blob) {
        this.file = file
        this.sizeBytes = file.size
    }

    /**
     * Count one part; every loop over parts of the file does.
     *
     * @throws {MetadataError} the file has too many.
     */
    step(): void {
        this.steps += 1
        if (this.steps > MAX_STEPS) throw new MetadataError("file: too many parts")
    }

    /**
     * The bytes from `start` on; a view, not to be written to.
     *
     * @throws {MetadataError} they are not all there, too many, or cannot be read.
     */
    async take(start: number, lengthBytes: number): Promise<Uint8Array> {
        const end = start + lengthBytes
        if (!(start >= 0 && lengthBytes >= 0 && lengthBytes <= MAX_TAKE_BYTES && end <= this.sizeBytes)) {
            throw new MetadataError("file: a part reaches beyond the end")
        }
        if (start < this.windowStart || end > this.windowStart + this.window.length) {
            this.window = await this.read(start, Math.max(end, Math.min(start + WINDOW_BYTES, this.sizeBytes)))
            this.windowStart = start
        }
        return this.window.subarray(start - this.windowStart, end - this.windowStart)
    }

    /** As many bytes from `start` on as are there, `lengthBytes` at most. */
    async takeUpTo(start: number, lengthBytes: number): Promise<Uint8Array> {
        return this.take(start, Math.max(0, Math.min(lengthBytes, this.sizeBytes - start)))
    }

    /** The bytes from `start` on that need no further read, one at least; none at the end of the file. */
    async atHand(start: number): Promise<Uint8Array> {
        await this.takeUpTo(start, 1)
        return start < this.sizeBytes ? this.window.subarray(start - this.windowStart) : new Uint8Array(0)
    }

    /** The bytes between two places, window by window. */
    async *windows(start: number, end: number): AsyncGenerator<Uint8Array, void, void> {
        for (let at = start; at < end; at += WINDOW_BYTES) yield await this.take(at, Math.min(WINDOW_BYTES, end - at))
    }

    private async read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
        this.readBytes += end - start
        if (this.readBytes > MAX_READS * this.sizeBytes + MAX_EXTRA_BYTES) throw new MetadataError("file: too much to read")
        try {
            return new Uint8Array(await this.file.slice(start, end).arrayBuffer())
        } catch {
            // The file was removed or changed since it was chosen.
            throw new MetadataError("file: cannot be read")
        }
    }
}

/** The unsigned big-endian number of `sizeBytes` bytes at `at`; beyond the end all bytes are zero. */
export function bigEndian(raw: Uint8Array, at: number, sizeBytes: number): number {
    let value = 0
    for (let i = at; i < at + sizeBytes; i++) value = value * 256 + (raw[i] ?? 0)
    return value
}

/** The same with the low byte first. */
export function littleEndian(raw: Uint8Array, at: number, sizeBytes: number): number {
    let value = 0
    for (let i = at + sizeBytes - 1; i >= at; i--) value = value * 256 + (raw[i] ?? 0)
    return value
}

/** Some bytes as Latin-1 characters, for names of formats: one character a byte. */
export function latin1(raw: Uint8Array, start = 0, end = raw.length): string {
    return String.fromCharCode(...raw.subarray(start, Math.min(end, start + MAX_NAME_BYTES)))
}

/** Whether the bytes at `at` spell a name, one byte a character. */
export function spells(raw: Uint8Array, at: number, name: string): boolean {
    return latin1(raw, at, at + name.length) === name
}

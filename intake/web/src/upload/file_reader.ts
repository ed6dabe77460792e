/** Reading a file for sealing. */

import { MalformedFileError } from "../errors.ts"
import type { ReadPiece } from "../sealing/stream.ts"
import type { Bytes } from "../wire/codec.ts"

/** A stream of a file's bytes that fills memory of ours, and how far it has come. */
class Stream {
    at: number
    private readonly reader: ReadableStreamBYOBReader

    /** @throws {TypeError} this browser has no such streams. */
    constructor(file: Blob, start: number) {
        this.at = start
        this.reader = file.slice(start).stream().getReader({ mode: "byob" })
    }

    /** As many bytes as asked for, or fewer where the file ends. */
    async fill(memory: Bytes, sizeBytes: number): Promise<Bytes> {
        let { buffer } = memory
        let got = 0
        while (got < sizeBytes) {
            const { done, value } = await this.reader.read(new Uint8Array(buffer, got, sizeBytes - got))
            if (value === undefined) break
            ;({ buffer } = value)
            got += value.length
            if (done) break
        }
        this.at += got
        return new Uint8Array(buffer, 0, got)
    }
}

/** Reads one file, piece by piece: in order from one stream, which costs a third of reading slices. */
class FileReading {
    private stream: Stream | null = null
    private hasStreams = true
    private readonly file: Blob

    constructor(file: Blob) {
        this.file = file
    }

    async read(start: number, sizeBytes: number, memory: Bytes | undefined): Promise<Bytes> {
        const stream = memory === undefined ? null : this.streamAt(start)
        if (stream !== null && memory !== undefined) return stream.fill(memory, sizeBytes)
        return new Uint8Array(await this.file.slice(start, start + sizeBytes).arrayBuffer())
    }

    /** Begin anew after a fault. */
    reset(): void {
        this.stream = null
    }

    /** The stream, where it is at this place or can be brought there; what lies behind it is read by slices. */
    private streamAt(start: number): Stream | null {
        if (!this.hasStreams || (this.stream !== null && start < this.stream.at)) return null
        if (this.stream?.at === start) return this.stream
        try {
            this.stream = new Stream(this.file, start)
        } catch {
            this.hasStreams = false
            this.stream = null
        }
        return this.stream
    }
}

/** Reads a file; whatever goes wrong there is a change of the file. */
export function readerOf(file: Blob): ReadPiece {
    const reading = new FileReading(file)
    let turn: Promise<unknown> = Promise.resolve()

    const read: ReadPiece = async (start, sizeBytes, memory) => {
        try {
            return await reading.read(start, sizeBytes, memory)
        } catch {
            reading.reset()
            throw new MalformedFileError("SPEC 17.1: file changed while it was read")
        }
    }

    return async (start, sizeBytes, memory) => {
        const piece = turn.then(() => read(start, sizeBytes, memory))
        turn = piece.catch(() => undefined)
        return piece
    }
}

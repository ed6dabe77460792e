/** One file on its way: which of its parts the server holds. Source: SPEC 17.4. */

import { concatBytes, u32, type Bytes } from "../wire/codec.ts"
import { TAG_BYTES, FIXED_HEADER_BYTES } from "../wire/envelope.ts"
import { FILE_CHUNK_BYTES, PART_CHUNKS, UPLOAD_BYTES, type Upload } from "../wire/files.ts"

const HEAD_BYTES = UPLOAD_BYTES + 4

/** The length of the longest request for a part. */
export const LARGEST_BODY_BYTES = HEAD_BYTES + FIXED_HEADER_BYTES + PART_CHUNKS * (FILE_CHUNK_BYTES + TAG_BYTES)

/** Why a file can't go on by itself. */
export type FailureReason = "changed" | "too-large" | "refused"

type PartState = "waiting" | "going" | "unsure" | "held"

/** Where the parts of one sealed file come from: sealed on request, or read from where they lie sealed. */
export interface PartSource {
    readonly upload: Upload
    /** Part `index`, the same each time, put together in `into`, which is at least as long. */
    seal(index: number, into: Bytes): Promise<Bytes>
}

/** Parts that are sealed on request: then it is known what will stand in the report. */
export interface SealingSource extends PartSource {
    /** Of the file before it is sealed. */
    readonly sizeBytes: number
    digest(): Bytes
    /** Nothing more is sealed of it. */
    close(): void
}

export class FileUpload<Source extends PartSource = SealingSource> {
    readonly id: number
    readonly sealer: Source
    failure: FailureReason | null = null
    /** The server keeps all parts for good. */
    kept = false
    /** Ends the requests of this file alone. */
    readonly ending = new AbortController()
    private readonly parts: PartState[]

    constructor(id: number, sealer: Source) {
        this.id = id
        this.sealer = sealer
        this.parts = new Array<PartState>(sealer.upload.partCount).fill("waiting")
    }

    get isHeld(): boolean {
        return this.parts.every((part) => part === "held")
    }

    /** Parts were sent and not answered for; ask the server which of them it holds. */
    get isUnsure(): boolean {
        return this.failure === null && this.parts.includes("unsure")
    }

    /** Bytes of the sealed file that the server holds. */
    get heldBytes(): number {
        return this.parts.reduce((sum, part, index) => sum + (part === "held" ? this.sealer.upload.partBytes(index) : 0), 0)
    }

    /** Take the next part to send; undefined where none waits. */
    take(): number | undefined {
        if (this.failure !== null) return undefined
        const index = this.parts.indexOf("waiting")
        if (index < 0) return undefined
        this.parts[index] = "going"
        return index
    }

    settle(index: number, isHeld: boolean): void {
        this.parts[index] = isHeld ? "held" : "unsure"
    }

    /** The server says that it lacks some part: what it held is not sure any more. */
    doubt(): void {
        this.parts.fill("unsure")
    }

    /** Take over what the server says it holds; false where that is no answer for this file. */
    correct(held: Uint8Array): boolean {
        if (held.length !== this.parts.length || held.some((part) => part > 1)) return false
        held.forEach((part, index) => {
            if (this.parts[index] !== "going") this.parts[index] = part === 1 ? "held" : "waiting"
        })
        return true
    }

    /** The body of one part's request, put together in memory of `LARGEST_BODY_BYTES`. */
    async body(index: number, memory: Bytes): Promise<Bytes> {
        memory.set(concatBytes(this.sealer.upload.encode(), u32(index)))
        const part = await this.sealer.seal(index, memory.subarray(HEAD_BYTES))
        return memory.subarray(0, HEAD_BYTES + part.length)
    }
}

/** Sealing parts in workers of their own: some browsers seal and hash on the thread that asks. */

import { PartCipher, PartHashes, PartReader, PartSealer } from "../sealing/parts.ts"
import type { ReadPiece } from "../sealing/stream.ts"
import { concatBytes, type Bytes } from "../wire/codec.ts"
import { FIXED_HEADER_BYTES, TAG_BYTES } from "../wire/envelope.ts"
import { FILE_CHUNK_BYTES, parseUpload, PART_CHUNKS, type Upload } from "../wire/files.ts"
import type { SealingSource } from "./file_upload.ts"

const LARGEST_PART_BYTES = FIXED_HEADER_BYTES + PART_CHUNKS * (FILE_CHUNK_BYTES + TAG_BYTES)

/** More hardly gain: the disk or the line is slower by then. */
const HELPERS = 2

export type PartOrder =
    | { readonly kind: "open"; readonly file: number; readonly upload: Bytes; readonly key: Uint8Array }
    | { readonly kind: "close"; readonly file: number }
    /** Both pieces of memory are handed over, and come back. */
    | { readonly kind: "seal"; readonly job: number; readonly file: number; readonly index: number; readonly plaintext: Bytes; readonly memory: Bytes }

/** `part` lies at the start of its memory. */
export interface PartNews {
    readonly job: number
    readonly part: Bytes
    readonly hash: Bytes
    readonly plaintext: Bytes
}

/** What a helper does with its orders. */
export class PartJobs {
    private readonly ciphers = new Map<number, Promise<PartCipher>>()
    private readonly tell: (news: PartNews) => void

    constructor(tell: (news: PartNews) => void) {
        this.tell = tell
    }

    async obey(order: PartOrder): Promise<void> {
        switch (order.kind) {
            case "open":
                this.ciphers.set(order.file, PartCipher.of(parseUpload(order.upload), order.key))
                return
            case "close":
                this.ciphers.delete(order.file)
                return
            case "seal": {
                const { job, file, index, plaintext, memory } = order
                const cipher = await this.ciphers.get(file)
                if (cipher !== undefined) this.tell({ job, ...(await cipher.seal(index, plaintext, memory)), plaintext })
            }
        }
    }
}

/** The part of `Worker` that is used. */
export interface PartWorkerLike {
    postMessage(order: PartOrder, transfer: Transferable[]): void
    addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void
    addEventListener(type: "error" | "messageerror", listener: () => void): void
}

interface Job {
    readonly file: number
    readonly give: (news: PartNews | null) => void
}

/** The helpers of one file worker, started together. */
export class PartHelpers {
    private readonly workers: readonly PartWorkerLike[]
    private readonly jobs = new Map<number, Job>()
    private readonly spare: Bytes[] = []
    private lastJob = 0
    private lastFile = 0
    private dead = false

    constructor(start: () => PartWorkerLike) {
        this.workers = Array.from({ length: HELPERS }, start)
        for (const worker of this.workers) {
            worker.addEventListener("message", ({ data }) => {
                const news = data as PartNews
                this.jobs.get(news.job)?.give(news)
                this.jobs.delete(news.job)
            })
            for (const type of ["error", "messageerror"] as const) {
                worker.addEventListener(type, () => {
                    this.dead = true
                    this.giveUp(() => true)
                })
            }
        }
    }

    /** Seals one file; `openReader` is asked again where the helpers fail. */
    async open(upload: Upload, key: Uint8Array, sizeBytes: number, openReader: () => ReadPiece): Promise<SealingSource> {
        this.lastFile += 1
        const file = this.lastFile
        for (const worker of this.workers) worker.postMessage({ kind: "open", file, upload: upload.encode(), key }, [])
        return Promise.resolve(new HelpedSealer(this, file, upload, key, sizeBytes, openReader))
    }

    close(file: number): void {
        for (const worker of this.workers) worker.postMessage({ kind: "close", file }, [])
        this.giveUp((job) => job.file === file)
    }

    /** One part in `into`; null where no helper can do it. */
    async seal(file: number, index: number, plaintext: Bytes, into: Bytes): Promise<PartNews | null> {
        const job = (this.lastJob += 1)
        const worker = this.workers[job % this.workers.length]
        if (this.dead || worker === undefined) return null
        const memory = this.spare.pop() ?? new Uint8Array(LARGEST_PART_BYTES)
        const news = await new Promise<PartNews | null>((give) => {
            this.jobs.set(job, { file, give })
            worker.postMessage({ kind: "seal", job, file, index, plaintext, memory }, [plaintext.buffer, memory.buffer])
        })
        if (news === null) return null
        into.set(news.part)
        this.spare.push(new Uint8Array(news.part.buffer))
        return { ...news, part: into.subarray(0, news.part.length) }
    }

    private giveUp(which: (job: Job) => boolean): void {
        for (const [number, job] of this.jobs) {
            if (!which(job)) continue
            this.jobs.delete(number)
            job.give(null)
        }
    }
}

/** Reads a file here and has its parts sealed by helpers; where they fail it seals here, too. */
class HelpedSealer implements SealingSource {
    readonly upload: Upload
    readonly sizeBytes: number
    private readonly hashes: PartHashes
    private readonly reader: PartReader
    private readonly helpers: PartHelpers
    private readonly file: number
    private readonly key: Bytes
    private readonly openReader: () => ReadPiece

    constructor(helpers: PartHelpers, file: number, upload: Upload, key: Uint8Array, sizeBytes: number, openReader: () => ReadPiece) {
        this.helpers = helpers
        this.file = file
        this.upload = upload
        this.sizeBytes = sizeBytes
        this.hashes = new PartHashes(upload)
        this.reader = new PartReader(upload, sizeBytes, openReader())
        this.key = concatBytes(key)
        this.openReader = openReader
    }

    /** @throws {MalformedFileError} as `PartSealer.seal`. */
    async seal(index: number, into: Bytes): Promise<Bytes> {
        const news = await this.helpers.seal(this.file, index, await this.reader.take(index), into)
        if (news === null) return this.sealHere(index, into)
        this.reader.release(news.plaintext)
        this.hashes.note(index, news.hash)
        return news.part
    }

    digest(): Bytes {
        return this.hashes.digest()
    }

    close(): void {
        this.helpers.close(this.file)
    }

    private async sealHere(index: number, into: Bytes): Promise<Bytes> {
        const sealer = await PartSealer.of(this.upload, this.key, this.openReader(), this.sizeBytes)
        const part = await sealer.seal(index, into)
        this.hashes.note(index, concatBytes(new Uint8Array(await crypto.subtle.digest("SHA-256", part))))
        return part
    }
}

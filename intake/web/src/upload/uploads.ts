/** Files on their way to the server: several parts at a time, going on where a connection broke. */

import { MalformedFileError } from "../errors.ts"
import { backoffSeconds } from "../page/submission.ts"
import type { Bytes } from "../wire/codec.ts"
import { LARGEST_BODY_BYTES, type FileUpload, type FailureReason, type PartSource, type SealingSource } from "./file_upload.ts"
import type { PartsAnswer, PartsPath, PostParts } from "./post.ts"

export type WaitReason = "busy" | "full" | "unreachable"

/** What is told as it happens. */
export interface UploadListener<Source extends PartSource = SealingSource> {
    /** The server holds more of a file, or less than was thought. */
    readonly moved: (file: FileUpload<Source>) => void
    /** The server holds all of a file. */
    readonly held: (file: FileUpload<Source>) => void
    readonly failed: (file: FileUpload<Source>, reason: FailureReason) => void
    readonly waiting: (reason: WaitReason, seconds: number) => void
    /** Something came through again after a wait. */
    readonly moving: () => void
    /** The server keeps every file for good. */
    readonly kept: () => void
}

// Parts in flight: one on a poor line, so that each gets through before the server gives up on it;
// up to four on a good one, which is where more gained nothing.
const FIRST_WINDOW = 2
const LARGEST_WINDOW = 4
const FAST_PART_MS = 2000

/** A signal that is given when one of two is. */
function eitherOf(first: AbortSignal, second: AbortSignal): AbortSignal {
    const either = new AbortController()
    const give = (): void => {
        either.abort()
    }
    for (const signal of [first, second]) {
        if (signal.aborted) give()
        signal.addEventListener("abort", give, { once: true, signal: either.signal })
    }
    return either.signal
}

export class Uploads<Source extends PartSource = SealingSource> {
    private files: readonly FileUpload<Source>[] = []
    private window = FIRST_WINDOW
    private active = 0
    private paused = false
    private keeping = false
    private asking = false
    /** Failures in a row. */
    private tries = 0
    private timer: ReturnType<typeof setTimeout> | undefined
    private stopping = new AbortController()
    /** Memory of requests that are over. */
    private readonly spare: Bytes[] = []
    private readonly post: PostParts
    private readonly listener: UploadListener<Source>

    constructor(post: PostParts, listener: UploadListener<Source>) {
        this.post = post
        this.listener = listener
    }

    /** Send these, from now on no others; what the server holds of them already is not sent again. */
    carry(files: readonly FileUpload<Source>[]): void {
        for (const file of this.files) if (!files.includes(file)) file.ending.abort()
        this.files = files
        this.goOn()
    }

    /** Nothing is sent until `resume`. */
    pause(): void {
        this.paused = true
        this.stopping.abort()
        this.stopping = new AbortController()
        this.endWait()
    }

    resume(): void {
        this.paused = false
        this.tries = 0
        this.goOn()
    }

    /** The report has come: have the server keep what it holds for good. */
    keep(): void {
        this.keeping = true
        this.resume()
    }

    /** Try again without waiting further: the connection is back, or the person asks. */
    wake(): void {
        if (this.timer === undefined) return
        this.endWait()
        this.goOn()
    }

    private goOn(): void {
        if (this.paused || this.timer !== undefined || this.asking) return
        const isUnsure = this.files.some((file) => file.isUnsure)
        while (!isUnsure && this.active < this.window) {
            const job = this.nextPart()
            if (job === undefined) break
            void this.send(job.file, job.index)
        }
        // What the server holds is asked when nothing is on its way any more: the answer is about all.
        if (this.active > 0) return
        if (isUnsure) void this.askInTurn(this.files.filter((file) => file.isUnsure), "parts/held")
        else if (this.keeping) void this.askInTurn(this.files.filter(({ kept, failure }) => !kept && failure === null), "parts/kept")
    }

    private nextPart(): { readonly file: FileUpload<Source>; readonly index: number } | undefined {
        for (const file of this.files) {
            const index = file.take()
            if (index !== undefined) return { file, index }
        }
        return undefined
    }

    private async send(file: FileUpload<Source>, index: number): Promise<void> {
        this.active += 1
        const memory = this.spare.pop() ?? new Uint8Array(LARGEST_BODY_BYTES)
        try {
            await this.sendPart(file, index, memory)
        } catch (error) {
            file.settle(index, false)
            this.fail(file, error instanceof MalformedFileError ? "changed" : "refused")
        } finally {
            this.spare.push(memory)
            this.active -= 1
            this.goOn()
        }
    }

    private async sendPart(file: FileUpload<Source>, index: number, memory: Bytes): Promise<void> {
        const signal = eitherOf(this.stopping.signal, file.ending.signal)
        const isOver = (): boolean => signal.aborted
        const body = await file.body(index, memory)
        if (isOver()) {
            file.settle(index, false)
            return
        }
        const begun = performance.now()
        const answer = await this.post("parts", body, signal)
        file.settle(index, answer.kind === "done")
        // What was done stands, even where a pause came before its answer.
        if ((isOver() && answer.kind !== "done") || !this.learn(file, answer)) return
        if (performance.now() - begun < FAST_PART_MS) this.window = Math.min(LARGEST_WINDOW, this.window + 1)
        this.tell(file)
    }

    /** Ask one question about each of some files; the first that gets no answer ends it. */
    private async askInTurn(files: readonly FileUpload<Source>[], path: PartsPath): Promise<void> {
        this.asking = true
        for (const file of files) {
            const signal = eitherOf(this.stopping.signal, file.ending.signal)
            const answer = await this.post(path, file.sealer.upload.encode(), signal)
            if (file.ending.signal.aborted) continue
            if (signal.aborted || !this.understood(file, path, answer)) break
        }
        this.asking = false
        if (path === "parts/kept" && files.length > 0 && this.files.every(({ kept, failure }) => kept || failure !== null)) this.listener.kept()
        else if (path === "parts/held" || files.length > 0) this.goOn()
    }

    private understood(file: FileUpload<Source>, path: PartsPath, answer: PartsAnswer): boolean {
        if (path === "parts/kept" && answer.kind === "refused" && answer.problem === "parts-missing") {
            file.doubt()
            return true
        }
        if (!this.learn(file, answer)) return answer.kind === "refused"
        if (path === "parts/kept") file.kept = true
        else if (!file.correct(answer.body)) this.fail(file, "refused")
        else this.tell(file)
        return true
    }

    private tell(file: FileUpload<Source>): void {
        this.listener.moved(file)
        if (file.isHeld) this.listener.held(file)
    }

    /** Whether it was done; where it was not, wait or give the file up. */
    private learn(file: FileUpload<Source>, answer: PartsAnswer): answer is PartsAnswer & { readonly kind: "done" } {
        switch (answer.kind) {
            case "done":
                if (this.tries > 0) this.listener.moving()
                this.tries = 0
                return true
            case "refused":
                this.fail(file, answer.status === 413 ? "too-large" : "refused")
                return false
            case "wait":
                this.window = Math.max(1, this.window - 1)
                this.wait(answer.reason, answer.seconds)
                return false
            case "unreachable":
                this.window = 1
                this.wait("unreachable", backoffSeconds(this.tries))
                return false
        }
    }

    private fail(file: FileUpload<Source>, reason: FailureReason): void {
        if (file.failure !== null) return
        file.failure = reason
        file.ending.abort()
        this.listener.failed(file, reason)
    }

    private wait(reason: WaitReason, seconds: number): void {
        if (this.timer !== undefined || this.paused) return
        this.tries += 1
        this.timer = setTimeout(() => {
            this.endWait()
            this.goOn()
        }, seconds * 1000)
        this.listener.waiting(reason, seconds)
    }

    private endWait(): void {
        clearTimeout(this.timer)
        this.timer = undefined
    }
}

/** The page's side of the sealing worker: each method asks one question and waits for its answer. */

import type {
    AcknowledgementMessage,
    AnswerMessage,
    Answers,
    CodeSpellings,
    ContentsMessage,
    Kind,
    Question,
    QuestionMessage,
    VerifiedKeySet,
} from "./messages.ts"
import type { Bytes } from "./wire/codec.ts"

const WORKER_SCRIPT = "sealing_worker.js"

/** How many steps of sealing are done, out of how many. */
export type OnProgress = (done: number, total: number) => void

/** The part of `Worker` that is used, so that tests can stand another thread in its place. */
export interface WorkerLike<Message = QuestionMessage> {
    postMessage(message: Message): void
    addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void
    addEventListener(type: "error" | "messageerror", listener: () => void): void
    terminate(): void
}

/** The worker could not be started or died. */
export class WorkerError extends Error {
    override readonly name = "WorkerError"
}

/** What the worker refused: its `name` is that of an error of SPEC 19. */
export class RemoteError extends Error {
    override readonly name: string

    constructor(name: string, message: string) {
        super(message)
        this.name = name
    }
}

interface Pending {
    readonly resolve: (answer: Answers[Kind]) => void
    readonly reject: (error: Error) => void
    readonly progress: OnProgress
}

/** Seals for the page, in a worker. Rejections are told apart by their `name` (SPEC 19). */
export class SealingClient {
    private readonly worker: WorkerLike
    private readonly rootKey: string
    private readonly minimumVersion: number
    private readonly pending = new Map<number, Pending>()
    private asked = 0
    private dead = false

    constructor(worker: WorkerLike, rootKey: string, minimumVersion: number) {
        this.worker = worker
        this.rootKey = rootKey
        this.minimumVersion = minimumVersion
        worker.addEventListener("message", (event) => {
            this.receive(event.data as AnswerMessage)
        })
        for (const type of ["error", "messageerror"] as const) {
            worker.addEventListener(type, () => {
                this.close()
            })
        }
    }

    /** Compare everything that seals with known answers; rejects where one differs. */
    async selfTest(): Promise<void> {
        await this.ask<"self_test">({ kind: "self_test" })
    }

    /** Verify a published key set against the pinned root, by this device's clock. */
    async verifyKeySet(raw: Uint8Array): Promise<VerifiedKeySet> {
        const { rootKey, minimumVersion } = this
        return this.ask<"verify_key_set">({ kind: "verify_key_set", raw, rootKey, minimumVersion })
    }

    /** Make a fresh receipt code, which the worker uses from then on. */
    async newCode(): Promise<CodeSpellings> {
        return this.ask<"new_code">({ kind: "new_code" })
    }

    /** Seal a first report; 43,582 bytes. */
    async seal(contents: ContentsMessage, onProgress: OnProgress): Promise<Bytes> {
        return this.ask<"seal">({ kind: "seal", contents }, onProgress)
    }

    /** Open and verify the acknowledgement of what was sealed last. */
    async openAcknowledgement(sealed: Uint8Array): Promise<AcknowledgementMessage> {
        return this.ask<"open_acknowledgement">({ kind: "open_acknowledgement", sealed })
    }

    /** End the worker, and with it everything it holds. */
    close(): void {
        this.dead = true
        this.worker.terminate()
        for (const { reject } of this.pending.values()) reject(new WorkerError("the worker ended"))
        this.pending.clear()
    }

    protected async ask<K extends Kind>(question: Question & { readonly kind: K }, progress: OnProgress = () => undefined): Promise<Answers[K]> {
        if (this.dead) throw new WorkerError("the worker ended")
        this.asked += 1
        const id = this.asked
        return new Promise<Answers[K]>((resolve, reject) => {
            // The worker answers each kind with its own type (messages.ts).
            this.pending.set(id, { resolve: resolve as Pending["resolve"], reject, progress })
            this.worker.postMessage({ id, question })
        })
    }

    private receive(message: AnswerMessage): void {
        const pending = this.pending.get(message.id)
        if (pending === undefined) return
        if (message.kind === "progress") {
            pending.progress(message.done, message.total)
            return
        }
        this.pending.delete(message.id)
        if (message.kind === "answer") pending.resolve(message.answer)
        else pending.reject(new RemoteError(message.name, message.message))
    }
}

/**
 * Start the worker that lies beside the page.
 *
 * @param rootKey verifier key of the pinned root (SPEC 13.1).
 * @param minimumVersion older key sets are refused (SPEC 13.7).
 */
export function connectSealer(rootKey: string, minimumVersion: number): SealingClient {
    return new SealingClient(new Worker(WORKER_SCRIPT), rootKey, minimumVersion)
}

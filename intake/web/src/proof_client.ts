/** The page's side of the worker that solves puzzles; it is loaded when the first one comes. */

import type { Challenge, Solution } from "altcha-lib/types"

import { encodeProof } from "./proof.ts"

const WORKER_SCRIPT = "proof_worker.js"

/** Six times what the dearest puzzle takes a slow phone on average, and a half; then the page waits instead. */
const LONGEST_SOLVING_SECONDS = 60

/** The part of `Worker` that is used. */
export interface ProofWorkerLike {
    postMessage(message: object): void
    addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void
    addEventListener(type: "error" | "messageerror", listener: () => void): void
    terminate(): void
}

function isSolution(answer: unknown): answer is Solution {
    return typeof answer === "object" && answer !== null && "derivedKey" in answer
}

/** Solves one puzzle after the other. */
export class ProofSolver {
    private worker: ProofWorkerLike | undefined
    private previous: Promise<unknown> = Promise.resolve()
    private waiting = 0
    private ended = false
    private give: (answer: unknown) => void = () => undefined

    /**
     * @param show hears when solving begins and when nothing is left to solve.
     * @param startWorker starts the worker that lies beside the page.
     */
    constructor(
        private readonly show: (isSolving: boolean) => void,
        private readonly startWorker: () => ProofWorkerLike = (): ProofWorkerLike => new Worker(WORKER_SCRIPT),
    ) {}

    /** The header that proves the work; undefined where it took too long, failed or was ended. */
    async solve(challenge: Challenge): Promise<string | undefined> {
        this.waiting += 1
        if (this.waiting === 1) this.show(true)
        const found = this.previous.then(() => this.ask(challenge))
        this.previous = found
        const answer = await found
        this.waiting -= 1
        if (this.waiting === 0 && !this.ended) this.show(false)
        return isSolution(answer) ? encodeProof(challenge, answer) : undefined
    }

    /** End the worker; what it has not solved stays unsolved. */
    close(): void {
        this.ended = true
        this.worker?.terminate()
        this.give(undefined)
    }

    private async ask(challenge: Challenge): Promise<unknown> {
        if (this.ended) return undefined
        return new Promise((resolve) => {
            this.give = resolve
            this.running().postMessage({ type: "work", challenge, counterStart: 0, counterStep: 1, timeout: LONGEST_SOLVING_SECONDS * 1000 })
        })
    }

    private running(): ProofWorkerLike {
        if (this.worker !== undefined) return this.worker
        const worker = this.startWorker()
        worker.addEventListener("message", (event) => {
            this.give(event.data)
        })
        for (const type of ["error", "messageerror"] as const) {
            worker.addEventListener(type, () => {
                this.worker = undefined
                this.give(undefined)
            })
        }
        this.worker = worker
        return worker
    }
}

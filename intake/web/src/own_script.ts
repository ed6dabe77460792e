/**
 * A worker for a page that has no files beside it: made from the page's own script where the
 * browser lets a page from a disk do that, otherwise the page's own thread does the work.
 */

import type { WorkerLike } from "./sealing_client.ts"

type MessageListener = (event: { readonly data: unknown }) => void

/** What a worker's global scope is to the code that serves there. */
export interface OwnScope {
    postMessage(message: unknown): void
    addEventListener(type: "message", listener: MessageListener): void
}

/** Start a worker from the text of a script, which finds `name` as its own. */
export function workerOf(script: string, name: string): Worker {
    const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }))
    return new Worker(address, { name })
}

/** Does a worker's work on the page's own thread; each message is a task of its own, so that the page can draw in between. */
export class OwnThread<Message> implements WorkerLike<Message> {
    private readonly listeners: MessageListener[] = []
    private ask: MessageListener = () => undefined
    private ended = false

    /** @param serve what the worker's script would do with its global scope. */
    constructor(serve: (scope: OwnScope) => void) {
        serve({
            postMessage: (message) => {
                this.soon(() => {
                    for (const listener of this.listeners) listener({ data: message })
                })
            },
            addEventListener: (_type, listener) => {
                this.ask = listener
            },
        })
    }

    postMessage(message: Message): void {
        this.soon(() => {
            this.ask({ data: message })
        })
    }

    addEventListener(type: "message", listener: MessageListener): void
    addEventListener(type: "error" | "messageerror", listener: () => void): void
    addEventListener(type: string, listener: MessageListener): void {
        if (type === "message") this.listeners.push(listener)
    }

    terminate(): void {
        this.ended = true
    }

    private soon(act: () => void): void {
        setTimeout(() => {
            if (!this.ended) act()
        })
    }
}

/** Asks a worker; one that never started hands its questions to whatever stands in for it. */
export class HardyWorker<Message> implements WorkerLike<Message> {
    private readonly messageListeners: MessageListener[] = []
    private readonly endListeners: (() => void)[] = []
    private readonly standIn: () => WorkerLike<Message>
    /** Asked before the worker said anything: whoever stands in must answer them. */
    private unanswered: Message[] = []
    private unheard = true
    private carrier: WorkerLike<Message>

    constructor(start: () => WorkerLike<Message>, standIn: () => WorkerLike<Message>) {
        this.standIn = standIn
        let started: WorkerLike<Message>
        try {
            started = start()
        } catch {
            this.unheard = false
            started = standIn()
        }
        this.carrier = started
        this.listenTo(started)
    }

    postMessage(message: Message): void {
        if (this.unheard) this.unanswered.push(message)
        this.carrier.postMessage(message)
    }

    addEventListener(type: "message", listener: MessageListener): void
    addEventListener(type: "error" | "messageerror", listener: () => void): void
    addEventListener(type: string, listener: MessageListener & (() => void)): void {
        if (type === "message") this.messageListeners.push(listener)
        else if (type === "error") this.endListeners.push(listener)
    }

    terminate(): void {
        this.carrier.terminate()
    }

    private listenTo(carrier: WorkerLike<Message>): void {
        carrier.addEventListener("message", (event) => {
            this.unheard = false
            this.unanswered = []
            for (const listener of this.messageListeners) listener(event)
        })
        for (const type of ["error", "messageerror"] as const) {
            carrier.addEventListener(type, () => {
                this.lose(carrier)
            })
        }
    }

    private lose(carrier: WorkerLike<Message>): void {
        if (carrier !== this.carrier) return
        if (!this.unheard) {
            for (const listener of this.endListeners) listener()
            return
        }
        carrier.terminate()
        this.unheard = false
        const questions = this.unanswered
        this.unanswered = []
        this.carrier = this.standIn()
        this.listenTo(this.carrier)
        for (const question of questions) this.carrier.postMessage(question)
    }
}

/**
 * A worker for a page that has no files beside it: made from the page's own script where the
 * browser lets a page from a disk do that, otherwise the page's own thread does the work.
 */

import type { AnswerMessage, QuestionMessage } from "./messages.ts"
import type { WorkerLike } from "./sealing_client.ts"
import { serveQuestions, type Answerer } from "./worker_answers.ts"

type MessageListener = (event: { readonly data: unknown }) => void

/** Start a worker from the text of a script. */
export function workerOf(script: string): Worker {
    const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }))
    return new Worker(address)
}

/** Answers on the page's own thread; each message is a task of its own, so that the page can draw in between. */
export class OwnThread implements WorkerLike {
    private readonly listeners: MessageListener[] = []
    private ask: MessageListener = () => undefined
    private ended = false

    constructor(answerer: Answerer) {
        const scope = {
            postMessage: (message: AnswerMessage): void => {
                this.soon(() => {
                    for (const listener of this.listeners) listener({ data: message })
                })
            },
            addEventListener: (_type: "message", listener: MessageListener): void => {
                this.ask = listener
            },
        }
        serveQuestions(scope, answerer)
    }

    postMessage(message: QuestionMessage): void {
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
export class HardyWorker implements WorkerLike {
    private readonly messageListeners: MessageListener[] = []
    private readonly endListeners: (() => void)[] = []
    private readonly standIn: () => WorkerLike
    /** Asked before the worker said anything: whoever stands in must answer them. */
    private unanswered: QuestionMessage[] = []
    private unheard = true
    private carrier: WorkerLike

    constructor(start: () => WorkerLike, standIn: () => WorkerLike) {
        this.standIn = standIn
        let started: WorkerLike
        try {
            started = start()
        } catch {
            this.unheard = false
            started = standIn()
        }
        this.carrier = started
        this.listenTo(started)
    }

    postMessage(message: QuestionMessage): void {
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

    private listenTo(carrier: WorkerLike): void {
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

    private lose(carrier: WorkerLike): void {
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

/** How a worker answers: one question at a time, each may stand on what the one before it left. */

import type { Answers, AnswerMessage, Kind, Question, QuestionMessage } from "./messages.ts"

/** Whatever answers questions; progress is a number of steps done, out of how many. */
export interface Answerer {
    answer(question: Question, progress: (done: number, total: number) => void): Promise<Answers[Kind]>
}

/** The part of a worker's global scope that is used. */
export interface WorkerScope {
    postMessage(message: AnswerMessage): void
    addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void
}

/** Answer what the page asks, until the page ends the worker. */
export function serveQuestions(worker: WorkerScope, answerer: Answerer): void {
    let previous: Promise<void> = Promise.resolve()
    const answer = async ({ id, question }: QuestionMessage): Promise<void> => {
        try {
            const answered = await answerer.answer(question, (done, total) => {
                worker.postMessage({ id, kind: "progress", done, total })
            })
            worker.postMessage({ id, kind: "answer", answer: answered })
        } catch (error) {
            const { name, message } = error instanceof Error ? error : new Error("unknown")
            worker.postMessage({ id, kind: "failure", name, message })
        }
    }
    worker.addEventListener("message", (event) => {
        previous = previous.then(() => answer(event.data as QuestionMessage))
    })
}

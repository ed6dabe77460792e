// The sealing worker: everything that takes long or holds a key, away from the page's thread.

import { Visit } from "./custody/visit.ts"
import type { AnswerMessage, QuestionMessage } from "./messages.ts"

const worker = self as unknown as DedicatedWorkerGlobalScope
const visit = new Visit(() => Date.now() / 1000)
let previous: Promise<void> = Promise.resolve()

function post(message: AnswerMessage): void {
    worker.postMessage(message)
}

async function answer({ id, question }: QuestionMessage): Promise<void> {
    try {
        const answered = await visit.answer(question, (done, total) => {
            post({ id, kind: "progress", done, total })
        })
        post({ id, kind: "answer", answer: answered })
    } catch (error) {
        const { name, message } = error instanceof Error ? error : new Error("unknown")
        post({ id, kind: "failure", name, message })
    }
}

worker.addEventListener("message", (event: MessageEvent<QuestionMessage>) => {
    // One question at a time: each may stand on what the one before it left.
    previous = previous.then(() => answer(event.data))
})

/** The page's side of the file worker. */

import type { FileNews, FileOrder } from "./upload/orders.ts"

const WORKER_SCRIPT = "file_worker.js"

/** Gives orders to a worker that is started with the first of them. */
export class FileClient {
    private worker: Worker | undefined
    private readonly hear: (news: FileNews) => void
    private readonly ended: () => void

    /** @param ended the worker could not be started or died, and all its files with it. */
    constructor(hear: (news: FileNews) => void, ended: () => void) {
        this.hear = hear
        this.ended = ended
    }

    order(order: FileOrder): void {
        this.worker ??= this.start()
        this.worker.postMessage(order)
    }

    /** End the worker, and with it everything it holds and every request. */
    close(): void {
        this.worker?.terminate()
        this.worker = undefined
    }

    private start(): Worker {
        const worker = new Worker(WORKER_SCRIPT)
        worker.addEventListener("message", (event: MessageEvent<FileNews>) => {
            this.hear(event.data)
        })
        for (const type of ["error", "messageerror"] as const) {
            worker.addEventListener(type, () => {
                this.close()
                this.ended()
            })
        }
        return worker
    }
}

/** The page's side of the file worker. */

import type { WorkerLike } from "./sealing_client.ts"
import type { FileNews, FileOrder } from "./upload/orders.ts"

const WORKER_SCRIPT = "file_worker.js"

/** What obeys the orders. */
export type FileWorker = WorkerLike<FileOrder>

/** Gives orders to a worker that is started with the first of them. */
export class FileClient {
    private worker: FileWorker | undefined
    private readonly hear: (news: FileNews) => void
    private readonly ended: () => void
    private readonly startWorker: () => FileWorker

    /** @param ended the worker could not be started or died, and all its files with it. */
    constructor(hear: (news: FileNews) => void, ended: () => void, startWorker: () => FileWorker = () => new Worker(WORKER_SCRIPT)) {
        this.hear = hear
        this.ended = ended
        this.startWorker = startWorker
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

    private start(): FileWorker {
        const worker = this.startWorker()
        worker.addEventListener("message", (event) => {
            this.hear(event.data as FileNews)
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

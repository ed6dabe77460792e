// The file worker: looks into files, seals them part by part and sends them, away from the page's
// thread. It is fetched when the first file is chosen, and whatever it holds ends with it.

import { ProofSolver } from "./proof_client.ts"
import type { FileNews, FileOrder } from "./upload/orders.ts"
import { readerOf } from "./upload/file_reader.ts"
import { PartHelpers } from "./upload/part_jobs.ts"
import { postTo } from "./upload/post.ts"
import { VisitFiles } from "./upload/visit_files.ts"

const PART_WORKER_SCRIPT = "part_worker.js"

const tell = (news: FileNews): void => {
    self.postMessage(news)
}

const solver = new ProofSolver((isSolving) => {
    tell({ kind: isSolving ? "solving" : "moving" })
})
const helpers = new PartHelpers(() => new Worker(PART_WORKER_SCRIPT))
const files = new VisitFiles((apiOrigin) => postTo(apiOrigin, solver), tell, (upload, key, blob) => helpers.open(upload, key, blob.size, () => readerOf(blob)))

self.addEventListener("message", (event: MessageEvent<FileOrder>) => {
    void files.obey(event.data)
})

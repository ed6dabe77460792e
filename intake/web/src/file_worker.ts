// The file worker: looks into files, seals them part by part and sends them, away from the page's
// thread. It is fetched when the first file is chosen, and whatever it holds ends with it.

import { ProofSolver } from "./proof_client.ts"
import type { FileNews, FileOrder } from "./upload/orders.ts"
import { postTo } from "./upload/post.ts"
import { VisitFiles } from "./upload/visit_files.ts"

const tell = (news: FileNews): void => {
    self.postMessage(news)
}

const solver = new ProofSolver((isSolving) => {
    tell({ kind: isSolving ? "solving" : "moving" })
})
const files = new VisitFiles((apiOrigin) => postTo(apiOrigin, solver), tell)

self.addEventListener("message", (event: MessageEvent<FileOrder>) => {
    void files.obey(event.data)
})

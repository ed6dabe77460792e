// The file worker: looks into files, seals them part by part and sends them, away from the page's
// thread. It is fetched when the first file is chosen, and whatever it holds ends with it.

import type { FileOrder } from "./upload/orders.ts"
import { postTo } from "./upload/post.ts"
import { VisitFiles } from "./upload/visit_files.ts"

const files = new VisitFiles(postTo, (news) => {
    self.postMessage(news)
})

self.addEventListener("message", (event: MessageEvent<FileOrder>) => {
    void files.obey(event.data)
})

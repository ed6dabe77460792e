// Seals parts of files for the file worker, which starts two of these and ends with them.

import { PartJobs } from "./upload/part_jobs.ts"
import type { PartOrder } from "./upload/part_jobs.ts"

const jobs = new PartJobs((news) => {
    self.postMessage(news, [news.part.buffer, news.plaintext.buffer])
})

self.addEventListener("message", (event: MessageEvent<PartOrder>) => {
    void jobs.obey(event.data)
})

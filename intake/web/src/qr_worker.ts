// Draws one receipt code and is ended by the page.

import { drawQr } from "./page/qr.ts"

const worker = self as unknown as DedicatedWorkerGlobalScope

worker.addEventListener("message", (event: MessageEvent<string>) => {
    worker.postMessage(drawQr(event.data))
})

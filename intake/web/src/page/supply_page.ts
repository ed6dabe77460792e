// What a page has beside its own script: texts, and the drawing of codes. A page of a server fetches
// both when they are needed.

import type { Language } from "./contents_of_answers.ts"
import type { QrDrawing } from "./qr.ts"
import type { Catalogue } from "./texts.ts"

export interface Supply {
    /**
     * One part of the texts in one language; `""` is the part that all pages share.
     *
     * Raises:
     *     TypeError: it can't be fetched, or is not the one that the page was built with.
     */
    readonly texts: (part: string, language: Language) => Promise<Catalogue>
    /** A receipt code drawn; rejects where that can't be done. */
    readonly drawQr: (code: string) => Promise<QrDrawing>
}

/** Digests of the catalogues, put in by build.mjs: words that were altered are never shown. */
declare const CATALOGUE_INTEGRITY: Readonly<Record<string, string>>

/** `part` stands before the language in the name of the file. */
async function fetchTexts(part: string, language: Language): Promise<Catalogue> {
    const name = `${part}${language}`
    const integrity = CATALOGUE_INTEGRITY[name]
    if (integrity === undefined) throw new TypeError("no catalogue")
    const response = await fetch(`locale/${name}.json`, {
        credentials: "omit",
        integrity,
        referrerPolicy: "no-referrer",
    })
    if (!response.ok) throw new TypeError("no catalogue")
    return (await response.json()) as Catalogue
}

/** The encoder is a script of its own, so that nobody waits for it before they can report. */
function drawInWorker(code: string): Promise<QrDrawing> {
    return new Promise((resolve, reject) => {
        const worker = new Worker("qr_worker.js")
        worker.addEventListener("message", (event: MessageEvent<QrDrawing>) => {
            resolve(event.data)
            worker.terminate()
        })
        worker.addEventListener("error", () => {
            reject(new TypeError("no encoder"))
        })
        worker.postMessage(code)
    })
}

/** From the server that the page comes from. */
export const FETCHED: Supply = { texts: fetchTexts, drawQr: drawInWorker }

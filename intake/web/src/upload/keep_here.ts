/** What a page without a network has in the place of a server: the parts of sealed files stay on this device. */

import { parseUpload, UPLOAD_BYTES, type Upload } from "../wire/files.ts"
import { encodeBase64url, Reader, type Bytes } from "../wire/codec.ts"
import { MalformedFileError } from "../errors.ts"
import type { FileNews, FileOrder } from "./orders.ts"
import type { PartsAnswer, PostParts } from "./post.ts"
import { VisitFiles } from "./visit_files.ts"

const INDEX_BYTES = 4

/** A whole sealed file. The browser holds it, in memory or on the disk as it sees fit; no script does. */
export interface SealedFile {
    readonly kind: "sealed"
    /** The capability (SPEC 17.4), base64url, as it stands in the file's entry. */
    readonly upload: string
    readonly file: Blob
}

/** The part of a worker's global scope that is used. */
export interface FileScope {
    postMessage(news: FileNews | SealedFile): void
    addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void
}

const done = (body: Bytes = new Uint8Array(0)): PartsAnswer => ({ kind: "done", body })

/** Keeps parts; `tell` is called once all of a file are there. */
export function keepHere(tell: (file: SealedFile) => void): PostParts {
    const kept = new Map<string, (Blob | undefined)[]>()
    const partsOf = (upload: Upload): (Blob | undefined)[] => {
        const name = encodeBase64url(upload.encode())
        const parts = kept.get(name) ?? new Array<Blob | undefined>(upload.partCount).fill(undefined)
        kept.set(name, parts)
        return parts
    }
    const keep = (upload: Upload, rest: Uint8Array): void => {
        const reader = new Reader(rest, MalformedFileError, "17.4")
        const index = reader.number(INDEX_BYTES)
        const parts = partsOf(upload)
        parts[index] = new Blob([reader.take(upload.partBytes(index))])
        const whole = parts.filter((part) => part !== undefined)
        if (whole.length === parts.length) tell({ kind: "sealed", upload: encodeBase64url(upload.capability), file: new Blob(whole) })
    }
    return (path, body) => {
        const upload = parseUpload(body.subarray(0, UPLOAD_BYTES))
        if (path === "parts") keep(upload, body.subarray(UPLOAD_BYTES))
        const held = Uint8Array.from(partsOf(upload), (part) => (part === undefined ? 0 : 1))
        return Promise.resolve(path === "parts/held" ? done(held) : done())
    }
}

/** Obey a page's orders with nothing but this device. */
export function serveFiles(scope: FileScope): void {
    const tell = (news: FileNews | SealedFile): void => {
        scope.postMessage(news)
    }
    const files = new VisitFiles(() => keepHere(tell), tell)
    scope.addEventListener("message", (event) => {
        void files.obey(event.data as FileOrder)
    })
}

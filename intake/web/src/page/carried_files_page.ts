// The files of a report that goes into a file itself: chosen, looked at and sealed as on the report
// page, and kept by the browser until the whole is saved.

import type { Json } from "./contents_of_answers.ts"
import type { Files, FilesHolder } from "./files_part.ts"
import type { Settings } from "./settings_page.ts"
import type { View } from "./view_page.ts"
import { VisitFiles } from "./visit_files_page.ts"
import type { SealedFile } from "../upload/keep_here.ts"
import type { FileNews, FileOrder } from "../upload/orders.ts"
import { MalformedFileError } from "../errors.ts"
import type { FileWorker } from "../file_client.ts"
import type { WorkerLike } from "../sealing_client.ts"
import { decodeBase64url } from "../wire/codec.ts"
import { bucketBytes, Upload } from "../wire/files.ts"
import type { CarriedFile } from "../wire/sealed_report.ts"

/** One sealed file with what the head of a sealed report says of it (SPEC 22). */
export interface FileToCarry extends CarriedFile {
    readonly file: Blob
}

const textOf = (member: Json | undefined): string => (typeof member === "string" ? member : "")

export class CarriedFiles implements FilesHolder {
    readonly files: Files
    private readonly sealed = new Map<string, Blob>()

    /** @param start starts what looks into files and seals them. */
    constructor(view: View, settings: Settings, start: () => WorkerLike<FileOrder>) {
        this.files = new VisitFiles(view, settings, () => this.keepingFrom(start()))
    }

    field(onChange: () => void): HTMLElement {
        return this.files.field(onChange)
    }

    forget(): void {
        this.files.forget()
        this.sealed.clear()
    }

    /**
     * Every file, in the order of the report's entries.
     *
     * @throws {MalformedFileError} one was not sealed yet.
     */
    all(): readonly FileToCarry[] {
        return this.files.contents().map((entry) => {
            const { upload, digest, size_bytes: sizeBytes } = entry
            const file = this.sealed.get(textOf(upload))
            if (file === undefined) throw new MalformedFileError("SPEC 22.1: a file was not sealed yet")
            return {
                upload: new Upload(decodeBase64url(textOf(upload)), bucketBytes(Number(sizeBytes))),
                digest: decodeBase64url(textOf(digest)),
                file,
            }
        })
    }

    /** Keep the sealed files that a worker hands over, and let the rest of its news through. */
    private keepingFrom(worker: WorkerLike<FileOrder>): FileWorker {
        return {
            postMessage: (order) => {
                worker.postMessage(order)
            },
            addEventListener: (type: "message" | "error" | "messageerror", listener: (event: { readonly data: unknown }) => void) => {
                if (type !== "message") {
                    worker.addEventListener(type, () => {
                        listener({ data: undefined })
                    })
                    return
                }
                worker.addEventListener("message", (event) => {
                    const news = event.data as FileNews | SealedFile
                    if (news.kind === "sealed") this.sealed.set(news.upload, news.file)
                    else listener({ data: news })
                })
            },
            terminate: () => {
                worker.terminate()
            },
        }
    }
}

/** What one visit's file worker holds: the files, what they would give away, their way to the server. */

import { cleanFile, inspectFile } from "../metadata/inspect.ts"
import { PartSealer } from "../sealing/parts.ts"
import { encodeBase64url, randomBytes } from "../wire/codec.ts"
import { bucketBytes, CAPABILITY_BYTES, Upload } from "../wire/files.ts"
import { readerOf } from "./file_reader.ts"
import { FileUpload, type SealingSource } from "./file_upload.ts"
import type { FileEntry, FileNews, FileOrder, SentAs } from "./orders.ts"
import type { PostParts } from "./post.ts"
import { Uploads } from "./uploads.ts"

const CONTENT_KEY_BYTES = 32

/** A file that was chosen. */
interface Chosen {
    readonly original: Blob
    /** Without hidden data; null while not looked at, and where there is nothing to take out. */
    cleaned: Blob | null
    /** As it was sent last. */
    sent: { readonly as: SentAs; readonly key: Uint8Array; readonly upload: FileUpload } | null
}

/** Opens a file for sealing under a fresh key. */
export type OpenForSealing = (upload: Upload, key: Uint8Array, blob: Blob) => Promise<SealingSource>

/** Seals on the thread that asks. */
const sealHere: OpenForSealing = (upload, key, blob) => PartSealer.of(upload, key, readerOf(blob), blob.size)

export class VisitFiles {
    private readonly chosen = new Map<number, Chosen>()
    private uploads: Uploads | undefined
    private sending: readonly number[] = []
    private readonly connect: (apiOrigin: string) => PostParts
    private readonly open: OpenForSealing
    private readonly tell: (news: FileNews) => void

    constructor(connect: (apiOrigin: string) => PostParts, tell: (news: FileNews) => void, open: OpenForSealing = sealHere) {
        this.connect = connect
        this.open = open
        this.tell = tell
    }

    async obey(order: FileOrder): Promise<void> {
        switch (order.kind) {
            case "add":
                return this.look(order.id, order.file)
            case "drop":
                this.end(this.chosen.get(order.id))
                this.chosen.delete(order.id)
                this.carry(this.sending.filter((id) => id !== order.id))
                return
            case "send":
                return this.send(order.apiOrigin, order.files)
            case "retry":
                return this.retry(order.id)
            case "pause":
            case "resume":
            case "wake":
            case "keep":
                this.uploads?.[order.kind]()
        }
    }

    private async look(id: number, file: Blob): Promise<void> {
        const chosen: Chosen = { original: file, cleaned: null, sent: null }
        this.chosen.set(id, chosen)
        try {
            const inspection = await inspectFile(file)
            if (inspection.verdict === "removable") chosen.cleaned = await cleanFile(file)
            this.tell({ kind: "looked", id, inspection, cleanedBytes: chosen.cleaned?.size ?? null })
        } catch {
            // Whatever the reason, what can't be looked at can't be sealed either.
            this.tell({ kind: "unreadable", id })
        }
    }

    private async send(apiOrigin: string, files: readonly { readonly id: number; readonly as: SentAs }[]): Promise<void> {
        this.uploads ??= new Uploads(this.connect(apiOrigin), {
            moved: (file) => {
                this.moved(file)
            },
            held: (file) => {
                this.held(file)
            },
            failed: ({ id }, reason) => {
                this.tell({ kind: "failed", id, reason })
            },
            waiting: (reason, seconds) => {
                this.tell({ kind: "waiting", reason, seconds })
            },
            moving: () => {
                this.tell({ kind: "moving" })
            },
            kept: () => {
                this.tell({ kind: "kept" })
            },
        })
        for (const { id, as } of files) {
            const chosen = this.chosen.get(id)
            if (chosen !== undefined && chosen.sent?.as !== as) await this.beginAnew(id, chosen, as)
        }
        this.uploads.resume()
        this.carry(files.map(({ id }) => id))
        for (const id of this.sending) this.tellAgain(id)
    }

    private async retry(id: number): Promise<void> {
        const chosen = this.chosen.get(id)
        if (chosen === undefined || chosen.sent === null) return
        await this.beginAnew(id, chosen, chosen.sent.as)
        this.carry(this.sending)
    }

    /** A fresh key and capability: what was sent before is never joined with it. */
    private async beginAnew(id: number, chosen: Chosen, as: SentAs): Promise<void> {
        this.end(chosen)
        const blob = as === "cleaned" ? (chosen.cleaned ?? chosen.original) : chosen.original
        const key = randomBytes(CONTENT_KEY_BYTES)
        const upload = new Upload(randomBytes(CAPABILITY_BYTES), bucketBytes(blob.size))
        chosen.sent = { as, key, upload: new FileUpload(id, await this.open(upload, key, blob)) }
        this.moved(chosen.sent.upload)
    }

    private end(chosen: Chosen | undefined): void {
        chosen?.sent?.upload.ending.abort()
        chosen?.sent?.upload.sealer.close()
    }

    private carry(ids: readonly number[]): void {
        this.sending = ids
        const files = ids.map((id) => this.chosen.get(id)?.sent?.upload).filter((upload) => upload !== undefined)
        this.uploads?.carry(files)
    }

    /** What the page may have missed since it asked last. */
    private tellAgain(id: number): void {
        const sent = this.chosen.get(id)?.sent ?? null
        if (sent === null) return
        this.moved(sent.upload)
        if (sent.upload.failure !== null) this.tell({ kind: "failed", id, reason: sent.upload.failure })
        else if (sent.upload.isHeld) this.held(sent.upload)
    }

    private moved(file: FileUpload): void {
        if (this.chosen.get(file.id)?.sent?.upload !== file) return
        this.tell({ kind: "moved", id: file.id, heldBytes: file.heldBytes, sealedBytes: file.sealer.upload.sealedBytes })
    }

    private held(file: FileUpload): void {
        const sent = this.chosen.get(file.id)?.sent
        if (sent?.upload !== file) return
        const { upload, sizeBytes } = file.sealer
        const entry: FileEntry = {
            upload: encodeBase64url(upload.capability),
            key: encodeBase64url(sent.key),
            digest: encodeBase64url(file.sealer.digest()),
            size_bytes: sizeBytes,
        }
        this.tell({ kind: "held", id: file.id, entry })
    }
}

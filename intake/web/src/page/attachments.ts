// The files that somebody added: what is known of each, and what of it will stand in the report.

import { cleanText } from "./contents_of_answers.ts"
import type { Content } from "./contents_of_answers.ts"
import type { Inspection } from "../metadata/inspect.ts"
import type { FailureReason } from "../upload/file_upload.ts"
import type { FileEntry, FileNews, SentAs } from "../upload/orders.ts"
import { bucketBytes, Upload, CAPABILITY_BYTES } from "../wire/files.ts"

export interface Attachment {
    /** Counts up within one visit. */
    readonly id: number
    /** On this device. */
    readonly name: string
    readonly type: string
    readonly sizeBytes: number
    /** What it would give away; null while it is looked at. */
    readonly inspection: Inspection | null
    readonly unreadable: boolean
    /** Its size without hidden data; null where nothing is taken out. */
    readonly cleanedBytes: number | null
    /** The untouched original is sent, on purpose. */
    readonly original: boolean
    readonly keepsName: boolean
    /** Bytes of the sealed file that the server holds. */
    readonly heldBytes: number
    /** Once the server holds all of it. */
    readonly entry: FileEntry | null
    readonly failure: FailureReason | null
}

/** The part of `File` that is used here. */
export interface NamedFile {
    readonly name: string
    readonly type: string
    readonly size: number
}

export interface FileLimits {
    readonly maxFiles: number
    readonly maxFileBytes: number
}

/** Why a file is not even added. */
export type Refusal = "empty" | "large" | "many"

// Of their true lengths, so that the room in the report is told exactly before anything is sent.
const ENTRY_TO_COME = { upload: "A".repeat(22), key: "A".repeat(43), digest: "A".repeat(43) }

/** The size of what is sent of a file. */
export function sentBytes(attachment: Attachment): number {
    return attachment.original ? attachment.sizeBytes : (attachment.cleanedBytes ?? attachment.sizeBytes)
}

export function sentAs(attachment: Attachment): SentAs {
    return attachment.original || attachment.cleanedBytes === null ? "original" : "cleaned"
}

/** The size of what travels: padded and sealed. */
export function sealedBytes(attachment: Attachment): number {
    return new Upload(new Uint8Array(CAPABILITY_BYTES), bucketBytes(sentBytes(attachment))).sealedBytes
}

/** It gives something away, or may, that can't be taken out here. */
export function isTelling({ inspection }: Attachment): boolean {
    if (inspection?.verdict !== "cannot") return false
    return inspection.findings.length > 0 || inspection.mayRemain.includes("unreadable")
}

/** Nobody has said yet that it may be sent as it is. */
export function wantsDecision(attachment: Attachment): boolean {
    return isTelling(attachment) && !attachment.original
}

/** SPEC 17.3; name and type only where the reporter keeps them. */
export function entryContent(attachment: Attachment): Content {
    const { upload, key, digest } = attachment.entry ?? ENTRY_TO_COME
    const kept = attachment.keepsName ? { type: cleanText(attachment.type), name: cleanText(attachment.name) } : {}
    const said = Object.entries(kept).filter(([, text]) => text !== "")
    return { upload, key, digest, size_bytes: sentBytes(attachment), ...Object.fromEntries(said) }
}

export class Attachments {
    items: readonly Attachment[] = []
    private lastId = 0
    private readonly limits: FileLimits

    constructor(limits: FileLimits) {
        this.limits = limits
    }

    /** Add a file; its id, or why it is refused. */
    add(file: NamedFile): number | Refusal {
        if (file.size === 0) return "empty"
        if (file.size > this.limits.maxFileBytes) return "large"
        if (this.items.length >= this.limits.maxFiles) return "many"
        this.lastId += 1
        const untouched = { inspection: null, unreadable: false, cleanedBytes: null, original: false, keepsName: false, heldBytes: 0, entry: null, failure: null }
        this.items = [...this.items, { id: this.lastId, name: file.name, type: file.type, sizeBytes: file.size, ...untouched }]
        return this.lastId
    }

    remove(id: number): void {
        this.items = this.items.filter((item) => item.id !== id)
    }

    change(id: number, changes: Partial<Pick<Attachment, "original" | "keepsName">>): void {
        const other = changes.original !== undefined
        // Other bytes are another file: what was sent of the one before does not count.
        this.update(id, { ...changes, ...(other ? { heldBytes: 0, entry: null, failure: null } : {}) })
    }

    retry(id: number): void {
        this.update(id, { failure: null, entry: null, heldBytes: 0 })
    }

    /** Take over what the worker tells of one file. */
    receive(news: FileNews): void {
        switch (news.kind) {
            case "looked":
                this.update(news.id, { inspection: news.inspection, cleanedBytes: news.cleanedBytes })
                return
            case "unreadable":
                this.update(news.id, { unreadable: true })
                return
            case "moved":
                this.update(news.id, { heldBytes: news.heldBytes })
                return
            case "held":
                this.update(news.id, { entry: news.entry })
                return
            case "failed":
                this.update(news.id, { failure: news.reason, entry: null })
                return
            case "waiting":
            case "solving":
            case "moving":
            case "kept":
        }
    }

    get contents(): readonly Content[] {
        return this.items.map(entryContent)
    }

    private update(id: number, changes: Partial<Attachment>): void {
        this.items = this.items.map((item) => (item.id === id ? { ...item, ...changes } : item))
    }
}

/** What the page and the file worker say to each other. */

import type { FailureReason } from "./file_upload.ts"
import type { WaitReason } from "./uploads.ts"
import type { Inspection } from "../metadata/inspect.ts"

/** Which bytes of a file are sent. */
export type SentAs = "cleaned" | "original"

/** A file's entry in a report (SPEC 17.3), without what its reporter may keep. */
export interface FileEntry {
    readonly upload: string
    readonly key: string
    readonly digest: string
    readonly size_bytes: number
}

export type FileOrder =
    /** Look at a file; nothing leaves. */
    | { readonly kind: "add"; readonly id: number; readonly file: Blob }
    | { readonly kind: "drop"; readonly id: number }
    /** Seal and send these, and no others. */
    | { readonly kind: "send"; readonly apiOrigin: string; readonly files: readonly { readonly id: number; readonly as: SentAs }[] }
    | { readonly kind: "pause" | "resume" | "wake" | "keep" }
    /** Seal a file anew and send it from the start. */
    | { readonly kind: "retry"; readonly id: number }

export type FileNews =
    /** `cleanedBytes` is the size without hidden data, null where there is nothing to take out. */
    | { readonly kind: "looked"; readonly id: number; readonly inspection: Inspection; readonly cleanedBytes: number | null }
    | { readonly kind: "unreadable"; readonly id: number }
    | { readonly kind: "moved"; readonly id: number; readonly heldBytes: number; readonly sealedBytes: number }
    | { readonly kind: "held"; readonly id: number; readonly entry: FileEntry }
    | { readonly kind: "failed"; readonly id: number; readonly reason: FailureReason }
    | { readonly kind: "waiting"; readonly reason: WaitReason; readonly seconds: number }
    /** `solving`: a busy server wants work done before it takes more. */
    | { readonly kind: "solving" | "moving" | "kept" }

/** A network and a server behind it that keeps parts, for tests of what goes over it. */

import { equalBytes, Reader, type Bytes } from "../../wire/codec.ts"
import { MalformedFileError } from "../../errors.ts"
import { parseUpload, UPLOAD_BYTES, type Upload } from "../../wire/files.ts"
import type { PartsAnswer, PartsPath, PostParts } from "../post.ts"

const DONE: PartsAnswer = { kind: "done", body: new Uint8Array(0) }
const hex = (raw: Uint8Array): string => Array.from(raw, (byte) => byte.toString(16).padStart(2, "0")).join("")

/** Holds what it is given, byte for byte, as API.md 2.3 says; what fails on the way is told to it. */
export class Network {
    readonly parts = new Map<string, Bytes>()
    readonly kept = new Set<string>()
    readonly asked: PartsPath[] = []
    /** How many requests run at the same time, at most. */
    mostAtOnce = 0
    /** Takes part in each request before the server sees it; an answer ends it there. */
    before: (path: PartsPath, count: number, body: Bytes) => PartsAnswer | undefined = () => undefined
    /** The same behind the server: what it did stands, and its answer is lost. */
    after: (path: PartsPath, count: number) => PartsAnswer | undefined = () => undefined
    delayMs = 1
    private running = 0

    readonly post: PostParts = async (path, body, signal) => {
        this.asked.push(path)
        const count = this.asked.length
        this.running += 1
        this.mostAtOnce = Math.max(this.mostAtOnce, this.running)
        await new Promise((resolve) => setTimeout(resolve, this.delayMs))
        this.running -= 1
        if (signal.aborted) return { kind: "unreachable" }
        return this.before(path, count, body) ?? this.answered(path, body, count)
    }

    /** The parts of an upload, one after the other. */
    file(upload: Upload): Bytes[] {
        return Array.from({ length: upload.partCount }, (_, index) => this.parts.get(hex(upload.partId(index))) ?? new Uint8Array(0))
    }

    lose(upload: Upload, index: number): void {
        this.parts.delete(hex(upload.partId(index)))
    }

    private answered(path: PartsPath, body: Bytes, count: number): PartsAnswer {
        const answer = this.serve(path, body)
        return this.after(path, count) ?? answer
    }

    private serve(path: PartsPath, body: Bytes): PartsAnswer {
        const upload = parseUpload(body.subarray(0, UPLOAD_BYTES))
        const ids = Array.from({ length: upload.partCount }, (_, index) => hex(upload.partId(index)))
        if (path === "parts/held") return { kind: "done", body: Uint8Array.from(ids, (id) => (this.parts.has(id) ? 1 : 0)) }
        if (path === "parts/kept") {
            if (!ids.every((id) => this.parts.has(id))) return { kind: "refused", status: 409, problem: "parts-missing" }
            ids.forEach((id) => this.kept.add(id))
            return DONE
        }
        return this.take(upload, body.subarray(UPLOAD_BYTES))
    }

    private take(upload: Upload, rest: Uint8Array): PartsAnswer {
        const reader = new Reader(rest, MalformedFileError, "17.4")
        const index = reader.number(4)
        const part = reader.take(upload.partBytes(index))
        reader.end()
        const id = hex(upload.partId(index))
        const before = this.parts.get(id)
        if (before !== undefined && !equalBytes(before, part)) return { kind: "refused", status: 409, problem: "part-taken" }
        this.parts.set(id, part)
        return DONE
    }
}

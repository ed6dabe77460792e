/** One request for the parts of files. Source: API.md 2. */

import { post } from "../page/post.ts"
import type { Solver } from "../page/post.ts"
import { retryAfterSeconds } from "../page/submission.ts"
import type { Bytes } from "../wire/codec.ts"

export type PartsPath = "parts" | "parts/held" | "parts/kept"

export type PartsAnswer =
    | { readonly kind: "done"; readonly body: Bytes }
    /** The server asks for patience: it is busy, or has no room. */
    | { readonly kind: "wait"; readonly reason: "busy" | "full"; readonly seconds: number }
    | { readonly kind: "unreachable" }
    /** `problem` is the last part of the problem's type (API.md 5), or empty. */
    | { readonly kind: "refused"; readonly status: number; readonly problem: string }

/** Whatever carries requests; the tests stand a network of their own in its place. */
export type PostParts = (path: PartsPath, body: Bytes, signal: AbortSignal) => Promise<PartsAnswer>

// Longer than the server waits for a part; a connection that died says nothing by itself.
const PATIENCE_MS = 300_000

async function problemOf(response: Response): Promise<string> {
    try {
        const members = (await response.json()) as { readonly type?: unknown }
        return typeof members.type === "string" ? members.type.slice(members.type.lastIndexOf("/") + 1) : ""
    } catch {
        return ""
    }
}

async function outcomeOf(response: Response): Promise<PartsAnswer> {
    if (response.status === 200 || response.status === 204) return { kind: "done", body: new Uint8Array(await response.arrayBuffer()) }
    const seconds = retryAfterSeconds(response.headers.get("Retry-After"))
    if (response.status === 507) return { kind: "wait", reason: "full", seconds }
    if (response.status === 429 || response.status === 503) return { kind: "wait", reason: "busy", seconds }
    if (response.status >= 500 || response.status < 400) return { kind: "unreachable" }
    return { kind: "refused", status: response.status, problem: await problemOf(response) }
}

/** Requests to one API. They never throw for what a network or a server can do. */
export function postTo(apiOrigin: string, solver: Solver): PostParts {
    return async (path, body, signal) => {
        const ending = new AbortController()
        const end = (): void => {
            ending.abort()
        }
        const timer = setTimeout(end, PATIENCE_MS)
        signal.addEventListener("abort", end)
        try {
            return await outcomeOf(await post(`${apiOrigin}/api/v1/${path}`, body, ending.signal, solver))
        } catch {
            return { kind: "unreachable" }
        } finally {
            clearTimeout(timer)
            signal.removeEventListener("abort", end)
        }
    }
}

// Sending sealed bytes. The same bytes may be sent again: the server answers the same.

import { post } from "./post.ts"
import type { Solver } from "./post.ts"

/** A server that asks for less patience than this would be asked too often. */
const SHORTEST_WAIT_SECONDS = 1
const LONGEST_WAIT_SECONDS = 3600

/** Waits between tries when no answer comes at all. */
const BACKOFF_SECONDS = [5, 10, 20, 40, 60] as const

export type Sent =
    | { readonly kind: "accepted"; readonly acknowledgement: Uint8Array<ArrayBuffer> }
    | { readonly kind: "outdated" }
    /** Other bytes lie under its acknowledgement slot or a row of it. */
    | { readonly kind: "taken" }
    | { readonly kind: "wait"; readonly reason: "busy" | "full"; readonly seconds: number }
    | { readonly kind: "unreachable" }
    | { readonly kind: "refused"; readonly status: number }

/** Seconds to wait before try number `tries` + 1 when the network fails. */
export function backoffSeconds(tries: number): number {
    return BACKOFF_SECONDS[Math.min(tries, BACKOFF_SECONDS.length - 1)] ?? SHORTEST_WAIT_SECONDS
}

/** Retry-After in seconds; only its form in seconds is used by the server. */
export function retryAfterSeconds(header: string | null): number {
    const seconds = header !== null && /^\d{1,6}$/u.test(header) ? Number(header) : BACKOFF_SECONDS[2]
    return Math.min(Math.max(seconds, SHORTEST_WAIT_SECONDS), LONGEST_WAIT_SECONDS)
}

/** Bytes of unpadded base64url; undefined for anything else. */
function bytesOfBase64url(text: unknown): Uint8Array<ArrayBuffer> | undefined {
    if (typeof text !== "string" || !/^[A-Za-z0-9_-]+$/u.test(text) || text.length % 4 === 1) return undefined
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (symbol) => symbol.charCodeAt(0))
}

async function membersOf(response: Response): Promise<Readonly<Record<string, unknown>>> {
    try {
        const body: unknown = await response.json()
        return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {}
    } catch {
        return {}
    }
}

async function outcomeOf(response: Response): Promise<Sent> {
    const members = await membersOf(response)
    const problem = typeof members["type"] === "string" ? members["type"] : ""
    const seconds = retryAfterSeconds(response.headers.get("Retry-After"))
    if (response.status === 201 || response.status === 200) {
        const acknowledgement = bytesOfBase64url(members["acknowledgement"])
        return acknowledgement === undefined ? { kind: "unreachable" } : { kind: "accepted", acknowledgement }
    }
    if (response.status === 409 && problem.endsWith("/key-set-outdated")) return { kind: "outdated" }
    if (response.status === 409 && /\/(?:slot|row)-taken$/u.test(problem)) return { kind: "taken" }
    if (response.status === 429) return { kind: "wait", reason: "busy", seconds }
    if (response.status === 503 || response.status === 507) return { kind: "wait", reason: "full", seconds }
    return response.status >= 500 ? { kind: "unreachable" } : { kind: "refused", status: response.status }
}

/** One try. Never throws for what a network or a server can do. */
export async function sendSubmission(apiOrigin: string, sealed: Uint8Array<ArrayBuffer>, signal: AbortSignal, solver: Solver): Promise<Sent> {
    try {
        return await outcomeOf(await post(`${apiOrigin}/api/v1/submissions`, sealed, signal, solver))
    } catch {
        return { kind: "unreachable" }
    }
}

/**
 * The published key set, not yet verified.
 *
 * Raises:
 *     TypeError: the network failed, or the server did not answer 200.
 */
export async function fetchKeySet(apiOrigin: string): Promise<Uint8Array<ArrayBuffer>> {
    const response = await fetch(`${apiOrigin}/api/v1/key-set`, {
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        referrerPolicy: "no-referrer",
    })
    if (!response.ok) throw new TypeError("no key set")
    return new Uint8Array(await response.arrayBuffer())
}

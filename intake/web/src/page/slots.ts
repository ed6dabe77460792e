// Asking for slots: every request and every answer has one size, whatever lies there (SPEC 11.4).

import { post } from "./post.ts"
import type { Solver } from "./post.ts"
import { retryAfterSeconds } from "./submission.ts"

export type Window =
    | { readonly kind: "answer"; readonly bytes: Uint8Array<ArrayBuffer> }
    | { readonly kind: "wait"; readonly seconds: number }
    | { readonly kind: "unreachable" }

/** Ask for eight slots. Never throws for what a network or a server can do. */
export async function fetchWindow(apiOrigin: string, preimages: Uint8Array<ArrayBuffer>, signal: AbortSignal, solver: Solver): Promise<Window> {
    try {
        const response = await post(`${apiOrigin}/api/v1/slots`, preimages, signal, solver)
        if ([429, 503, 507].includes(response.status)) {
            return { kind: "wait", seconds: retryAfterSeconds(response.headers.get("Retry-After")) }
        }
        if (!response.ok) return { kind: "unreachable" }
        return { kind: "answer", bytes: new Uint8Array(await response.arrayBuffer()) }
    } catch {
        return { kind: "unreachable" }
    }
}

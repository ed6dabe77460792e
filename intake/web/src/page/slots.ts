// Asking for slots: every request and every answer has one size, whatever lies there (SPEC 11.4).

import { retryAfterSeconds } from "./submission.ts"

const MEDIA_TYPE = "application/octet-stream"

export type Window =
    | { readonly kind: "answer"; readonly bytes: Uint8Array<ArrayBuffer> }
    | { readonly kind: "wait"; readonly seconds: number }
    | { readonly kind: "unreachable" }

/** Ask for eight slots. Never throws for what a network or a server can do. */
export async function fetchWindow(apiOrigin: string, preimages: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<Window> {
    try {
        const response = await fetch(`${apiOrigin}/api/v1/slots`, {
            method: "POST",
            body: preimages,
            headers: { "Content-Type": MEDIA_TYPE },
            cache: "no-store",
            credentials: "omit",
            redirect: "error",
            referrerPolicy: "no-referrer",
            signal,
        })
        if ([429, 503, 507].includes(response.status)) {
            return { kind: "wait", seconds: retryAfterSeconds(response.headers.get("Retry-After")) }
        }
        if (!response.ok) return { kind: "unreachable" }
        return { kind: "answer", bytes: new Uint8Array(await response.arrayBuffer()) }
    } catch {
        return { kind: "unreachable" }
    }
}

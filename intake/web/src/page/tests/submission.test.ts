import { describe, expect, it, vi } from "vitest"

import { backoffSeconds, fetchKeySet, retryAfterSeconds, sendSubmission } from "../submission.ts"

const SEALED = new Uint8Array(4)
const UNASKED = { solve: async (): Promise<undefined> => Promise.resolve(undefined) }

function answer(status: number, body: string, headers: Record<string, string> = {}): ReturnType<typeof vi.fn> {
    const fetched = vi.fn(() => Promise.resolve(new Response(body, { status, headers })))
    vi.stubGlobal("fetch", fetched)
    return fetched
}

const send = async (): ReturnType<typeof sendSubmission> => sendSubmission("https://api.example", SEALED, new AbortController().signal, UNASKED)

describe("sending sealed bytes", () => {
    it("posts them as they are, without credentials, referrer or redirects", async () => {
        const fetched = answer(201, '{"acknowledgement":"AQID"}')

        expect(await send()).toEqual({ kind: "accepted", acknowledgement: new Uint8Array([1, 2, 3]) })
        expect(fetched).toHaveBeenCalledWith(
            "https://api.example/api/v1/submissions",
            expect.objectContaining({ body: SEALED, credentials: "omit", redirect: "error", referrerPolicy: "no-referrer" }),
        )
    })

    it("waits as long as the server asks", async () => {
        answer(429, "{}", { "Retry-After": "7" })
        expect(await send()).toEqual({ kind: "wait", reason: "busy", seconds: 7 })

        answer(507, "{}", { "Retry-After": "60" })
        expect(await send()).toEqual({ kind: "wait", reason: "full", seconds: 60 })
    })

    it("tells an outdated key set from other refusals", async () => {
        answer(409, '{"type":"/problems/key-set-outdated"}')
        expect(await send()).toEqual({ kind: "outdated" })

        answer(409, '{"type":"/problems/slot-taken"}')
        expect(await send()).toEqual({ kind: "taken" })

        answer(400, '{"type":"/problems/malformed"}')
        expect(await send()).toEqual({ kind: "refused", status: 400 })
    })

    it.each([
        ["a 201 without an acknowledgement", 201, "{}"],
        ["a 201 that is not base64url", 201, '{"acknowledgement":"A"}'],
        ["a 201 that is not JSON", 201, "<html>"],
        ["a proxy's error", 502, "<html>"],
    ])("counts %s as no answer, so that it is tried again", async (_, status, body) => {
        answer(status, body)

        expect(await send()).toEqual({ kind: "unreachable" })
    })

    it("never throws when the network fails", async () => {
        vi.stubGlobal("fetch", () => Promise.reject(new TypeError("network")))

        expect(await send()).toEqual({ kind: "unreachable" })
    })
})

describe("waiting", () => {
    it("takes Retry-After in seconds, within reason", () => {
        expect(retryAfterSeconds("0")).toBe(1)
        expect(retryAfterSeconds("999999")).toBe(3600)
        expect(retryAfterSeconds("Wed, 21 Oct 2026 07:28:00 GMT")).toBe(20)
        expect(retryAfterSeconds(null)).toBe(20)
    })

    it("grows with each try, up to a minute", () => {
        expect([0, 1, 4, 99].map(backoffSeconds)).toEqual([5, 10, 60, 60])
    })
})

describe("the key set", () => {
    it("is fetched as bytes", async () => {
        answer(200, "{}")

        expect(await fetchKeySet("")).toEqual(new Uint8Array([0x7b, 0x7d]))
    })

    it("is missing when the server does not answer 200", async () => {
        answer(503, "")

        await expect(fetchKeySet("")).rejects.toThrow(TypeError)
    })
})

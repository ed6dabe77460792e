import { describe, expect, it, vi } from "vitest"

import { post } from "../post.ts"
import { fetchWindow } from "../slots.ts"

const BYTES = new Uint8Array([1, 2, 3])
const CHALLENGE = {
    parameters: {
        algorithm: "PBKDF2/SHA-256",
        cost: 160,
        expiresAt: 4_000_000_000,
        keyLength: 32,
        keyPrefix: "0",
        nonce: "0f".repeat(16),
        salt: "f0".repeat(16),
    },
    signature: "ab".repeat(32),
}

const refusal = (): Response => new Response(JSON.stringify({ challenge: CHALLENGE }), { status: 429, headers: { "Retry-After": "9" } })

type Fetch = (url: string, options: RequestInit) => Promise<Response>

/** Answers one after the other; the last one for ever. */
function answers(...responses: readonly (() => Response)[]): ReturnType<typeof vi.fn<Fetch>> {
    let asked = 0
    const fetched = vi.fn<Fetch>(async () => {
        const response = responses[Math.min(asked, responses.length - 1)] ?? refusal
        asked += 1
        return Promise.resolve(response())
    })
    vi.stubGlobal("fetch", fetched)
    return fetched
}

const solver = { solve: vi.fn(async () => Promise.resolve("proof")) }
const send = async (): Promise<Response> => post("https://api.example/x", BYTES, new AbortController().signal, solver)

describe("posting", () => {
    it("solves nothing while nothing is asked for", async () => {
        const fetched = answers(() => new Response("", { status: 201 }))

        expect((await send()).status).toBe(201)
        expect(solver.solve).not.toHaveBeenCalled()
        expect(fetched.mock.calls[0]?.[1].headers).toEqual({ "Content-Type": "application/octet-stream" })
    })

    it("sends the same bytes again with the proof", async () => {
        const fetched = answers(refusal, () => new Response("", { status: 201 }))

        expect((await send()).status).toBe(201)
        expect(fetched.mock.calls.map(([, { body }]) => body)).toEqual([BYTES, BYTES])
        expect(fetched.mock.calls[1]?.[1].headers).toEqual({ "Content-Type": "application/octet-stream", Proof: "proof" })
    })

    it("gives the refusal back, readable, after three proofs that did not count", async () => {
        const fetched = answers(refusal)

        const response = await send()

        expect(response.status).toBe(429)
        expect(await response.json()).toEqual({ challenge: CHALLENGE })
        expect(fetched).toHaveBeenCalledTimes(4)
    })

    it.each([
        ["without a challenge", "{}"],
        ["that is not JSON", "<html>"],
    ])("waits out a refusal %s", async (_, body) => {
        const fetched = answers(() => new Response(body, { status: 429 }))

        expect((await send()).status).toBe(429)
        expect(fetched).toHaveBeenCalledTimes(1)
    })

    it("stops when nothing could be solved", async () => {
        const fetched = answers(refusal)
        const unable = { solve: async (): Promise<undefined> => Promise.resolve(undefined) }

        const window = await fetchWindow("", BYTES, new AbortController().signal, unable)

        expect(window).toEqual({ kind: "wait", seconds: 9 })
        expect(fetched).toHaveBeenCalledTimes(1)
    })
})

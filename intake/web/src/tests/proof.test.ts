import { pbkdf2Sync } from "node:crypto"

import { solveChallenge } from "altcha-lib"
import { deriveKey } from "altcha-lib/algorithms/web/pbkdf2"
import { describe, expect, it, vi } from "vitest"

import { MOST_ITERATIONS, encodeProof, parseChallenge } from "../proof.ts"
import { ProofSolver } from "../proof_client.ts"
import type { ProofWorkerLike } from "../proof_client.ts"

const PARAMETERS = {
    algorithm: "PBKDF2/SHA-256",
    cost: 160,
    expiresAt: 4_000_000_000,
    keyLength: 32,
    keyPrefix: "0",
    nonce: "0f".repeat(16),
    salt: "f0".repeat(16),
}
const CHALLENGE = { parameters: PARAMETERS, signature: "ab".repeat(32) }
const SOLUTION = { counter: 7, derivedKey: "0a", time: 12.5 }

describe("a challenge", () => {
    it("is taken from a refusal", () => {
        expect(parseChallenge({ type: "/problems/proof-required", challenge: CHALLENGE })).toEqual(CHALLENGE)
    })

    it.each([
        ["another algorithm", { algorithm: "ARGON2ID" }],
        ["too many iterations", { cost: MOST_ITERATIONS + 1 }],
        ["no iterations", { cost: 0 }],
        ["a broken number of iterations", { cost: 1.5 }],
        ["iterations in words", { cost: "160" }],
        ["no prefix", { keyPrefix: "" }],
        ["a long prefix", { keyPrefix: "000" }],
        ["a prefix that is not hexadecimal", { keyPrefix: "0G" }],
        ["another key length", { keyLength: 2 ** 31 }],
        ["an expiry in words", { expiresAt: "never" }],
        ["a short nonce", { nonce: "0f" }],
        ["no salt", { salt: null }],
        ["one more parameter", { memoryCost: 1 }],
    ])("with %s is none that is solved", (_, altered) => {
        expect(parseChallenge({ challenge: { ...CHALLENGE, parameters: { ...PARAMETERS, ...altered } } })).toBeUndefined()
    })

    it.each([undefined, null, [], "challenge", {}, { challenge: null }, { challenge: { parameters: PARAMETERS } }, { challenge: { ...CHALLENGE, signature: "x" } }])(
        "is not found in %j",
        (problem) => {
            expect(parseChallenge(problem)).toBeUndefined()
        },
    )

    it("is solved by the library as API.md 2.5 says", async () => {
        const solution = await solveChallenge({ challenge: CHALLENGE, deriveKey })

        const counter = Buffer.alloc(4)
        counter.writeUInt32BE(solution?.counter ?? 0)
        const password = Buffer.concat([Buffer.from(PARAMETERS.nonce, "hex"), counter])
        const key = pbkdf2Sync(password, Buffer.from(PARAMETERS.salt, "hex"), PARAMETERS.cost, 32, "sha256").toString("hex")
        expect(solution?.derivedKey).toBe(key)
        expect(key.startsWith("0")).toBe(true)
    })
})

describe("a proof", () => {
    it("holds challenge and solution, and not how long it took", () => {
        expect(JSON.parse(atob(encodeProof(CHALLENGE, SOLUTION)))).toEqual({
            challenge: CHALLENGE,
            solution: { counter: 7, derivedKey: "0a" },
        })
    })
})

/** Stands where the browser's worker would; answers when told to. */
class Worker implements ProofWorkerLike {
    readonly asked: object[] = []
    readonly terminate = vi.fn()
    private readonly listeners = new Map<string, (event: { readonly data: unknown }) => void>()

    postMessage(message: object): void {
        this.asked.push(message)
    }

    addEventListener(type: string, listener: (event: { readonly data: unknown }) => void): void {
        this.listeners.set(type, listener)
    }

    say(type: string, data?: unknown): void {
        this.listeners.get(type)?.({ data })
    }
}

function solver(): { solver: ProofSolver; worker: Worker; shown: boolean[]; started: () => number } {
    const worker = new Worker()
    const shown: boolean[] = []
    const start = vi.fn(() => worker)
    const made = new ProofSolver((isSolving) => {
        shown.push(isSolving)
    }, start)
    return { solver: made, worker, shown, started: () => start.mock.calls.length }
}

const settle = async (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

describe("the solver", () => {
    it("starts no worker before the first puzzle, and one for all", async () => {
        const { solver: one, worker, shown, started } = solver()
        expect(started()).toBe(0)

        const proofs = Promise.all([one.solve(CHALLENGE), one.solve(CHALLENGE)])
        await settle()
        expect(worker.asked).toHaveLength(1)
        worker.say("message", SOLUTION)
        await settle()
        worker.say("message", SOLUTION)

        expect(await proofs).toEqual([encodeProof(CHALLENGE, SOLUTION), encodeProof(CHALLENGE, SOLUTION)])
        expect(started()).toBe(1)
        expect(shown).toEqual([true, false])
    })

    it.each([
        ["took too long", "message", null],
        ["failed", "message", { error: new Error("no") }],
        ["died", "error", undefined],
    ])("gives nothing when the worker %s", async (_, type, data) => {
        const { solver: one, worker } = solver()

        const proof = one.solve(CHALLENGE)
        await settle()
        worker.say(type, data)

        expect(await proof).toBeUndefined()
    })

    it("gives nothing and shows nothing once it was ended", async () => {
        const { solver: one, worker, shown } = solver()

        const proofs = Promise.all([one.solve(CHALLENGE), one.solve(CHALLENGE)])
        await settle()
        one.close()

        expect(await proofs).toEqual([undefined, undefined])
        expect(worker.terminate).toHaveBeenCalled()
        expect(shown).toEqual([true])
    })
})

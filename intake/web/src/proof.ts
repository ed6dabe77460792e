/** What a busy server asks for, and the header that answers it. Source: intake/API.md 2.5. */

import type { Challenge, ChallengeParameters, Solution } from "altcha-lib/types"

export const ALGORITHM = "PBKDF2/SHA-256"
export const PROOF_HEADER = "Proof"
/** Sixteen times what our servers ask for at most: a hostile one must not keep a phone busy. */
export const MOST_ITERATIONS = 20_000

const KEY_BYTES = 32
const PARAMETERS = ["algorithm", "cost", "expiresAt", "keyLength", "keyPrefix", "nonce", "salt"]

type Members = Readonly<Record<string, unknown>>

function isMembers(value: unknown): value is Members {
    return typeof value === "object" && value !== null && !Array.isArray(value)
}

function matches(pattern: RegExp, value: unknown): value is string {
    return typeof value === "string" && pattern.test(value)
}

function parametersOf(value: unknown): ChallengeParameters | undefined {
    if (!isMembers(value) || Object.keys(value).sort().join() !== PARAMETERS.join()) return undefined
    const { algorithm, cost, expiresAt, keyLength, keyPrefix, nonce, salt } = value
    if (algorithm !== ALGORITHM || keyLength !== KEY_BYTES) return undefined
    if (typeof cost !== "number" || !Number.isInteger(cost) || cost < 1 || cost > MOST_ITERATIONS) return undefined
    if (typeof expiresAt !== "number" || !Number.isSafeInteger(expiresAt)) return undefined
    if (!matches(/^[0-9a-f]{1,2}$/u, keyPrefix) || !matches(/^[0-9a-f]{32}$/u, nonce) || !matches(/^[0-9a-f]{32}$/u, salt)) return undefined
    return { algorithm, cost, expiresAt, keyLength, keyPrefix, nonce, salt }
}

/** The challenge in a refusal; undefined for what no server of ours would ask for. */
export function parseChallenge(problem: unknown): Challenge | undefined {
    const challenge = isMembers(problem) ? problem["challenge"] : undefined
    if (!isMembers(challenge) || !matches(/^[0-9a-f]{64}$/u, challenge["signature"])) return undefined
    const parameters = parametersOf(challenge["parameters"])
    return parameters === undefined ? undefined : { parameters, signature: challenge["signature"] }
}

/** The header's value. How long it took is left out: it would tell what device this is. */
export function encodeProof(challenge: Challenge, { counter, derivedKey }: Solution): string {
    return btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } }))
}

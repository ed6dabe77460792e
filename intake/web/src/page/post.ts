// Posting sealed bytes, with the work that a busy server asks for (intake/API.md 2.5).

import { PROOF_HEADER, parseChallenge } from "../proof.ts"
import type { ProofSolver } from "../proof_client.ts"

const MEDIA_TYPE = "application/octet-stream"
const TOO_MANY_REQUESTS = 429

/** A proof may come too late, or from another network than its challenge; then there is a new one. */
const MOST_PROOFS = 3

/** Solves, or gives undefined. */
export type Solver = Pick<ProofSolver, "solve">

async function postOnce(url: string, body: Uint8Array<ArrayBuffer>, signal: AbortSignal, proof: string | undefined): Promise<Response> {
    return fetch(url, {
        method: "POST",
        body,
        headers: { "Content-Type": MEDIA_TYPE, ...(proof === undefined ? {} : { [PROOF_HEADER]: proof }) },
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        referrerPolicy: "no-referrer",
        signal,
    })
}

/** A refusal as JSON, which stays readable for who gets it; undefined where it is none. */
async function problemOf(response: Response): Promise<unknown> {
    try {
        return await response.clone().json()
    } catch {
        return undefined
    }
}

/** The work that a refusal asks for, done; undefined where it asks for none. */
async function proofFor(response: Response, solver: Solver): Promise<string | undefined> {
    if (response.status !== TOO_MANY_REQUESTS) return undefined
    const challenge = parseChallenge(await problemOf(response))
    return challenge === undefined ? undefined : solver.solve(challenge)
}

/**
 * Post bytes; above the server's limit solve its puzzle and post the same bytes again.
 *
 * @returns the last answer, 429 where no proof let the bytes in.
 *
 * Raises:
 *     whatever `fetch` raises.
 */
export async function post(url: string, body: Uint8Array<ArrayBuffer>, signal: AbortSignal, solver: Solver): Promise<Response> {
    let response = await postOnce(url, body, signal, undefined)
    for (let proofs = 0; proofs < MOST_PROOFS && !signal.aborted; proofs += 1) {
        const proof = await proofFor(response, solver)
        if (proof === undefined) break
        response = await postOnce(url, body, signal, proof)
    }
    return response
}

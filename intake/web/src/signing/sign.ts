/** Signatures over purpose-labelled bytes. Source: RFC 8032; SPEC 1.2. */

import { ed25519 } from "@noble/curves/ed25519.js"

import { concatBytes, label, type Bytes } from "../wire/codec.ts"

/** An Ed25519 seed with its public half. */
export class SigningKey {
    readonly verificationKey: Bytes
    readonly #seed: Bytes

    /** @param seed 32 bytes. */
    constructor(seed: Bytes) {
        this.#seed = seed
        this.verificationKey = ed25519.getPublicKey(seed)
    }

    /** Sign LABEL(name) ‖ instance ‖ body; 64 bytes. */
    sign(name: string, instance: Uint8Array, body: Uint8Array): Bytes {
        return ed25519.sign(concatBytes(label(name), instance, body), this.#seed)
    }
}

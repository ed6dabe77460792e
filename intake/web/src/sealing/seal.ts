/** Sealing a plaintext of fixed size to its readers. Source: SPEC 6. */

import { MalformedEnvelopeError } from "../errors.ts"
import { concatBytes, type Bytes } from "../wire/codec.ts"
import { encodeHeader, PLAINTEXT_BYTES, type FixedPurpose } from "../wire/envelope.ts"
import { randomContentKey, wrapKey, type WrapContext } from "./sealed_box.ts"
import { commitment, sealDocumentBody } from "./stream.ts"

/** Where an envelope belongs. */
export interface SealingContext extends WrapContext {
    readonly purpose: FixedPurpose
    /** 32 bytes (SPEC 6.1). */
    readonly place: Uint8Array
}

/**
 * Seal under a content key whose wrapped keys are made already; the whole envelope.
 *
 * @throws {MalformedEnvelopeError} a plaintext or slot count that the purpose doesn't have.
 */
export async function sealWithKey(
    plaintext: Bytes,
    contentKey: Uint8Array,
    context: SealingContext,
    wrappedKeys: readonly Uint8Array[],
): Promise<Bytes> {
    const want = PLAINTEXT_BYTES[context.purpose]
    if (plaintext.length !== want) {
        throw new MalformedEnvelopeError(`SPEC 6.3: want ${want} bytes, got ${plaintext.length}`)
    }
    const header = encodeHeader({ ...context, wrappedKeys, commitment: commitment(contentKey) })
    return concatBytes(header, await sealDocumentBody(contentKey, header, plaintext))
}

/**
 * Seal a plaintext to its readers, in slot order.
 *
 * @param readers recipient keys; a slot that nobody opens takes a thrown-away one (SPEC 6.5).
 * @throws {MalformedEnvelopeError} a plaintext or slot count that the purpose doesn't have.
 */
export async function sealEnvelope(plaintext: Bytes, context: SealingContext, readers: readonly Bytes[]): Promise<Bytes> {
    const contentKey = randomContentKey()
    const wrappedKeys = readers.map((reader) => wrapKey(contentKey, reader, context))
    return sealWithKey(plaintext, contentKey, context, wrappedKeys)
}

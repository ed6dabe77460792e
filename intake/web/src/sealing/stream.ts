/** STREAM bodies over AES-256-GCM. Source: SPEC 7; Hoang, Reyhanitabar, Rogaway, Vizár 2015. */

import { MalformedFileError } from "../errors.ts"
import { concatBytes, isU32, plainHash, u32, u8, type Bytes } from "../wire/codec.ts"
import { encodeHeader, FILE_KEY_SET_VERSION, NO_PLACE, Purpose } from "../wire/envelope.ts"
import { bucketBytes, FILE_CHUNK_BYTES } from "../wire/files.ts"
import { derive, NO_SALT } from "./derivation.ts"

const PREFIX_BYTES = 7
const KEY_BYTES = 32

/** What binds an envelope to one key, 32 bytes. Source: SPEC 6.2. */
export function commitment(contentKey: Uint8Array): Bytes {
    return derive(contentKey, NO_SALT, "commit", new Uint8Array(0), 32)
}

/** Payload key and nonce prefix of one body. */
export class StreamKey {
    readonly #key: CryptoKey
    readonly #prefix: Bytes

    private constructor(key: CryptoKey, prefix: Bytes) {
        this.#key = key
        this.#prefix = prefix
    }

    /** Derive both from the content key and the header. Source: SPEC 6.2. */
    static async of(contentKey: Uint8Array, header: Uint8Array): Promise<StreamKey> {
        const derived = derive(contentKey, plainHash(header), "payload", new Uint8Array(0), KEY_BYTES + PREFIX_BYTES)
        const key = await crypto.subtle.importKey("raw", derived.slice(0, KEY_BYTES), "AES-GCM", false, [
            "encrypt",
            "decrypt",
        ])
        return new StreamKey(key, derived.slice(KEY_BYTES))
    }

    /** Ciphertext and tag of chunk `counter`. */
    async sealChunk(chunk: Bytes, counter: number, last: boolean): Promise<Bytes> {
        const nonce = { name: "AES-GCM", iv: this.nonce(counter, last) }
        return new Uint8Array(await crypto.subtle.encrypt(nonce, this.#key, chunk))
    }

    /** Plaintext of chunk `counter`, or null where its tag does not verify. */
    async openChunk(sealed: Bytes, counter: number, last: boolean): Promise<Bytes | null> {
        const nonce = { name: "AES-GCM", iv: this.nonce(counter, last) }
        try {
            return new Uint8Array(await crypto.subtle.decrypt(nonce, this.#key, sealed))
        } catch (error) {
            if (error instanceof DOMException) return null
            throw error
        }
    }

    private nonce(counter: number, last: boolean): Bytes {
        if (!isU32(counter)) throw new MalformedFileError("SPEC 7.1: too many chunks")
        return concatBytes(this.#prefix, u32(counter), u8(last ? 1 : 0))
    }
}

/** Seal a plaintext as one chunk, 16 bytes longer. Source: SPEC 7.1. */
export async function sealDocumentBody(contentKey: Uint8Array, header: Uint8Array, plaintext: Bytes): Promise<Bytes> {
    const key = await StreamKey.of(contentKey, header)
    return key.sealChunk(plaintext, 0, true)
}

/** The header of a sealed file, 72 bytes. Source: SPEC 17.2. */
export function fileHeader(contentKey: Uint8Array): Bytes {
    return encodeHeader({
        purpose: Purpose.file,
        keySetVersion: FILE_KEY_SET_VERSION,
        place: NO_PLACE,
        wrappedKeys: [],
        commitment: commitment(contentKey),
    })
}

/**
 * The bytes of a file from `start`, exactly `sizeBytes` of them. They may lie in `memory`, the whole of
 * a buffer that is handed over.
 */
export type ReadPiece = (start: number, sizeBytes: number, memory?: Bytes) => Promise<Bytes>

/**
 * Seal a file of known size, piece by piece: first the header, then chunks. Source: SPEC 17.
 *
 * @param contentKey fresh, 32 bytes, used for nothing else.
 * @throws {MalformedFileError} the file changed its size while it was read, or too many chunks.
 */
export async function* sealFile(
    contentKey: Uint8Array,
    read: ReadPiece,
    sizeBytes: number,
): AsyncGenerator<Bytes, void, undefined> {
    const header = fileHeader(contentKey)
    const key = await StreamKey.of(contentKey, header)
    yield header
    const total = bucketBytes(sizeBytes)
    for (let counter = 0, start = 0; start < total; counter++, start += FILE_CHUNK_BYTES) {
        const chunk = new Uint8Array(Math.min(FILE_CHUNK_BYTES, total - start))
        const want = Math.max(0, Math.min(chunk.length, sizeBytes - start))
        const piece = want === 0 ? new Uint8Array(0) : await read(start, want)
        if (piece.length !== want) throw new MalformedFileError("SPEC 17.1: file changed while it was read")
        chunk.set(piece)
        yield await key.sealChunk(chunk, counter, start + chunk.length === total)
    }
}

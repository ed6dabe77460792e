/** A file sealed part by part, in any order, so that a part lost on its way can be made again. Source: SPEC 17. */

import { MalformedFileError } from "../errors.ts"
import { equalBytes, type Bytes } from "../wire/codec.ts"
import { FILE_CHUNK_BYTES, fileDigest, PART_CHUNKS, type Upload } from "../wire/files.ts"
import { TAG_BYTES } from "../wire/envelope.ts"
import { fileHeader, StreamKey, type ReadPiece } from "./stream.ts"

const PART_PLAINTEXT_BYTES = PART_CHUNKS * FILE_CHUNK_BYTES

/**
 * Seals one file. The same part comes out the same each time, or not at all: a file that changed
 * would put other bytes under a nonce that was already used.
 */
export class PartSealer {
    readonly upload: Upload
    readonly sizeBytes: number
    private readonly read: ReadPiece
    private readonly header: Bytes
    private readonly key: StreamKey
    private readonly hashes: (Bytes | undefined)[]

    private constructor(upload: Upload, sizeBytes: number, read: ReadPiece, header: Bytes, key: StreamKey) {
        this.upload = upload
        this.sizeBytes = sizeBytes
        this.read = read
        this.header = header
        this.key = key
        this.hashes = new Array<Bytes | undefined>(upload.partCount).fill(undefined)
    }

    /** @param contentKey fresh, 32 bytes, used for nothing else. */
    static async of(upload: Upload, contentKey: Uint8Array, read: ReadPiece, sizeBytes: number): Promise<PartSealer> {
        const header = fileHeader(contentKey)
        return new PartSealer(upload, sizeBytes, read, header, await StreamKey.of(contentKey, header))
    }

    /**
     * Part `index` of the sealed file.
     *
     * @param into where it is put together, at least as long; fresh memory costs as much as sealing.
     * @throws {MalformedFileError} there is no such part, or the file changed since it was chosen or
     *     since this part was sealed before.
     */
    async seal(index: number, into: Bytes = new Uint8Array(this.upload.partBytes(index))): Promise<Bytes> {
        const part = into.subarray(0, this.upload.partBytes(index))
        const start = index * PART_PLAINTEXT_BYTES
        const plaintext = await this.plaintext(start, Math.min(PART_PLAINTEXT_BYTES, this.upload.bucketBytes - start))
        if (index === 0) part.set(this.header)
        await this.sealChunks(plaintext, index * PART_CHUNKS, part.subarray(index === 0 ? this.header.length : 0))
        const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", part))
        const before = this.hashes[index]
        if (before !== undefined && !equalBytes(before, hash)) throw new MalformedFileError("SPEC 17.1: file changed while it was read")
        this.hashes[index] = hash
        return part
    }

    /**
     * What stands in the file's entry. Source: SPEC 17.3.
     *
     * @throws {MalformedFileError} a part was not sealed yet.
     */
    digest(): Bytes {
        const hashes = this.hashes.filter((hash) => hash !== undefined)
        if (hashes.length !== this.upload.partCount) throw new MalformedFileError("SPEC 17.3: a part was not sealed yet")
        return fileDigest(hashes)
    }

    /** What the file has from `start` on, then zero bytes. */
    private async plaintext(start: number, lengthBytes: number): Promise<Bytes> {
        const want = Math.max(0, Math.min(lengthBytes, this.sizeBytes - start))
        const piece = want === 0 ? new Uint8Array(0) : await this.read(start, want)
        if (piece.length !== want) throw new MalformedFileError("SPEC 17.1: file changed while it was read")
        if (want === lengthBytes) return piece
        const padded = new Uint8Array(lengthBytes)
        padded.set(piece)
        return padded
    }

    /** All chunks of a part are given to the browser at once: it seals them on threads of its own. */
    private async sealChunks(plaintext: Bytes, firstChunk: number, into: Uint8Array): Promise<void> {
        const lastChunk = this.upload.chunkCount - 1
        const chunks = Array.from({ length: Math.ceil(plaintext.length / FILE_CHUNK_BYTES) }, async (_, i) => {
            const chunk = plaintext.subarray(i * FILE_CHUNK_BYTES, (i + 1) * FILE_CHUNK_BYTES)
            const sealed = await this.key.sealChunk(chunk, firstChunk + i, firstChunk + i === lastChunk)
            into.set(sealed, i * (FILE_CHUNK_BYTES + TAG_BYTES))
        })
        await Promise.all(chunks)
    }
}

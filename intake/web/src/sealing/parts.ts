/** A file sealed part by part, in any order, so that a part lost on its way can be made again. Source: SPEC 17. */

import { MalformedFileError } from "../errors.ts"
import { equalBytes, type Bytes } from "../wire/codec.ts"
import { FILE_CHUNK_BYTES, fileDigest, PART_CHUNKS, type Upload } from "../wire/files.ts"
import { TAG_BYTES } from "../wire/envelope.ts"
import { fileHeader, StreamKey, type ReadPiece } from "./stream.ts"

const PART_PLAINTEXT_BYTES = PART_CHUNKS * FILE_CHUNK_BYTES

/** What is known of the parts of one sealed file. */
export class PartHashes {
    private readonly hashes: (Bytes | undefined)[]

    constructor(upload: Upload) {
        this.hashes = new Array<Bytes | undefined>(upload.partCount).fill(undefined)
    }

    /**
     * Take note of a part's SHA-256.
     *
     * @throws {MalformedFileError} it was another before. A file that changed puts other bytes under
     *     a nonce that was already used; they must go nowhere.
     */
    note(index: number, hash: Bytes): void {
        const before = this.hashes[index]
        if (before !== undefined && !equalBytes(before, hash)) throw new MalformedFileError("SPEC 17.1: file changed while it was read")
        this.hashes[index] = hash
    }

    /**
     * What stands in the file's entry. Source: SPEC 17.3.
     *
     * @throws {MalformedFileError} a part was not noted yet.
     */
    digest(): Bytes {
        const hashes = this.hashes.filter((hash) => hash !== undefined)
        if (hashes.length !== this.hashes.length) throw new MalformedFileError("SPEC 17.3: a part was not sealed yet")
        return fileDigest(hashes)
    }
}

/** Seals what it is given as the parts of one file. */
export class PartCipher {
    readonly upload: Upload
    private readonly header: Bytes
    private readonly key: StreamKey

    private constructor(upload: Upload, header: Bytes, key: StreamKey) {
        this.upload = upload
        this.header = header
        this.key = key
    }

    /** @param contentKey fresh, 32 bytes, used for nothing else. */
    static async of(upload: Upload, contentKey: Uint8Array): Promise<PartCipher> {
        const header = fileHeader(contentKey)
        return new PartCipher(upload, header, await StreamKey.of(contentKey, header))
    }

    /**
     * Part `index` and its SHA-256.
     *
     * @param plaintext of this part, without the file's padding.
     * @param into where it is put together, at least as long as the part.
     */
    async seal(index: number, plaintext: Bytes, into: Bytes): Promise<{ readonly part: Bytes; readonly hash: Bytes }> {
        const part = into.subarray(0, this.upload.partBytes(index))
        if (index === 0) part.set(this.header)
        const padded = this.padded(plaintext, plaintextBytes(this.upload, index))
        await this.sealChunks(padded, index * PART_CHUNKS, part.subarray(index === 0 ? this.header.length : 0))
        return { part, hash: new Uint8Array(await crypto.subtle.digest("SHA-256", part)) }
    }

    private padded(plaintext: Bytes, lengthBytes: number): Bytes {
        if (plaintext.length === lengthBytes) return plaintext
        const padded = new Uint8Array(lengthBytes)
        padded.set(plaintext)
        return padded
    }

    /** All chunks of a part are given to the browser at once, which may have threads for them. */
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

/** How much of the padded file lies in a part. */
function plaintextBytes(upload: Upload, index: number): number {
    return Math.min(PART_PLAINTEXT_BYTES, upload.bucketBytes - index * PART_PLAINTEXT_BYTES)
}

/** Reads what goes into the parts of one file, into memory that is used again. */
export class PartReader {
    readonly upload: Upload
    readonly sizeBytes: number
    private readonly read: ReadPiece
    private readonly spare: Bytes[] = []

    constructor(upload: Upload, sizeBytes: number, read: ReadPiece) {
        this.upload = upload
        this.sizeBytes = sizeBytes
        this.read = read
    }

    /**
     * What the file has of part `index`, without its padding; give it back with `release`.
     *
     * @throws {MalformedFileError} there is no such part, or the file changed since it was chosen.
     */
    async take(index: number): Promise<Bytes> {
        this.upload.partBytes(index)
        const start = index * PART_PLAINTEXT_BYTES
        const want = Math.max(0, Math.min(plaintextBytes(this.upload, index), this.sizeBytes - start))
        if (want === 0) return new Uint8Array(0)
        const piece = await this.read(start, want, this.spare.pop() ?? new Uint8Array(PART_PLAINTEXT_BYTES))
        if (piece.length !== want) throw new MalformedFileError("SPEC 17.1: file changed while it was read")
        return piece
    }

    release(plaintext: Bytes): void {
        if (plaintext.buffer.byteLength === PART_PLAINTEXT_BYTES) this.spare.push(new Uint8Array(plaintext.buffer))
    }
}

/** Seals one file. The same part comes out the same each time, or not at all. */
export class PartSealer {
    readonly upload: Upload
    readonly sizeBytes: number
    private readonly reader: PartReader
    private readonly cipher: PartCipher
    private readonly hashes: PartHashes

    private constructor(reader: PartReader, cipher: PartCipher) {
        this.upload = reader.upload
        this.sizeBytes = reader.sizeBytes
        this.reader = reader
        this.cipher = cipher
        this.hashes = new PartHashes(reader.upload)
    }

    /** @param contentKey fresh, 32 bytes, used for nothing else. */
    static async of(upload: Upload, contentKey: Uint8Array, read: ReadPiece, sizeBytes: number): Promise<PartSealer> {
        return new PartSealer(new PartReader(upload, sizeBytes, read), await PartCipher.of(upload, contentKey))
    }

    /**
     * Part `index` of the sealed file.
     *
     * @param into where it is put together, at least as long; fresh memory costs as much as sealing.
     * @throws {MalformedFileError} there is no such part, or the file changed since it was chosen or
     *     since this part was sealed before.
     */
    async seal(index: number, into: Bytes = new Uint8Array(this.upload.partBytes(index))): Promise<Bytes> {
        const plaintext = await this.reader.take(index)
        const { part, hash } = await this.cipher.seal(index, plaintext, into)
        this.reader.release(plaintext)
        this.hashes.note(index, hash)
        return part
    }

    /** What stands in the file's entry, once all parts were sealed. */
    digest(): Bytes {
        return this.hashes.digest()
    }

    /** It holds nothing but memory. */
    close(): void {
        return undefined
    }
}

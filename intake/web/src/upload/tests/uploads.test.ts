import { beforeEach, describe, expect, test, vi } from "vitest"

import { PartSealer } from "../../sealing/parts.ts"
import { plainHash, randomBytes, type Bytes } from "../../wire/codec.ts"
import { bucketBytes, CAPABILITY_BYTES, fileDigest, FILE_CHUNK_BYTES, PART_CHUNKS, Upload } from "../../wire/files.ts"
import { FileUpload } from "../file_upload.ts"
import { Uploads } from "../uploads.ts"
import { Network } from "./network.ts"

const PART = PART_CHUNKS * FILE_CHUNK_BYTES

/** Everything that was told, as short lines. */
class Listener {
    readonly lines: string[] = []
    readonly moved = (): void => undefined
    readonly held = ({ id }: FileUpload): void => void this.lines.push(`held ${id}`)
    readonly failed = ({ id }: FileUpload, reason: string): void => void this.lines.push(`failed ${id} ${reason}`)
    readonly waiting = (reason: string, seconds: number): void => void this.lines.push(`waiting ${reason} ${seconds}`)
    readonly moving = (): void => void this.lines.push("moving")
    readonly kept = (): void => void this.lines.push("kept")

    async saw(line: string): Promise<void> {
        await vi.waitFor(() => {
            expect(this.lines).toContain(line)
        }, 10_000)
    }
}

async function fileOf(id: number, plaintext: Bytes): Promise<FileUpload> {
    const upload = new Upload(randomBytes(CAPABILITY_BYTES), bucketBytes(plaintext.length))
    const read = (start: number, length: number): Promise<Bytes> => Promise.resolve(plaintext.slice(start, start + length))
    return new FileUpload(id, await PartSealer.of(upload, randomBytes(32), read, plaintext.length))
}

let network: Network
let listener: Listener
let uploads: Uploads

beforeEach(() => {
    vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 20, toFake: ["setTimeout", "clearTimeout"] })
    network = new Network()
    listener = new Listener()
    uploads = new Uploads(network.post, listener)
    return () => vi.useRealTimers()
})

/** Let the wait between two tries pass. */
const later = (seconds: number): void => void vi.advanceTimersByTime(seconds * 1000)

describe("files on a good line", () => {
    test("arrive whole, several parts at a time", async () => {
        const file = await fileOf(1, new Uint8Array(6 * PART))
        uploads.carry([file])

        await listener.saw("held 1")

        expect(fileDigest(network.file(file.sealer.upload).map(plainHash))).toEqual(file.sealer.digest())
        expect(network.mostAtOnce).toBeGreaterThanOrEqual(2)
        expect(network.mostAtOnce).toBeLessThanOrEqual(4)
        expect(file.heldBytes).toBe(file.sealer.upload.sealedBytes)
    })

    test("are kept for good only once the report has come", async () => {
        const files = [await fileOf(1, new Uint8Array(PART + 1)), await fileOf(2, new Uint8Array(1))]
        uploads.carry(files)
        await listener.saw("held 1")
        await listener.saw("held 2")
        expect(network.kept.size).toBe(0)

        uploads.keep()
        await listener.saw("kept")

        expect(network.kept.size).toBe(3)
    })
})

describe("a connection that breaks", () => {
    test("goes on where it was: what the server holds is not sent again", async () => {
        const file = await fileOf(1, new Uint8Array(5 * PART))
        let lost = 0
        // The part arrives, and the answer does not.
        network.after = (path, count) => (path === "parts" && count === 2 ? (lost++, { kind: "unreachable" }) : undefined)
        uploads.carry([file])
        await listener.saw("waiting unreachable 5")

        later(5)
        await listener.saw("held 1")

        expect(lost).toBe(1)
        expect(network.asked.filter((path) => path === "parts")).toHaveLength(file.sealer.upload.partCount)
        expect(network.asked.filter((path) => path === "parts/held")).toHaveLength(1)
        expect(listener.lines).toContain("moving")
    })

    test("is waited for longer each time, and tried at once when it is back", async () => {
        const file = await fileOf(1, new Uint8Array(1))
        network.before = () => ({ kind: "unreachable" })
        uploads.carry([file])
        await listener.saw("waiting unreachable 5")
        later(5)
        await listener.saw("waiting unreachable 10")

        network.before = () => undefined
        uploads.wake()

        await listener.saw("held 1")
    })

    test("keeps to one part at a time until it carries well", async () => {
        const file = await fileOf(1, new Uint8Array(4 * PART))
        network.before = (_, count) => (count === 1 ? { kind: "unreachable" } : undefined)
        uploads.carry([file])
        await listener.saw("waiting unreachable 5")
        network.mostAtOnce = 0
        network.before = (path, count) => (path === "parts" && count > 4 ? { kind: "unreachable" } : undefined)

        later(5)
        await listener.saw("moving")

        expect(network.mostAtOnce).toBe(1)
    })
})

describe("a server that refuses", () => {
    test("is asked again when it says", async () => {
        const file = await fileOf(1, new Uint8Array(1))
        network.before = (_, count) => (count === 1 ? { kind: "wait", reason: "full", seconds: 60 } : undefined)
        uploads.carry([file])
        await listener.saw("waiting full 60")

        later(60)

        await listener.saw("held 1")
    })

    test("stops one file and not the others", async () => {
        const files = [await fileOf(1, new Uint8Array(PART)), await fileOf(2, new Uint8Array(1))]
        network.before = (_path, _count, body) => (body.length > PART ? { kind: "refused", status: 413, problem: "too-large" } : undefined)
        uploads.carry(files)

        await listener.saw("failed 1 too-large")
        await listener.saw("held 2")
    })

    test("is sent again what it lost before it kept it", async () => {
        const file = await fileOf(1, new Uint8Array(3 * PART))
        uploads.carry([file])
        await listener.saw("held 1")
        network.lose(file.sealer.upload, 1)

        uploads.keep()
        await listener.saw("kept")

        expect(network.kept.size).toBe(3)
        expect(fileDigest(network.file(file.sealer.upload).map(plainHash))).toEqual(file.sealer.digest())
    })

    test("cannot make the page believe in an answer of another length", async () => {
        const file = await fileOf(1, new Uint8Array(2 * PART))
        network.before = (path, count) => {
            if (path === "parts/held") return { kind: "done", body: new Uint8Array(1) }
            return count === 1 ? { kind: "unreachable" } : undefined
        }
        uploads.carry([file])
        await listener.saw("waiting unreachable 5")

        later(5)

        await listener.saw("failed 1 refused")
    })
})

describe("the person", () => {
    test("pauses, and nothing more goes out until they go on", async () => {
        const file = await fileOf(1, new Uint8Array(5 * PART))
        network.delayMs = 500
        uploads.carry([file])
        await vi.waitFor(() => {
            expect(file.heldBytes).toBeGreaterThan(0)
        }, 10_000)
        uploads.pause()
        const sent = network.asked.length
        later(600)
        expect(network.asked).toHaveLength(sent)
        expect(file.isHeld).toBe(false)

        uploads.resume()

        await listener.saw("held 1")
    })

    test("pauses just as the last part arrives, and is still told that all is there", async () => {
        const file = await fileOf(1, new Uint8Array(1))
        network.after = () => {
            uploads.pause()
            return undefined
        }
        uploads.carry([file])

        await listener.saw("held 1")
    })

    test("takes one file away, and the other goes on", async () => {
        const files = [await fileOf(1, new Uint8Array(5 * PART)), await fileOf(2, new Uint8Array(2 * PART))]
        uploads.carry(files)

        uploads.carry(files.slice(1))
        await listener.saw("held 2")

        expect(listener.lines).toEqual(["held 2"])
        expect(files[0]?.ending.signal.aborted).toBe(true)
    })

    test("changed a file on disk: it is given up, and the others go on", async () => {
        const plaintext = new Uint8Array(10)
        const broken = await fileOf(1, plaintext)
        const sealer = await PartSealer.of(broken.sealer.upload, randomBytes(32), () => Promise.resolve(new Uint8Array(3)), 10)
        const whole = await fileOf(2, plaintext)
        uploads.carry([new FileUpload(1, sealer), whole])

        await listener.saw("failed 1 changed")
        await listener.saw("held 2")
    })
})

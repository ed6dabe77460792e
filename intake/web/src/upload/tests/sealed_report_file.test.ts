import { describe, expect, test } from "vitest"

import { MalformedFileError } from "../../errors.ts"
import { concatBytes, encodeUtf8, equalBytes, plainHash, type Bytes } from "../../wire/codec.ts"
import { CAPABILITY_BYTES, fileDigest, Upload } from "../../wire/files.ts"
import { encodeHead, headBytes } from "../../wire/sealed_report.ts"
import { SUBMISSION_BYTES } from "../../wire/submission.ts"
import { SealedReportFile } from "../sealed_report_file.ts"

const SMALL = 65536
const TWO_PARTS = 40 * 65536
const MEMORY = new Uint8Array(TWO_PARTS)

const upload = (number: number, bucket: number): Upload => new Upload(new Uint8Array(CAPABILITY_BYTES).fill(number), bucket)

function partsOf(of: Upload): readonly Bytes[] {
    return Array.from({ length: of.partCount }, (_, index) => new Uint8Array(of.partBytes(index)).fill(index + 3))
}

/** A sealed report with two files; whoever reads it can't tell that they open for nobody. */
function whole(): Bytes {
    const uploads = [upload(1, SMALL), upload(2, TWO_PARTS)]
    const files = uploads.map((each) => ({ upload: each, digest: fileDigest(partsOf(each).map(plainHash)) }))
    const head = encodeHead({ files, submission: new Uint8Array(SUBMISSION_BYTES).fill(9) })
    return concatBytes(head, ...uploads.flatMap(partsOf))
}

function changed(at: number): Bytes {
    const bytes = whole()
    bytes[at] = (bytes[at] ?? 0) ^ 1
    return bytes
}

async function opened(bytes: Bytes): Promise<SealedReportFile> {
    const file = await SealedReportFile.open(new Blob([bytes]))
    if (typeof file === "string") throw new TypeError(file)
    return file
}

/** A file of which every read is noted, and which may change. */
class WatchedFile extends Blob {
    readonly read: (readonly [number, number])[] = []

    override slice(start = 0, end = this.size): Blob {
        this.read.push([start, end])
        return super.slice(start, end)
    }
}

describe("a file that is to be delivered", () => {
    test("gives head and parts as they lie in it", async () => {
        const file = await opened(whole())
        const steps: (readonly [number, number])[] = []

        const isWhole = await file.isWhole((done, total) => steps.push([done, total]))

        expect(isWhole).toBe(true)
        expect(equalBytes(file.report.submission, new Uint8Array(SUBMISSION_BYTES).fill(9))).toBe(true)
        expect(plainHash((await file.parts[1]?.seal(1, MEMORY)) ?? new Uint8Array(0))).toEqual(plainHash(partsOf(upload(2, TWO_PARTS))[1] ?? new Uint8Array(0)))
        expect(steps.at(-1)).toEqual([whole().length, whole().length])
    })

    test.each([
        ["nothing", new Uint8Array(0)],
        ["a text", encodeUtf8("A text that somebody chose by mistake")],
        ["a picture", Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)],
        ["another version", changed(14)],
        ["too many files", Uint8Array.from(whole().slice(0, 24), (byte, at) => (at === 23 ? 101 : byte))],
    ])("is refused when it is %s, of which only the first bytes are read", async (_what, bytes) => {
        const file = new WatchedFile([bytes, new Uint8Array(100_000)])

        expect(await SealedReportFile.open(file)).toBe("not-sealed")
        expect(file.read).toEqual([[0, 24]])
    })

    test.each([
        ["cut in its head", whole().slice(0, 1000)],
        ["cut in a file", whole().slice(0, -1)],
        ["longer than it says", concatBytes(whole(), new Uint8Array(1))],
        ["changed in the submission", changed(5000)],
        ["changed in a capability", changed(30)],
    ])("is damaged when it is %s", async (_how, bytes) => {
        expect(await SealedReportFile.open(new Blob([bytes]))).toBe("damaged")
    })

    test.each([headBytes(2), headBytes(2) + upload(1, SMALL).sealedBytes + 3_000, whole().length - 1])("is not whole when byte %i was changed", async (at) => {
        const file = await opened(changed(at))

        expect(await file.isWhole(() => undefined)).toBe(false)
    })

    test("gives no part that differs from what was verified", async () => {
        const bytes = whole()
        const blob = new Blob([bytes])
        let present = blob
        const changing = new Proxy(blob, {
            get: (_target, name) => {
                const value: unknown = Reflect.get(present, name, present)
                return typeof value === "function" ? (value.bind(present) as unknown) : value
            },
        })
        const file = await SealedReportFile.open(changing)
        if (typeof file === "string") throw new TypeError(file)
        await file.isWhole(() => undefined)

        present = new Blob([changed(headBytes(2) + 5)])

        await expect(file.parts[0]?.seal(0, MEMORY)).rejects.toThrow(MalformedFileError)
    })

    test("gives no part before it was verified", async () => {
        const file = await opened(whole())

        await expect(file.parts[0]?.seal(0, MEMORY)).rejects.toThrow(MalformedFileError)
    })
})

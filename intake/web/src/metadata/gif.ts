/**
 * GIF: pictures, their timing and the loop count stay.
 *
 * Comments, plain-text pictures, other applications' data and whatever stands behind the end go.
 * Source: GIF89a specification.
 */

import { MetadataError } from "./errors.ts"
import { textOfBytes } from "./finding.ts"
import { latin1, type Source } from "./source.ts"
import type { Survey } from "./survey.ts"

const SCREEN_BYTES = 13
const IMAGE_BYTES = 10
const CONTROL_BYTES = 8
const LOOP_BYTES = 19

const Block = { extension: 0x21, image: 0x2c, trailer: 0x3b } as const
const Extension = { plainText: 0x01, control: 0xf9, comment: 0xfe, application: 0xff } as const

// Stands for the label that a picture, being no extension, does not have.
const IMAGE = -1

const LOOPS = ["NETSCAPE2.0", "ANIMEXTS1.0"]

/** Take a GIF file apart, and say which of its blocks stay. */
export async function surveyGif(survey: Survey): Promise<void> {
    const { source, assembly, findings } = survey
    let at = SCREEN_BYTES + paletteBytes((await source.take(0, SCREEN_BYTES))[10])
    let images = 0
    // A timing block stays or goes with the picture behind it.
    let control: readonly [number, number] = [0, 0]
    assembly.keep(0, at)
    for (;;) {
        source.step()
        const head = await source.takeUpTo(at, LOOP_BYTES)
        if (head.length === 0 || head[0] === Block.trailer) break
        const end = await endOfBlock(source, at, head)
        const label = head[0] === Block.extension ? (head[1] ?? 0) : IMAGE
        if (label === IMAGE) {
            assembly.keep(...control)
            images += 1
        }
        if (label === IMAGE || (label === Extension.application && isLoop(head, end - at))) assembly.keep(at, end)
        else if (label !== Extension.control) await findInBlock(survey, at, head)
        if (label === Extension.control) control = [at, end]
        else if (label === IMAGE || label === Extension.plainText) control = [0, 0]
        at = end
    }
    if (images === 0) throw new MetadataError("GIF: no picture")
    await assembly.replace(at, Math.min(at + 1, source.sizeBytes), Uint8Array.of(Block.trailer))
    if (source.sizeBytes > at + 1) findings.add("trailing")
}

/** The bytes of a palette, from the byte that announces it. */
function paletteBytes(packed = 0): number {
    return packed & 0x80 ? 3 << ((packed & 7) + 1) : 0
}

/** Where a block ends, behind its last sub-block. */
async function endOfBlock(source: Source, start: number, head: Uint8Array): Promise<number> {
    const isImage = head[0] === Block.image
    if (!isImage && head[0] !== Block.extension) throw new MetadataError("GIF: an unknown block")
    let at = isImage ? start + IMAGE_BYTES + paletteBytes(head[9]) + 1 : start + 2
    for (;;) {
        source.step()
        const [sizeBytes = 0] = await source.take(at, 1)
        at += 1 + sizeBytes
        if (sizeBytes === 0) break
    }
    const isControl = !isImage && head[1] === Extension.control
    if (isControl && at - start !== CONTROL_BYTES) throw new MetadataError("GIF: a timing block of another length")
    return at
}

/** Whether a block says how often to repeat, and nothing else. */
function isLoop(head: Uint8Array, sizeBytes: number): boolean {
    const isSound = sizeBytes === LOOP_BYTES && head[2] === 11 && head[14] === 3 && head[15] === 1
    return isSound && LOOPS.includes(latin1(head, 3, 14))
}

async function findInBlock({ source, findings }: Survey, start: number, head: Uint8Array): Promise<void> {
    const [sizeBytes = 0] = head.subarray(2)
    if (head[1] === Extension.comment) findings.add("comment", textOfBytes(await source.takeUpTo(start + 3, sizeBytes)))
    else findings.add("other")
}

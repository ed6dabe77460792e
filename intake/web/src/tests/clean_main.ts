/**
 * A list of files from standard input, what inspecting and cleaning makes of each to standard
 * output, both JSON with the bytes in base64, for `tests/intake/test_hidden_data.py`.
 */

import { MetadataError, cleanFile, inspectFile } from "../metadata/inspect.ts"

async function answerOf(file: Blob): Promise<Record<string, unknown>> {
    const inspection = await inspectFile(file)
    try {
        const cleaned = await cleanFile(file)
        const raw = Buffer.from(await cleaned.arrayBuffer())
        return { inspection, cleaned: raw.toString("base64"), again: await inspectFile(cleaned) }
    } catch (error) {
        if (error instanceof MetadataError) return { inspection, error: error.name }
        throw error
    }
}

const pieces: Buffer[] = []
for await (const piece of process.stdin) pieces.push(piece as Buffer)
const files = JSON.parse(Buffer.concat(pieces).toString("utf8")) as readonly string[]
const answers: Record<string, unknown>[] = []
for (const file of files) answers.push(await answerOf(new Blob([Buffer.from(file, "base64")])))
process.stdout.write(`${JSON.stringify(answers)}\n`)

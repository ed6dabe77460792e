/** The vectors that Python and TypeScript share, read unchanged from `tests/vectors/`. */

import { readdirSync } from "node:fs"

import { describe, expect, test } from "vitest"

import { SealedIntakeError } from "../errors.ts"
import { FOLDER, readVectorFile, type Vector } from "./notation.ts"
import { Given, NOT_IN_THE_PAGE, RUNNERS, type Runner } from "./runners.ts"

/** Holds bases for other files and no vectors of its own. */
const SEALED_OBJECTS = "sealed_objects"

const stems = readdirSync(FOLDER)
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.replace(".json", ""))
    .filter((stem) => stem !== SEALED_OBJECTS)
    .sort()

async function outcomeOf(runner: Runner, given: Given): Promise<Vector["outcome"]> {
    try {
        // Through JSON, as the vectors themselves went.
        return { value: JSON.parse(JSON.stringify(await runner(given))) as Vector["members"] }
    } catch (error) {
        if (error instanceof SealedIntakeError) return { error: error.name }
        throw error
    }
}

test("there are shared vectors", () => {
    expect(stems.length).toBeGreaterThan(0)
})

describe.each(stems)("%s", (stem) => {
    const file = readVectorFile(stem)
    const runner = RUNNERS[file.format]

    test("has a runner, or is of no use to the page", () => {
        expect(runner === undefined).toBe(NOT_IN_THE_PAGE.has(file.format))
    })

    if (runner === undefined) return

    test.each(file.vectors.map((vector) => [vector.name, vector] as const))("%s", async (_name, vector) => {
        const given = new Given(vector.members, file.bases)

        const outcome = await outcomeOf(runner, given)

        expect(outcome).toEqual(vector.outcome)
        if ("value" in outcome) expect(given.unknownNames()).toEqual([])
    })
})

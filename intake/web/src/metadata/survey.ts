/** What one look at a file collects: findings, and how to put the cleaned file together. */

import { Assembly } from "./assembly.ts"
import { Findings, type RemainReason } from "./finding.ts"
import type { Source } from "./source.ts"

/**
 * Filled in by one format's module.
 *
 * Findings stand even where the format then turns out to be damaged.
 */
export class Survey {
    readonly source: Source
    readonly findings = new Findings()
    readonly assembly: Assembly
    readonly mayRemain = new Set<RemainReason>()

    constructor(source: Source) {
        this.source = source
        this.assembly = new Assembly(source)
    }
}

/** One format: reads the file of a survey and says in it what it found and what stays. */
export type Surveyor = (survey: Survey) => Promise<void>

// Amounts and times as people read them, and how fast something goes.

import type { Language } from "./contents_of_answers.ts"

const UNITS = ["B", "kB", "MB", "GB"] as const
const STEP = 1000

/** Bytes with a unit, such as "3.2 MB". */
export function bytesText(bytes: number, language: Language): string {
    const power = bytes < STEP ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
    const value = bytes / STEP ** power
    const digits = power > 0 && value < 100 ? 1 : 0
    return `${new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value)} ${UNITS[power] ?? ""}`
}

/** A time in its one fitting unit, rounded up: nobody is promised too little. */
export interface Duration {
    readonly unit: "seconds" | "minutes" | "hours"
    readonly n: number
}

export function durationOf(seconds: number): Duration {
    if (seconds < 90) return { unit: "seconds", n: Math.max(1, Math.ceil(seconds)) }
    if (seconds < 90 * 60) return { unit: "minutes", n: Math.ceil(seconds / 60) }
    return { unit: "hours", n: Math.ceil(seconds / 3600) }
}

const WINDOW_SECONDS = 30

/** How fast bytes go, over the last half minute: what came through, not what was tried. */
export class Pace {
    private points: readonly (readonly [atSeconds: number, bytes: number])[] = []

    /** `bytes` is the whole that has come through so far. */
    note(atSeconds: number, bytes: number): void {
        const recent = this.points.filter(([at], index) => at > atSeconds - WINDOW_SECONDS || index === this.points.length - 1)
        this.points = [...recent, [atSeconds, bytes]]
    }

    /** Begin anew: the time of a pause does not count. */
    reset(): void {
        this.points = []
    }

    /** Undefined until something has come through. */
    get bytesPerSecond(): number | undefined {
        const first = this.points[0]
        const last = this.points.at(-1)
        if (first === undefined || last === undefined || last[0] <= first[0] || last[1] <= first[1]) return undefined
        return (last[1] - first[1]) / (last[0] - first[0])
    }
}

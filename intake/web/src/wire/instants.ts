/** Instants, days and minutes. Instants are whole seconds since 1970-01-01T00:00Z. Source: SPEC 2.4. */

import { MalformedTextError } from "../errors.ts"

const INSTANT = /^(?:2\d{3}|[3-9]\d{3})-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u
const DAY = /^(?:2\d{3}|[3-9]\d{3})-\d\d-\d\d$/u
const SECONDS_PER_MINUTE = 60

/** Spell an instant, cut to the second. */
export function encodeInstant(atSeconds: number): string {
    return new Date(Math.floor(atSeconds) * 1000).toISOString().replace(".000Z", "Z")
}

/**
 * Parse `YYYY-MM-DDTHH:MM:SSZ` into seconds since 1970.
 *
 * @throws {MalformedTextError} another spelling, or no such instant.
 */
export function parseInstant(text: string): number {
    if (!INSTANT.test(text)) throw new MalformedTextError("SPEC 2.4: not an instant")
    const atSeconds = Date.parse(text) / 1000
    // Engines roll a 30 February or an hour 24 over; the spelling then differs.
    if (Number.isNaN(atSeconds) || encodeInstant(atSeconds) !== text) {
        throw new MalformedTextError("SPEC 2.4: no such instant")
    }
    return atSeconds
}

/**
 * Check `YYYY-MM-DD` and hand it back.
 *
 * @throws {MalformedTextError} another spelling, or no such day.
 */
export function parseDay(text: string): string {
    if (!DAY.test(text)) throw new MalformedTextError("SPEC 2.4: not a day")
    parseInstant(`${text}T00:00:00Z`)
    return text
}

/** Whole minutes since 1970-01-01T00:00Z. */
export function minuteOf(atSeconds: number): number {
    return Math.floor(atSeconds / SECONDS_PER_MINUTE)
}

/** The instant, in seconds, at which a u32 minute begins. */
export function instantOfMinute(minute: number): number {
    return minute * SECONDS_PER_MINUTE
}

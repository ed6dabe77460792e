// The page that says why nothing is taken, and what else one can do.

import { button, element, heading, notice, paragraphs } from "./element_page.ts"
import type { Settings } from "./settings_page.ts"
import type { Screen, View } from "./view_page.ts"

/** Why this page takes no report. */
export type Refusal = "browser" | "self-test" | "expired" | "clock" | "untrusted" | "older" | "unreachable"

const REASONS: Readonly<Record<Refusal, readonly [heading: string, text: string]>> = {
    browser: ["refusal.browser.heading", "refusal.browser"],
    "self-test": ["refusal.selftest.heading", "refusal.selftest"],
    expired: ["refusal.expired.heading", "refusal.expired"],
    clock: ["refusal.clock.heading", "refusal.clock"],
    untrusted: ["refusal.untrusted.heading", "refusal.untrusted"],
    older: ["refusal.older.heading", "refusal.older"],
    unreachable: ["refusal.unreachable.heading", "refusal.unreachable"],
}

const REFUSAL_OF_ERROR: Readonly<Record<string, Refusal>> = {
    TypeError: "unreachable",
    KeySetExpiredError: "expired",
    KeySetNotYetValidError: "clock",
    KeySetRollbackError: "older",
}

/** Why the key set can't be used. Anything not foreseen counts as not to be trusted. */
export function refusalOfError(error: unknown): Refusal {
    return (error instanceof Error ? REFUSAL_OF_ERROR[error.name] : undefined) ?? "untrusted"
}

function today(): string {
    const now = new Date()
    const two = (part: number): string => String(part).padStart(2, "0")
    return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
}

/** @param values what the texts of a page of its own have places for. */
export function refusalScreen(
    view: View,
    settings: Settings,
    refusal: Refusal,
    again: () => void,
    values: Readonly<Record<string, string>> = {},
): Screen {
    return {
        build: () => {
            const { t } = view
            const [title, text] = REASONS[refusal]
            return [
                heading(t(title)),
                ...paragraphs([t(text, { today: today(), ...values })], "lead"),
                ...paragraphs([t("refusal.nothing")]),
                notice(
                    "calm",
                    t("refusal.instead.heading"),
                    ...paragraphs([t("refusal.instead.phone", { hotline: settings.hotline }), t("refusal.instead.later"), t("refusal.instead.client")]),
                ),
                element("p", { class: "actions" }, button(t("refusal.again"), "primary", again)),
            ]
        },
    }
}

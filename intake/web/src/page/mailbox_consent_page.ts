// Permitting one disclosure and ending a permission: the form, the sentence that is agreed to, and what to
// keep of it. Whoever does not agree sends nothing, and nothing else changes by it.

import {
    consentRoomLeftBytes,
    FIELDS,
    PERIODS,
    problemsOfConsent,
    problemsOfEnding,
    textShown,
} from "./consent_terms.ts"
import type { ConsentDraft, EndingDraft } from "./consent_terms.ts"
import { button, element, heading, notice, paragraphs } from "./element_page.ts"
import type { Desk } from "./follow_up.ts"
import { Form } from "./form_page.ts"
import { printNeutral, saveAsFile } from "./keep_page.ts"
import { YES_NO } from "./questions.ts"
import type { Option } from "./questions.ts"
import type { Translate } from "./texts.ts"
import type { Screen, View } from "./view_page.ts"

export interface FormScreenMoves<Draft> {
    readonly draft: () => Draft
    readonly change: (changes: Partial<Draft>) => void
    readonly back: () => void
    readonly onward: () => void
}

const FIELD_OPTIONS: readonly Option[] = Object.entries(FIELDS).map(([value, label]) => ({ value, label }))
const PERIOD_OPTIONS: readonly Option[] = PERIODS.map(({ days, label }) => ({ value: String(days), label }))
const ONCE: readonly Option[] = [
    { value: "yes", label: "mailbox.consent.once.yes" },
    { value: "no", label: "mailbox.consent.once.no" },
]
const WHICH: readonly Option[] = [
    { value: "all", label: "mailbox.ending.all" },
    { value: "one", label: "mailbox.ending.one" },
]

function backLine(t: Translate, back: () => void): HTMLElement {
    return element("p", { class: "back" }, button(t("step.back"), "plain", back))
}

/** What, to whom, for what, how long. */
export function consentFormScreen(desk: Desk, view: View, moves: FormScreenMoves<ConsentDraft>): Screen {
    const form = new Form<ConsentDraft>(view, {
        ...moves,
        problems: () => problemsOfConsent(moves.draft(), desk),
        leftBytes: () => consentRoomLeftBytes(moves.draft(), view.t),
        longest: "purpose",
    })
    return {
        build: () => [
            backLine(view.t, moves.back),
            heading(view.t("mailbox.consent.heading")),
            ...paragraphs([view.t("mailbox.consent.lead"), view.t("mailbox.consent.free")]),
            form.element(
                "step.continue",
                form.several("fields", "mailbox.consent.fields", FIELD_OPTIONS),
                form.text("line", "recipient", "mailbox.consent.recipient", "mailbox.consent.recipient.hint"),
                form.text("area", "purpose", "mailbox.consent.purpose", "mailbox.consent.purpose.hint"),
                form.roomLine(),
                form.one("days", "mailbox.consent.days", PERIOD_OPTIONS),
                form.one("once", "mailbox.consent.once", ONCE),
                ...(desk === null ? [form.one("aboutStaff", "mailbox.staff.label", YES_NO)] : []),
            ),
        ],
    }
}

export interface AgreeMoves {
    readonly agree: () => void
    readonly refuse: () => void
    readonly back: () => void
}

/** The sentence itself, and nothing beside it to agree to. */
export function agreeScreen(draft: ConsentDraft, view: View, moves: AgreeMoves): Screen {
    return {
        build: () => {
            const { t } = view
            const buttons = [button(t("mailbox.consent.agree"), "primary", moves.agree), button(t("mailbox.consent.refuse"), "secondary", moves.refuse)]
            return [
                backLine(t, moves.back),
                heading(t("mailbox.consent.confirm")),
                notice("warning", "", element("p", { class: "answer", id: "agreed-text" }, textShown(draft, t))),
                ...paragraphs([t("mailbox.consent.signed"), t("mailbox.consent.ends")]),
                element("p", { class: "actions" }, ...buttons),
            ]
        },
    }
}

/** What to keep of a consent: this page keeps nothing, and can't list it later. */
export function consentKeeping(n: number, shown: string, view: View): readonly Node[] {
    const { t } = view
    const number = t("mailbox.consent.number", { n: n + 1 })
    const save = button(t("mailbox.consent.save"), "secondary", () => {
        saveAsFile("note.txt", `${number}\n${shown}\n`)
    })
    const print = button(t("code.print"), "secondary", printNeutral)
    return [
        notice("calm", number, element("p", { class: "answer" }, shown), ...paragraphs([t("mailbox.consent.keep")])),
        element("p", { class: "keeping" }, save, print),
    ]
}

/** Which consent ends. */
export function endingFormScreen(desk: Desk, next: number, view: View, moves: FormScreenMoves<EndingDraft>): Screen {
    const form = new Form<EndingDraft>(view, {
        ...moves,
        problems: () => problemsOfEnding(moves.draft(), desk, next),
        leftBytes: () => 0,
        longest: "number",
    })
    const choose = (): void => {
        view.redraw()
        view.focus(`#field-which input:not([tabindex="-1"])`)
    }
    return {
        build: () => [
            backLine(view.t, moves.back),
            heading(view.t("mailbox.ending.heading")),
            ...paragraphs([view.t("mailbox.ending.lead")], "lead"),
            ...paragraphs([view.t("mailbox.ending.stops")]),
            form.element(
                "mailbox.ending.send",
                form.one("which", "mailbox.ending.which", WHICH, choose),
                ...(moves.draft().which === "one" ? [form.text("line", "number", "mailbox.ending.number", "mailbox.ending.number.hint")] : []),
                ...(desk === null ? [form.one("aboutStaff", "mailbox.staff.label", YES_NO)] : []),
            ),
        ],
    }
}

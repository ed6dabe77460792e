// One question on one screen.

import { EMPTY_ANSWERS } from "./answers.ts"
import type { Answers, RowsKey, ScalarKey, SeveralKey } from "./answers.ts"
import { button, details, element, heading, notice, paragraphs } from "./element_page.ts"
import { fieldElement, fieldId } from "./field_page.ts"
import type { FieldPlace } from "./field_page.ts"
import type { Field, Step } from "./questions.ts"
import { charactersOfBytes, roomLeftBytes } from "./room.ts"
import { problemsOf, QUESTIONS } from "./route.ts"
import type { Session } from "./session.ts"
import type { Screen, View } from "./view_page.ts"

/** What is wrong, in words. */
interface Fault {
    readonly key: string
    readonly message: string
}

/** What the screen asks of the journey. */
export interface QuestionMoves {
    readonly onward: () => void
    readonly back: () => void
    readonly change: (stepId: string) => void
    /** What stands above the heading in place of the number among all questions. */
    readonly count?: (step: Step) => string
}

const ROOM_ID = "room"

/** Below this many characters the room is told to a screen reader too. */
const LITTLE_ROOM_CHARACTERS = 200

function withAnswer(answers: Answers, key: ScalarKey | SeveralKey | RowsKey, value: unknown): Answers {
    return { ...answers, [key]: value }
}

/** Whether a step would object to this answer being empty. */
function isRequired(step: Step, answers: Answers, key: string): boolean {
    const emptied = { ...answers, [key]: EMPTY_ANSWERS[key as keyof Answers] }
    return problemsOf(step, emptied).some((problem) => problem.key === key)
}

function shownFields(step: Step, answers: Answers): readonly Field[] {
    return step.fields.filter((field) => field.shown === undefined || field.shown(answers))
}

function roomText(step: Step, session: Session, view: View): { readonly text: string; readonly little: boolean } {
    if (step.room === undefined) return { text: "", little: false }
    const left = roomLeftBytes(session.contents(view.language), step.room)
    const n = charactersOfBytes(left, view.language)
    return { text: view.t(left < 0 ? "room.over" : "room.left", { n }), little: left < 0 || n < LITTLE_ROOM_CHARACTERS }
}

function faultsOf(step: Step, session: Session, view: View): readonly Fault[] {
    const faults: Fault[] = problemsOf(step, session.answers).map(({ key, text }) => ({ key, message: view.t(text) }))
    if (step.extra === "files") faults.push(...(session.files?.files?.problems() ?? []))
    if (step.room === undefined) return faults
    const left = roomLeftBytes(session.contents(view.language), step.room)
    const first = shownFields(step, session.answers).find((field) => field.kind === "area" || field.kind === "line" || field.kind === "rows")
    const key = step.extra === "files" ? "files" : first?.key
    if (left >= 0 || key === undefined) return faults
    return [...faults, { key, message: view.t("room.over", { n: charactersOfBytes(left, view.language) }) }]
}

/** The list of what is wrong, each leading to its field. */
function errorSummary(faults: readonly Fault[], view: View): HTMLElement {
    const list = element("ul", {})
    for (const { key, message } of faults) {
        const link = element("a", { href: `#${fieldId(key)}` }, message)
        link.addEventListener("click", (event) => {
            // Following the link would put the question into the address.
            event.preventDefault()
            focusField(key)
        })
        list.append(element("li", {}, link))
    }
    return element("div", { id: "errors", class: "errors", role: "alert", tabindex: "-1" }, element("h2", {}, view.t("errors.heading")), list)
}

function focusField(key: string): void {
    const field = document.getElementById(fieldId(key))
    const inner = field?.matches("[role]") === true ? field.querySelector<HTMLElement>("input:not([tabindex='-1']), textarea, select") : null
    const target = inner ?? field
    target?.focus()
    target?.closest(".field")?.scrollIntoView({ block: "nearest" })
}

/** Who would read a report about staff, from the desks that the key set really has (SPEC 10.7). */
function staffReaders(session: Session, view: View): HTMLElement {
    const { t } = view
    const { roles } = session.keySet
    const lines = [t("staff.readers.report")]
    const parts = [
        ["independent-custodian", "staff.identity.independent", "staff.identity.ordinary"],
        ["independent-protection", "staff.protection.independent", "staff.protection.ordinary"],
        ["independent-reward", "staff.reward.independent", "staff.reward.ordinary"],
    ] as const
    for (const [role, independent, ordinary] of parts) lines.push(t(roles.includes(role) ? independent : ordinary))
    const list = element("ul", {}, ...lines.map((line) => element("li", {}, line)))
    return notice("calm", t("staff.readers.heading"), list)
}

/** Whoever reports staff but answered No before would seal to those very people. */
function staffWarning(session: Session, view: View, moves: QuestionMoves): readonly Node[] {
    const { t } = view
    const { family, category, aboutStaff } = session.answers
    if (family !== "X" || category !== "X3" || aboutStaff === "yes") return []
    const change = button(t("category.X3.change"), "secondary", () => {
        moves.change("staff")
    })
    return [notice("warning", t("category.X3.heading"), ...paragraphs([t("category.X3.warning")]), change)]
}

function stepCount(step: Step, view: View, count: QuestionMoves["count"]): HTMLElement {
    return element("p", { class: "count" }, count?.(step) ?? view.t("step.count", { n: step.row, of: QUESTIONS }))
}

function fieldPlace(step: Step, session: Session, view: View, faults: readonly Fault[], onChange: () => void): FieldPlace & { readonly changed: () => void } {
    const anyRequired = step.fields.some((field) => isRequired(step, session.answers, field.key))
    const changed = (): void => {
        session.settled = false
        onChange()
    }
    return {
        t: view.t,
        changed,
        answers: () => session.answers,
        set: (key, value) => {
            session.answers = withAnswer(session.answers, key, value)
            changed()
        },
        problem: (key) => faults.find((fault) => fault.key === key)?.message ?? "",
        roomId: step.room === undefined ? "" : ROOM_ID,
        // When nothing on the screen is required, one sentence says so for all of it.
        required: (key) => !anyRequired || isRequired(step, session.answers, key),
    }
}

function introduction(step: Step, session: Session, view: View, count: QuestionMoves["count"]): readonly Node[] {
    const { t } = view
    const nodes: Node[] = [stepCount(step, view, count), heading(t(step.heading)), ...paragraphs((step.lead ?? []).map((text) => t(text)))]
    if ((step.fields.length > 0 || step.extra === "files") && !step.fields.some((field) => isRequired(step, session.answers, field.key))) {
        nodes.push(element("p", { class: "optional-step" }, t("step.optional")))
    }
    if (step.moreHeading !== undefined) nodes.push(details(t(step.moreHeading), ...paragraphs((step.more ?? []).map((text) => t(text)))))
    if (step.extra === "readers") nodes.push(staffReaders(session, view))
    return nodes
}

export function questionScreen(step: Step, session: Session, view: View, moves: QuestionMoves): Screen {
    let faulty = false
    const build = (): readonly Node[] => {
        const { t } = view
        const faults = faulty ? faultsOf(step, session, view) : []
        const room = element("p", { id: ROOM_ID, class: "room" })
        const said = element("p", { class: "unseen", role: "status" })
        const warning = element("div", { role: "status" })
        const refresh = (): void => {
            const { text, little } = roomText(step, session, view)
            room.textContent = text
            room.classList.toggle("little", little)
            said.textContent = little ? text : ""
            if (step.extra === "staff-misconduct") warning.replaceChildren(...staffWarning(session, view, moves))
        }
        const place = fieldPlace(step, session, view, faults, refresh)
        refresh()
        const onward = element("button", { type: "submit", class: "primary" }, t(session.changing ? "step.save" : "step.continue"))
        const form = element("form", { method: "dialog", novalidate: "", autocomplete: "off" })
        form.append(...shownFields(step, session.answers).map((field) => fieldElement(field, place)), warning)
        if (step.extra === "files" && session.files !== undefined) form.append(session.files.field(place.changed))
        if (step.room !== undefined) form.append(room, said)
        form.append(element("p", { class: "actions" }, onward))
        form.addEventListener("submit", (event) => {
            event.preventDefault()
            faulty = faultsOf(step, session, view).length > 0
            if (!faulty) {
                moves.onward()
                return
            }
            view.redraw()
            view.focus("#errors")
        })
        const back = element("p", { class: "back" }, button(t("step.back"), "plain", moves.back))
        const summary = faults.length === 0 ? [] : [errorSummary(faults, view)]
        return [back, ...summary, ...introduction(step, session, view, moves.count), form]
    }
    return { build }
}

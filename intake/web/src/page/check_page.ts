// Check your answers: everything that will be sealed, each with a link that changes it.

import { answerLines } from "./answer_lines.ts"
import type { Contents } from "./contents_of_answers.ts"
import { button, element, heading, notice, paragraphs } from "./element_page.ts"
import type { Step } from "./questions.ts"
import { overfullDocuments } from "./room.ts"
import { firstProblem, visibleSteps } from "./route.ts"
import type { Session } from "./session.ts"
import type { Translate } from "./texts.ts"
import type { Screen, View } from "./view_page.ts"

export interface CheckMoves {
    readonly back: () => void
    readonly change: (stepId: string) => void
    readonly send: () => void
}

export const OVERFULL: Readonly<Record<string, string>> = {
    report: "check.overfull.report",
    identity: "check.overfull.identity",
    protection: "check.overfull.protection",
    reward: "check.overfull.reward",
}

function answered(step: Step, session: Session, t: Translate): readonly Node[] {
    const { answers } = session
    const nodes: Node[] = []
    if (step.extra === "files") nodes.push(...paragraphs(session.files?.files?.lines() ?? [], "answer"))
    for (const field of step.fields) {
        if (field.shown !== undefined && !field.shown(answers)) continue
        const lines = answerLines(field, answers, t)
        if (lines.length === 0) continue
        const needsLabel = field.label !== "" && step.fields.length > 1
        if (needsLabel) nodes.push(element("p", { class: "answer-label" }, t(field.label)))
        nodes.push(...paragraphs(lines, "answer"))
    }
    return nodes.length === 0 ? paragraphs([t("check.nothing")], "answer none") : nodes
}

/** One step with what was answered, and a link that changes it. */
export function summaryRow(step: Step, session: Session, t: Translate, change: (stepId: string) => void): HTMLElement {
    const link = button(t("check.change"), "plain", () => {
        change(step.id)
    })
    link.append(element("span", { class: "unseen" }, ` ${t(step.heading)}`))
    return element(
        "div",
        { class: "summary-row" },
        element("dt", {}, t(step.heading)),
        element("dd", {}, ...answered(step, session, t)),
        element("dd", { class: "change" }, link),
    )
}

/** What each envelope will hold, and who opens it. */
function envelopes(contents: Contents, t: Translate): HTMLElement {
    const lines = [
        t(contents.about_staff ? "check.report.oversight" : "check.report.triage"),
        t(contents.identity === null ? "check.identity.none" : "check.identity.given"),
        t(contents.protection === null ? "check.protection.none" : "check.protection.asked"),
        t(contents.reward === null ? "check.reward.none" : "check.reward.asked"),
        t("check.same"),
        ...(contents.report !== null && "files" in contents.report ? [t("files.seen")] : []),
    ]
    return notice("calm", t("check.envelopes.heading"), element("ul", {}, ...lines.map((line) => element("li", {}, line))))
}

/** What keeps this from being sent; empty when nothing does. */
function obstacles(session: Session, view: View): readonly Node[] {
    const { t } = view
    const open = firstProblem(session.answers)
    const overfull = overfullDocuments(session.contents(view.language))
    const texts = overfull.map((name) => t(OVERFULL[name] ?? name))
    if (open !== undefined) texts.push(t("check.open", { question: t(open.heading) }))
    texts.push(...(session.files?.files?.problems() ?? []).map(({ message }) => message))
    return paragraphs(texts)
}

export function checkScreen(session: Session, view: View, moves: CheckMoves): Screen {
    let tried = false
    const build = (): readonly Node[] => {
        const { t } = view
        const contents = session.contents(view.language)
        const list = element("dl", { class: "summary" })
        for (const step of visibleSteps(session.answers)) {
            if (step.fields.length > 0 || step.extra === "files") list.append(summaryRow(step, session, t, moves.change))
        }
        const send = button(t("check.send"), "primary", () => {
            tried = true
            if (obstacles(session, view).length === 0) {
                moves.send()
                return
            }
            view.redraw()
            view.focus("#errors")
        })
        const faults = tried ? obstacles(session, view) : []
        const errors = element("div", { id: "errors", class: "errors", role: "alert", tabindex: "-1" }, element("h2", {}, t("errors.heading")), ...faults)
        const back = element("p", { class: "back" }, button(t("step.back"), "plain", moves.back))
        return [
            back,
            ...(faults.length === 0 ? [] : [errors]),
            heading(t("check.heading")),
            ...paragraphs([t("check.lead")]),
            list,
            envelopes(contents, t),
            ...paragraphs([t("check.after")]),
            element("p", { class: "actions" }, send),
        ]
    }
    return { build }
}

// Asking for protection, giving contact details or claiming a reward after the report: one question on
// one screen, then a look at all answers. Back leads from question to question.

import { OVERFULL, summaryRow } from "./check_page.ts"
import type { Contents } from "./contents_of_answers.ts"
import { button, element, heading, notice, paragraphs } from "./element_page.ts"
import type { Desk } from "./follow_up.ts"
import { answersFor, contentsOfLater, laterSteps, openStep, saysSomething } from "./later_questions.ts"
import type { Later } from "./later_questions.ts"
import { questionScreen } from "./question_page.ts"
import type { Step } from "./questions.ts"
import { overfullDocuments } from "./room.ts"
import { Session } from "./session.ts"
import type { Screen, View } from "./view_page.ts"
import type { VerifiedKeySet } from "../messages.ts"

/** What is said of each before it is sealed. */
const WORDS: Readonly<Record<Later, { readonly check: string; readonly lead: string; readonly readers: string; readonly staff: string }>> = {
    protection: { check: "mailbox.protection.check", lead: "mailbox.protection.lead", readers: "mailbox.protection.readers", staff: "mailbox.later.staff" },
    identity: { check: "mailbox.identity.check", lead: "mailbox.identity.newest", readers: "mailbox.identity.readers", staff: "mailbox.later.staff" },
    reward: { check: "mailbox.reward.check", lead: "mailbox.reward.lead", readers: "mailbox.reward.readers", staff: "mailbox.later.staff" },
}

export class LaterJourney {
    /** Ids of the steps that led here; null is the look at all answers. */
    private trail: readonly (string | null)[] = []
    /** Depth of what is shown, from 1. */
    private at = 0
    readonly session: Session

    constructor(
        private readonly later: Later,
        private readonly desk: Desk,
        keySet: VerifiedKeySet,
        private readonly view: View,
        private readonly send: (contents: Contents) => void,
    ) {
        this.session = new Session(keySet)
        this.session.answers = answersFor(later)
    }

    /** Begin with the first question; it is an entry of the history. */
    begin(): void {
        this.open(this.steps()[0]?.id ?? null)
    }

    /** Show what lies at a depth of the history, from 1; false where nothing does. */
    follow(depth: number): boolean {
        const place = this.trail[depth - 1]
        if (place === undefined) return false
        this.at = depth
        this.draw(place)
        return true
    }

    /** Back from sending. */
    showCheck(): void {
        this.draw(null)
    }

    private steps(): readonly Step[] {
        return laterSteps(this.later, this.session.answers, this.desk)
    }

    private open(place: string | null): void {
        this.trail = [...this.trail.slice(0, this.at), place]
        this.at += 1
        history.pushState(this.at, "")
        this.draw(place)
    }

    private draw(place: string | null): void {
        const step = this.steps().find((each) => each.id === place)
        if (step === undefined) {
            this.session.changing = false
            this.view.show(this.checkScreen())
            return
        }
        this.session.seen.add(step.id)
        const back = (): void => {
            history.back()
        }
        const moves = {
            back,
            onward: () => {
                this.onward(step.id)
            },
            change: (id: string) => {
                this.open(id)
            },
            count: (each: Step) => {
                const steps = this.steps()
                return this.view.t("mailbox.later.count", { n: steps.findIndex(({ id }) => id === each.id) + 1, of: steps.length })
            },
        }
        this.view.show(questionScreen(step, this.session, this.view, moves))
    }

    private onward(id: string): void {
        const steps = this.steps()
        const unseen = steps.find((step) => !this.session.seen.has(step.id))
        const next = this.session.changing ? unseen : steps[steps.findIndex((step) => step.id === id) + 1]
        this.open(next?.id ?? null)
    }

    private contents(): Contents {
        return contentsOfLater(this.later, this.session.answers, this.desk, this.view.language)
    }

    /** What keeps this from being sent; empty when nothing does. */
    private obstacles(): readonly string[] {
        const { t } = this.view
        const open = openStep(this.later, this.session.answers, this.desk)
        const texts = overfullDocuments(this.contents()).map((name) => t(OVERFULL[name] ?? name))
        if (open !== undefined) texts.push(t("check.open", { question: t(open.step.heading) }))
        if (!saysSomething(this.later, this.session.answers)) texts.push(t("mailbox.later.nothing"))
        return texts
    }

    private checkScreen(): Screen {
        let tried = false
        const change = (id: string): void => {
            this.session.changing = true
            this.open(id)
        }
        const send = (): void => {
            tried = true
            if (this.obstacles().length === 0) {
                this.send(this.contents())
                return
            }
            this.view.redraw()
            this.view.focus("#errors")
        }
        return { build: () => this.buildCheck(tried ? this.obstacles() : [], change, send) }
    }

    private buildCheck(faults: readonly string[], change: (id: string) => void, send: () => void): readonly Node[] {
        const { t } = this.view
        const words = WORDS[this.later]
        const rows = this.steps().map((step) => summaryRow(step, this.session, t, change))
        const errors = element("div", { id: "errors", class: "errors", role: "alert", tabindex: "-1" }, element("h2", {}, t("errors.heading")), ...paragraphs(faults))
        const back = (): void => {
            history.back()
        }
        return [
            element("p", { class: "back" }, button(t("step.back"), "plain", back)),
            ...(faults.length === 0 ? [] : [errors]),
            heading(t(words.check)),
            ...paragraphs([t(words.lead)]),
            element("dl", { class: "summary" }, ...rows),
            notice("calm", t("check.envelopes.heading"), ...paragraphs([t(words.readers), t("mailbox.later.outside"), ...(this.contents().about_staff ? [t(words.staff)] : [])])),
            element("p", { class: "actions" }, button(t("mailbox.send"), "primary", send)),
        ]
    }
}

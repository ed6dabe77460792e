// Writing more to a case, and what comes after: the last question before a withdrawal, the receipt.

import { radioGroup } from "./choice_page.ts"
import { acknowledgementList } from "./code_page.ts"
import { button, element, heading, notice, paragraphs } from "./element_page.ts"
import { PRIVATE } from "./field_page.ts"
import { contentsOfFollowUp, problemsOfDraft } from "./follow_up.ts"
import type { Desk, Draft } from "./follow_up.ts"
import type { Option } from "./questions.ts"
import { charactersOfBytes, roomLeftBytes } from "./room.ts"
import type { Screen, View } from "./view_page.ts"
import type { AcknowledgementMessage, FollowUpKind } from "../messages.ts"

export interface WritingMoves {
    readonly draft: () => Draft
    readonly change: (changes: Partial<Draft>) => void
    readonly back: () => void
    readonly onward: () => void
}

interface Words {
    readonly heading: string
    readonly lead: string
    /** Label of the text; empty where there is none. */
    readonly label: string
    readonly onward: string
}

const WORDS: Readonly<Record<FollowUpKind, Words>> = {
    message: { heading: "mailbox.message.heading", lead: "mailbox.message.lead", label: "mailbox.message.label", onward: "mailbox.send" },
    correction: { heading: "mailbox.correction.heading", lead: "mailbox.correction.lead", label: "mailbox.correction.label", onward: "mailbox.send" },
    withdrawal: { heading: "mailbox.withdrawal.heading", lead: "mailbox.withdrawal.lead", label: "mailbox.withdrawal.label", onward: "step.continue" },
    preference: { heading: "mailbox.notices.heading", lead: "mailbox.notices.lead", label: "", onward: "mailbox.send" },
}

const YES_NO: readonly Option[] = [
    { value: "yes", label: "choice.yes" },
    { value: "no", label: "choice.no" },
]
const NOTICES: readonly Option[] = [
    { value: "yes", label: "mailbox.notices.yes" },
    { value: "no", label: "mailbox.notices.no" },
]

/** One follow-up in the making; its parts share what was typed and what is wrong. */
class Writing {
    private faulty = false

    constructor(
        private readonly of: FollowUpKind,
        private readonly desk: Desk,
        private readonly view: View,
        private readonly moves: WritingMoves,
    ) {}

    private leftBytes(): number {
        return roomLeftBytes(contentsOfFollowUp(this.of, this.moves.draft(), this.desk), "report")
    }

    private roomText(): string {
        const left = this.leftBytes()
        return this.view.t(left < 0 ? "room.over" : "room.left", { n: charactersOfBytes(left, this.view.language) })
    }

    private problem(key: keyof Draft): string {
        if (!this.faulty) return ""
        const found = problemsOfDraft(this.of, this.moves.draft(), this.desk).find((each) => each.key === key)
        if (found !== undefined) return this.view.t(found.text)
        return key === "text" && this.leftBytes() < 0 ? this.roomText() : ""
    }

    private framed(key: keyof Draft, label: HTMLElement, ...rest: readonly Node[]): HTMLElement {
        const problem = this.problem(key)
        const made = element("div", { class: problem === "" ? "field" : "field wrong" }, label)
        if (problem !== "") made.append(element("p", { class: "error", id: `field-${key}-error` }, problem))
        made.append(...rest)
        return made
    }

    private textField(label: string): HTMLElement {
        const { t } = this.view
        const wrong = this.problem("text") !== ""
        const room = element("p", { class: "room", id: "room" }, this.roomText())
        const attributes = { id: "field-text", rows: "6", "aria-describedby": wrong ? "field-text-error room" : "room", ...PRIVATE }
        const area = element("textarea", wrong ? { ...attributes, "aria-invalid": "true" } : attributes)
        area.value = this.moves.draft().text
        area.addEventListener("input", () => {
            this.moves.change({ text: area.value })
            room.textContent = this.roomText()
        })
        const title = element("label", { class: "label", for: "field-text" }, t(label))
        if (this.of === "withdrawal") title.append(element("span", { class: "optional" }, ` ${t("field.optional")}`))
        return this.framed("text", title, area, room)
    }

    private choiceField(key: "aboutStaff" | "destroy" | "notices", label: string, options: readonly Option[]): HTMLElement {
        const { t } = this.view
        const wrong = this.problem(key) !== ""
        const names = { id: `field-${key}`, labelledBy: `field-${key}-label`, describedBy: wrong ? `field-${key}-error` : "", invalid: wrong }
        const choices = radioGroup(options, this.moves.draft()[key], names, t, (value) => {
            this.moves.change({ [key]: value })
        })
        return this.framed(key, element("p", { class: "label", id: `field-${key}-label` }, t(label)), choices)
    }

    private fields(): readonly HTMLElement[] {
        const { label } = WORDS[this.of]
        const fields: HTMLElement[] = []
        if (label !== "") fields.push(this.textField(label))
        if (this.of === "withdrawal") fields.push(this.choiceField("destroy", "mailbox.withdrawal.destroy", YES_NO))
        if (this.of === "preference") fields.push(this.choiceField("notices", "mailbox.notices.label", NOTICES))
        if (this.desk === null) fields.push(this.choiceField("aboutStaff", "mailbox.staff.label", YES_NO))
        return fields
    }

    private submit(): void {
        const problems = problemsOfDraft(this.of, this.moves.draft(), this.desk)
        this.faulty = problems.length > 0 || this.leftBytes() < 0
        if (!this.faulty) {
            this.moves.onward()
            return
        }
        const key = problems[0]?.key ?? "text"
        this.view.redraw()
        this.view.focus(`#field-${key}:not([role]), #field-${key} input:not([tabindex="-1"])`)
        this.view.announce(this.problem(key))
    }

    build(): readonly Node[] {
        const { t } = this.view
        const words = WORDS[this.of]
        const onward = element("button", { type: "submit", class: "primary" }, t(words.onward))
        const form = element("form", { method: "dialog", novalidate: "", autocomplete: "off" }, ...this.fields(), element("p", { class: "actions" }, onward))
        form.addEventListener("submit", (event) => {
            event.preventDefault()
            this.submit()
        })
        const back = element("p", { class: "back" }, button(t("step.back"), "plain", this.moves.back))
        return [back, heading(t(words.heading)), ...paragraphs([t(words.lead)], "lead"), form]
    }
}

export function writingScreen(of: FollowUpKind, desk: Desk, view: View, moves: WritingMoves): Screen {
    const writing = new Writing(of, desk, view, moves)
    return { build: () => writing.build() }
}

/** The last question before a withdrawal, which can't be called back. */
export function confirmScreen(destroy: boolean, view: View, back: () => void, confirm: () => void): Screen {
    return {
        build: () => {
            const { t } = view
            const texts = [t("mailbox.confirm"), t(destroy ? "mailbox.confirm.destroy" : "mailbox.confirm.keep"), t("mailbox.confirm.passed")]
            const buttons = [button(t("mailbox.confirm.yes"), "primary", confirm), button(t("mailbox.confirm.no"), "secondary", back)]
            return [heading(t("mailbox.confirm.heading")), notice("warning", "", ...paragraphs(texts)), element("p", { class: "actions" }, ...buttons)]
        },
    }
}

/** What the server signed for a follow-up. */
export function sentScreen(acknowledgement: AcknowledgementMessage | undefined, view: View, again: () => void): Screen {
    return {
        build: () => {
            const { t } = view
            const onward = element("p", { class: "actions" }, button(t("mailbox.sent.back"), "primary", again))
            if (acknowledgement === undefined) {
                return [heading(t("done.unproven.heading")), notice("warning", "", ...paragraphs([t("mailbox.sent.unproven")])), onward]
            }
            return [heading(t("mailbox.sent.heading")), ...paragraphs([t("mailbox.sent.lead")], "lead"), acknowledgementList(acknowledgement, view), onward]
        },
    }
}

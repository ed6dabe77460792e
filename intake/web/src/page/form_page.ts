// A form of a few fields on one screen: what is wrong is said beside its field, and nothing leads on
// before everything is right. What was typed goes into the draft at once.

import { checkGroup, radioGroup } from "./choice_page.ts"
import { element } from "./element_page.ts"
import { fieldId, PRIVATE } from "./field_page.ts"
import type { Option } from "./questions.ts"
import { charactersOfBytes } from "./room.ts"
import type { View } from "./view_page.ts"

/** Something wrong with a field, and the msgid that says what to do. */
export interface Fault<Key> {
    readonly key: Key
    readonly text: string
}

/** What a form needs of its screen. */
export interface FormMoves<Draft> {
    readonly draft: () => Draft
    readonly change: (changes: Partial<Draft>) => void
    readonly problems: () => readonly Fault<keyof Draft & string>[]
    /** Bytes that can still be written; negative when it is too much. */
    readonly leftBytes: () => number
    /** The field that is blamed when it is too much. */
    readonly longest: keyof Draft & string
    readonly onward: () => void
}

export class Form<Draft> {
    private faulty = false
    private readonly room = element("p", { class: "room", id: "room" })

    constructor(
        private readonly view: View,
        private readonly moves: FormMoves<Draft>,
    ) {}

    private roomText(): string {
        const left = this.moves.leftBytes()
        return this.view.t(left < 0 ? "room.over" : "room.left", { n: charactersOfBytes(left, this.view.language) })
    }

    private problem(key: keyof Draft & string): string {
        if (!this.faulty) return ""
        const found = this.moves.problems().find((each) => each.key === key)
        if (found !== undefined) return this.view.t(found.text)
        return key === this.moves.longest && this.moves.leftBytes() < 0 ? this.roomText() : ""
    }

    private framed(key: keyof Draft & string, label: HTMLElement, ...rest: readonly Node[]): HTMLElement {
        const problem = this.problem(key)
        const made = element("div", { class: problem === "" ? "field" : "field wrong" }, label)
        if (problem !== "") made.append(element("p", { class: "error", id: `${fieldId(key)}-error` }, problem))
        made.append(...rest)
        return made
    }

    private groupNames(key: keyof Draft & string): { id: string; labelledBy: string; describedBy: string; invalid: boolean } {
        const id = fieldId(key)
        const invalid = this.problem(key) !== ""
        return { id, labelledBy: `${id}-label`, describedBy: invalid ? `${id}-error` : "", invalid }
    }

    private change(key: keyof Draft & string, value: unknown): void {
        this.moves.change({ [key]: value } as Partial<Draft>)
        this.room.textContent = this.roomText()
    }

    /** A line or several; `hint` is empty where there is none. */
    text(kind: "line" | "area", key: keyof Draft & string, label: string, hint: string, isOptional = false): HTMLElement {
        const { t } = this.view
        const id = fieldId(key)
        const wrong = this.problem(key) !== ""
        const described = [wrong ? `${id}-error` : "", hint === "" ? "" : `${id}-hint`, "room"].filter((each) => each !== "").join(" ")
        const attributes = { id, "aria-describedby": described, ...PRIVATE, ...(wrong ? { "aria-invalid": "true" } : {}) }
        const control = kind === "area" ? element("textarea", { ...attributes, rows: "6" }) : element("input", { ...attributes, type: "text" })
        control.value = String(this.moves.draft()[key])
        control.addEventListener("input", () => {
            this.change(key, control.value)
        })
        const title = element("label", { class: "label", for: id }, t(label))
        if (isOptional) title.append(element("span", { class: "optional" }, ` ${t("field.optional")}`))
        return this.framed(key, title, ...(hint === "" ? [] : [element("p", { class: "hint", id: `${id}-hint` }, t(hint))]), control)
    }

    /** How much more can be written; once on a screen. */
    roomLine(): HTMLElement {
        this.room.textContent = this.roomText()
        return this.room
    }

    /** One of several options. */
    one(key: keyof Draft & string, label: string, options: readonly Option[], onChoose: () => void = () => undefined): HTMLElement {
        const choices = radioGroup(options, String(this.moves.draft()[key]), this.groupNames(key), this.view.t, (value) => {
            this.change(key, value)
            onChoose()
        })
        return this.framed(key, element("p", { class: "label", id: `${fieldId(key)}-label` }, this.view.t(label)), choices)
    }

    /** Any number of options. */
    several(key: keyof Draft & string, label: string, options: readonly Option[]): HTMLElement {
        const choices = checkGroup(options, this.moves.draft()[key] as readonly string[], this.groupNames(key), this.view.t, (values) => {
            this.change(key, values)
        })
        return this.framed(key, element("p", { class: "label", id: `${fieldId(key)}-label` }, this.view.t(label)), choices)
    }

    private submit(): void {
        const problems = this.moves.problems()
        this.faulty = problems.length > 0 || this.moves.leftBytes() < 0
        if (!this.faulty) {
            this.moves.onward()
            return
        }
        const key = problems[0]?.key ?? this.moves.longest
        this.view.redraw()
        this.view.focus(`#${fieldId(key)}:not([role]), #${fieldId(key)} input:not([tabindex="-1"])`)
        this.view.announce(this.problem(key))
    }

    /** All of it, with the button that leads on. */
    element(onward: string, ...fields: readonly Node[]): HTMLElement {
        const button = element("button", { type: "submit", class: "primary" }, this.view.t(onward))
        const form = element("form", { method: "dialog", novalidate: "", autocomplete: "off" }, ...fields, element("p", { class: "actions" }, button))
        form.addEventListener("submit", (event) => {
            event.preventDefault()
            this.submit()
        })
        return form
    }
}

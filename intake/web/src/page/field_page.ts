// The fields of a question page. Every change goes into the answers at once, so that nothing
// is lost by Back, a change of language, or a composition that was not finished.

import type { Answers, Row, RowsKey, ScalarKey, SeveralKey } from "./answers.ts"
import { checkGroup, radioGroup, tickBox } from "./choice_page.ts"
import type { GroupNames } from "./choice_page.ts"
import { button, element } from "./element_page.ts"
import type { ChoiceField, Column, Field, Option, RowsField } from "./questions.ts"
import type { Translate } from "./texts.ts"

/** What a field needs from its page. */
export interface FieldPlace {
    readonly t: Translate
    readonly answers: () => Answers
    readonly set: (key: ScalarKey | SeveralKey | RowsKey, value: string | readonly string[] | readonly Row[]) => void
    /** Text of what is wrong with a field; empty when nothing is. */
    readonly problem: (key: string) => string
    /** Id of what tells the room that is left; empty where there is none. */
    readonly roomId: string
    readonly required: (key: string) => boolean
}

// Nothing typed here may go to a spelling service, a form memory or a translator.
export const PRIVATE = { autocomplete: "off", autocapitalize: "off", autocorrect: "off", spellcheck: "false", writingsuggestions: "false" }

export const fieldId = (key: string): string => `field-${key}`

interface Frame {
    readonly id: string
    readonly label: string
    readonly hint: string
    readonly problem: string
    readonly optional: boolean
}

/** Ids of hint and error, as aria-describedby wants them. */
function describedBy(frame: Frame, roomId: string): string {
    const ids = [frame.hint === "" ? "" : `${frame.id}-hint`, frame.problem === "" ? "" : `${frame.id}-error`, roomId]
    return ids.filter((id) => id !== "").join(" ")
}

/** Label, hint and error above a control; a group's label is a text, not a <label>. */
function framed(frame: Frame, t: Translate, isGroup: boolean, control: HTMLElement): HTMLElement {
    const made = element("div", { class: frame.problem === "" ? "field" : "field wrong" })
    if (frame.label !== "") {
        const label = isGroup ? element("p", { class: "label", id: `${frame.id}-label` }) : element("label", { class: "label", for: frame.id })
        label.append(frame.label)
        if (frame.optional) label.append(element("span", { class: "optional" }, ` ${t("field.optional")}`))
        made.append(label)
    }
    if (frame.hint !== "") made.append(element("p", { class: "hint", id: `${frame.id}-hint` }, frame.hint))
    if (frame.problem !== "") made.append(element("p", { class: "error", id: `${frame.id}-error` }, frame.problem))
    made.append(control)
    return made
}

function frameOf(field: Field | Column, id: string, place: FieldPlace): Frame {
    const { t } = place
    return {
        id,
        label: field.label === "" ? "" : t(field.label),
        hint: field.hint === undefined ? "" : t(field.hint),
        problem: place.problem(field.key),
        optional: !place.required(field.key),
    }
}

function groupNames(frame: Frame): GroupNames {
    const labelledBy = frame.label === "" ? "heading" : `${frame.id}-label`
    return { id: frame.id, labelledBy, describedBy: describedBy(frame, ""), invalid: frame.problem !== "" }
}

/** A line, several lines or a day. */
function textControl(kind: "line" | "area" | "day", frame: Frame, roomId: string, value: string, onInput: (value: string) => void): HTMLElement {
    const attributes: Record<string, string> = { id: frame.id, ...PRIVATE }
    const described = describedBy(frame, roomId)
    if (described !== "") attributes["aria-describedby"] = described
    if (frame.problem !== "") attributes["aria-invalid"] = "true"
    if (frame.label === "") attributes["aria-labelledby"] = "heading"
    const control =
        kind === "area" ? element("textarea", { ...attributes, rows: "4" }) : element("input", { ...attributes, type: kind === "day" ? "date" : "text" })
    control.value = value
    control.addEventListener("input", () => {
        onInput(control.value)
    })
    return control
}

function optionsOf(field: ChoiceField, answers: Answers): readonly Option[] {
    return typeof field.options === "function" ? field.options(answers) : field.options
}

function selectControl(options: readonly Option[], frame: Frame, t: Translate, value: string, onChoose: (value: string) => void): HTMLElement {
    const control = element("select", { id: frame.id, autocomplete: "off" }, element("option", { value: "" }, t("field.choose")))
    control.append(...options.map((option) => element("option", { value: option.value }, t(option.label))))
    control.value = value
    if (frame.problem !== "") {
        control.setAttribute("aria-invalid", "true")
        control.setAttribute("aria-describedby", `${frame.id}-error`)
    }
    control.addEventListener("change", () => {
        onChoose(control.value)
    })
    return control
}

function columnControl(column: Column, id: string, row: Row, place: FieldPlace, onChange: (value: string) => void): HTMLElement {
    const frame: Frame = { ...frameOf(column, id, place), problem: "", optional: false }
    const value = row[column.key] ?? ""
    if (column.kind === "one") {
        return framed(frame, place.t, true, radioGroup(column.options ?? [], value, groupNames(frame), place.t, onChange))
    }
    return framed(frame, place.t, false, textControl(column.kind, frame, place.roomId, value, onChange))
}

/** One group of a repeatable field, with a button that takes it away. */
function rowBox(field: RowsField, index: number, place: FieldPlace, redraw: (focus: number) => void): HTMLElement {
    const { t } = place
    const rows = (): readonly Row[] => place.answers()[field.key]
    const title = t(field.item, { n: index + 1 })
    const box = element("section", { class: "row", "aria-label": title }, element("h2", { tabindex: "-1" }, title))
    for (const column of field.columns) {
        const id = `${fieldId(field.key)}-${index}-${column.key}`
        const change = (value: string): void => {
            const length = Math.max(rows().length, index + 1)
            const next = Array.from({ length }, (_, at) => rows()[at] ?? {})
            place.set(field.key, next.map((row, at) => (at === index ? { ...row, [column.key]: value } : row)))
        }
        box.append(columnControl(column, id, rows()[index] ?? {}, place, change))
    }
    if (rows().length > 1) {
        const remove = button(t("rows.remove", { item: title }), "plain", () => {
            place.set(field.key, rows().filter((_, at) => at !== index))
            redraw(Math.max(0, index - 1))
        })
        box.append(remove)
    }
    return box
}

function rowsControl(field: RowsField, place: FieldPlace): HTMLElement {
    const made = element("div", { id: fieldId(field.key), class: "rows", role: "group", "aria-labelledby": "heading", tabindex: "-1" })
    const draw = (focus?: number): void => {
        const count = Math.max(1, place.answers()[field.key].length)
        const boxes = Array.from({ length: count }, (_, index) => rowBox(field, index, place, draw))
        const add = button(place.t(field.add), "secondary", () => {
            const rows = place.answers()[field.key]
            place.set(field.key, [...(rows.length === 0 ? [{}] : rows), {}])
            draw(count)
        })
        made.replaceChildren(...boxes, add)
        if (focus !== undefined) boxes[focus]?.querySelector("h2")?.focus()
    }
    draw()
    return made
}

/** One field with label, hint and error. */
export function fieldElement(field: Field, place: FieldPlace): HTMLElement {
    const { t } = place
    const frame = frameOf(field, fieldId(field.key), place)
    switch (field.kind) {
        case "line":
        case "area":
        case "day": {
            const set = (value: string): void => {
                place.set(field.key, value)
            }
            return framed(frame, t, false, textControl(field.kind, frame, place.roomId, place.answers()[field.key], set))
        }
        case "one":
        case "select": {
            const options = optionsOf(field, place.answers())
            const set = (value: string): void => {
                place.set(field.key, value)
            }
            const value = place.answers()[field.key]
            if (field.kind === "select") return framed(frame, t, false, selectControl(options, frame, t, value, set))
            return framed(frame, t, true, radioGroup(options, value, groupNames(frame), t, set))
        }
        case "several": {
            const set = (values: readonly string[]): void => {
                place.set(field.key, values)
            }
            return framed(frame, t, true, checkGroup(field.options, place.answers()[field.key], groupNames(frame), t, set))
        }
        case "tick": {
            const box = tickBox(t(field.label), place.answers()[field.key] === "yes", groupNames(frame), (ticked) => {
                place.set(field.key, ticked ? "yes" : "")
            })
            return framed({ ...frame, label: "" }, t, true, box)
        }
        case "rows":
            return framed(frame, t, true, rowsControl(field, place))
    }
}

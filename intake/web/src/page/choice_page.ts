// Radio buttons and check boxes without `name`: nothing on this page could be posted. A radio
// button without a name is a group of its own to the browser, so the group is kept here.

import { element } from "./element_page.ts"
import type { Option } from "./questions.ts"
import type { Translate } from "./texts.ts"

interface Choice {
    readonly input: HTMLInputElement
    readonly option: Option
    readonly box: HTMLElement
}

/** What connects a group of choices with its label, hint and error. */
export interface GroupNames {
    readonly id: string
    readonly labelledBy: string
    readonly describedBy: string
    readonly invalid: boolean
}

function choice(kind: "radio" | "checkbox", option: Option, id: string, t: Translate): Choice {
    const input = element("input", { type: kind, id, autocomplete: "off" })
    const label = element("label", { for: id }, t(option.label))
    const box = element("div", { class: "choice" }, input, label)
    if (option.hint !== undefined) {
        input.setAttribute("aria-describedby", `${id}-hint`)
        box.append(element("p", { class: "hint", id: `${id}-hint` }, t(option.hint)))
    }
    return { input, option, box }
}

/** Advice that belongs to a choice appears with it, and is read out because it is a status. */
function showNotice(place: HTMLElement, option: Option | undefined, t: Translate): void {
    place.replaceChildren()
    if (option?.notice !== undefined) place.append(element("p", { class: "advice" }, t(option.notice)))
}

function group(role: "radiogroup" | "group", names: GroupNames, className: string): HTMLElement {
    const made = element("div", { role, id: names.id, class: className, "aria-labelledby": names.labelledBy, tabindex: "-1" })
    if (names.describedBy !== "") made.setAttribute("aria-describedby", names.describedBy)
    if (names.invalid && role === "radiogroup") made.setAttribute("aria-invalid", "true")
    return made
}

/** Only the chosen button, or the first when none is, can be reached by Tab. */
function markChosen(choices: readonly Choice[], chosen: Choice | undefined): void {
    const reachable = chosen ?? choices[0]
    for (const each of choices) {
        each.input.checked = each === chosen
        each.input.tabIndex = each === reachable ? 0 : -1
    }
}

const STEP_OF_KEY: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }

/** A group in which one choice at most is made. */
export function radioGroup(
    options: readonly Option[],
    value: string,
    names: GroupNames,
    t: Translate,
    onChoose: (value: string) => void,
): HTMLElement {
    const choices = options.map((option, index) => choice("radio", option, `${names.id}-${index}`, t))
    const advice = element("div", { role: "status" })
    const choose = (chosen: Choice): void => {
        markChosen(choices, chosen)
        showNotice(advice, chosen.option, t)
        onChoose(chosen.option.value)
    }
    choices.forEach((each, index) => {
        each.input.setAttribute("aria-posinset", String(index + 1))
        each.input.setAttribute("aria-setsize", String(choices.length))
        each.input.addEventListener("change", () => {
            choose(each)
        })
        each.input.addEventListener("keydown", (event) => {
            const next = choices[(index + (STEP_OF_KEY[event.key] ?? 0) + choices.length) % choices.length]
            if (!(event.key in STEP_OF_KEY) || next === undefined) return
            event.preventDefault()
            next.input.focus()
            choose(next)
        })
    })
    const before = choices.find((each) => each.option.value === value)
    markChosen(choices, before)
    showNotice(advice, before?.option, t)
    const made = group("radiogroup", names, "choices")
    made.append(...choices.map((each) => each.box))
    return element("div", {}, made, advice)
}

/** A group in which any number of choices is made. */
export function checkGroup(
    options: readonly Option[],
    values: readonly string[],
    names: GroupNames,
    t: Translate,
    onChoose: (values: readonly string[]) => void,
): HTMLElement {
    const choices = options.map((option, index) => choice("checkbox", option, `${names.id}-${index}`, t))
    const made = group("group", names, "choices")
    for (const each of choices) {
        each.input.checked = values.includes(each.option.value)
        each.input.addEventListener("change", () => {
            onChoose(choices.filter((other) => other.input.checked).map((other) => other.option.value))
        })
        made.append(each.box)
    }
    return made
}

/** One box to tick. */
export function tickBox(label: string, ticked: boolean, names: GroupNames, onTick: (ticked: boolean) => void): HTMLElement {
    const input = element("input", { type: "checkbox", id: names.id, autocomplete: "off" })
    input.checked = ticked
    if (names.describedBy !== "") input.setAttribute("aria-describedby", names.describedBy)
    if (names.invalid) input.setAttribute("aria-invalid", "true")
    input.addEventListener("change", () => {
        onTick(input.checked)
    })
    return element("div", { class: "choice tick" }, input, element("label", { for: names.id }, label))
}

// Asking for the receipt code. The field has no name, so no form memory keeps it.

import { element, heading, notice, paragraphs } from "./element_page.ts"
import { PRIVATE } from "./field_page.ts"
import type { Settings } from "./settings_page.ts"
import type { Screen, View } from "./view_page.ts"

/** The link to the page where a report is filed. */
export function reportLink(view: View): HTMLElement {
    return element("p", {}, element("a", { href: "./" }, view.t("mailbox.report")))
}

/** Use a code; false when it does not pass its check. */
export type UseCode = (typed: string) => Promise<boolean>

/** `ready` is false while the page checks itself. */
export function codeEntryScreen(view: View, settings: Settings, ready: () => boolean, use: UseCode): Screen {
    let typed = ""
    let faulty = false
    const submit = async (): Promise<void> => {
        faulty = !(await use(typed))
        if (!faulty) {
            typed = ""
            return
        }
        view.redraw()
        view.focus("#field-code")
        view.announce(view.t("mailbox.code.wrong"))
    }
    const form = (): HTMLElement => {
        const { t } = view
        const described = faulty ? "field-code-error field-code-hint" : "field-code-hint"
        const attributes = { id: "field-code", type: "text", translate: "no", "aria-describedby": described, ...PRIVATE }
        const input = element("input", faulty ? { ...attributes, "aria-invalid": "true" } : attributes)
        input.value = typed
        input.addEventListener("input", () => {
            typed = input.value
        })
        const field = element("div", { class: faulty ? "field wrong" : "field" }, element("label", { class: "label", for: "field-code" }, t("mailbox.code.label")))
        field.append(element("p", { class: "hint", id: "field-code-hint" }, t("mailbox.code.hint")))
        if (faulty) field.append(element("p", { class: "error", id: "field-code-error" }, t("mailbox.code.wrong")))
        field.append(input)
        const open = element("button", { type: "submit", class: "primary" }, t("mailbox.code.open"))
        const made = element("form", { method: "dialog", novalidate: "", autocomplete: "off" }, field, element("p", { class: "actions" }, open))
        made.addEventListener("submit", (event) => {
            event.preventDefault()
            void submit()
        })
        return made
    }
    const build = (): readonly Node[] => {
        const { t } = view
        return [
            heading(t("mailbox.code.heading")),
            ...paragraphs([t("mailbox.code.lead")], "lead"),
            ready() ? form() : element("p", { role: "status", class: "checking" }, t("start.checking")),
            notice("calm", t("mailbox.privacy.heading"), ...paragraphs([t("mailbox.privacy"), t("mailbox.privacy.device")])),
            ...paragraphs([t("mailbox.danger", { hotline: settings.hotline })]),
            reportLink(view),
        ]
    }
    return { build }
}

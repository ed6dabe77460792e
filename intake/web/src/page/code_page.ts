// The receipt code, and then the signed acknowledgement. Both are shown once.

import { tickBox } from "./choice_page.ts"
import { button, details, element, heading, notice, paragraphs } from "./element_page.ts"
import { copyText, printNeutral, saveAsFile } from "./keep_page.ts"
import { qrImage } from "./qr_page.ts"
import type { AcknowledgementMessage, CodeSpellings } from "../messages.ts"
import type { Screen, View } from "./view_page.ts"

/** The groups of a code, each kept in one piece with the hyphen that follows it. */
function groups(code: string, className: string): HTMLElement {
    const all = code.split("-")
    const parts = all.map((group, at) => element("span", {}, at === all.length - 1 ? group : `${group}-`))
    return element("p", { class: className, translate: "no" }, ...parts)
}

/** The code in both spellings, for the screen and for paper. */
export function codeBox(code: CodeSpellings, view: View): HTMLElement {
    const { t } = view
    return element(
        "section",
        { class: "code-box", "aria-label": t("code.label") },
        element("div", { class: "spellings" }, groups(code.symbols, "code"), details(t("code.digits.heading"), ...paragraphs([t("code.digits")]), groups(code.digits, "digits"))),
        qrImage(view.supply.drawQr(code.symbols), t("code.qr")),
    )
}

function keeping(code: CodeSpellings, view: View): HTMLElement {
    const { t } = view
    const copy = button(t("code.copy"), "secondary", () => {
        void copyText(code.symbols).then((copied) => {
            view.announce(t(copied ? "code.copied" : "code.notcopied"))
            copy.textContent = t(copied ? "code.copied" : "code.notcopied")
        })
    })
    const save = button(t("code.save"), "secondary", () => {
        saveAsFile("note.txt", `${code.symbols}\n${code.digits}\n`)
    })
    const print = button(t("code.print"), "secondary", printNeutral)
    return element("p", { class: "keeping" }, copy, save, print)
}

/** Nothing leads on before "I have kept it" is ticked. */
export function codeScreen(code: CodeSpellings, view: View, onKept: () => void): Screen {
    let kept = false
    let faulty = false
    const build = (): readonly Node[] => {
        const { t } = view
        const error = t("code.kept.required")
        const names = { id: "field-kept", labelledBy: "", describedBy: faulty ? "field-kept-error" : "", invalid: faulty }
        const tick = tickBox(t("code.kept"), kept, names, (ticked) => {
            kept = ticked
        })
        const field = element("div", { class: faulty ? "field wrong" : "field" }, ...(faulty ? [element("p", { class: "error", id: "field-kept-error" }, error)] : []), tick)
        const onward = element("button", { type: "submit", class: "primary" }, t("step.continue"))
        const form = element("form", { method: "dialog", novalidate: "" }, field, element("p", { class: "actions" }, onward))
        form.addEventListener("submit", (event) => {
            event.preventDefault()
            faulty = !kept
            if (kept) {
                onKept()
                return
            }
            view.redraw()
            view.focus("#field-kept")
        })
        return [
            element("p", { class: "count" }, t("code.count")),
            heading(t("code.heading")),
            ...paragraphs([t("code.lead"), t("code.only")], "lead"),
            codeBox(code, view),
            keeping(code, view),
            notice("warning", t("code.careful.heading"), ...paragraphs([t("code.careful"), t("code.lost")])),
            form,
        ]
    }
    return { build }
}

/** A minute of Beijing, where registration times count (奖励办法 Art. 10). */
export function beijingMinute(at: Date): string {
    const shifted = new Date(at.getTime() + 8 * 60 * 60 * 1000).toISOString()
    return `${shifted.slice(0, 10)} ${shifted.slice(11, 16)}`
}

/** What an acknowledgement says, in words. */
export function acknowledgementList(acknowledgement: AcknowledgementMessage, view: View): HTMLElement {
    const { t } = view
    const pairs = [
        [t("done.minute"), t("done.beijing", { minute: beijingMinute(acknowledgement.registeredAt) })],
        [t("done.sequence"), acknowledgement.sequence],
        [t("done.digest"), acknowledgement.digest],
    ]
    const list = element("dl", { class: "readers" })
    for (const [what = "", value = ""] of pairs) list.append(element("div", {}, element("dt", {}, what), element("dd", { translate: "no" }, value)))
    return list
}

export function doneScreen(acknowledgement: AcknowledgementMessage | undefined, view: View, leave: () => void): Screen {
    return {
        build: () => {
            const { t } = view
            const finish = element("p", { class: "actions" }, button(t("done.finish"), "primary", leave))
            const mailbox = element("p", {}, element("a", { href: "mailbox.html" }, t("start.mailbox")))
            if (acknowledgement === undefined) {
                return [heading(t("done.unproven.heading")), notice("warning", "", ...paragraphs([t("done.unproven"), t("done.unproven.code")])), mailbox, finish]
            }
            const save = button(t("done.save"), "secondary", () => {
                saveAsFile("record.txt", `${acknowledgement.text}\n`)
            })
            return [
                heading(t("done.heading")),
                ...paragraphs([t("done.lead")], "lead"),
                acknowledgementList(acknowledgement, view),
                element("p", { class: "keeping" }, save),
                ...paragraphs([t("done.why")]),
                notice("calm", t("done.next.heading"), ...paragraphs([t("done.unconfirmed"), t("done.next"), t("done.danger")])),
                mailbox,
                finish,
            ]
        },
    }
}

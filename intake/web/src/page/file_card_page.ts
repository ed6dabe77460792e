// One file on the files question: what it is, what it would give away, and what is done about it.

import { isTelling, wantsDecision } from "./attachments.ts"
import type { Attachment } from "./attachments.ts"
import { button, details, element, paragraphs } from "./element_page.ts"
import { fieldId } from "./field_page.ts"
import { foundLines, kindAndSize, remainLines } from "./file_texts.ts"
import { tickBox } from "./choice_page.ts"
import type { View } from "./view_page.ts"

/** Names the place of a file on the page (`fieldId`). */
export const cardKey = (id: number): string => `file-${id}`

export interface CardMoves {
    readonly remove: () => void
    readonly change: (changes: { readonly original?: boolean; readonly keepsName?: boolean }) => void
}

function list(lines: readonly string[]): HTMLElement {
    return element("ul", {}, ...lines.map((line) => element("li", {}, line)))
}

/** A tick whose advice is shown, and read aloud, while it is set. */
function tickWithAdvice(label: string, advice: string, ticked: boolean, id: string, onTick: (ticked: boolean) => void): readonly Node[] {
    const place = element("div", { role: "status" })
    const show = (isTicked: boolean): void => {
        place.replaceChildren(...(isTicked ? [element("p", { class: "advice" }, advice)] : []))
    }
    const box = tickBox(label, ticked, { id, labelledBy: "", describedBy: "", invalid: false }, (isTicked) => {
        show(isTicked)
        onTick(isTicked)
    })
    show(ticked)
    return [box, place]
}

/** The switch that sends a file as it is, on purpose. */
function originalSwitch(attachment: Attachment, view: View, moves: CardMoves): readonly Node[] {
    const { t } = view
    const cannot = attachment.inspection?.verdict === "cannot"
    const label = t(cannot ? "files.cannot.send" : "files.original")
    const advice = t(cannot ? "files.cannot.advice" : "files.original.advice")
    return tickWithAdvice(label, advice, attachment.original, `file-${attachment.id}-original`, (original) => {
        moves.change({ original })
    })
}

function findings(attachment: Attachment, view: View): readonly Node[] {
    const { t } = view
    const verdict = attachment.inspection?.verdict ?? "clean"
    const lines = foundLines(attachment, t)
    if (lines.length === 0) return paragraphs([t(verdict === "cannot" ? "files.unknown" : "files.clean")], "hint")
    const heading = { removable: "files.removed", cannot: "files.cannot", clean: "files.harmless" }[verdict]
    return [element("p", { class: "label" }, t(heading)), list(lines)]
}

function remains(attachment: Attachment, view: View): readonly Node[] {
    const lines = remainLines(attachment, view.t)
    if (lines.length === 0) return []
    return [details(view.t("files.remain"), list(lines), ...paragraphs([view.t("files.remain.advice")]))]
}

function looked(attachment: Attachment, view: View, moves: CardMoves): readonly Node[] {
    const { t } = view
    if (attachment.unreadable) return paragraphs([t("files.unreadable")], "error")
    if (attachment.inspection === null) return paragraphs([t("files.looking")], "hint")
    const name = tickBox(
        t("files.name.keep", { name: attachment.name }),
        attachment.keepsName,
        { id: `file-${attachment.id}-name`, labelledBy: "", describedBy: "", invalid: false },
        (keepsName) => {
            moves.change({ keepsName })
        },
    )
    const canBeOriginal = attachment.inspection.verdict === "removable" || isTelling(attachment)
    const original = canBeOriginal ? originalSwitch(attachment, view, moves) : []
    return [...findings(attachment, view), ...remains(attachment, view), ...original, name]
}

/** `wrong` says that the page was left too early: what is still to be decided is marked. */
export function fileCard(attachment: Attachment, number: number, wrong: boolean, view: View, moves: CardMoves): HTMLElement {
    const { t, language } = view
    const item = t("files.item", { n: number })
    const title = element("h2", { tabindex: "-1" }, item)
    const name = element("p", { class: "file-name" }, attachment.name)
    const size = element("p", { class: "hint" }, attachment.inspection === null ? "" : kindAndSize(attachment, t, language))
    const decide = wrong && wantsDecision(attachment) ? paragraphs([t("files.decide", { item })], "error") : []
    const remove = button(t("files.remove", { item }), "plain", moves.remove)
    return element("section", { id: fieldId(cardKey(attachment.id)), class: "row file", "aria-label": item, tabindex: "-1" }, title, name, size, ...decide, ...looked(attachment, view, moves), remove)
}

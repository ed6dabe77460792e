// Writing more to a case, and what comes after: the last question before a withdrawal, the receipt.

import { acknowledgementList } from "./code_page.ts"
import type { Content } from "./contents_of_answers.ts"
import { button, element, heading, notice, paragraphs } from "./element_page.ts"
import type { FilesOpener } from "./files_loader_page.ts"
import { contentsOfFollowUp, problemsOfDraft } from "./follow_up.ts"
import type { Desk, Draft, Written } from "./follow_up.ts"
import { Form } from "./form_page.ts"
import { YES_NO } from "./questions.ts"
import type { Option } from "./questions.ts"
import { roomLeftBytes } from "./room.ts"
import type { Screen, View } from "./view_page.ts"
import type { AcknowledgementMessage } from "../messages.ts"

export interface WritingMoves {
    readonly draft: () => Draft
    readonly change: (changes: Partial<Draft>) => void
    readonly back: () => void
    readonly onward: () => void
    /** Files that go with a message. */
    readonly files: FilesOpener
}

interface Words {
    readonly heading: string
    readonly lead: string
    /** Label of the text; empty where there is none. */
    readonly label: string
    readonly onward: string
}

const WORDS: Readonly<Record<Written, Words>> = {
    message: { heading: "mailbox.message.heading", lead: "mailbox.message.lead", label: "mailbox.message.label", onward: "mailbox.send" },
    correction: { heading: "mailbox.correction.heading", lead: "mailbox.correction.lead", label: "mailbox.correction.label", onward: "mailbox.send" },
    withdrawal: { heading: "mailbox.withdrawal.heading", lead: "mailbox.withdrawal.lead", label: "mailbox.withdrawal.label", onward: "step.continue" },
    preference: { heading: "mailbox.notices.heading", lead: "mailbox.notices.lead", label: "", onward: "mailbox.send" },
}

const NOTICES: readonly Option[] = [
    { value: "yes", label: "mailbox.notices.yes" },
    { value: "no", label: "mailbox.notices.no" },
]

function filesField(view: View, files: FilesOpener): HTMLElement {
    const { t } = view
    const label = element("p", { class: "label" }, t("mailbox.files.label"), element("span", { class: "optional" }, ` ${t("field.optional")}`))
    return element("div", { class: "field" }, label, ...paragraphs([t("files.lead")], "hint"), files.field(() => undefined))
}

export function writingScreen(of: Written, desk: Desk, view: View, moves: WritingMoves): Screen {
    const words = WORDS[of]
    const entries = (): readonly Content[] => moves.files.files?.contents() ?? []
    const form = new Form<Draft>(view, {
        ...moves,
        problems: () => problemsOfDraft(of, moves.draft(), desk),
        leftBytes: () => roomLeftBytes(contentsOfFollowUp(of, moves.draft(), desk, entries()), "report"),
        longest: "text",
    })
    const fields = (): readonly HTMLElement[] => [
        ...(words.label === "" ? [] : [form.text("area", "text", words.label, "", of === "withdrawal"), form.roomLine()]),
        ...(of === "message" ? [filesField(view, moves.files)] : []),
        ...(of === "withdrawal" ? [form.one("destroy", "mailbox.withdrawal.destroy", YES_NO)] : []),
        ...(of === "preference" ? [form.one("notices", "mailbox.notices.label", NOTICES)] : []),
        ...(desk === null ? [form.one("aboutStaff", "mailbox.staff.label", YES_NO)] : []),
    ]
    return {
        build: () => {
            const { t } = view
            const back = element("p", { class: "back" }, button(t("step.back"), "plain", moves.back))
            return [back, heading(t(words.heading)), ...paragraphs([t(words.lead)], "lead"), form.element(words.onward, ...fields())]
        },
    }
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
export function sentScreen(acknowledgement: AcknowledgementMessage | undefined, view: View, again: () => void, kept: () => readonly Node[] = () => []): Screen {
    return {
        build: () => {
            const { t } = view
            const onward = element("p", { class: "actions" }, button(t("mailbox.sent.back"), "primary", again))
            if (acknowledgement === undefined) {
                return [heading(t("done.unproven.heading")), notice("warning", "", ...paragraphs([t("mailbox.sent.unproven")])), onward]
            }
            return [heading(t("mailbox.sent.heading")), ...paragraphs([t("mailbox.sent.lead")], "lead"), ...kept(), acknowledgementList(acknowledgement, view), onward]
        },
    }
}

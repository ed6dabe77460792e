// What a mailbox holds: the state, answers, what is registered, what is wrong, what one can do.

import { beijingMinute } from "./code_page.ts"
import { button, details, element, heading, notice, paragraphs } from "./element_page.ts"
import { saveAsFile } from "./keep_page.ts"
import { reportLink } from "./mailbox_code_page.ts"
import type { Written } from "./follow_up.ts"
import type { Later } from "./later_questions.ts"
import type { Settings } from "./settings_page.ts"
import type { Translate } from "./texts.ts"
import type { Screen, View } from "./view_page.ts"
import type { FaultMessage, MailboxMessage, RegisteredMessage, ReplyMessage } from "../messages.ts"
import type { RoleName } from "../wire/roles.ts"

export interface OverviewMoves {
    readonly write: (of: Written) => void
    readonly ask: (later: Later) => void
    readonly consent: () => void
    readonly ending: () => void
    readonly again: () => void
    /** Enter another code. */
    readonly other: () => void
    readonly leave: () => void
}

const STATES: Readonly<Record<string, readonly [phrase: string, meaning: string]>> = {
    registered: ["mailbox.state.registered", "mailbox.state.registered.means"],
    examining: ["mailbox.state.examining", "mailbox.state.examining.means"],
    accepted: ["mailbox.state.accepted", "mailbox.state.accepted.means"],
    not_accepted: ["mailbox.state.refused", "mailbox.state.refused.means"],
    closed: ["mailbox.state.closed", "mailbox.state.closed.means"],
}

const DESKS: Readonly<Partial<Record<RoleName, string>>> = {
    triage: "mailbox.desk.triage",
    oversight: "mailbox.desk.oversight",
    custodian: "mailbox.desk.custodian",
    protection: "mailbox.desk.protection",
    reward: "mailbox.desk.reward",
    "independent-custodian": "mailbox.desk.custodian.independent",
    "independent-protection": "mailbox.desk.protection.independent",
    "independent-reward": "mailbox.desk.reward.independent",
}

const KINDS: Readonly<Record<ReplyMessage["kind"], string>> = {
    reply: "mailbox.reply.reply",
    opened: "mailbox.reply.opened",
    state: "mailbox.reply.state",
    disclosure: "mailbox.reply.disclosure",
    releaseNotice: "mailbox.reply.release",
    warning: "mailbox.reply.warning",
}

const deskName = (role: RoleName, t: Translate): string => t(DESKS[role] ?? role)

/** Whether nothing at all was found, wrong things included. */
export function isEmpty(mailbox: MailboxMessage): boolean {
    return mailbox.registered.length + mailbox.replies.length + mailbox.faults.length === 0
}

function stateNodes(mailbox: MailboxMessage, t: Translate): readonly Node[] {
    const [phrase, meaning] = STATES[mailbox.state ?? ""] ?? []
    if (phrase === undefined || meaning === undefined) return []
    return [notice("calm", t("mailbox.state", { state: t(phrase) }), ...paragraphs([t(meaning)]))]
}

/** Until a desk has signed something, only the server says that anything was registered. */
function confirmationNodes(mailbox: MailboxMessage, settings: Settings, t: Translate): readonly Node[] {
    if (mailbox.registered.length === 0 || mailbox.registered.every((each) => each.confirmed)) return []
    const texts = mailbox.registered.some((each) => each.confirmed)
        ? [t("mailbox.unconfirmed.later"), t("mailbox.unconfirmed.others", { hotline: settings.hotline })]
        : [t("mailbox.unconfirmed"), t("mailbox.unconfirmed.wait", { hotline: settings.hotline })]
    return [notice("warning", t("mailbox.unconfirmed.heading"), ...paragraphs(texts))]
}

/** Of a desk's reply, and of an acknowledgement. */
const FAULTS: Readonly<Record<FaultMessage["kind"], readonly [reply: string, own: string]>> = {
    gap: ["mailbox.fault.gap", "mailbox.fault.gap.own"],
    refused: ["mailbox.fault.refused", "mailbox.fault.refused.own"],
    vanished: ["mailbox.fault.vanished", "mailbox.fault.vanished.own"],
    changed: ["mailbox.fault.changed", "mailbox.fault.changed.own"],
}

function faultText(fault: FaultMessage, t: Translate): string {
    const n = fault.number + 1
    const [reply, own] = FAULTS[fault.kind]
    return fault.lane === null ? t(own, { n }) : t(reply, { n, desk: deskName(fault.lane, t) })
}

function faultNodes(mailbox: MailboxMessage, settings: Settings, t: Translate): readonly Node[] {
    const list = element("ul", {}, ...mailbox.faults.map((fault) => element("li", {}, faultText(fault, t))))
    const nodes = mailbox.faults.length === 0 ? [] : [notice("danger", t("mailbox.faults.heading"), list, ...paragraphs([t("mailbox.faults", { hotline: settings.hotline })]))]
    return mailbox.isFull ? [...nodes, notice("warning", "", ...paragraphs([t("mailbox.more")]))] : nodes
}

function replyBox(reply: ReplyMessage, t: Translate): HTMLElement {
    const title = t("mailbox.reply.title", { day: reply.sentOn, desk: deskName(reply.role, t) })
    const box = element("section", { class: "row", "aria-label": title }, element("h3", {}, title))
    box.append(element("p", { class: "hint" }, t(KINDS[reply.kind], { n: reply.aboutN + 1 })))
    const [phrase] = STATES[reply.state ?? ""] ?? []
    if (phrase !== undefined) box.append(...paragraphs([t("mailbox.state", { state: t(phrase) })]))
    if (reply.text !== "") box.append(...paragraphs([reply.text], "answer"))
    if (reply.hasFiles) box.append(...paragraphs([t("mailbox.reply.files")], "hint"))
    return box
}

/** Entries of the ledger are told apart from conversation: each is one use of a consent (SPEC 11.5). */
const isDisclosure = ({ kind }: ReplyMessage): boolean => kind === "disclosure" || kind === "releaseNotice"

function ledgerNodes(mailbox: MailboxMessage, t: Translate): readonly Node[] {
    const boxes = mailbox.replies.filter(isDisclosure).map((reply) => replyBox(reply, t))
    const rule = paragraphs([t(boxes.length === 0 ? "mailbox.ledger.none" : "mailbox.ledger.some")])
    return [element("h2", {}, t("mailbox.ledger")), ...rule, ...boxes]
}

function replyNodes(mailbox: MailboxMessage, t: Translate): readonly Node[] {
    const boxes = mailbox.replies.filter((reply) => !isDisclosure(reply)).map((reply) => replyBox(reply, t))
    return [element("h2", {}, t("mailbox.replies")), ...(boxes.length === 0 ? paragraphs([t("mailbox.replies.none")]) : boxes)]
}

function registeredRow(each: RegisteredMessage, t: Translate): HTMLElement {
    const what = each.n === 0 ? t("mailbox.sent.report") : t("mailbox.sent.later", { n: each.n + 1 })
    const lines = [
        t("mailbox.sent.minute", { minute: beijingMinute(each.registeredAt) }),
        t("mailbox.sent.sequence", { n: each.sequence }),
        t(each.confirmed ? "mailbox.sent.confirmed" : "mailbox.sent.unconfirmed"),
    ]
    const save = button(t("done.save"), "plain", () => {
        saveAsFile("record.txt", `${each.text}\n`)
    })
    save.append(element("span", { class: "unseen" }, ` ${what}`))
    return element("div", {}, element("dt", {}, what), element("dd", {}, ...paragraphs(lines), save))
}

function registeredNodes(mailbox: MailboxMessage, t: Translate): readonly Node[] {
    const title = element("h2", {}, t("mailbox.sent", { n: mailbox.registered.length }))
    if (mailbox.registered.length === 0) return [title, ...paragraphs([t("mailbox.sent.none")])]
    return [title, element("dl", { class: "readers" }, ...mailbox.registered.map((each) => registeredRow(each, t)))]
}

function actionNodes(moves: OverviewMoves, t: Translate): readonly Node[] {
    const act = (label: string, go: () => void): HTMLElement => button(t(label), "secondary", go)
    const write = (of: Written) => (): void => {
        moves.write(of)
    }
    const ask = (later: Later) => (): void => {
        moves.ask(later)
    }
    const main = [button(t("mailbox.act.write"), "primary", write("message")), act("mailbox.act.again", moves.again), act("mailbox.act.protection", ask("protection"))]
    const person = [act("mailbox.act.identity", ask("identity")), act("mailbox.act.reward", ask("reward"))]
    const consent = [act("mailbox.act.consent", moves.consent), act("mailbox.act.ending", moves.ending)]
    const others = [act("mailbox.act.correct", write("correction")), act("mailbox.act.withdraw", write("withdrawal")), act("mailbox.act.notices", write("preference"))]
    return [
        element("h2", {}, t("mailbox.act.heading")),
        element("p", { class: "actions" }, ...main),
        details(t("mailbox.act.person"), element("p", { class: "keeping" }, ...person)),
        details(t("mailbox.act.disclosure"), ...paragraphs([t("mailbox.act.disclosure.means")]), element("p", { class: "keeping" }, ...consent)),
        details(t("mailbox.act.more"), element("p", { class: "keeping" }, ...others)),
    ]
}

function emptyNodes(settings: Settings, view: View, moves: OverviewMoves): readonly Node[] {
    const { t } = view
    return [
        heading(t("mailbox.empty.heading")),
        ...paragraphs([t("mailbox.empty")], "lead"),
        ...paragraphs([t("mailbox.empty.new"), t("mailbox.empty.code"), t("mailbox.empty.kept", { hotline: settings.hotline })]),
        element("p", { class: "actions" }, button(t("mailbox.act.other"), "primary", moves.other), button(t("mailbox.act.again"), "secondary", moves.again), button(t("done.finish"), "secondary", moves.leave)),
        reportLink(view),
    ]
}

export function overviewScreen(mailbox: MailboxMessage, settings: Settings, view: View, moves: OverviewMoves): Screen {
    const build = (): readonly Node[] => {
        const { t } = view
        if (isEmpty(mailbox)) return emptyNodes(settings, view, moves)
        return [
            heading(t("mailbox.heading")),
            ...stateNodes(mailbox, t),
            ...faultNodes(mailbox, settings, t),
            ...confirmationNodes(mailbox, settings, t),
            ...replyNodes(mailbox, t),
            ...ledgerNodes(mailbox, t),
            ...registeredNodes(mailbox, t),
            ...(mailbox.nextNumber > 0 ? actionNodes(moves, t) : []),
            ...paragraphs([t("done.danger")]),
            element("p", { class: "actions" }, button(t("done.finish"), "secondary", moves.leave)),
        ]
    }
    return { build }
}

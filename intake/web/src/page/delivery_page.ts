// The screens of a delivery: choose the file, it is checked, its files go, it is registered.

import { bytesText, durationOf, Pace } from "./amounts.ts"
import type { Duration } from "./amounts.ts"
import { button, element, heading, notice, paragraphs } from "./element_page.ts"
import type { Settings } from "./settings_page.ts"
import type { Screen, View } from "./view_page.ts"
import type { FailureReason } from "../upload/file_upload.ts"
import type { FileFault } from "../upload/sealed_report_file.ts"
import type { WaitReason } from "../upload/uploads.ts"

/** Why a file was not delivered. */
export type DeliveryFault = FileFault | FailureReason | "unreadable" | "outdated"

const FAULTS: Readonly<Record<DeliveryFault, string>> = {
    "not-sealed": "deliver.notsealed",
    damaged: "deliver.damaged",
    unreadable: "deliver.unreadable",
    changed: "deliver.unreadable",
    "too-large": "deliver.large",
    refused: "deliver.refused",
    outdated: "deliver.outdated",
}
const LEFT: Readonly<Record<Duration["unit"], string>> = { seconds: "files.left.seconds", minutes: "files.left.minutes", hours: "files.left.hours" }
const WAITING: Readonly<Record<WaitReason, string>> = { busy: "files.wait.busy", full: "deliver.wait.full", unreachable: "files.wait.unreachable" }
const TICK_MS = 1000
/** A screen reader hears each quarter once. */
const QUARTERS = 4

/** Where the file is chosen; what was wrong with the one before stands above. */
export function chooseScreen(view: View, settings: Settings, fault: DeliveryFault | undefined, onChoose: (file: File) => void): Screen {
    return {
        build: () => {
            const { t } = view
            const input = element("input", { type: "file", class: "unseen", autocomplete: "off", "aria-describedby": "deliver-hint" })
            input.addEventListener("change", () => {
                const file = input.files?.[0]
                input.value = ""
                if (file !== undefined) onChoose(file)
            })
            const faults = fault === undefined ? [] : [notice("danger", t("deliver.fault.heading"), ...paragraphs([t(FAULTS[fault]), t("deliver.fault.nothing")]))]
            const list = ["deliver.which", "deliver.plain", "deliver.again"].map((text) => element("li", {}, t(text)))
            return [
                heading(t("deliver.heading")),
                ...faults,
                ...paragraphs([t("deliver.lead")], "lead"),
                element("ul", { id: "deliver-hint" }, ...list),
                element("p", { class: "actions" }, element("label", { class: "file-button secondary" }, t("deliver.choose"), input)),
                ...paragraphs([t("deliver.danger", { hotline: settings.hotline })]),
                element("p", {}, element("a", { href: "./" }, t("deliver.report"))),
            ]
        },
    }
}

/** While the file is read through; nothing leaves before that is over. */
export class Checking {
    readonly screen: Screen
    private readonly bar = element("progress", { max: "1", value: "0" })

    constructor(view: View) {
        this.screen = {
            build: () => {
                const { t } = view
                this.bar.setAttribute("aria-label", t("deliver.checking.heading"))
                return [heading(t("deliver.checking.heading")), this.bar, ...paragraphs([t("deliver.checking")])]
            },
        }
    }

    show(done: number, total: number): void {
        this.bar.value = done / total
    }
}

/** The files inside the report on their way. */
export class Carrying {
    private readonly bar = element("progress", { max: "1", value: "0" })
    private readonly amount = element("p", { class: "amount" })
    private readonly status = element("p", { class: "upload-status" })
    private readonly pace = new Pace()
    private readonly ticking: ReturnType<typeof setInterval>
    private wait: { readonly reason: WaitReason; readonly until: number } | undefined
    private isSolving = false
    private done = 0
    private said = 0

    constructor(
        private readonly view: View,
        private readonly totalBytes: number,
        private readonly moves: { readonly wake: () => void; readonly stop: () => void },
    ) {
        this.ticking = setInterval(() => {
            this.refresh()
        }, TICK_MS)
    }

    readonly screen: Screen = { build: () => this.build() }

    end(): void {
        clearInterval(this.ticking)
    }

    moved(heldBytes: number): void {
        this.wait = undefined
        this.done = heldBytes
        this.pace.note(Date.now() / 1000, heldBytes)
        this.refresh()
        const quarter = Math.floor((heldBytes / this.totalBytes) * QUARTERS)
        if (quarter <= this.said) return
        this.said = quarter
        this.view.announce(this.amount.textContent)
    }

    waiting(reason: WaitReason, seconds: number): void {
        this.wait = { reason, until: Date.now() + seconds * 1000 }
        this.view.announce(this.view.t(WAITING[reason]))
        this.refresh()
    }

    /** The server is busy and asks for a proof of work. */
    solving(isSolving: boolean): void {
        this.isSolving = isSolving
        if (isSolving) this.view.announce(this.view.t("solving.heading"))
        this.refresh()
    }

    private refresh(): void {
        const { t, language } = this.view
        const amount = t("files.amount", { done: bytesText(this.done, language), total: bytesText(this.totalBytes, language) })
        this.bar.value = this.done / this.totalBytes
        this.bar.setAttribute("aria-valuetext", amount)
        this.amount.textContent = this.withPace(amount)
        this.status.textContent = this.statusText()
    }

    private statusText(): string {
        const { t } = this.view
        if (this.isSolving) return t("solving.heading")
        if (this.wait === undefined) return ""
        const n = Math.max(0, Math.ceil((this.wait.until - Date.now()) / 1000))
        return `${t(WAITING[this.wait.reason])} ${t("sending.again", { n })}`
    }

    private withPace(amount: string): string {
        const { t, language } = this.view
        const speed = this.pace.bytesPerSecond
        if (speed === undefined || this.wait !== undefined) return amount
        const { unit, n } = durationOf((this.totalBytes - this.done) / speed)
        return t("files.pace", { amount, speed: bytesText(speed, language), left: t(LEFT[unit], { n }) })
    }

    private build(): readonly Node[] {
        const { t } = this.view
        this.bar.setAttribute("aria-label", t("files.sending.all"))
        this.refresh()
        const now = button(t("sending.now"), "secondary", this.moves.wake)
        const stop = button(t("sending.stop"), "secondary", this.moves.stop)
        return [
            heading(t("deliver.carrying.heading")),
            ...paragraphs([t("deliver.carrying")], "lead"),
            this.bar,
            this.amount,
            this.status,
            element("p", { class: "actions" }, now, stop),
        ]
    }
}

/** Registered. Who delivered can't know what it was; its reporter finds the acknowledgement. */
export function deliveredScreen(view: View, another: () => void, leave: () => void): Screen {
    return {
        build: () => {
            const { t } = view
            const actions = [button(t("done.finish"), "primary", leave), button(t("deliver.another"), "secondary", another)]
            return [
                heading(t("deliver.done.heading")),
                ...paragraphs([t("deliver.done")], "lead"),
                notice("calm", t("deliver.done.next"), ...paragraphs([t("deliver.done.mailbox"), t("deliver.done.delete")])),
                element("p", {}, element("a", { href: "mailbox.html" }, t("start.mailbox"))),
                element("p", { class: "actions" }, ...actions),
            ]
        },
    }
}

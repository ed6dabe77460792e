// Files on their way: how far each is, how fast, how long still; pause, take away, try again.

import { bytesText, durationOf, Pace } from "./amounts.ts"
import type { Duration } from "./amounts.ts"
import { sealedBytes, sentBytes } from "./attachments.ts"
import type { Attachment } from "./attachments.ts"
import { button, element, heading, paragraphs } from "./element_page.ts"
import { kindAndSize } from "./file_texts.ts"
import type { UploadMoves } from "./files_part.ts"
import type { Screen, View } from "./view_page.ts"
import type { FailureReason } from "../upload/file_upload.ts"
import type { FileNews } from "../upload/orders.ts"
import type { WaitReason } from "../upload/uploads.ts"

/** What the screen asks of the visit's files. */
export interface UploadOrders {
    readonly items: () => readonly Attachment[]
    readonly pause: () => void
    readonly resume: () => void
    readonly wake: () => void
    readonly remove: (id: number) => void
    readonly retry: (id: number) => void
}

const LEFT: Readonly<Record<Duration["unit"], string>> = { seconds: "files.left.seconds", minutes: "files.left.minutes", hours: "files.left.hours" }
const WAITING: Readonly<Record<WaitReason, string>> = { busy: "files.wait.busy", full: "files.wait.full", unreachable: "files.wait.unreachable" }
const FAILED: Readonly<Record<FailureReason, string>> = { changed: "files.failed.changed", "too-large": "files.failed.large", refused: "files.failed.refused" }

/** A screen reader hears each quarter once. */
const QUARTER = 0.25
const TICK_MS = 1000

interface Row {
    readonly root: HTMLElement
    readonly bar: HTMLProgressElement
    readonly state: HTMLElement
    readonly retry: HTMLElement
}

type Wait = { readonly reason: WaitReason; readonly until: number } | undefined

const sum = (items: readonly Attachment[], of: (item: Attachment) => number): number => items.reduce((total, item) => total + of(item), 0)

/** Of a file, or of all, as the person knows their size: what is padded and sealed is more. */
const arrived = (items: readonly Attachment[]): number => sum(items, (item) => (sentBytes(item) * item.heldBytes) / sealedBytes(item))

export class Uploading {
    private readonly pace = new Pace()
    private readonly rows = new Map<number, Row>()
    private readonly bar = element("progress", { max: "1", id: "files-bar" })
    private readonly amount = element("p", { class: "amount" })
    private readonly status = element("p", { class: "upload-status" })
    private readonly list = element("ul", { class: "uploads" })
    private readonly go = element("p", { class: "actions" })
    private readonly ticking: ReturnType<typeof setInterval>
    private now = element("button")
    private wait: Wait
    private paused = false
    private solving = false
    private said = 0
    /** Something was taken away: the rest is not sent without being asked for. */
    private wasChanged = false
    private over = false

    constructor(
        private readonly view: View,
        private readonly orders: UploadOrders,
        private readonly moves: UploadMoves,
    ) {
        this.ticking = setInterval(() => {
            this.refresh()
        }, TICK_MS)
    }

    readonly screen: Screen = { build: () => this.build() }

    hear(news: FileNews): void {
        if (this.over) return
        if (news.kind === "waiting") {
            this.wait = { reason: news.reason, until: Date.now() + news.seconds * 1000 }
            this.view.announce(this.view.t(WAITING[news.reason]))
        } else if (news.kind !== "looked") this.wait = undefined
        this.solving = news.kind === "solving"
        if (this.solving) this.view.announce(this.view.t("solving.heading"))
        if (news.kind === "failed") this.view.announce(this.view.t(FAILED[news.reason]))
        if (news.kind === "moved") this.pace.note(Date.now() / 1000, sum(this.orders.items(), (item) => item.heldBytes))
        this.refresh()
        this.finish()
    }

    private end(): void {
        this.over = true
        clearInterval(this.ticking)
    }

    private isComplete(): boolean {
        return this.orders.items().every(({ entry }) => entry !== null)
    }

    private finish(): void {
        if (!this.isComplete() || this.over) return
        if (this.wasChanged) {
            this.drawActions()
            return
        }
        this.end()
        this.moves.done()
    }

    private remove(id: number): void {
        this.wasChanged = true
        this.orders.remove(id)
        this.pace.reset()
        this.view.redraw()
        this.view.focus("#heading")
    }

    private retry(id: number): void {
        this.orders.retry(id)
        this.view.redraw()
        this.view.focus("#heading")
    }

    private togglePause(toggle: HTMLElement): void {
        this.paused = !this.paused
        this.wait = undefined
        this.pace.reset()
        if (this.paused) this.orders.pause()
        else this.orders.resume()
        toggle.textContent = this.view.t(this.paused ? "files.resume" : "files.pause")
        this.view.announce(this.view.t(this.paused ? "files.paused" : "files.resumed"))
        this.refresh()
    }

    private row(item: Attachment, number: number): Row {
        const { t, language } = this.view
        const label = t("files.item", { n: number })
        const bar = element("progress", { max: "1", "aria-label": label })
        const state = element("p", { class: "hint" })
        const retry = button(t("files.retry", { item: label }), "plain", () => {
            this.retry(item.id)
        })
        const remove = button(t("files.remove", { item: label }), "plain", () => {
            this.remove(item.id)
        })
        const about = element("p", { class: "label" }, t("check.pair", { label, value: kindAndSize(item, t, language) }))
        const name = element("p", { class: "file-name hint" }, item.name)
        return { root: element("li", {}, about, name, bar, state, element("p", { class: "row-actions" }, retry, remove)), bar, state, retry }
    }

    private build(): readonly Node[] {
        const { t } = this.view
        this.rows.clear()
        this.orders.items().forEach((item, index) => this.rows.set(item.id, this.row(item, index + 1)))
        this.list.replaceChildren(...[...this.rows.values()].map(({ root }) => root))
        this.bar.setAttribute("aria-label", t("files.sending.all"))
        this.drawActions()
        this.refresh()
        return [heading(t("files.sending.heading")), ...paragraphs([t("files.sending.lead")], "lead"), this.bar, this.amount, this.status, this.go, this.list]
    }

    private drawActions(): void {
        const { t } = this.view
        const toggle = button(t(this.paused ? "files.resume" : "files.pause"), "secondary", () => {
            this.togglePause(toggle)
        })
        this.now = button(t("sending.now"), "secondary", () => {
            this.orders.wake()
        })
        const stop = button(t("sending.stop"), "secondary", () => {
            this.end()
            this.orders.pause()
            this.moves.stop()
        })
        const send = button(t("files.send"), "primary", () => {
            this.end()
            this.moves.done()
        })
        this.go.replaceChildren(...(this.isComplete() ? [send] : [toggle, this.now]), stop)
        this.now.hidden = this.wait === undefined
    }

    /** Write the present state into what is shown; nothing that has the focus is replaced. */
    private refresh(): void {
        const items = this.orders.items()
        const total = sum(items, sentBytes)
        const done = arrived(items)
        const part = total === 0 ? 1 : done / total
        const { language } = this.view
        this.fill(this.bar, part, `${bytesText(done, language)} / ${bytesText(total, language)}`)
        this.amount.textContent = this.amountText(items, done, total)
        this.status.textContent = this.statusText()
        this.now.hidden = this.wait === undefined
        for (const item of items) this.refreshRow(item)
        this.announceQuarter(part)
    }

    private refreshRow(item: Attachment): void {
        const row = this.rows.get(item.id)
        if (row === undefined) return
        const { t, language } = this.view
        const part = item.entry === null ? item.heldBytes / sealedBytes(item) : 1
        const amount = t("files.amount", { done: bytesText(part * sentBytes(item), language), total: bytesText(sentBytes(item), language) })
        this.fill(row.bar, part, amount)
        row.state.textContent = item.failure !== null ? t(FAILED[item.failure]) : item.entry !== null ? t("files.arrived") : amount
        row.state.className = item.failure === null ? "hint" : "error"
        row.retry.hidden = item.failure !== "refused"
    }

    private fill(bar: HTMLProgressElement, part: number, text: string): void {
        bar.value = part
        bar.setAttribute("aria-valuetext", text)
    }

    private amountText(items: readonly Attachment[], done: number, total: number): string {
        const { t, language } = this.view
        const amount = t("files.amount", { done: bytesText(done, language), total: bytesText(total, language) })
        const speed = this.pace.bytesPerSecond
        if (speed === undefined || this.paused || this.wait !== undefined || this.isComplete()) return amount
        const going = items.filter(({ failure, entry }) => failure === null && entry === null)
        const { unit, n } = durationOf(sum(going, (item) => sealedBytes(item) - item.heldBytes) / speed)
        return t("files.pace", { amount, speed: bytesText(speed, language), left: t(LEFT[unit], { n }) })
    }

    private statusText(): string {
        const { t } = this.view
        if (this.isComplete()) return t(this.orders.items().length === 0 ? "files.none.left" : "files.all.arrived")
        if (this.paused) return t("files.paused")
        if (this.solving) return t("solving.heading")
        if (this.wait !== undefined) {
            const n = Math.max(0, Math.ceil((this.wait.until - Date.now()) / 1000))
            return `${t(WAITING[this.wait.reason])} ${t("sending.again", { n })}`
        }
        return this.orders.items().some(({ failure }) => failure !== null) ? t("files.some.failed") : ""
    }

    private announceQuarter(part: number): void {
        const quarter = Math.floor(part / QUARTER)
        if (quarter <= this.said) return
        this.said = quarter
        this.view.announce(this.amount.textContent)
    }
}

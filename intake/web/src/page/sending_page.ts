// Sealing and sending. Sealed bytes stay in memory until the server has answered for them.

import { codeBox } from "./code_page.ts"
import { button, details, element, heading, notice, paragraphs } from "./element_page.ts"
import type { AcknowledgementMessage, CodeSpellings } from "../messages.ts"
import { ProofSolver } from "../proof_client.ts"
import type { OnProgress } from "../sealing_client.ts"
import { solvingNodes } from "./solving_page.ts"
import { backoffSeconds, sendSubmission } from "./submission.ts"
import type { Sent } from "./submission.ts"
import type { Screen, View } from "./view_page.ts"

/** A server whose key set changes under every try is not tried for ever. */
const MOST_RESEALS = 3

/** Sealed bytes that may have reached the server. */
export interface SealedBytes {
    readonly bytes: Uint8Array<ArrayBuffer>
}

/** What is sent: a first report, or more to a case. */
export interface Shipment<S extends SealedBytes> {
    /** The bytes made before, where nothing changed since: a retry sends the same. */
    readonly kept: () => S | undefined
    /** Seal; `outdated` was refused because the key set is not the newest any more. */
    readonly seal: (outdated: S | undefined, onProgress: OnProgress) => Promise<S>
    /** Its number in the case belongs to other bytes: take the next one. False where there is none. */
    readonly renumber: () => boolean
    readonly openAcknowledgement: (sealed: Uint8Array) => Promise<AcknowledgementMessage>
    /** What to note before closing the page; undefined where the person has it already. */
    readonly code: () => CodeSpellings | undefined
}

export interface SendingMoves<S extends SealedBytes> {
    /** Fetch and verify the key set anew; throws what verification throws. */
    readonly renewKeySet: () => Promise<void>
    readonly apiOrigin: string
    readonly stop: () => void
    readonly done: (sealed: S, acknowledgement: AcknowledgementMessage | undefined) => void
    /** The key set can't be trusted any more. */
    readonly refuse: (error: unknown) => void
}

type Phase =
    | { readonly kind: "sealing" }
    | { readonly kind: "sending" }
    | { readonly kind: "solving" }
    | { readonly kind: "waiting"; readonly reason: "busy" | "full" | "unreachable"; readonly until: number }
    | { readonly kind: "failed"; readonly text: string }

const WAITING: Readonly<Record<"busy" | "full" | "unreachable", string>> = {
    busy: "sending.busy",
    full: "sending.full",
    unreachable: "sending.unreachable",
}

const HEADLINES: Readonly<Record<Phase["kind"], string>> = {
    sealing: "sending.sealing",
    sending: "sending.sending",
    solving: "solving.heading",
    waiting: "sending.waiting.heading",
    failed: "sending.failed.heading",
}

export class Sending<S extends SealedBytes> {
    private phase: Phase = { kind: "sealing" }
    private progress = 0
    private readonly bar = element("progress", { max: "1" })
    private readonly countdown = element("p", { class: "countdown" })
    private readonly stopping = new AbortController()
    private readonly solver = new ProofSolver((isSolving) => {
        this.enter({ kind: isSolving ? "solving" : "sending" })
    })
    private wake: () => void = () => undefined

    constructor(
        private readonly shipment: Shipment<S>,
        private readonly view: View,
        private readonly moves: SendingMoves<S>,
    ) {}

    readonly screen: Screen = { build: () => this.build() }

    /** Seal once, then send until the server has answered or the person stops. */
    async run(): Promise<void> {
        try {
            await this.sendUntilAnswered()
        } catch (error) {
            if (!this.stopped()) this.fail(error)
        } finally {
            this.solver.close()
        }
    }

    private stopped(): boolean {
        return this.stopping.signal.aborted
    }

    private async sendUntilAnswered(): Promise<void> {
        let sealed = await this.seal(undefined)
        let reseals = 0
        for (let tries = 0; !this.stopped(); tries += 1) {
            this.enter({ kind: "sending" })
            const sent = await sendSubmission(this.moves.apiOrigin, sealed.bytes, this.stopping.signal, this.solver)
            if (this.stopped()) return
            if (sent.kind === "accepted") {
                await this.finish(sealed, sent.acknowledgement)
                return
            }
            if (sent.kind === "outdated" && reseals < MOST_RESEALS) {
                reseals += 1
                await this.moves.renewKeySet()
                sealed = await this.seal(sealed)
            } else if (sent.kind === "taken" && reseals < MOST_RESEALS && this.shipment.renumber()) {
                reseals += 1
                sealed = await this.seal(undefined)
            } else if (sent.kind === "wait" || sent.kind === "unreachable") {
                await this.wait(sent, tries)
            } else {
                this.enter({ kind: "failed", text: "sending.refused" })
                return
            }
        }
    }

    /** The bytes to send: those made before where nothing changed, so that a retry is the same. */
    private async seal(outdated: S | undefined): Promise<S> {
        const before = this.shipment.kept()
        if (outdated === undefined && before !== undefined) return before
        this.enter({ kind: "sealing" })
        return this.shipment.seal(outdated, (done, total) => {
            this.showProgress(done / total)
        })
    }

    private async finish(sealed: S, acknowledgement: Uint8Array<ArrayBuffer>): Promise<void> {
        let opened: AcknowledgementMessage | undefined
        try {
            opened = await this.shipment.openAcknowledgement(acknowledgement)
        } catch {
            // The last page then says that the server did not prove anything.
            opened = undefined
        }
        this.moves.done(sealed, opened)
    }

    private async wait(sent: Sent, tries: number): Promise<void> {
        const seconds = sent.kind === "wait" ? sent.seconds : backoffSeconds(tries)
        const until = Date.now() + seconds * 1000
        this.enter({ kind: "waiting", reason: sent.kind === "wait" ? sent.reason : "unreachable", until })
        await new Promise<void>((resolve) => {
            const ticking = setInterval(() => {
                this.showCountdown()
                if (Date.now() >= until) this.wake()
            }, 500)
            this.wake = (): void => {
                clearInterval(ticking)
                resolve()
            }
        })
    }

    private fail(error: unknown): void {
        const name = error instanceof Error ? error.name : ""
        if (name.startsWith("KeySet") || name === "SignatureError") this.moves.refuse(error)
        else this.enter({ kind: "failed", text: name === "TypeError" ? "sending.nokeyset" : "sending.notsealed" })
    }

    private enter(phase: Phase): void {
        const renewed = phase.kind !== this.phase.kind
        this.phase = phase
        this.view.redraw()
        if (renewed) this.view.announce(this.headline())
    }

    private headline(): string {
        const { t } = this.view
        return t(HEADLINES[this.phase.kind])
    }

    private showProgress(part: number): void {
        this.progress = part
        this.bar.value = part
        this.bar.setAttribute("aria-valuetext", `${Math.round(part * 100)} %`)
    }

    private showCountdown(): void {
        if (this.phase.kind !== "waiting") return
        const seconds = Math.max(0, Math.ceil((this.phase.until - Date.now()) / 1000))
        this.countdown.textContent = this.view.t("sending.again", { n: seconds })
    }

    private stopButton(): HTMLElement {
        return button(this.view.t("sending.stop"), "secondary", () => {
            this.stopping.abort()
            this.solver.close()
            this.wake()
            this.moves.stop()
        })
    }

    private build(): readonly Node[] {
        const { t } = this.view
        const title = heading(this.headline())
        switch (this.phase.kind) {
            case "sealing":
            case "sending": {
                this.bar.setAttribute("aria-label", this.headline())
                if (this.phase.kind === "sending") this.bar.removeAttribute("value")
                else this.showProgress(this.progress)
                return [title, this.bar, ...paragraphs([t("sending.local"), t("sending.stay")])]
            }
            case "solving":
                return [title, ...solvingNodes(this.view, this.stopButton()), notice("calm", "", ...paragraphs([t("sending.kept")]))]
            case "waiting":
                return this.waitingNodes(title, this.phase.reason)
            case "failed":
                return [title, ...paragraphs([t(this.phase.text), t("sending.nothing")], "lead"), element("p", { class: "actions" }, this.stopButton())]
        }
    }

    private waitingNodes(title: HTMLElement, reason: "busy" | "full" | "unreachable"): readonly Node[] {
        const { t } = this.view
        this.showCountdown()
        const now = button(t("sending.now"), "primary", () => {
            this.wake()
        })
        const nodes: Node[] = [title, ...paragraphs([t(WAITING[reason])], "lead"), this.countdown]
        nodes.push(element("p", { class: "actions" }, ...(reason === "unreachable" ? [now] : []), this.stopButton()))
        nodes.push(notice("calm", "", ...paragraphs([t("sending.kept")])))
        const code = this.shipment.code()
        if (reason === "unreachable" && code !== undefined) {
            nodes.push(details(t("sending.code.heading"), ...paragraphs([t("sending.code")]), codeBox(code, this.view)))
        }
        return nodes
    }
}

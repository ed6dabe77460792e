// Sealing and sending. Sealed bytes stay in memory until the server has answered for them.

import { codeBox } from "./code_page.ts"
import { contentsOfAnswers } from "./contents_of_answers.ts"
import { button, details, element, heading, notice, paragraphs } from "./element_page.ts"
import type { AcknowledgementMessage } from "../messages.ts"
import type { SealingClient } from "../sealing_client.ts"
import type { Sealed, Session } from "./session.ts"
import { backoffSeconds, sendSubmission } from "./submission.ts"
import type { Sent } from "./submission.ts"
import type { Screen, View } from "./view_page.ts"

/** A server whose key set changes under every try is not tried for ever. */
const MOST_RESEALS = 3

export interface SendingMoves {
    /** Fetch and verify the key set anew; throws what verification throws. */
    readonly renewKeySet: () => Promise<void>
    readonly apiOrigin: string
    readonly stop: () => void
    readonly done: (sealed: Sealed, acknowledgement: AcknowledgementMessage | undefined) => void
    /** The key set can't be trusted any more. */
    readonly refuse: (error: unknown) => void
}

type Phase =
    | { readonly kind: "sealing" }
    | { readonly kind: "sending" }
    | { readonly kind: "waiting"; readonly reason: "busy" | "full" | "unreachable"; readonly until: number }
    | { readonly kind: "failed"; readonly text: string }

const WAITING: Readonly<Record<"busy" | "full" | "unreachable", string>> = {
    busy: "sending.busy",
    full: "sending.full",
    unreachable: "sending.unreachable",
}

export class Sending {
    private phase: Phase = { kind: "sealing" }
    private progress = 0
    private readonly bar = element("progress", { max: "1" })
    private readonly countdown = element("p", { class: "countdown" })
    private readonly stopping = new AbortController()
    private wake: () => void = () => undefined

    constructor(
        private readonly session: Session,
        private readonly sealer: SealingClient,
        private readonly view: View,
        private readonly moves: SendingMoves,
    ) {}

    readonly screen: Screen = { build: () => this.build() }

    /** Seal once, then send until the server has answered or the person stops. */
    async run(): Promise<void> {
        try {
            await this.sendUntilAnswered()
        } catch (error) {
            if (!this.stopped()) this.fail(error)
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
            const sent = await sendSubmission(this.moves.apiOrigin, sealed.bytes, this.stopping.signal)
            if (this.stopped()) return
            if (sent.kind === "accepted") {
                await this.finish(sealed, sent.acknowledgement)
                return
            }
            if (sent.kind === "outdated" && reseals < MOST_RESEALS) {
                reseals += 1
                await this.moves.renewKeySet()
                sealed = await this.seal(sealed)
            } else if (sent.kind === "refused" || sent.kind === "outdated") {
                this.enter({ kind: "failed", text: "sending.refused" })
                return
            } else {
                await this.wait(sent, tries)
            }
        }
    }

    /** The bytes to send: those made before where nothing changed, so that a retry is the same. */
    private async seal(outdated: Sealed | undefined): Promise<Sealed> {
        const { session, view } = this
        const contents = contentsOfAnswers(session.answers, view.language)
        const madeOf = JSON.stringify(contents)
        const before = session.sealed
        if (outdated === undefined && before?.madeOf === madeOf) return before
        this.enter({ kind: "sealing" })
        // An outdated submission was not taken, so its code still has the number 0 to give.
        const code = outdated?.code ?? (await this.sealer.newCode())
        const bytes = await this.sealer.seal(contents, (done, total) => {
            this.showProgress(done / total)
        })
        const sealed = { madeOf, bytes, code }
        session.sealed = sealed
        return sealed
    }

    private async finish(sealed: Sealed, acknowledgement: Uint8Array<ArrayBuffer>): Promise<void> {
        let opened: AcknowledgementMessage | undefined
        try {
            opened = await this.sealer.openAcknowledgement(acknowledgement)
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
        if (this.phase.kind === "failed") return t("sending.failed.heading")
        return t(this.phase.kind === "waiting" ? "sending.waiting.heading" : this.phase.kind === "sealing" ? "sending.sealing" : "sending.sending")
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
        if (reason === "unreachable" && this.session.sealed !== undefined) {
            nodes.push(details(t("sending.code.heading"), ...paragraphs([t("sending.code")]), codeBox(this.session.sealed.code, this.view)))
        }
        return nodes
    }
}

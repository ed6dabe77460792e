// Fetching what lies in a mailbox: nine requests of one size at a time, nine answers of one size.

import { button, element, heading, paragraphs } from "./element_page.ts"
import { fetchWindow } from "./slots.ts"
import { solvingNodes } from "./solving_page.ts"
import { backoffSeconds } from "./submission.ts"
import type { View, Screen } from "./view_page.ts"
import type { MailboxClient } from "../mailbox_client.ts"
import type { MailboxMessage } from "../messages.ts"
import { ProofSolver } from "../proof_client.ts"
import { SLOT_VALUE_BYTES, SLOT_WINDOW } from "../wire/slots.ts"

/** 256 items of one kind; a server that fills every slot must not keep a page asking for ever. */
const MOST_STEPS = 32
/** Where an answer says whether its last slot is filled. */
const LAST_FLAG = (SLOT_WINDOW - 1) * (1 + SLOT_VALUE_BYTES)

export interface ReadingMoves {
    readonly apiOrigin: string
    readonly done: (mailbox: MailboxMessage) => void
    readonly stop: () => void
}

type Phase = { readonly kind: "reading" } | { readonly kind: "solving" } | { readonly kind: "failed"; readonly text: string; readonly seconds: number }

export class Reading {
    private phase: Phase = { kind: "reading" }
    private readonly stopping = new AbortController()
    private readonly countdown = element("p", { class: "countdown" })
    private solver = this.freshSolver()
    private ticking: ReturnType<typeof setInterval> | undefined
    private tries = 0

    constructor(
        private readonly client: MailboxClient,
        private readonly view: View,
        private readonly moves: ReadingMoves,
    ) {}

    readonly screen: Screen = { build: () => this.build() }

    /** Ask step by step: who has eight items of one kind asks for more. */
    async run(): Promise<void> {
        clearInterval(this.ticking)
        this.countdown.textContent = ""
        this.solver = this.freshSolver()
        this.enter({ kind: "reading" })
        try {
            const answers: Uint8Array[] = []
            for (let step = 0; step < MOST_STEPS; step += 1) {
                const windows = await this.step(step)
                if (windows === undefined) return
                answers.push(...windows)
                if (!windows.some((answer) => answer[LAST_FLAG] === 1)) break
            }
            const mailbox = await this.client.readMailbox(answers)
            if (!this.stopping.signal.aborted) this.moves.done(mailbox)
        } catch {
            this.enter({ kind: "failed", text: "mailbox.reading.wrong", seconds: 0 })
        } finally {
            this.solver.close()
        }
    }

    /** The nine answers of one step; undefined when there are none, which the screen then says. */
    private async step(step: number): Promise<readonly Uint8Array[] | undefined> {
        const { signal } = this.stopping
        const asked = await this.client.slotWindows(step)
        const answers = await Promise.all(asked.map((preimages) => fetchWindow(this.moves.apiOrigin, preimages, signal, this.solver)))
        if (signal.aborted) return undefined
        const bytes = answers.flatMap((answer) => (answer.kind === "answer" ? [answer.bytes] : []))
        if (bytes.length === asked.length) return bytes
        const seconds = Math.max(0, ...answers.map((answer) => (answer.kind === "wait" ? answer.seconds : 0)))
        this.enter({ kind: "failed", text: seconds > 0 ? "mailbox.reading.busy" : "sending.unreachable", seconds })
        this.tryLater(seconds > 0 ? seconds : backoffSeconds(this.tries))
        return undefined
    }

    /** Ask again by itself, and say when. */
    private tryLater(seconds: number): void {
        this.tries += 1
        const until = Date.now() + seconds * 1000
        const tick = (): void => {
            const left = Math.max(0, Math.ceil((until - Date.now()) / 1000))
            this.countdown.textContent = this.view.t("sending.again", { n: left })
            if (left === 0) void this.run()
        }
        tick()
        this.ticking = setInterval(tick, 500)
    }

    private freshSolver(): ProofSolver {
        return new ProofSolver((isSolving) => {
            this.enter({ kind: isSolving ? "solving" : "reading" })
        })
    }

    private enter(phase: Phase): void {
        this.phase = phase
        if (this.stopping.signal.aborted) return
        this.view.redraw()
        if (phase.kind === "solving") this.view.announce(this.view.t("solving.heading"))
        if (phase.kind === "failed") this.view.announce(this.view.t(phase.text, { n: phase.seconds }))
    }

    private build(): readonly Node[] {
        const { t } = this.view
        const stop = button(t("sending.stop"), "secondary", () => {
            this.stopping.abort()
            this.solver.close()
            clearInterval(this.ticking)
            this.moves.stop()
        })
        if (this.phase.kind === "solving") return [heading(t("solving.heading")), ...solvingNodes(this.view, stop)]
        if (this.phase.kind === "reading") {
            const bar = element("progress", { max: "1", "aria-label": t("mailbox.reading.heading") })
            return [heading(t("mailbox.reading.heading")), bar, ...paragraphs([t("mailbox.reading")]), element("p", { class: "actions" }, stop)]
        }
        const again = button(t("sending.now"), "primary", () => {
            void this.run()
        })
        const { text, seconds } = this.phase
        return [heading(t("mailbox.reading.failed")), ...paragraphs([t(text, { n: seconds })], "lead"), this.countdown, element("p", { class: "actions" }, again, stop)]
    }
}

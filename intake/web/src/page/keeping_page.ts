// The report is registered; the server is asked to keep its files for good.

import { button, element, heading, notice, paragraphs } from "./element_page.ts"
import type { KeepMoves } from "./files_part.ts"
import type { Screen, View } from "./view_page.ts"
import type { FileNews } from "../upload/orders.ts"

type State = "asking" | "waiting" | "failed"

export class Keeping {
    private state: State = "asking"
    private readonly lost = new Set<number>()

    constructor(
        private readonly view: View,
        private readonly wake: () => void,
        /** Number of a file on the page. */
        private readonly numberOf: (id: number) => number,
        private readonly moves: KeepMoves,
    ) {}

    readonly screen: Screen = { build: () => this.build() }

    hear(news: FileNews): void {
        if (news.kind === "failed") this.lost.add(news.id)
        if (news.kind === "waiting") this.enter("waiting")
        if (news.kind === "kept") this.end()
    }

    /** The worker is gone, and nobody else can ask. */
    giveUp(): void {
        this.enter("failed")
    }

    private end(): void {
        if (this.lost.size === 0) this.moves.done()
        else this.enter("failed")
    }

    private enter(state: State): void {
        if (state === this.state) return
        this.state = state
        this.view.redraw()
        this.view.announce(this.view.t(state === "failed" ? "files.unkept.heading" : "files.keeping.waiting"))
    }

    private build(): readonly Node[] {
        const { t } = this.view
        if (this.state === "failed") {
            const files = [...this.lost].map((id) => t("files.item", { n: this.numberOf(id) })).join(t("files.and"))
            const texts = files === "" ? [t("files.unkept")] : [t("files.unkept.some", { files })]
            const onward = button(t("step.continue"), "primary", this.moves.done)
            return [heading(t("files.unkept.heading")), notice("warning", "", ...paragraphs([...texts, t("files.unkept.later")])), element("p", { class: "actions" }, onward)]
        }
        const bar = element("progress", { "aria-label": t("files.keeping.heading") })
        const nodes: Node[] = [heading(t("files.keeping.heading")), ...paragraphs([t("files.keeping")], "lead"), bar]
        if (this.state === "asking") return nodes
        nodes.push(...paragraphs([t("files.keeping.waiting")]), element("p", { class: "actions" }, button(t("sending.now"), "primary", this.wake)))
        return [...nodes, ...this.moves.code()]
    }
}

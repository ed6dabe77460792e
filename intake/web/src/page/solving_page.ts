// What a screen says while a puzzle of a busy server is being solved.

import { element, paragraphs } from "./element_page.ts"
import type { View } from "./view_page.ts"

/** Why, how long, and the way out; the heading above is "solving.heading". */
export function solvingNodes({ t }: Pick<View, "t">, stop: HTMLElement): readonly Node[] {
    const bar = element("progress", { max: "1", "aria-label": t("solving.heading") })
    return [bar, ...paragraphs([t("solving.why"), t("solving.wait")]), element("p", { class: "actions" }, stop)]
}

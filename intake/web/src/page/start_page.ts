// The first screen: what this is, who reads it, what it can't protect against (row 0).

import { button, details, element, heading, notice, paragraphs } from "./element_page.ts"
import type { Settings } from "./settings_page.ts"
import type { Screen, View } from "./view_page.ts"

/** The part of the start that depends on whether the page was able to check itself. */
export type Readiness = { readonly kind: "checking" } | { readonly kind: "ready"; readonly fingerprint: string; readonly begin: () => void }

/** Who reads which part. */
export function readers(view: View): HTMLElement {
    const { t } = view
    const rows = [
        [t("readers.report"), t("readers.report.who")],
        [t("readers.identity"), t("readers.identity.who")],
        [t("readers.protection"), t("readers.protection.who")],
        [t("readers.reward"), t("readers.reward.who")],
    ]
    const list = element("dl", { class: "readers" })
    for (const [what = "", who = ""] of rows) list.append(element("div", {}, element("dt", {}, what), element("dd", {}, who)))
    return list
}

/** The fingerprint, what to compare it with, and what it proves. */
export function fingerprintTexts(view: View, settings: Settings, fingerprint: string): readonly Node[] {
    const { t, language } = view
    const where = settings.fingerprintPublished[language]
    const published = where === "" ? t("fingerprint.unpublished") : t("fingerprint.published", { where })
    return [
        ...paragraphs([t("fingerprint.why"), published]),
        element("p", { class: "fingerprint" }, fingerprint),
        ...paragraphs([t("fingerprint.self")]),
    ]
}

/** What there is beside this page for those who would rather not rely on it. */
function otherWays(view: View): readonly Node[] {
    const { t } = view
    const link = (href: string, text: string): HTMLElement => element("a", { href }, t(text))
    return [
        element("p", {}, t("start.without"), link("offline.html", "start.offline"), t("start.client")),
        element("p", {}, link("deliver.html", "start.deliver")),
    ]
}

function readinessNodes(view: View, settings: Settings, readiness: Readiness): readonly Node[] {
    const { t } = view
    if (readiness.kind === "checking") return [element("p", { role: "status", class: "checking" }, t("start.checking"))]
    return [
        details(t("fingerprint.heading"), ...fingerprintTexts(view, settings, readiness.fingerprint)),
        element("p", { class: "actions" }, button(t("start.begin"), "primary", readiness.begin)),
    ]
}

export function startScreen(view: View, settings: Settings, readiness: () => Readiness): Screen {
    return {
        build: () => {
            const { t } = view
            const list = element("ul", {}, ...["start.first", "start.second", "start.third"].map((text) => element("li", {}, t(text))))
            return [
                heading(t("start.heading")),
                ...paragraphs([t("start.lead")], "lead"),
                notice("danger", t("start.danger.heading"), ...paragraphs([t("start.danger", { hotline: settings.hotline })])),
                element("h2", {}, t("start.before.heading")),
                list,
                element("h2", {}, t("readers.heading")),
                readers(view),
                ...paragraphs([t("readers.server")]),
                element("h2", {}, t("start.risk.heading")),
                ...paragraphs([t("start.risk")]),
                ...otherWays(view),
                ...paragraphs([t("start.leave")]),
                ...readinessNodes(view, settings, readiness()),
                element("p", {}, element("a", { href: "mailbox.html" }, t("start.mailbox"))),
            ]
        },
    }
}

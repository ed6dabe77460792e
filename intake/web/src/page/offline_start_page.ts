// The first screen of the offline page: what it does, for how long, and how to check it.

import { button, element, heading, notice, paragraphs } from "./element_page.ts"
import { fingerprintTexts, readers } from "./start_page.ts"
import { beijingMinute } from "./code_page.ts"
import type { Settings } from "./settings_page.ts"
import type { Screen, View } from "./view_page.ts"
import type { VerifiedKeySet } from "../messages.ts"

/** The part of the start that depends on whether the page was able to check itself. */
export type OfflineReadiness =
    | { readonly kind: "checking" }
    | { readonly kind: "ready"; readonly keySet: VerifiedKeySet; readonly begin: () => void }

function readinessNodes(view: View, settings: Settings, readiness: OfflineReadiness): readonly Node[] {
    const { t } = view
    if (readiness.kind === "checking") return [element("p", { role: "status", class: "checking" }, t("start.checking"))]
    const { keySet, begin } = readiness
    const until = t("done.beijing", { minute: beijingMinute(keySet.validUntil) })
    return [
        element("h2", {}, t("offline.fingerprint.heading")),
        ...fingerprintTexts(view, settings, keySet.fingerprint),
        element("h2", {}, t("offline.until.heading")),
        ...paragraphs([t("offline.until", { until }), t("offline.service", { origin: keySet.origin })]),
        element("p", { class: "actions" }, button(t("start.begin"), "primary", begin)),
    ]
}

export function offlineStartScreen(view: View, settings: Settings, readiness: () => OfflineReadiness): Screen {
    return {
        build: () => {
            const { t } = view
            const before = ["start.first", "start.second", "offline.third"].map((text) => element("li", {}, t(text)))
            return [
                heading(t("offline.heading")),
                ...paragraphs([t("offline.lead")], "lead"),
                notice("danger", t("start.danger.heading"), ...paragraphs([t("offline.danger", { hotline: settings.hotline })])),
                element("h2", {}, t("start.before.heading")),
                element("ul", {}, ...before),
                element("h2", {}, t("readers.heading")),
                readers(view),
                ...paragraphs([t("offline.readers")]),
                element("h2", {}, t("start.risk.heading")),
                ...paragraphs([t("offline.risk"), t("offline.device")]),
                ...readinessNodes(view, settings, readiness()),
            ]
        },
    }
}

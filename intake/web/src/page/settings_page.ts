// What the operator of this service set, the same for everybody, from <meta> elements.

import type { Language } from "./contents_of_answers.ts"

export interface Settings {
    /** Verifier key of the pinned root (SPEC 13.1). */
    readonly rootKey: string
    /** The page refuses older key sets (SPEC 13.7). */
    readonly minimumVersion: number
    /** Empty when the API has the page's own origin. */
    readonly apiOrigin: string
    readonly bodyName: Readonly<Record<Language, string>>
    /** Where the root's fingerprint is published outside this site. */
    readonly fingerprintPublished: Readonly<Record<Language, string>>
    readonly hotline: string
    readonly leaveUrl: string
    /** Files with one report. */
    readonly maxFiles: number
    readonly maxFileBytes: number
}

function meta(name: string): string {
    return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content.trim() ?? ""
}

export function readSettings(): Settings {
    return {
        rootKey: meta("root-key"),
        minimumVersion: Number(meta("minimum-version")),
        apiOrigin: meta("api-origin"),
        bodyName: { "zh-CN": meta("body-name-zh"), en: meta("body-name-en") },
        fingerprintPublished: { "zh-CN": meta("fingerprint-published-zh"), en: meta("fingerprint-published-en") },
        hotline: meta("hotline"),
        leaveUrl: meta("leave-url") || "about:blank",
        maxFiles: Number(meta("max-files")),
        maxFileBytes: Number(meta("max-file-bytes")),
    }
}

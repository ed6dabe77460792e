// Words for what is found in files.

import { FOUND_TEXTS, KIND_TEXTS, REMAIN_TEXTS } from "../metadata/finding_texts.ts"
import { bytesText } from "./amounts.ts"
import { sentBytes } from "./attachments.ts"
import type { Attachment } from "./attachments.ts"
import type { Language } from "./contents_of_answers.ts"
import type { Translate } from "./texts.ts"

/** What a file would give away, a line for each thing. */
export function foundLines({ inspection }: Attachment, t: Translate): readonly string[] {
    return (inspection?.findings ?? []).map(({ code, detail }) => (detail === "" ? t(FOUND_TEXTS[code]) : t("check.pair", { label: t(FOUND_TEXTS[code]), value: detail })))
}

/** What may be left in it, and why. */
export function remainLines({ inspection }: Attachment, t: Translate): readonly string[] {
    return (inspection?.mayRemain ?? []).map((reason) => t(REMAIN_TEXTS[reason]))
}

/** Kind and size, such as "JPEG photo, 3.2 MB". */
export function kindAndSize(attachment: Attachment, t: Translate, language: Language): string {
    const kind = t(KIND_TEXTS[attachment.inspection?.kind ?? "other"])
    return t("files.about", { kind, size: bytesText(sentBytes(attachment), language) })
}

/** What is sent of a file, in one line. */
export function sentLine(attachment: Attachment, number: number, t: Translate, language: Language): string {
    const { inspection, original, keepsName, name } = attachment
    const codes = [...new Set((inspection?.findings ?? []).map(({ code }) => t(FOUND_TEXTS[code])))].join(t("files.and"))
    const parts = [kindAndSize(attachment, t, language)]
    if (inspection?.verdict === "removable" && !original) parts.push(t("files.line.removed", { what: codes }))
    else if (codes !== "") parts.push(t("files.line.kept", { what: codes }))
    parts.push(keepsName ? t("files.line.name", { name }) : t("files.line.noname"))
    return t("check.pair", { label: t("files.item", { n: number }), value: parts.join(t("files.then")) })
}

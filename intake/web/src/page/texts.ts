// The texts of one language: a catalogue made from locale/*.po.

import type { Language } from "./contents_of_answers.ts"

export type Catalogue = Readonly<Record<string, string>>

/** Text of a msgid, its placeholders {name} filled in. */
export type Translate = (msgid: string, values?: Readonly<Record<string, string | number>>) => string

/** A text that is missing shows its msgid, so that the fault is seen and nothing breaks. */
export function translator(catalogue: Catalogue): Translate {
    return (msgid, values = {}) =>
        (catalogue[msgid] ?? msgid).replaceAll(/\{([a-z]+)\}/gu, (whole, name: string) => String(values[name] ?? whole))
}

/** The language to begin with, from the browser's list; nothing is remembered. */
export function chooseLanguage(preferred: readonly string[]): Language {
    for (const tag of preferred) {
        if (/^zh\b/iu.test(tag)) return "zh-CN"
        if (/^en\b/iu.test(tag)) return "en"
    }
    return "zh-CN"
}

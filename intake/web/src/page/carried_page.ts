// What the offline page carries inside itself: texts, and the key set that it seals to.

import type { Language } from "./contents_of_answers.ts"
import { beijingMinute } from "./code_page.ts"
import { drawQr } from "./qr.ts"
import type { Supply } from "./supply_page.ts"
import type { Catalogue } from "./texts.ts"
import { decodeBase64url } from "../wire/codec.ts"
import { parseKeySet } from "../wire/key_set.ts"

export interface Carried {
    readonly catalogues: Readonly<Record<Language, Catalogue>>
}

/** When the page may seal, in Beijing time; empty where its key set can't be read. */
export type CarriedPeriod = Readonly<Record<"from" | "until", string>>

export interface CarriedKeySet {
    /** As it was published, not verified. */
    readonly raw: Uint8Array
    readonly period: CarriedPeriod
}

/** Everything is here already. */
export function carriedSupply({ catalogues }: Carried): Supply {
    return {
        texts: (part, language) => Promise.resolve(part === "" ? catalogues[language] : {}),
        drawQr: (code) => Promise.resolve(drawQr(code)),
    }
}

const minuteOf = (seconds: number): string => beijingMinute(new Date(seconds * 1000))

function periodOf(raw: Uint8Array): CarriedPeriod {
    try {
        const { validFrom, validUntil } = parseKeySet(raw).body
        return { from: minuteOf(validFrom), until: minuteOf(validUntil) }
    } catch {
        return { from: "", until: "" }
    }
}

/** The key set that the authority put into the page; one that is none is refused when it is verified. */
export function carriedKeySet(): CarriedKeySet {
    const text = document.querySelector<HTMLMetaElement>('meta[name="key-set"]')?.content ?? ""
    let raw: Uint8Array = new Uint8Array(0)
    try {
        raw = decodeBase64url(text)
    } catch {
        // Left empty: verification then names the fault.
    }
    return { raw, period: periodOf(raw) }
}

// One visit: what was answered, what was seen. In memory, and gone with the page.

import type { Answers } from "./answers.ts"
import { EMPTY_ANSWERS } from "./answers.ts"
import { contentsOfAnswers } from "./contents_of_answers.ts"
import type { Contents, Language } from "./contents_of_answers.ts"
import type { FilesHolder } from "./files_part.ts"
import type { CodeSpellings, VerifiedKeySet } from "../messages.ts"

/** Where somebody is. */
export type Place = { readonly kind: "start" } | { readonly kind: "step"; readonly id: string } | { readonly kind: "check" }

/** Sealed bytes that may have reached the server, and what they were made of. */
export interface Sealed {
    readonly madeOf: string
    readonly bytes: Uint8Array<ArrayBuffer>
    readonly code: CodeSpellings
}

export class Session {
    answers: Answers = EMPTY_ANSWERS
    /** Ids of the steps that were shown. */
    readonly seen = new Set<string>()
    /** A Change link was followed: Continue leads back to the check page. */
    changing = false
    sealed: Sealed | undefined
    /** Nothing would be lost by closing the page. */
    settled = true

    constructor(
        public keySet: VerifiedKeySet,
        /** None where no question asks for files. */
        readonly files?: FilesHolder,
    ) {}

    /** What would be sealed now. */
    contents(language: Language): Contents {
        return contentsOfAnswers(this.answers, language, this.files?.files?.contents())
    }

    /** Drop everything that was said. */
    forget(): void {
        this.answers = EMPTY_ANSWERS
        this.files?.files?.forget()
        this.seen.clear()
        this.sealed = undefined
        this.settled = true
    }
}

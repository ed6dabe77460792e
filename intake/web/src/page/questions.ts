// The shape of the question pages: what a step and its fields are. The questions themselves
// stand in report_questions.ts and person_questions.ts. Texts are given by their msgid.

import type { Answers, RowsKey, ScalarKey, SeveralKey } from "./answers.ts"
import type { DocumentName } from "./room.ts"

/** One choice. Its notice is shown once it is chosen. */
export interface Option {
    readonly value: string
    readonly label: string
    readonly hint?: string
    readonly notice?: string
}

interface Labelled {
    /** Empty when the step's heading is the label. */
    readonly label: string
    readonly hint?: string
    readonly shown?: (answers: Answers) => boolean
}

export interface LineField extends Labelled {
    readonly kind: "line" | "area" | "day"
    readonly key: ScalarKey
}

export interface ChoiceField extends Labelled {
    readonly kind: "one" | "select"
    readonly key: ScalarKey
    readonly options: readonly Option[] | ((answers: Answers) => readonly Option[])
}

export interface SeveralField extends Labelled {
    readonly kind: "several"
    readonly key: SeveralKey
    readonly options: readonly Option[]
}

export interface TickField extends Labelled {
    readonly kind: "tick"
    readonly key: ScalarKey
}

/** One column of a repeatable group. */
export interface Column {
    readonly kind: "line" | "area" | "one"
    readonly key: string
    readonly label: string
    readonly hint?: string
    readonly options?: readonly Option[]
}

export interface RowsField extends Labelled {
    readonly kind: "rows"
    readonly key: RowsKey
    /** Heading of one group, with the placeholder {n}. */
    readonly item: string
    readonly add: string
    readonly columns: readonly Column[]
}

export type Field = LineField | ChoiceField | SeveralField | TickField | RowsField

/** Something wrong with an answer: where, and the msgid that says what to do. */
export interface Problem {
    readonly key: ScalarKey | SeveralKey | RowsKey
    readonly text: string
}

/** Parts of a step that are more than text and fields. */
export type Extra = "readers" | "staff-misconduct" | "files"

export interface Step {
    readonly id: string
    /** Row of DOMAIN §3. */
    readonly row: number
    readonly heading: string
    readonly lead?: readonly string[]
    readonly notice?: string
    readonly moreHeading?: string
    readonly more?: readonly string[]
    readonly extra?: Extra
    readonly fields: readonly Field[]
    /** The document that its texts go into; its room is shown. */
    readonly room?: DocumentName
    readonly shown?: (answers: Answers) => boolean
    readonly problems?: (answers: Answers) => readonly Problem[]
}

export const YES_NO: readonly Option[] = [
    { value: "yes", label: "choice.yes" },
    { value: "no", label: "choice.no" },
]

/** A rule for one answer that must be given. */
export function required(key: ScalarKey, text: string): (answers: Answers) => readonly Problem[] {
    return (answers) => (answers[key].trim() === "" ? [{ key, text }] : [])
}

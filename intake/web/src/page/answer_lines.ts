// What was answered, as lines of text for the check page.

import type { Answers, Row } from "./answers.ts"
import type { Column, Field, Option } from "./questions.ts"
import type { Translate } from "./texts.ts"

function labelOf(options: readonly Option[], value: string, t: Translate): string {
    const option = options.find((each) => each.value === value)
    return option === undefined ? "" : t(option.label)
}

function rowLines(columns: readonly Column[], row: Row, t: Translate): readonly string[] {
    return columns
        .map((column) => ({ column, value: (row[column.key] ?? "").trim() }))
        .filter(({ value }) => value !== "")
        .map(({ column, value }) => t("check.pair", { label: t(column.label), value: column.kind === "one" ? labelOf(column.options ?? [], value, t) : value }))
}

/** The lines of one field; none when it was not answered. */
export function answerLines(field: Field, answers: Answers, t: Translate): readonly string[] {
    switch (field.kind) {
        case "line":
        case "area":
        case "day":
            return answers[field.key].trim() === "" ? [] : [answers[field.key].trim()]
        case "one":
        case "select": {
            const options = typeof field.options === "function" ? field.options(answers) : field.options
            const label = labelOf(options, answers[field.key], t)
            return label === "" ? [] : [label]
        }
        case "several":
            return answers[field.key].map((value) => labelOf(field.options, value, t))
        case "tick":
            return answers[field.key] === "yes" ? [t("check.confirmed")] : []
        case "rows":
            return answers[field.key].map((row) => rowLines(field.columns, row, t).join(" · ")).filter((line) => line !== "")
    }
}

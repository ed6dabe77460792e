// Questions 1 to 13: what goes into the report. Source: DOMAIN §3 and its taxonomy.

import type { Answers } from "./answers.ts"
import { isDay } from "./contents_of_answers.ts"
import type { Option, Problem, Step } from "./questions.ts"
import { required, YES_NO } from "./questions.ts"
import { REGIONS } from "./regions.ts"

const FAMILIES: readonly Option[] = [
    { value: "E", label: "family.E", hint: "family.E.hint" },
    { value: "S", label: "family.S", hint: "family.S.hint" },
    { value: "O", label: "family.O", hint: "family.O.hint" },
    { value: "D", label: "family.D", hint: "family.D.hint" },
    { value: "X", label: "family.X", hint: "family.X.hint" },
    { value: "X0", label: "family.X0", hint: "family.X0.hint" },
]

const NONE_OF_THESE: Option = { value: "X0", label: "category.none" }

const CATEGORIES: Readonly<Record<string, readonly Option[]>> = {
    E: [
        { value: "E1", label: "category.E1", hint: "category.E1.hint" },
        { value: "E2", label: "category.E2", hint: "category.E2.hint" },
        { value: "E3", label: "category.E3", hint: "category.E3.hint" },
        { value: "E4", label: "category.E4", hint: "category.E4.hint" },
        { value: "E5", label: "category.E5", hint: "category.E5.hint" },
        { value: "E7", label: "category.E7", hint: "category.E7.hint" },
        { value: "E6", label: "category.E6" },
    ],
    S: [
        { value: "S1", label: "category.S1", hint: "category.S1.hint" },
        { value: "S2", label: "category.S2", hint: "category.S2.hint" },
        NONE_OF_THESE,
    ],
    D: [
        { value: "D1", label: "category.D1", hint: "category.D1.hint" },
        { value: "D2", label: "category.D2", hint: "category.D2.hint" },
        { value: "D3", label: "category.D3", hint: "category.D3.hint" },
        { value: "D4", label: "category.D4", hint: "category.D4.hint" },
        { value: "D5", label: "category.D5", hint: "category.D5.hint" },
        { value: "D6", label: "category.D6", hint: "category.D6.hint" },
        { value: "D7", label: "category.D7", hint: "category.D7.hint" },
        NONE_OF_THESE,
    ],
    X: [
        { value: "X1", label: "category.X1", hint: "category.X1.hint", notice: "category.X1.notice" },
        { value: "X2", label: "category.X2", hint: "category.X2.hint", notice: "category.X2.notice" },
        { value: "X3", label: "category.X3", hint: "category.X3.hint" },
        { value: "X4", label: "category.X4", hint: "category.X4.hint", notice: "category.X4.notice" },
        NONE_OF_THESE,
    ],
}

function categoriesOf(answers: Answers): readonly Option[] {
    return CATEGORIES[answers.family] ?? []
}

function categoryProblems(answers: Answers): readonly Problem[] {
    const offered = categoriesOf(answers).some((option) => option.value === answers.category)
    return offered ? [] : [{ key: "category", text: "category.required" }]
}

const SECRETS: Step = {
    id: "secrets",
    row: 1,
    heading: "secrets.heading",
    lead: ["secrets.lead", "secrets.how"],
    moreHeading: "secrets.more.heading",
    more: ["secrets.more"],
    fields: [{ kind: "tick", key: "noSecrets", label: "secrets.tick" }],
    problems: required("noSecrets", "secrets.required"),
}

const STAFF: Step = {
    id: "staff",
    row: 2,
    heading: "staff.heading",
    lead: ["staff.lead"],
    extra: "readers",
    fields: [{ kind: "one", key: "aboutStaff", label: "", options: YES_NO }],
    problems: required("aboutStaff", "staff.required"),
}

const FAMILY: Step = {
    id: "family",
    row: 3,
    heading: "family.heading",
    lead: ["family.lead"],
    fields: [{ kind: "one", key: "family", label: "", options: FAMILIES }],
    problems: required("family", "family.required"),
}

const CATEGORY: Step = {
    id: "category",
    row: 3,
    heading: "category.heading",
    lead: ["category.lead"],
    extra: "staff-misconduct",
    fields: [{ kind: "one", key: "category", label: "", options: categoriesOf }],
    shown: (answers) => answers.family in CATEGORIES,
    problems: categoryProblems,
}

const NARRATIVE: Step = {
    id: "narrative",
    row: 4,
    heading: "narrative.heading",
    lead: ["narrative.lead", "narrative.fair"],
    fields: [{ kind: "area", key: "narrative", label: "narrative.label", hint: "narrative.hint" }],
    room: "report",
    problems: required("narrative", "narrative.required"),
}

const WHEN: Step = {
    id: "when",
    row: 5,
    heading: "when.heading",
    lead: ["when.lead"],
    fields: [
        { kind: "area", key: "when", label: "when.label", hint: "when.hint" },
        {
            kind: "one",
            key: "continuing",
            label: "when.continuing",
            options: [...YES_NO, { value: "unknown", label: "choice.unknown" }],
        },
    ],
    room: "report",
}

const WHERE: Step = {
    id: "where",
    row: 6,
    heading: "where.heading",
    lead: ["where.lead"],
    fields: [
        { kind: "select", key: "region", label: "where.region", options: REGIONS },
        { kind: "area", key: "place", label: "where.place", hint: "where.place.hint" },
    ],
    room: "report",
    problems: required("region", "where.required"),
}

const WHO: Step = {
    id: "who",
    row: 7,
    heading: "who.heading",
    lead: ["who.lead"],
    fields: [
        {
            kind: "rows",
            key: "who",
            label: "",
            item: "who.item",
            add: "who.add",
            columns: [
                { kind: "line", key: "name", label: "who.name", hint: "who.name.hint" },
                { kind: "line", key: "unit", label: "who.unit" },
                { kind: "area", key: "description", label: "who.description", hint: "who.description.hint" },
            ],
        },
    ],
    room: "report",
}

const HOW: Step = {
    id: "how",
    row: 8,
    heading: "how.heading",
    lead: ["how.lead"],
    fields: [
        {
            kind: "several",
            key: "howKnown",
            label: "",
            options: [
                { value: "saw", label: "how.saw" },
                { value: "told", label: "how.told" },
                { value: "document", label: "how.document", hint: "how.document.hint" },
                { value: "online", label: "how.online" },
                { value: "inference", label: "how.inference", hint: "how.inference.hint" },
                { value: "other", label: "how.other" },
            ],
        },
        { kind: "area", key: "howKnownText", label: "how.text", hint: "how.text.hint" },
    ],
    room: "report",
    problems: (answers) => (answers.howKnown.length === 0 ? [{ key: "howKnown", text: "how.required" }] : []),
}

const WHO_ELSE: Step = {
    id: "whoelse",
    row: 9,
    heading: "whoelse.heading",
    lead: ["whoelse.lead"],
    fields: [
        {
            kind: "one",
            key: "whoElse",
            label: "",
            options: [
                { value: "nobody", label: "whoelse.nobody", notice: "whoelse.blur" },
                { value: "few", label: "whoelse.few", notice: "whoelse.blur" },
                { value: "many", label: "whoelse.many" },
                { value: "unknown", label: "choice.unknown" },
            ],
        },
        { kind: "area", key: "whoElseText", label: "whoelse.text" },
    ],
    room: "report",
}

const FILES: Step = {
    id: "files",
    row: 10,
    heading: "files.heading",
    lead: ["files.lead", "files.keep", "files.secrets"],
    extra: "files",
    fields: [],
    room: "report",
}

const URGENCY: Step = {
    id: "urgency",
    row: 11,
    heading: "urgency.heading",
    lead: ["urgency.lead"],
    fields: [
        {
            kind: "one",
            key: "urgency",
            label: "",
            options: [
                { value: "now", label: "urgency.now", notice: "urgency.now.notice" },
                { value: "24h", label: "urgency.24h", notice: "urgency.24h.notice" },
                { value: "7d", label: "urgency.7d" },
                { value: "none", label: "urgency.none" },
                { value: "unknown", label: "choice.unknown" },
            ],
        },
        { kind: "area", key: "urgencyText", label: "urgency.text" },
    ],
    room: "report",
}

const ELSEWHERE: Step = {
    id: "elsewhere",
    row: 12,
    heading: "elsewhere.heading",
    lead: ["elsewhere.lead"],
    fields: [
        { kind: "area", key: "elsewhere", label: "elsewhere.text", hint: "elsewhere.hint" },
        { kind: "day", key: "elsewhereOn", label: "elsewhere.on", hint: "elsewhere.on.hint" },
    ],
    room: "report",
    problems: ({ elsewhereOn }) => (elsewhereOn === "" || isDay(elsewhereOn) ? [] : [{ key: "elsewhereOn", text: "elsewhere.on.wrong" }]),
}

const LIMITS: Step = {
    id: "limits",
    row: 13,
    heading: "limits.heading",
    lead: ["limits.lead"],
    fields: [{ kind: "area", key: "handlingLimits", label: "limits.label", hint: "limits.hint" }],
    room: "report",
}

export const REPORT_STEPS: readonly Step[] = [
    SECRETS,
    STAFF,
    FAMILY,
    CATEGORY,
    NARRATIVE,
    WHEN,
    WHERE,
    WHO,
    HOW,
    WHO_ELSE,
    FILES,
    URGENCY,
    ELSEWHERE,
    LIMITS,
]

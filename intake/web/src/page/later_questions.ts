// What can be asked for, claimed or given after the report: the report page's own questions, each kind
// sealed into its own envelope of a later submission. Source: DOMAIN §3, rows 14 to 17; SPEC 9.5.

import { EMPTY_ANSWERS } from "./answers.ts"
import type { Answers } from "./answers.ts"
import { contentsOfAnswers } from "./contents_of_answers.ts"
import type { Contents, Language } from "./contents_of_answers.ts"
import { isAboutStaff } from "./follow_up.ts"
import type { Desk } from "./follow_up.ts"
import { ANONYMITY, PERSON_STEPS } from "./person_questions.ts"
import { required, YES_NO } from "./questions.ts"
import type { Problem, Step } from "./questions.ts"

export type Later = "protection" | "identity" | "reward"

/** Only where no desk has answered yet does the person say whose report it was. */
const STAFF: Step = {
    id: "staff",
    row: 2,
    heading: "mailbox.staff.label",
    extra: "readers",
    fields: [{ kind: "one", key: "aboutStaff", label: "", options: YES_NO }],
    problems: required("aboutStaff", "mailbox.staff.required"),
}

/** Who was anonymous may become reachable or named; to say nothing more needs no submission. */
const REACHABLE: Step = {
    ...ANONYMITY,
    heading: "mailbox.identity.heading",
    lead: ["mailbox.identity.lead"],
    fields: ANONYMITY.fields.map((field) =>
        field.kind === "one" && typeof field.options !== "function" ? { ...field, options: field.options.filter((option) => option.value !== "anonymous") } : field,
    ),
    problems: required("anonymity", "mailbox.choose.required"),
}

/** Ids of the report page's steps, in their order. */
const STEP_IDS: Readonly<Record<Later, readonly string[]>> = {
    protection: ["imminence", "persons", "threats", "safety", "safecontact", "wishes"],
    identity: ["anonymity", "name", "contacts", "aboutyou"],
    reward: ["claim", "receiving"],
}

/** Nothing answered yet, but what the reporter came for. */
export function answersFor(later: Later): Answers {
    const begun = { protection: { wantsProtection: "yes" }, identity: { anonymity: "" }, reward: { wantsReward: "yes" } } as const
    return { ...EMPTY_ANSWERS, ...begun[later] }
}

/** The steps that apply, in order. */
export function laterSteps(later: Later, answers: Answers, desk: Desk): readonly Step[] {
    const own = PERSON_STEPS.filter((step) => STEP_IDS[later].includes(step.id)).map((step) => (step.id === REACHABLE.id ? REACHABLE : step))
    return [...own, ...(desk === null ? [STAFF] : [])].filter((step) => step.shown === undefined || step.shown(answers))
}

/** What is sealed: one envelope, nothing for the desk that reads the report. */
export function contentsOfLater(later: Later, answers: Answers, desk: Desk, language: Language): Contents {
    const all = contentsOfAnswers(answers, language)
    const nothing = { report: null, identity: null, protection: null, reward: null }
    return { about_staff: isAboutStaff(answers.aboutStaff, desk), ...nothing, [later]: all[later] }
}

/** Whether anything was said that can be sealed. */
export function saysSomething(later: Later, answers: Answers): boolean {
    return contentsOfAnswers(answers, "en")[later] !== null
}

/** The first step that keeps this from being sealed. */
export function openStep(later: Later, answers: Answers, desk: Desk): { readonly step: Step; readonly problem: Problem } | undefined {
    for (const step of laterSteps(later, answers, desk)) {
        const [problem] = step.problems?.(answers) ?? []
        if (problem !== undefined) return { step, problem }
    }
    return undefined
}

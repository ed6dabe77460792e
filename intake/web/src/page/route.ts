// Which question follows which. A step that does not apply is skipped, its answers are not sealed.

import type { Answers } from "./answers.ts"
import { PERSON_STEPS } from "./person_questions.ts"
import type { Problem, Step } from "./questions.ts"
import { REPORT_STEPS } from "./report_questions.ts"

export const STEPS: readonly Step[] = [...REPORT_STEPS, ...PERSON_STEPS]

/** Number of questions of DOMAIN §3, row 0 (the start) not counted. */
export const QUESTIONS = 18

/** The steps that apply to these answers, in order. */
export function visibleSteps(answers: Answers): readonly Step[] {
    return STEPS.filter((step) => step.shown === undefined || step.shown(answers))
}

export function stepById(id: string): Step | undefined {
    return STEPS.find((step) => step.id === id)
}

/** What is wrong with one step's answers. */
export function problemsOf(step: Step, answers: Answers): readonly Problem[] {
    return step.problems?.(answers) ?? []
}

/** The first step whose answers are not yet good enough to be sealed. */
export function firstProblem(answers: Answers): Step | undefined {
    return visibleSteps(answers).find((step) => problemsOf(step, answers).length > 0)
}

/** The step after `id`; undefined after the last one. */
export function stepAfter(id: string, answers: Answers): Step | undefined {
    const steps = visibleSteps(answers)
    return steps[steps.findIndex((step) => step.id === id) + 1]
}

/**
 * The step after `id` when it was reached by a Change link: what the new answer opened and
 * nobody has seen yet, within the same question; otherwise undefined (back to the check page).
 */
export function stepAfterChange(id: string, answers: Answers, seen: ReadonlySet<string>): Step | undefined {
    const row = stepById(id)?.row
    return visibleSteps(answers).find((step) => step.row === row && !seen.has(step.id))
}

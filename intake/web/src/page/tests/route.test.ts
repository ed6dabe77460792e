import { describe, expect, it } from "vitest"

import type { Answers } from "../answers.ts"
import { EMPTY_ANSWERS } from "../answers.ts"
import { firstProblem, problemsOf, QUESTIONS, stepAfter, stepAfterChange, stepById, STEPS, visibleSteps } from "../route.ts"

const idsOf = (answers: Answers): readonly string[] => visibleSteps(answers).map((step) => step.id)

const ENOUGH: Answers = {
    ...EMPTY_ANSWERS,
    noSecrets: "yes",
    aboutStaff: "no",
    family: "X0",
    narrative: "x",
    region: "unknown",
    howKnown: ["saw"],
    truthful: "yes",
}

function problemKeys(id: string, answers: Answers): readonly string[] {
    const step = stepById(id)
    return step === undefined ? [] : problemsOf(step, answers).map((problem) => problem.key)
}

describe("the route through the questions", () => {
    it("has every row of DOMAIN 3, in its order", () => {
        const rows = [...new Set(STEPS.map((step) => step.row))]

        expect(rows).toEqual(Array.from({ length: QUESTIONS }, (_, at) => at + 1))
    })

    it("skips who reports, protection and reward for those who want none of it", () => {
        expect(idsOf(ENOUGH)).not.toContain("name")
        expect(idsOf(ENOUGH)).not.toContain("imminence")
        expect(idsOf(ENOUGH)).not.toContain("claim")
    })

    it("asks further once they are wanted", () => {
        const ids = idsOf({ ...ENOUGH, anonymity: "reachable", wantsProtection: "yes", wantsReward: "yes" })

        expect(ids).toEqual(expect.arrayContaining(["name", "contacts", "imminence", "persons", "safecontact", "claim", "receiving"]))
    })

    it("skips the second choice of category where the family has none", () => {
        expect(stepAfter("family", ENOUGH)?.id).toBe("narrative")
        expect(stepAfter("family", { ...ENOUGH, family: "D" })?.id).toBe("category")
    })

    it("ends after the last question", () => {
        expect(stepAfter("truth", ENOUGH)).toBeUndefined()
    })

    it("asks what a change opens, and nothing else again", () => {
        const seen = new Set(idsOf(ENOUGH))
        const changed = { ...ENOUGH, wantsProtection: "yes" }

        expect(stepAfterChange("protection", changed, seen)?.id).toBe("imminence")
        expect(stepAfterChange("when", changed, seen)).toBeUndefined()
    })
})

describe("what must be answered", () => {
    it.each([
        ["secrets", "noSecrets"],
        ["staff", "aboutStaff"],
        ["family", "family"],
        ["narrative", "narrative"],
        ["where", "region"],
        ["how", "howKnown"],
        ["truth", "truthful"],
    ])("%s", (id, key) => {
        expect(problemKeys(id, EMPTY_ANSWERS)).toEqual([key])
        expect(problemKeys(id, ENOUGH)).toEqual([])
    })

    it("is a true name and a working contact for those who report by name (DOMAIN row 15)", () => {
        const named = { ...ENOUGH, anonymity: "named" }

        expect(problemKeys("name", named)).toEqual(["legalName"])
        expect(problemKeys("contacts", named)).toEqual(["contacts"])
        expect(problemKeys("contacts", { ...named, contacts: [{ method: "phone" }] })).toEqual(["contacts"])
        expect(problemKeys("contacts", { ...named, contacts: [{ method: "phone", address: "1" }, {}] })).toEqual([])
    })

    it("is neither for those who are only reachable", () => {
        const reachable = { ...ENOUGH, anonymity: "reachable" }

        expect([...problemKeys("name", reachable), ...problemKeys("contacts", reachable)]).toEqual([])
    })

    it("is a category of the family that was chosen, not of one chosen before", () => {
        expect(problemKeys("category", { ...ENOUGH, family: "E", category: "X3" })).toEqual(["category"])
        expect(problemKeys("category", { ...ENOUGH, family: "X", category: "X3" })).toEqual([])
    })

    it("is found wherever it is still open", () => {
        expect(firstProblem(ENOUGH)).toBeUndefined()
        expect(firstProblem({ ...ENOUGH, wantsProtection: "yes" })?.id).toBe("imminence")
    })

    it("is no date before the year 2000", () => {
        expect(problemKeys("elsewhere", { ...ENOUGH, elsewhereOn: "1999-01-01" })).toEqual(["elsewhereOn"])
        expect(problemKeys("elsewhere", { ...ENOUGH, elsewhereOn: "2026-10-01" })).toEqual([])
    })
})

import { describe, expect, test } from "vitest"

import { answersFor, contentsOfLater, laterSteps, openStep, saysSomething } from "../later_questions.ts"
import { STEPS } from "../route.ts"

const LATER = ["protection", "identity", "reward"] as const

describe("what can be asked for later", () => {
    test.each(LATER)("%s is asked with the report page's own questions", (later) => {
        const own = laterSteps(later, { ...answersFor(later), anonymity: "named" }, "triage")
        const known = new Set(STEPS.flatMap(({ id, fields }) => [id, ...fields.map(({ key }) => key)]))

        expect(own.length).toBeGreaterThan(1)
        expect(own.flatMap(({ id, fields }) => [id, ...fields.map(({ key }) => key)]).filter((each) => !known.has(each))).toEqual([])
    })

    test.each(LATER)("%s goes into its own envelope, and nothing to the desk that reads the report", (later) => {
        const answers = { ...answersFor(later), imminence: "now", anonymity: later === "identity" ? "reachable" : "anonymous", aboutStaff: "no" }
        const contents = contentsOfLater(later, answers, "oversight", "en")

        expect(contents.about_staff).toBe(true)
        expect(LATER.filter((name) => contents[name] !== null)).toEqual([later])
        expect(contents.report).toBeNull()
    })

    test("whose report it was is asked only where no desk has answered", () => {
        const ids = (desk: "triage" | null): readonly string[] => laterSteps("reward", answersFor("reward"), desk).map(({ id }) => id)

        expect(ids("triage")).toEqual(["claim", "receiving"])
        expect(ids(null)).toEqual(["claim", "receiving", "staff"])
    })

    test("being anonymous needs no submission, so it is no choice", () => {
        const [first] = laterSteps("identity", answersFor("identity"), "triage")
        const [field] = first?.fields ?? []

        expect(field?.kind === "one" && typeof field.options !== "function" ? field.options.map(({ value }) => value) : []).toEqual(["reachable", "named"])
        expect(openStep("identity", answersFor("identity"), "triage")?.step.id).toBe("anonymity")
    })

    test("a name without a working contact is not sealed (奖励办法 Art. 5)", () => {
        const answers = { ...answersFor("identity"), anonymity: "named", legalName: "李" }

        expect(openStep("identity", answers, "triage")?.step.id).toBe("contacts")
    })

    test("an empty request for protection says nothing, a claim always does", () => {
        expect(saysSomething("protection", answersFor("protection"))).toBe(false)
        expect(saysSomething("protection", { ...answersFor("protection"), threats: ["job"] })).toBe(true)
        expect(saysSomething("reward", answersFor("reward"))).toBe(true)
    })
})

import { describe, expect, test } from "vitest"

import { consentRoomLeftBytes, EMPTY_CONSENT, EMPTY_ENDING, endingOf, followUpOfPermission, problemsOfConsent, problemsOfEnding, termsOf, textShown } from "../consent_terms.ts"
import { translator } from "../texts.ts"

const t = translator({
    "mailbox.consent.text": "{recipient}|{fields}|{purpose}|{days}|{often}",
    "mailbox.consent.and": "+",
    "mailbox.consent.text.once": "once",
    "mailbox.consent.text.often": "often",
})
const draft = { ...EMPTY_CONSENT, fields: ["legal_name", "contacts"], recipient: " the district office ", purpose: "thanks" }

describe("a consent", () => {
    test("is one time and ends after thirty days where nothing else is chosen (DOMAIN §4)", () => {
        expect(termsOf(draft, t)).toMatchObject({ days: 30, oneTime: true, recipient: "the district office" })
    })

    test("seals the very sentence that was shown", () => {
        expect(termsOf(draft, t).textShown).toBe(textShown(draft, t))
        expect(textShown({ ...draft, once: "no" }, t)).toBe("the district office|mailbox.consent.legal_name+mailbox.consent.contacts|thanks|30|often")
    })

    test("names what is missing", () => {
        expect(problemsOfConsent(EMPTY_CONSENT, null).map(({ key }) => key)).toEqual(["fields", "recipient", "purpose", "aboutStaff"])
        expect(problemsOfConsent(draft, "triage")).toEqual([])
    })

    test("goes alone, to the independent desks where the report went there (SPEC 10.7)", () => {
        const followUp = followUpOfPermission(termsOf(draft, t), "", "oversight")

        expect(followUp.of).toBe("consent")
        expect(followUp.contents).toEqual({ about_staff: true, report: null, identity: null, protection: null, reward: null })
    })

    test("takes three bytes a Chinese character, twice where it is shown, in base64", () => {
        const longer = consentRoomLeftBytes(draft, t) - consentRoomLeftBytes({ ...draft, purpose: `${draft.purpose}\u4e2d` }, t)

        expect(longer).toBe((2 * 3 * 4) / 3)
    })
})

describe("the end of a consent", () => {
    test("is of everything, or of one number of the list of what was sent", () => {
        expect(endingOf({ ...EMPTY_ENDING, which: "all" }, 4)).toEqual({ kind: "revocation", number: null })
        expect(endingOf({ ...EMPTY_ENDING, which: "one", number: "\uff13" }, 4)).toEqual({ kind: "revocation", number: 2 })
    })

    test.each(["", "1", "0", "-2", "5", "2.5", "x"])("is refused for %j where four were sent", (number) => {
        expect(problemsOfEnding({ which: "one", number, aboutStaff: "" }, "triage", 4).map(({ key }) => key)).toEqual(["number"])
    })

    test("names what is missing", () => {
        expect(problemsOfEnding(EMPTY_ENDING, null, 4).map(({ key }) => key)).toEqual(["which", "aboutStaff"])
    })
})

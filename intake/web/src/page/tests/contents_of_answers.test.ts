import { describe, expect, it } from "vitest"

import type { Answers } from "../answers.ts"
import { EMPTY_ANSWERS } from "../answers.ts"
import { contentsOfAnswers, isDay } from "../contents_of_answers.ts"
import { DocumentKind } from "../../wire/contents.ts"
import { encodeContent } from "../../wire/documents.ts"
import { Purpose } from "../../wire/envelope.ts"

const LEAST: Answers = { ...EMPTY_ANSWERS, noSecrets: "yes", aboutStaff: "no", family: "X0", narrative: "  A man took photographs. ", truthful: "yes" }

const FULL: Answers = {
    ...LEAST,
    aboutStaff: "yes",
    family: "E",
    category: "E3",
    when: "March",
    continuing: "unknown",
    region: "CN-32",
    place: "a harbour",
    who: [{ name: "Wang", unit: " ", description: "tall" }, {}],
    howKnown: ["saw", "inference"],
    howKnownText: "from the pier",
    whoElse: "few",
    whoElseText: "two colleagues",
    urgency: "7d",
    urgencyText: "a ship leaves",
    elsewhere: "my unit",
    elsewhereOn: "2026-10-01",
    handlingLimits: "not my unit first",
    anonymity: "named",
    chosenName: "Pine",
    legalName: "李明",
    ownRegion: "Nanjing",
    contactLanguage: "中文",
    accessNeeds: "writing",
    relationToSubject: "colleague",
    unitKnows: "no",
    identityNote: "none",
    contacts: [{ method: "phone", address: "1", note: "evenings" }],
    wantsProtection: "yes",
    imminence: "days",
    threats: ["job", "smear"],
    threatSource: "the foreman",
    threatEvidence: "a message",
    pastIncidents: "none",
    whoKnows: "nobody",
    presentSafety: "safe",
    persons: [{ pseudonym: "me", relationship: "self", nearRelative: "no", minor: "no", informed: "yes" }],
    safeMethod: "phone",
    safeAddress: "2",
    safeWindow: "noon",
    safePretext: "parcel",
    safeCodeWord: "plum",
    safeDuressWord: "orchid",
    safeNever: "visit",
    needs: "none",
    wishes: "advice",
    refusals: "moving",
    notInvolve: "the local station",
    consentScope: "nobody",
    protectionNote: "thanks",
    wantsReward: "yes",
    sharing: "joint",
    jointWith: "Bamboo",
    priorClaims: "none",
    dutyStaff: "no",
    rewardForm: "undecided",
    delegate: "Bamboo",
    pickup: "shift work",
    ceremonyConsent: "no",
    reminder: "yes",
    rewardNote: "none",
}

describe("contents of answers", () => {
    it("seal nothing about a person who stays anonymous and asks for nothing", () => {
        expect(contentsOfAnswers(LEAST, "en")).toEqual({
            about_staff: false,
            report: {
                language: "en",
                channel: "web",
                about_staff: false,
                category: "X0",
                narrative: "A man took photographs.",
                no_secrets_confirmed: true,
                truthful_confirmed: true,
            },
            identity: null,
            protection: null,
            reward: null,
        })
    })

    it("keep what was typed and then not chosen out of every envelope", () => {
        const unchosen = contentsOfAnswers({ ...FULL, anonymity: "anonymous", wantsProtection: "no", wantsReward: "no" }, "en")

        expect([unchosen.identity, unchosen.protection, unchosen.reward]).toEqual([null, null, null])
    })

    it("leave the true name out for somebody who is only reachable", () => {
        const { identity } = contentsOfAnswers({ ...FULL, anonymity: "reachable" }, "en")

        expect(identity).not.toHaveProperty("legal_name")
        expect(identity).toHaveProperty("chosen_name", "Pine")
    })

    it("take the family itself where it has no choice below it, whatever was chosen before", () => {
        expect(contentsOfAnswers({ ...FULL, family: "O" }, "en").report).toHaveProperty("category", "O")
    })

    it("drop groups that say nothing and contacts without a way or an address", () => {
        const { report, identity } = contentsOfAnswers({ ...FULL, contacts: [{ method: "phone" }, { method: "post", address: "3" }] }, "en")

        expect(report?.["who"]).toEqual([{ name: "Wang", description: "tall" }])
        expect(identity?.["contacts"]).toEqual([{ method: "post", address: "3" }])
    })

    it("hold no text that SPEC 2.3 refuses", () => {
        const { report } = contentsOfAnswers({ ...LEAST, narrative: "a\u0000b\uD800c\u{1F600}" }, "en")

        expect(report?.["narrative"]).toBe("ab\uFFFDc\u{1F600}")
    })

    it("are accepted as SPEC 9 wants them, each in its document", () => {
        const contents = contentsOfAnswers(FULL, "zh-CN")

        expect(() => encodeContent(Purpose.report, DocumentKind.first, contents.report)).not.toThrow()
        expect(() => encodeContent(Purpose.identity, DocumentKind.first, contents.identity)).not.toThrow()
        expect(() => encodeContent(Purpose.protection, DocumentKind.first, contents.protection)).not.toThrow()
        expect(() => encodeContent(Purpose.reward, DocumentKind.first, contents.reward)).not.toThrow()
    })
})

describe("a day", () => {
    it.each(["1999-12-31", "20260-01-01", "2026-1-1", ""])("%s is not one that SPEC 2.4 knows", (typed) => {
        expect(isDay(typed)).toBe(false)
    })
})

// Questions 14 to 18: who reports, protection, reward, truthfulness. Each goes into an
// envelope of its own, or into none. Source: DOMAIN §3.

import type { Answers } from "./answers.ts"
import type { Problem, Step } from "./questions.ts"
import { required, YES_NO } from "./questions.ts"

export const ANONYMITY: Step = {
    id: "anonymity",
    row: 14,
    heading: "anonymity.heading",
    lead: ["anonymity.lead"],
    fields: [
        {
            kind: "one",
            key: "anonymity",
            label: "",
            options: [
                { value: "anonymous", label: "anonymity.anonymous", hint: "anonymity.anonymous.hint" },
                { value: "reachable", label: "anonymity.reachable", hint: "anonymity.reachable.hint" },
                { value: "named", label: "anonymity.named", hint: "anonymity.named.hint" },
            ],
        },
    ],
    problems: required("anonymity", "anonymity.required"),
}

const isNamed = (answers: Answers): boolean => answers.anonymity === "named"
const isReachable = (answers: Answers): boolean => isNamed(answers) || answers.anonymity === "reachable"

const NAME: Step = {
    id: "name",
    row: 15,
    heading: "name.heading",
    lead: ["name.lead"],
    fields: [
        { kind: "line", key: "legalName", label: "name.legal", hint: "name.legal.hint", shown: isNamed },
        { kind: "line", key: "chosenName", label: "name.chosen", hint: "name.chosen.hint" },
    ],
    room: "identity",
    shown: isReachable,
    problems: (answers) => (isNamed(answers) ? required("legalName", "name.required")(answers) : []),
}

const hasText = (text: string | undefined): boolean => text !== undefined && text.trim() !== ""

/** 奖励办法 Art. 5: who reports by name can be reached; half a contact reaches nobody. */
function contactProblems(answers: Answers): readonly Problem[] {
    const started = answers.contacts.filter((row) => Object.values(row).some(hasText))
    const half = started.some((row) => !hasText(row["method"]) || !hasText(row["address"]))
    if (half) return [{ key: "contacts", text: "contacts.half" }]
    return isNamed(answers) && started.length === 0 ? [{ key: "contacts", text: "contacts.required" }] : []
}

const CONTACTS: Step = {
    id: "contacts",
    row: 15,
    heading: "contacts.heading",
    lead: ["contacts.lead"],
    fields: [
        {
            kind: "rows",
            key: "contacts",
            label: "",
            item: "contacts.item",
            add: "contacts.add",
            columns: [
                { kind: "line", key: "method", label: "contacts.method", hint: "contacts.method.hint" },
                { kind: "line", key: "address", label: "contacts.address" },
                { kind: "line", key: "note", label: "contacts.note", hint: "contacts.note.hint" },
            ],
        },
    ],
    room: "identity",
    shown: isReachable,
    problems: contactProblems,
}

const ABOUT_YOU: Step = {
    id: "aboutyou",
    row: 15,
    heading: "aboutyou.heading",
    lead: ["aboutyou.lead"],
    fields: [
        { kind: "line", key: "relationToSubject", label: "aboutyou.relation", hint: "aboutyou.relation.hint" },
        { kind: "one", key: "unitKnows", label: "aboutyou.unit", options: YES_NO },
        { kind: "line", key: "contactLanguage", label: "aboutyou.language", hint: "aboutyou.language.hint" },
        { kind: "line", key: "accessNeeds", label: "aboutyou.access", hint: "aboutyou.access.hint" },
        { kind: "line", key: "ownRegion", label: "aboutyou.region" },
        { kind: "area", key: "identityNote", label: "aboutyou.note" },
    ],
    room: "identity",
    shown: isReachable,
}

const wantsProtection = (answers: Answers): boolean => answers.wantsProtection === "yes"

const PROTECTION: Step = {
    id: "protection",
    row: 16,
    heading: "protection.heading",
    lead: ["protection.lead", "protection.law"],
    fields: [
        {
            kind: "one",
            key: "wantsProtection",
            label: "",
            options: [
                { value: "no", label: "protection.no", hint: "protection.no.hint" },
                { value: "yes", label: "protection.yes", hint: "protection.yes.hint" },
            ],
        },
    ],
}

const IMMINENCE: Step = {
    id: "imminence",
    row: 16,
    heading: "imminence.heading",
    lead: ["imminence.lead"],
    fields: [
        {
            kind: "one",
            key: "imminence",
            label: "",
            options: [
                { value: "now", label: "imminence.now", notice: "imminence.now.notice" },
                { value: "24h", label: "imminence.24h", notice: "imminence.now.notice" },
                { value: "days", label: "imminence.days" },
                { value: "weeks", label: "imminence.weeks" },
                { value: "unclear", label: "imminence.unclear" },
            ],
        },
    ],
    shown: wantsProtection,
    problems: required("imminence", "imminence.required"),
}

const PERSONS: Step = {
    id: "persons",
    row: 16,
    heading: "persons.heading",
    lead: ["persons.lead"],
    fields: [
        {
            kind: "rows",
            key: "persons",
            label: "",
            item: "persons.item",
            add: "persons.add",
            columns: [
                { kind: "line", key: "pseudonym", label: "persons.pseudonym", hint: "persons.pseudonym.hint" },
                { kind: "line", key: "relationship", label: "persons.relationship", hint: "persons.relationship.hint" },
                { kind: "one", key: "nearRelative", label: "persons.relative", options: YES_NO },
                { kind: "one", key: "minor", label: "persons.minor", options: YES_NO },
                { kind: "one", key: "informed", label: "persons.informed", options: YES_NO },
            ],
        },
    ],
    room: "protection",
    shown: wantsProtection,
}

const THREATS: Step = {
    id: "threats",
    row: 16,
    heading: "threats.heading",
    fields: [
        {
            kind: "several",
            key: "threats",
            label: "threats.label",
            options: [
                { value: "violence", label: "threats.violence" },
                { value: "stalking", label: "threats.stalking" },
                { value: "detention", label: "threats.detention" },
                { value: "property", label: "threats.property" },
                { value: "job", label: "threats.job" },
                { value: "digital", label: "threats.digital" },
                { value: "smear", label: "threats.smear" },
                { value: "other", label: "threats.other" },
            ],
        },
        { kind: "area", key: "threatSource", label: "threats.source" },
        { kind: "area", key: "threatEvidence", label: "threats.evidence" },
        { kind: "area", key: "pastIncidents", label: "threats.past" },
    ],
    room: "protection",
    shown: wantsProtection,
}

const SAFETY: Step = {
    id: "safety",
    row: 16,
    heading: "safety.heading",
    fields: [
        { kind: "area", key: "presentSafety", label: "safety.present", hint: "safety.present.hint" },
        { kind: "area", key: "whoKnows", label: "safety.knows" },
        { kind: "area", key: "notInvolve", label: "safety.avoid", hint: "safety.avoid.hint" },
    ],
    room: "protection",
    shown: wantsProtection,
}

const SAFE_CONTACT: Step = {
    id: "safecontact",
    row: 16,
    heading: "safecontact.heading",
    lead: ["safecontact.lead"],
    fields: [
        { kind: "line", key: "safeMethod", label: "safecontact.method", hint: "safecontact.method.hint" },
        { kind: "line", key: "safeAddress", label: "safecontact.address" },
        { kind: "line", key: "safeWindow", label: "safecontact.window", hint: "safecontact.window.hint" },
        { kind: "line", key: "safePretext", label: "safecontact.pretext", hint: "safecontact.pretext.hint" },
        { kind: "line", key: "safeCodeWord", label: "safecontact.code", hint: "safecontact.code.hint" },
        { kind: "line", key: "safeDuressWord", label: "safecontact.duress", hint: "safecontact.duress.hint" },
        { kind: "area", key: "safeNever", label: "safecontact.never", hint: "safecontact.never.hint" },
    ],
    room: "protection",
    shown: wantsProtection,
}

const WISHES: Step = {
    id: "wishes",
    row: 16,
    heading: "wishes.heading",
    fields: [
        { kind: "area", key: "needs", label: "wishes.needs", hint: "wishes.needs.hint" },
        { kind: "area", key: "wishes", label: "wishes.wishes" },
        { kind: "area", key: "refusals", label: "wishes.refusals" },
        { kind: "area", key: "consentScope", label: "wishes.consent", hint: "wishes.consent.hint" },
        { kind: "area", key: "protectionNote", label: "wishes.note" },
    ],
    room: "protection",
    shown: wantsProtection,
}

const wantsReward = (answers: Answers): boolean => answers.wantsReward === "yes"

const REWARD: Step = {
    id: "reward",
    row: 17,
    heading: "reward.heading",
    lead: ["reward.lead", "reward.code"],
    fields: [
        {
            kind: "one",
            key: "wantsReward",
            label: "",
            options: [
                { value: "no", label: "reward.no" },
                { value: "yes", label: "reward.yes", hint: "reward.yes.hint" },
            ],
        },
    ],
}

const CLAIM: Step = {
    id: "claim",
    row: 17,
    heading: "claim.heading",
    fields: [
        {
            kind: "one",
            key: "sharing",
            label: "claim.sharing",
            options: [
                { value: "sole", label: "claim.sole" },
                { value: "joint", label: "claim.joint" },
                { value: "unknown", label: "choice.unknown" },
            ],
        },
        { kind: "area", key: "jointWith", label: "claim.with", hint: "claim.with.hint" },
        { kind: "area", key: "priorClaims", label: "claim.prior", hint: "claim.prior.hint" },
        { kind: "one", key: "dutyStaff", label: "claim.duty", hint: "claim.duty.hint", options: YES_NO },
    ],
    room: "reward",
    shown: wantsReward,
}

const RECEIVING: Step = {
    id: "receiving",
    row: 17,
    heading: "receiving.heading",
    fields: [
        {
            kind: "one",
            key: "rewardForm",
            label: "receiving.form",
            options: [
                { value: "cash", label: "receiving.cash" },
                { value: "certificate", label: "receiving.certificate" },
                { value: "undecided", label: "receiving.undecided" },
            ],
        },
        { kind: "line", key: "delegate", label: "receiving.delegate", hint: "receiving.delegate.hint" },
        { kind: "area", key: "pickup", label: "receiving.pickup" },
        { kind: "one", key: "ceremonyConsent", label: "receiving.ceremony", options: YES_NO },
        { kind: "one", key: "reminder", label: "receiving.reminder", options: YES_NO },
        { kind: "area", key: "rewardNote", label: "receiving.note" },
    ],
    room: "reward",
    shown: wantsReward,
}

const TRUTH: Step = {
    id: "truth",
    row: 18,
    heading: "truth.heading",
    lead: ["truth.lead", "truth.honest"],
    fields: [{ kind: "tick", key: "truthful", label: "truth.tick" }],
    problems: required("truthful", "truth.required"),
}

export const PERSON_STEPS: readonly Step[] = [
    ANONYMITY,
    NAME,
    CONTACTS,
    ABOUT_YOU,
    PROTECTION,
    IMMINENCE,
    PERSONS,
    THREATS,
    SAFETY,
    SAFE_CONTACT,
    WISHES,
    REWARD,
    CLAIM,
    RECEIVING,
    TRUTH,
]

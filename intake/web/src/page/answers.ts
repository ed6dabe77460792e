// What somebody has answered so far. It lives in memory only and is never stored.

/** One entry of a repeatable group, for example one person; keys are column names. */
export type Row = Readonly<Record<string, string>>

const SCALARS = [
    "channel",
    "noSecrets",
    "aboutStaff",
    "family",
    "category",
    "narrative",
    "when",
    "continuing",
    "region",
    "place",
    "howKnownText",
    "whoElse",
    "whoElseText",
    "urgency",
    "urgencyText",
    "elsewhere",
    "elsewhereOn",
    "handlingLimits",
    "anonymity",
    "chosenName",
    "legalName",
    "ownRegion",
    "contactLanguage",
    "accessNeeds",
    "relationToSubject",
    "unitKnows",
    "identityNote",
    "wantsProtection",
    "imminence",
    "threatSource",
    "threatEvidence",
    "pastIncidents",
    "whoKnows",
    "presentSafety",
    "safeMethod",
    "safeAddress",
    "safeWindow",
    "safePretext",
    "safeCodeWord",
    "safeDuressWord",
    "safeNever",
    "needs",
    "wishes",
    "refusals",
    "notInvolve",
    "consentScope",
    "protectionNote",
    "wantsReward",
    "sharing",
    "jointWith",
    "priorClaims",
    "dutyStaff",
    "rewardForm",
    "delegate",
    "pickup",
    "ceremonyConsent",
    "reminder",
    "rewardNote",
    "truthful",
] as const

/** An answer that is one text or one code; empty when not answered. */
export type ScalarKey = (typeof SCALARS)[number]

/** An answer that is a list of codes without repeats. */
export type SeveralKey = "howKnown" | "threats"

/** An answer that is a list of groups. */
export type RowsKey = "who" | "contacts" | "persons"

export type Answers = Readonly<Record<ScalarKey, string>> &
    Readonly<Record<SeveralKey, readonly string[]>> &
    Readonly<Record<RowsKey, readonly Row[]>>

const blank = Object.fromEntries(SCALARS.map((key) => [key, ""])) as Record<ScalarKey, string>

/** Nothing answered; anonymous unless somebody chooses otherwise (DOMAIN row 14). */
export const EMPTY_ANSWERS: Answers = {
    ...blank,
    // Not asked: which page this is (SPEC 9.1).
    channel: "web",
    anonymity: "anonymous",
    howKnown: [],
    threats: [],
    who: [],
    contacts: [],
    persons: [],
}

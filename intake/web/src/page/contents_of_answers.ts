// From answers to the contents that are sealed: member names and codes of SPEC §9.

import type { Answers, Row } from "./answers.ts"

export type Json = string | number | boolean | readonly Json[] | { readonly [member: string]: Json }
export type Content = Readonly<Record<string, Json>>

/** What one submission seals; null stands for an empty document (SPEC 8.3). */
export interface Contents {
    readonly about_staff: boolean
    readonly report: Content | null
    readonly identity: Content | null
    readonly protection: Content | null
    readonly reward: Content | null
}

export type Language = "zh-CN" | "en"

/**
 * A text as SPEC 2.3 lets it stand: without U+0000 and lone surrogates, which a broken
 * clipboard or input method can leave behind and which no reader would accept.
 */
export function cleanText(typed: string): string {
    return typed
        .replaceAll("\u0000", "")
        .replace(/\p{Surrogate}/gu, "\uFFFD")
        .trim()
}

type Members = Record<string, Json | undefined>

/** Only the members that say something; undefined when none does (SPEC §9: empty answers are left out). */
function filled(members: Members): Content | undefined {
    const kept = Object.entries(members).filter(
        (entry): entry is [string, Json] => entry[1] !== undefined && entry[1] !== "" && !(Array.isArray(entry[1]) && entry[1].length === 0),
    )
    return kept.length === 0 ? undefined : Object.fromEntries(kept)
}

/** Yes or no as a boolean; undefined when not answered. */
function yesNo(answer: string | undefined): boolean | undefined {
    if (answer === "yes") return true
    if (answer === "no") return false
    return undefined
}

/** A day as SPEC 2.4 spells it; date fields let years of six digits through. */
export function isDay(typed: string): boolean {
    return /^[2-9]\d{3}-\d{2}-\d{2}$/u.test(typed)
}

function eachFilled(rows: readonly Row[], membersOf: (row: Row) => Members): readonly Content[] {
    return rows.map((row) => filled(membersOf(row))).filter((row) => row !== undefined)
}

/** The category's code: two families have no choice below them (DOMAIN taxonomy). */
export function categoryOf(answers: Answers): string {
    return answers.family === "O" || answers.family === "X0" ? answers.family : answers.category
}

/** SPEC 9.1. */
function reportContent(answers: Answers, language: Language, files: readonly Content[]): Content {
    return {
        language,
        channel: answers.channel,
        about_staff: answers.aboutStaff === "yes",
        ...filled({
            category: categoryOf(answers),
            narrative: cleanText(answers.narrative),
            when: filled({ text: cleanText(answers.when), continuing: answers.continuing }),
            where: filled({ region: answers.region, text: cleanText(answers.place) }),
            who: eachFilled(answers.who, (row) => ({
                name: cleanText(row["name"] ?? ""),
                unit: cleanText(row["unit"] ?? ""),
                description: cleanText(row["description"] ?? ""),
            })),
            how_known: answers.howKnown,
            how_known_text: cleanText(answers.howKnownText),
            who_else_knows: filled({ number: answers.whoElse, text: cleanText(answers.whoElseText) }),
            files,
            urgency: answers.urgency,
            urgency_text: cleanText(answers.urgencyText),
            reported_elsewhere: filled({ text: cleanText(answers.elsewhere), on: isDay(answers.elsewhereOn) ? answers.elsewhereOn : "" }),
            handling_limits: cleanText(answers.handlingLimits),
            no_secrets_confirmed: answers.noSecrets === "yes" ? true : undefined,
            truthful_confirmed: answers.truthful === "yes" ? true : undefined,
        }),
    }
}

/** SPEC 9.2; null for somebody who stays anonymous. */
function identityContent(answers: Answers): Content | null {
    if (answers.anonymity !== "reachable" && answers.anonymity !== "named") return null
    return {
        anonymity: answers.anonymity,
        ...filled({
            chosen_name: cleanText(answers.chosenName),
            legal_name: answers.anonymity === "named" ? cleanText(answers.legalName) : "",
            region: cleanText(answers.ownRegion),
            language: cleanText(answers.contactLanguage),
            access_needs: cleanText(answers.accessNeeds),
            relation_to_subject: cleanText(answers.relationToSubject),
            note: cleanText(answers.identityNote),
            unit_knows: yesNo(answers.unitKnows),
            contacts: completeContacts(answers.contacts),
        }),
    }
}

/** A contact needs a way and an address; what lacks one is kept by the question page, not sealed. */
function completeContacts(rows: readonly Row[]): readonly Content[] {
    return eachFilled(rows, (row) => ({
        method: cleanText(row["method"] ?? ""),
        address: cleanText(row["address"] ?? ""),
        note: cleanText(row["note"] ?? ""),
    })).filter((contact) => "method" in contact && "address" in contact)
}

/** SPEC 9.3; null when protection is not asked for. */
function protectionContent(answers: Answers): Content | null {
    if (answers.wantsProtection !== "yes") return null
    const members = filled({
        persons: eachFilled(answers.persons, (row) => ({
            pseudonym: cleanText(row["pseudonym"] ?? ""),
            relationship: cleanText(row["relationship"] ?? ""),
            near_relative: yesNo(row["nearRelative"]),
            minor: yesNo(row["minor"]),
            informed: yesNo(row["informed"]),
        })),
        threats: answers.threats,
        imminence: answers.imminence,
        source: cleanText(answers.threatSource),
        evidence: cleanText(answers.threatEvidence),
        past_incidents: cleanText(answers.pastIncidents),
        who_knows: cleanText(answers.whoKnows),
        present_safety: cleanText(answers.presentSafety),
        needs: cleanText(answers.needs),
        wishes: cleanText(answers.wishes),
        refusals: cleanText(answers.refusals),
        not_involve: cleanText(answers.notInvolve),
        consent_scope: cleanText(answers.consentScope),
        note: cleanText(answers.protectionNote),
        safe_contact: safeContact(answers),
    })
    return members ?? null
}

function safeContact(answers: Answers): Content | undefined {
    return filled({
        method: cleanText(answers.safeMethod),
        address: cleanText(answers.safeAddress),
        window: cleanText(answers.safeWindow),
        pretext: cleanText(answers.safePretext),
        code_word: cleanText(answers.safeCodeWord),
        duress_word: cleanText(answers.safeDuressWord),
        never: cleanText(answers.safeNever),
    })
}

/** SPEC 9.4; null when a reward is not wished for. */
function rewardContent(answers: Answers): Content | null {
    if (answers.wantsReward !== "yes") return null
    return {
        interest: true,
        ...filled({
            sharing: answers.sharing,
            joint_with: cleanText(answers.jointWith),
            prior_claims: cleanText(answers.priorClaims),
            duty_staff: answers.dutyStaff,
            form: answers.rewardForm,
            delegate: cleanText(answers.delegate),
            pickup: cleanText(answers.pickup),
            ceremony_consent: yesNo(answers.ceremonyConsent),
            reminder: yesNo(answers.reminder),
            note: cleanText(answers.rewardNote),
        }),
    }
}

/** Everything that one submission seals; what a person did not choose to give is not in it. `files` are entries of SPEC 17.3. */
export function contentsOfAnswers(answers: Answers, language: Language, files: readonly Content[] = []): Contents {
    return {
        about_staff: answers.aboutStaff === "yes",
        report: reportContent(answers, language, files),
        identity: identityContent(answers),
        protection: protectionContent(answers),
        reward: rewardContent(answers),
    }
}

/**
 * What stands in a document: strict JSON with known members. Source: SPEC 9; DOMAIN 3.
 *
 * Each schema below is a table of member to kind of value, in the order of SPEC 9.
 */

import { MalformedDocumentError, MalformedTextError } from "../errors.ts"
import { decodeBase64url } from "./codec.ts"
import { Purpose, type DocumentPurpose } from "./envelope.ts"
import { parseDay } from "./instants.ts"
import { isList } from "./members.ts"
import { isJsonObject, type JsonObject, type JsonValue } from "./strict_json.ts"

/** What a document says. Source: SPEC 8.3. */
export const DocumentKind = {
    empty: 0,
    first: 1,
    message: 2,
    consent: 3,
    withdrawal: 4,
    correction: 5,
    preference: 6,
} as const

export type DocumentKind = (typeof DocumentKind)[keyof typeof DocumentKind]

export const LANGUAGES = ["zh-CN", "en"] as const
export const CHANNELS = ["web", "api", "offline", "phone", "letter", "walk-in", "organisation", "relay"] as const
export const CATEGORIES = [
    ...(["E1", "E2", "E3", "E4", "E5", "E6", "E7", "S1", "S2", "O"] as const),
    ...(["D1", "D2", "D3", "D4", "D5", "D6", "D7", "X1", "X2", "X3", "X4", "X0"] as const),
] as const
export const CONTINUING = ["yes", "no", "unknown"] as const
export const HOW_KNOWN = ["saw", "told", "document", "online", "inference", "other"] as const
export const KNOWER_NUMBERS = ["nobody", "few", "many", "unknown"] as const
export const URGENCIES = ["now", "24h", "7d", "none", "unknown"] as const
export const ANONYMITIES = ["anonymous", "reachable", "named"] as const
export const THREATS = ["violence", "stalking", "detention", "property", "job", "digital", "smear", "other"] as const
export const IMMINENCES = ["now", "24h", "days", "weeks", "unclear"] as const
export const SHARINGS = ["sole", "joint", "unknown"] as const
export const REWARD_FORMS = ["cash", "certificate", "undecided"] as const

const REGION = /^(?:CN-[A-Z0-9]{2,3}|abroad|unknown)$/u
const MAX_LIST = 100

type Check = (value: JsonValue) => boolean
type Schema = Readonly<Record<string, Check>>

const isText: Check = (value) => typeof value === "string" && value !== ""
const isFlag: Check = (value) => typeof value === "boolean"
const isTrue: Check = (value) => value === true
const isSize: Check = (value) => typeof value === "number" && value >= 0
const isRegion: Check = (value) => typeof value === "string" && REGION.test(value)

function isParsed(parse: (text: string) => boolean): Check {
    return (value) => {
        if (typeof value !== "string") return false
        try {
            return parse(value)
        } catch (error) {
            if (error instanceof MalformedTextError) return false
            throw error
        }
    }
}

const isDay = isParsed((text) => parseDay(text) === text)
const isAnyBytes = isParsed((text) => decodeBase64url(text).length >= 0)
const isBytes = (sizeBytes: number): Check => isParsed((text) => decodeBase64url(text).length === sizeBytes)

const oneOf =
    (codes: readonly string[]): Check =>
    (value) =>
        typeof value === "string" && codes.includes(value)

const listOf =
    (check: Check): Check =>
    (value) =>
        isList(value) && value.length > 0 && value.length <= MAX_LIST && value.every(check)

/** A list of texts without repeats. */
const distinctListOf =
    (check: Check): Check =>
    (value) =>
        listOf(check)(value) && isList(value) && new Set(value).size === value.length

const objectOf =
    (schema: Schema, ...required: readonly string[]): Check =>
    (value) =>
        isJsonObject(value) &&
        Object.keys(value).length > 0 &&
        required.every((name) => Object.hasOwn(value, name)) &&
        Object.entries(value).every(([name, member]) => Object.hasOwn(schema, name) && schema[name]?.(member) === true)

const texts = (...names: readonly string[]): Schema => Object.fromEntries(names.map((name) => [name, isText]))
const flags = (...names: readonly string[]): Schema => Object.fromEntries(names.map((name) => [name, isFlag]))

/** File entries (SPEC 17.3), in reports and in replies. */
export const isFiles = listOf(
    objectOf(
        {
            upload: isBytes(16),
            key: isBytes(32),
            digest: isBytes(32),
            size_bytes: isSize,
            type: isText,
            name: isText,
        },
        ...["upload", "key", "digest", "size_bytes"],
    ),
)
const isConsents = distinctListOf(isAnyBytes)

const REPORT: Schema = {
    language: oneOf(LANGUAGES),
    channel: oneOf(CHANNELS),
    about_staff: isFlag,
    category: oneOf(CATEGORIES),
    narrative: isText,
    when: objectOf({ text: isText, continuing: oneOf(CONTINUING) }),
    where: objectOf({ region: isRegion, text: isText }),
    who: listOf(objectOf(texts("name", "unit", "description"))),
    how_known: distinctListOf(oneOf(HOW_KNOWN)),
    how_known_text: isText,
    who_else_knows: objectOf({ number: oneOf(KNOWER_NUMBERS), text: isText }),
    files: isFiles,
    urgency: oneOf(URGENCIES),
    urgency_text: isText,
    reported_elsewhere: objectOf({ text: isText, on: isDay }),
    handling_limits: isText,
    no_secrets_confirmed: isTrue,
    truthful_confirmed: isTrue,
}

const IDENTITY: Schema = {
    anonymity: oneOf(ANONYMITIES),
    ...texts("chosen_name", "legal_name", "document_type", "document_number", "region"),
    ...texts("access_needs", "relation_to_subject", "note", "language"),
    contacts: listOf(objectOf(texts("method", "address", "note"), "method", "address")),
    unit_knows: isFlag,
    consents: isConsents,
}

const PROTECTION: Schema = {
    persons: listOf(
        objectOf({ ...texts("pseudonym", "relationship"), ...flags("near_relative", "minor", "informed") }),
    ),
    threats: distinctListOf(oneOf(THREATS)),
    imminence: oneOf(IMMINENCES),
    ...texts("source", "evidence", "past_incidents", "who_knows", "present_safety", "needs"),
    ...texts("wishes", "refusals", "not_involve", "consent_scope", "note"),
    safe_contact: objectOf(
        texts("method", "address", "window", "pretext", "code_word", "duress_word", "never"),
    ),
    consents: isConsents,
}

const REWARD: Schema = {
    interest: isTrue,
    sharing: oneOf(SHARINGS),
    ...texts("joint_with", "prior_claims", "delegate", "pickup", "note"),
    duty_staff: oneOf(["yes", "no"]),
    form: oneOf(REWARD_FORMS),
    ...flags("ceremony_consent", "reminder"),
    claim_commitment: isBytes(32),
}

/** What a consent may name. Source: SPEC 14. */
export const DISCLOSABLE_FIELDS: readonly string[] = Object.keys(IDENTITY).filter(
    (name) => name !== "anonymity" && name !== "consents",
)

const isConsentContent = objectOf({ consents: isConsents, revocations: isConsents })
const isIdentity = objectOf(IDENTITY, "anonymity")
const isProtection = objectOf(PROTECTION)
const isReward = objectOf(REWARD, "interest")

const CONTENTS: Readonly<Record<DocumentPurpose, Partial<Record<DocumentKind, Check>>>> = {
    [Purpose.report]: {
        [DocumentKind.first]: objectOf(REPORT, "narrative"),
        [DocumentKind.message]: objectOf({ text: isText, files: isFiles }, "text"),
        [DocumentKind.withdrawal]: objectOf({ destroy: isFlag, text: isText }),
        [DocumentKind.correction]: objectOf(REPORT),
        [DocumentKind.preference]: objectOf({ acknowledgements: isFlag }),
    },
    [Purpose.identityLock]: {},
    [Purpose.identity]: {
        [DocumentKind.first]: isIdentity,
        [DocumentKind.message]: isIdentity,
        [DocumentKind.consent]: isConsentContent,
    },
    [Purpose.protection]: {
        [DocumentKind.first]: isProtection,
        [DocumentKind.message]: isProtection,
        [DocumentKind.consent]: isConsentContent,
    },
    [Purpose.reward]: { [DocumentKind.first]: isReward, [DocumentKind.message]: isReward },
}

/**
 * Refuse content that the table of SPEC 9 doesn't allow.
 *
 * @throws {MalformedDocumentError} unknown members, wrong types or codes, or a kind that this
 *     purpose doesn't have.
 */
export function refuseBadContent(purpose: DocumentPurpose, kind: DocumentKind, content: JsonObject): void {
    if (CONTENTS[purpose][kind]?.(content) !== true) {
        throw new MalformedDocumentError("SPEC 9: content does not fit the table")
    }
}

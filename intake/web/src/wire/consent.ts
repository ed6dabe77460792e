/** Consent and its revocation, signed with the claim key. Source: SPEC 14; Order 2021 No. 1, Article 19. */

import { MalformedConsentError, MalformedError } from "../errors.ts"
import { concatBytes, decodeBase64url, encodeBase64url, Reader, u16, u32, u8, type Bytes } from "./codec.ts"
import { DISCLOSABLE_FIELDS } from "./contents.ts"
import { SUITE } from "./envelope.ts"
import { encodeInstant, parseInstant } from "./instants.ts"
import { Members } from "./members.ts"
import { encodeJson, parseJsonObject, type JsonObject } from "./strict_json.ts"

const CONSENT = 20
const REVOCATION = 21
const MAX_JSON_BYTES = 8192
const ID_BYTES = 16
const SIGNATURE_BYTES = 64
const MEMBERS = ["id", "fields", "purpose", "recipient", "text_shown", "from", "until", "one_time"]

/** A reporter's permission to disclose some fields to one recipient for one purpose. */
export interface Consent {
    readonly kind: "consent"
    /** 16 bytes. */
    readonly consentId: Bytes
    /** At least one of `DISCLOSABLE_FIELDS`, none twice. */
    readonly fields: readonly string[]
    readonly purpose: string
    readonly recipient: string
    /** What the reporter read when they agreed. */
    readonly textShown: string
    /** In seconds since 1970. */
    readonly givenAt: number
    readonly expiresAt: number
    readonly oneTime: boolean
}

/** The end of one consent, or of all that the reporter gave before. */
export interface Revocation {
    readonly kind: "revocation"
    /** 16 bytes; null ends every consent of the case. */
    readonly consentId: Bytes | null
    readonly at: number
}

/** A parsed consent or revocation; the signature isn't verified yet. */
export interface SignedConsent {
    readonly value: Consent | Revocation
    readonly signed: Bytes
    readonly signature: Bytes
}

/** The label under which the claim key signs. */
export function consentLabel(value: Consent | Revocation): string {
    return `sign/${value.kind}`
}

function jsonOf(value: Consent | Revocation): JsonObject {
    if (value.kind === "revocation") {
        const at = encodeInstant(value.at)
        return value.consentId === null ? { all: true, at } : { id: encodeBase64url(value.consentId), at }
    }
    return {
        id: encodeBase64url(value.consentId),
        fields: value.fields,
        purpose: value.purpose,
        recipient: value.recipient,
        text_shown: value.textShown,
        from: encodeInstant(value.givenAt),
        until: encodeInstant(value.expiresAt),
        one_time: value.oneTime,
    }
}

/** Everything that the claim key signs, after the label, the instance and the case reference. */
export function encodeConsentSignedPart(value: Consent | Revocation): Bytes {
    const body = encodeJson(jsonOf(value))
    return concatBytes(u16(SUITE), u8(value.kind === "consent" ? CONSENT : REVOCATION), u32(body.length), body)
}

/** The object as it stands in documents, base64url. */
export function encodeConsent(signed: Uint8Array, signature: Uint8Array): string {
    return encodeBase64url(concatBytes(signed, signature))
}

function parseRevocation(members: Members): Revocation {
    const isOfAll = members.has("all")
    members.exactly(isOfAll ? "all" : "id", "at")
    if (isOfAll && !members.flag("all")) members.refuse("want true")
    const consentId = isOfAll ? null : members.bytes("id", ID_BYTES)
    return { kind: "revocation", consentId, at: parseInstant(members.text("at")) }
}

function parseValue(kind: number, raw: Uint8Array): Consent | Revocation {
    const members = new Members(parseJsonObject(raw, MAX_JSON_BYTES), MalformedConsentError, "14")
    if (kind === REVOCATION) return parseRevocation(members)
    members.exactly(...MEMBERS)
    const givenAt = parseInstant(members.text("from"))
    const expiresAt = parseInstant(members.text("until"))
    if (givenAt >= expiresAt) members.refuse("no such period")
    const fields = members.texts("fields")
    if (fields.length === 0 || !fields.every((field) => DISCLOSABLE_FIELDS.includes(field))) {
        members.refuse("want names of identity members")
    }
    return {
        kind: "consent",
        consentId: members.bytes("id", ID_BYTES),
        fields,
        purpose: members.filledText("purpose"),
        recipient: members.filledText("recipient"),
        textShown: members.filledText("text_shown"),
        givenAt,
        expiresAt,
        oneTime: members.flag("one_time"),
    }
}

function parseSigned(raw: Uint8Array): SignedConsent {
    const reader = new Reader(raw, MalformedConsentError, "14")
    reader.expect(2, SUITE, "suite")
    const kind = reader.number(1)
    if (kind !== CONSENT && kind !== REVOCATION) throw new MalformedConsentError("SPEC 14: no such kind")
    const value = parseValue(kind, reader.take(reader.number(4)))
    const signed = concatBytes(raw.subarray(0, reader.offset))
    const signature = reader.take(SIGNATURE_BYTES)
    reader.end()
    return { value, signed, signature }
}

/**
 * Parse a consent or revocation object.
 *
 * @throws {MalformedConsentError} anything else.
 */
export function parseConsent(text: string): SignedConsent {
    try {
        return parseSigned(decodeBase64url(text))
    } catch (error) {
        if (!(error instanceof MalformedError) || error instanceof MalformedConsentError) throw error
        throw new MalformedConsentError("SPEC 14: malformed text or JSON")
    }
}

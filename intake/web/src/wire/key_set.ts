/**
 * The key set: signed, numbered directory of desks. Source: SPEC 13; DESIGN 3.
 *
 * `parseKeySet` gives an `UnverifiedKeySet`; only `signing/trust.ts` makes a `KeySet` of it, and
 * only to a `KeySet` can anything be sealed.
 */

import { MalformedError, MalformedKeyError, MalformedKeySetError, MalformedNoteError } from "../errors.ts"
import { decodeBase64url, encodeBase64url, encodeUtf8, labelledHash, type Bytes } from "./codec.ts"
import { parseOrigin } from "./instance.ts"
import { parseInstant } from "./instants.ts"
import { parseRecipientKey, parseVerificationKey, X25519_KEY_BYTES } from "./keys.ts"
import { Members } from "./members.ts"
import { parseRole, REQUIRED_DESKS, type Role } from "./roles.ts"
import { parseNote, type SignedNote } from "./signed_note.ts"
import { parseJsonObject, type JsonObject, type JsonValue } from "./strict_json.ts"

export const MAX_KEY_SET_BYTES = 262144

const CERTIFICATE_LABEL = "sealed-intake/1 directory-certificate"
const KEY_SET_LABEL = "sealed-intake/1 key-set"
const ACKNOWLEDGEMENT_KEY_LABEL = "sealed-intake/1 acknowledgement-key"
const SECONDS_PER_DAY = 86400
const MAX_KEY_SET_LIFE_SECONDS = 14 * SECONDS_PER_DAY // DESIGN 3
const MAX_CERTIFICATE_LIFE_SECONDS = 400 * SECONDS_PER_DAY
const HASH_BYTES = 32

/** From when, until when (exclusive), in seconds since 1970. */
export interface Period {
    readonly validFrom: number
    readonly validUntil: number
}

/** Who may sign what, for how long: of a directory key or an acknowledgement key. */
export interface Certificate extends Period {
    readonly note: SignedNote
    /** The note as it was published. */
    readonly noteText: string
    /** 32 bytes, as the note says; compared when it is verified. */
    readonly authority: Bytes
    readonly verificationKey: Bytes
    /** Of acknowledgement keys; null for directory keys. */
    readonly origin: string | null
}

/** A reading role in one epoch. */
export interface Desk {
    readonly role: Role
    readonly epoch: number
    readonly recipientKey: Bytes
    readonly verificationKey: Bytes
    readonly current: boolean
}

/** The members of a key set (SPEC 13.3), each well formed. */
export interface KeySetBody extends Period {
    readonly version: number
    readonly previous: Bytes | null
    readonly origin: string
    readonly bodyName: Readonly<Record<"zh-CN" | "en", string>>
    readonly desks: readonly Desk[]
    readonly directoryHash: Bytes
}

/** A parsed key set that nobody has vouched for. */
export interface UnverifiedKeySet {
    readonly certificate: Certificate
    readonly note: SignedNote
    readonly noteText: string
    readonly authority: Bytes
    readonly body: KeySetBody
    readonly acknowledgementKeys: readonly Certificate[]
}

declare const VERIFIED: unique symbol

/** A key set that the pinned root vouches for; made only by `signing/trust.ts`. */
export interface KeySet {
    readonly [VERIFIED]: true
    readonly body: KeySetBody
    readonly version: number
    /** Of the key set note (SPEC 13.3, `previous`). */
    readonly hash: Bytes
    readonly authorityId: Bytes
    readonly instanceId: Bytes
    /** By which the root names the directory key. */
    readonly certificate: Certificate
    /** Verified certificates, newest first. */
    readonly acknowledgementKeys: readonly Certificate[]
}

/** What the next version names as `previous`. */
export function keySetHash(noteText: string): Bytes {
    return labelledHash("key-set", encodeUtf8(noteText))
}

/** The desk that new envelopes for `role` are sealed to, if there is one. */
export function currentDesk(keySet: KeySet, role: Role): Desk | undefined {
    return keySet.body.desks.find((desk) => desk.role === role && desk.current)
}

/** The desk of one epoch, if the key set lists it. */
export function deskOfEpoch(keySet: KeySet, role: Role, epoch: number): Desk | undefined {
    return keySet.body.desks.find((desk) => desk.role === role && desk.epoch === epoch)
}

/**
 * The current desk of a role that every key set has.
 *
 * @throws {MalformedKeySetError} `role` is not among the required ones.
 */
export function requireDesk(keySet: KeySet, role: Role): Desk {
    const desk = currentDesk(keySet, role)
    if (desk === undefined) throw new MalformedKeySetError("SPEC 13.3: no current desk of this role")
    return desk
}

/** Let the errors of keys and notes through; text and JSON inside a note are its own fault. */
function wrapped<T>(parse: () => T): T {
    try {
        return parse()
    } catch (error) {
        const own = [MalformedKeyError, MalformedNoteError, MalformedKeySetError]
        if (!(error instanceof MalformedError) || own.some((kind) => error instanceof kind)) throw error
        throw new MalformedKeySetError("SPEC 13: malformed text or JSON inside a note")
    }
}

function parseLines(note: SignedNote, label: string): readonly [Bytes, JsonObject] {
    const [purpose, authorityText = "", json = "", end, ...more] = note.text.split("\n")
    if (purpose !== label || end !== "" || more.length > 0) {
        throw new MalformedKeySetError("SPEC 13.1: want purpose, authority and one line of JSON")
    }
    const authority = decodeBase64url(authorityText)
    if (authority.length !== HASH_BYTES) {
        throw new MalformedKeySetError(`SPEC 13.1: want 32 bytes, got ${authority.length}`)
    }
    return [authority, parseJsonObject(encodeUtf8(json), MAX_KEY_SET_BYTES)]
}

const membersOf = (value: JsonValue | undefined): Members => new Members(value, MalformedKeySetError, "13")

function parsePeriod(members: Members, longestSeconds: number): Period {
    const validFrom = parseInstant(members.text("from"))
    const validUntil = parseInstant(members.text("until"))
    if (validFrom >= validUntil || validUntil - validFrom > longestSeconds) members.refuse("no such period")
    return { validFrom, validUntil }
}

function parseVerificationKeyMember(members: Members): Bytes {
    return parseVerificationKey(decodeBase64url(members.text("verification_key")))
}

function parseCertificate(noteText: string, label: string, hasOrigin: boolean): Certificate {
    const note = parseNote(noteText)
    const [authority, body] = parseLines(note, label)
    const members = membersOf(body)
    members.exactly("verification_key", "from", "until", ...(hasOrigin ? ["origin"] : []))
    const origin = hasOrigin ? parseOrigin(members.text("origin")) : null
    const period = parsePeriod(members, hasOrigin ? Infinity : MAX_CERTIFICATE_LIFE_SECONDS)
    const verificationKey = parseVerificationKeyMember(members)
    return { note, noteText, authority, verificationKey, origin, ...period }
}

/**
 * Parse the note by which the root names a directory key. Source: SPEC 13.2.
 *
 * @throws {MalformedNoteError | MalformedKeySetError | MalformedKeyError} as the section says.
 */
export function parseDirectoryCertificate(text: string): Certificate {
    return wrapped(() => parseCertificate(text, CERTIFICATE_LABEL, false))
}

/**
 * Parse the note that names an acknowledgement key. Source: SPEC 13.4.
 *
 * @throws {MalformedNoteError | MalformedKeySetError | MalformedKeyError} as the section says.
 */
export function parseAcknowledgementCertificate(text: string): Certificate {
    return wrapped(() => parseCertificate(text, ACKNOWLEDGEMENT_KEY_LABEL, true))
}

function parseDesk(value: JsonValue): Desk {
    const members = membersOf(value)
    members.exactly("role", "epoch", "recipient_key", "verification_key", "current")
    return {
        role: parseRole(members.text("role")),
        epoch: members.number("epoch"),
        recipientKey: parseRecipientKey(decodeBase64url(members.text("recipient_key"))),
        verificationKey: parseVerificationKeyMember(members),
        current: members.flag("current"),
    }
}

function hasRepeats(values: readonly (string | number)[]): boolean {
    return new Set(values).size !== values.length
}

function refuseBadDesks(desks: readonly Desk[]): void {
    if (hasRepeats(desks.map((desk) => `${desk.role}/${desk.epoch}`))) {
        throw new MalformedKeySetError("SPEC 13.3: an epoch stands twice")
    }
    const current = desks.filter((desk) => desk.current).map((desk) => desk.role)
    if (hasRepeats(current) || !REQUIRED_DESKS.every((role) => current.includes(role))) {
        throw new MalformedKeySetError("SPEC 13.3: want one current epoch of every required desk")
    }
    const keys = [
        desks.map((desk) => desk.recipientKey.subarray(0, X25519_KEY_BYTES)),
        desks.map((desk) => desk.recipientKey.subarray(X25519_KEY_BYTES)),
        desks.map((desk) => desk.verificationKey),
    ]
    if (keys.some((column) => hasRepeats(column.map(encodeBase64url)))) {
        throw new MalformedKeySetError("SPEC 13.6: a key stands twice")
    }
}

function parseBodyName(value: JsonValue | undefined): KeySetBody["bodyName"] {
    const members = membersOf(value)
    members.exactly("zh-CN", "en")
    return { "zh-CN": members.text("zh-CN"), en: members.text("en") }
}

const BODY_MEMBERS = [
    "version",
    "previous",
    "origin",
    "body_name",
    "from",
    "until",
    "desks",
    "acknowledgement_keys",
    "directory_hash",
]

function parseBody(body: JsonObject): readonly [KeySetBody, readonly string[]] {
    const members = membersOf(body)
    members.exactly(...BODY_MEMBERS)
    const version = members.number("version")
    const previous = version > 1 ? members.bytes("previous", HASH_BYTES) : null
    if (version === 1 && members.text("previous") !== "") members.refuse("version 1 has no predecessor")
    const period = parsePeriod(members, MAX_KEY_SET_LIFE_SECONDS)
    const desks = members.items("desks").map(parseDesk)
    refuseBadDesks(desks)
    const acknowledgementKeys = members.texts("acknowledgement_keys")
    if (acknowledgementKeys.length === 0) members.refuse("want acknowledgement key certificates")
    const parsed = {
        version,
        previous,
        origin: parseOrigin(members.text("origin")),
        bodyName: parseBodyName(members.value("body_name")),
        ...period,
        desks,
        directoryHash: members.bytes("directory_hash", HASH_BYTES),
    }
    return [parsed, acknowledgementKeys]
}

function parsePublished(raw: Uint8Array): UnverifiedKeySet {
    const members = membersOf(parseJsonObject(raw, MAX_KEY_SET_BYTES))
    members.exactly("certificate", "key_set")
    const noteText = members.text("key_set")
    const certificateText = members.text("certificate")
    const note = parseNote(noteText)
    const [authority, json] = parseLines(note, KEY_SET_LABEL)
    const [body, acknowledgementKeys] = parseBody(json)
    return {
        certificate: parseDirectoryCertificate(certificateText),
        note,
        noteText,
        authority,
        body,
        acknowledgementKeys: acknowledgementKeys.map(parseAcknowledgementCertificate),
    }
}

/**
 * Parse a published key set (SPEC 13.6).
 *
 * @throws {MalformedKeySetError | MalformedNoteError | MalformedKeyError} as the sections say.
 */
export function parseKeySet(raw: Uint8Array): UnverifiedKeySet {
    return wrapped(() => parsePublished(raw))
}

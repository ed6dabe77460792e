/** A throw-away authority with its desks, each with keys of its own. */

import { deriveOpeningKey, deriveSigningKey, type OpeningKey } from "../custody/key_pair.ts"
import { SigningKey } from "../signing/sign.ts"
import { verifyKeySet } from "../signing/trust.ts"
import { acknowledgementBody } from "../wire/acknowledgement.ts"
import { sealEnvelope } from "../sealing/seal.ts"
import { concatBytes, encodeBase64url, encodeUtf8, labelledHash, type Bytes } from "../wire/codec.ts"
import { Purpose } from "../wire/envelope.ts"
import { authorityId } from "../wire/instance.ts"
import { encodeInstant, minuteOf, parseInstant } from "../wire/instants.ts"
import { parseKeySet, type KeySet } from "../wire/key_set.ts"
import { Role, type RoleName } from "../wire/roles.ts"
import { DIRECTORY_NAME, encodeNote, encodeVerifierKey, noteKeyId, ROOT_NAME } from "../wire/signed_note.ts"
import { encodeJson, type JsonObject } from "../wire/strict_json.ts"
import { parseSubmission, submissionDigest } from "../wire/submission.ts"
import { ed25519 } from "@noble/curves/ed25519.js"

export const NOW = parseInstant("2026-11-23T12:00:00Z")
export const ORIGIN = "https://report.example"

const DAY_SECONDS = 86400

/** A 32-byte seed that no other actor has. */
export function seedOf(actor: string): Bytes {
    return labelledHash("digest", encodeUtf8(actor))
}

/** Signs notes under one name. */
class NoteSigner {
    readonly verificationKey: Bytes
    private readonly name: string
    private readonly seed: Bytes

    constructor(name: string, seed: Bytes) {
        this.name = name
        this.seed = seed
        this.verificationKey = new SigningKey(seed).verificationKey
    }

    note(label: string, authority: Bytes, body: JsonObject): string {
        const json = new TextDecoder().decode(encodeJson(body))
        const text = `${label}\n${encodeBase64url(authority)}\n${json}\n`
        const signature = ed25519.sign(encodeUtf8(text), this.seed)
        return encodeNote({ text, name: this.name, keyId: noteKeyId(this.name, this.verificationKey), signature })
    }
}

export const ROOT = new NoteSigner(ROOT_NAME, seedOf("root"))
export const DIRECTORY = new NoteSigner(DIRECTORY_NAME, seedOf("directory"))
export const AUTHORITY = authorityId(ROOT.verificationKey)
export const ROOT_KEY_TEXT = encodeVerifierKey(ROOT_NAME, ROOT.verificationKey)

const acknowledgementKey = new SigningKey(seedOf("acknowledgement"))

function period(days: number): JsonObject {
    return { from: encodeInstant(NOW - DAY_SECONDS), until: encodeInstant(NOW + days * DAY_SECONDS) }
}

export function openingKeyOf(role: RoleName): OpeningKey {
    return deriveOpeningKey(seedOf(`desk ${role}`))
}

export function signingKeyOf(role: RoleName): SigningKey {
    return deriveSigningKey(seedOf(`desk ${role}`))
}

const ALL_ROLES = (Object.keys(Role) as RoleName[]).filter((name) => name !== "approver")

function desk(role: RoleName): JsonObject {
    return {
        role,
        epoch: 1,
        recipient_key: encodeBase64url(openingKeyOf(role).recipientKey),
        verification_key: encodeBase64url(signingKeyOf(role).verificationKey),
        current: true,
    }
}

/** The JSON of a sound key set, before it is signed; `changes` replaces members. */
export function keySetBody(roles: readonly RoleName[] = ALL_ROLES, changes: JsonObject = {}): JsonObject {
    const key = { verification_key: encodeBase64url(acknowledgementKey.verificationKey), origin: ORIGIN, ...period(100) }
    return {
        version: 1,
        previous: "",
        origin: ORIGIN,
        body_name: { "zh-CN": "示例机关", en: "Example body" },
        ...period(7),
        desks: roles.map(desk),
        acknowledgement_keys: [DIRECTORY.note("sealed-intake/1 acknowledgement-key", AUTHORITY, key)],
        directory_hash: encodeBase64url(seedOf("officers")),
        ...changes,
    }
}

/** A published key set. */
export function publish(body: JsonObject = keySetBody(), directory = DIRECTORY): Bytes {
    const certified = { verification_key: encodeBase64url(DIRECTORY.verificationKey), ...period(100) }
    return encodeJson({
        certificate: ROOT.note("sealed-intake/1 directory-certificate", AUTHORITY, certified),
        key_set: directory.note("sealed-intake/1 key-set", AUTHORITY, body),
    })
}

export function trusted(body: JsonObject = keySetBody()): KeySet {
    return verifyKeySet(parseKeySet(publish(body)), ROOT.verificationKey, NOW)
}

/** What the server would answer: an acknowledgement sealed to the submission's one-time key. */
export async function acknowledge(raw: Bytes, keySet: KeySet): Promise<Bytes> {
    const submission = parseSubmission(raw)
    const body = acknowledgementBody({
        submissionDigest: submissionDigest(submission),
        sequence: 7,
        previousHead: seedOf("head"),
        minute: minuteOf(NOW),
        nonce: seedOf("nonce"),
        verificationKey: acknowledgementKey.verificationKey,
    })
    const signature = acknowledgementKey.sign("sign/acknowledgement", keySet.instanceId, body)
    const context = {
        purpose: Purpose.acknowledgement,
        place: submission.acknowledgementSlot,
        keySetVersion: submission.keySetVersion,
        instance: keySet.instanceId,
    }
    return sealEnvelope(concatBytes(body, signature), context, [submission.acknowledgementKey])
}

/** Which key set and acknowledgement the pinned root vouches for. Source: SPEC 12.4, 13.6. */

import {
    KeySetExpiredError,
    KeySetNotYetValidError,
    KeySetRollbackError,
    KeySetUntrustedError,
    MalformedAcknowledgementError,
    MalformedError,
    SignatureError,
} from "../errors.ts"
import { parseAcknowledgementText, type Acknowledgement } from "../wire/acknowledgement.ts"
import { encodeUtf8, equalBytes } from "../wire/codec.ts"
import { authorityId, instanceId } from "../wire/instance.ts"
import { instantOfMinute } from "../wire/instants.ts"
import {
    keySetHash,
    parseAcknowledgementCertificate,
    parseDirectoryCertificate,
    type Certificate,
    type KeySet,
    type Period,
    type UnverifiedKeySet,
} from "../wire/key_set.ts"
import { DIRECTORY_NAME, isSignedBy, ROOT_NAME, type SignedNote } from "../wire/signed_note.ts"
import { verifyEd25519, verifyLabelled } from "./verify.ts"

/** An acknowledgement that the pinned root vouches for. */
export interface VerifiedAcknowledgement {
    readonly acknowledgement: Acknowledgement
    /** In seconds since 1970. */
    readonly registeredAt: number
    readonly origin: string
}

/**
 * Verify a note's one signature.
 *
 * @throws {SignatureError} another signer, or a signature that differs.
 */
export function verifyNote(note: SignedNote, name: string, key: Uint8Array): void {
    if (!isSignedBy(note, name, key)) throw new SignatureError("SPEC 13.1: signed by another key")
    verifyEd25519(key, encodeUtf8(note.text), note.signature)
}

function refuseOtherAuthority(authority: Uint8Array, certificates: readonly { authority: Uint8Array }[]): void {
    if (!certificates.every((certificate) => equalBytes(certificate.authority, authority))) {
        throw new KeySetUntrustedError("SPEC 13.6: of another authority")
    }
}

function refuseOutside(period: Period, now: number): void {
    if (now >= period.validUntil) {
        const lateSeconds = Math.floor(now - period.validUntil)
        throw new KeySetExpiredError(`SPEC 13.6: expired ${lateSeconds} s ago`, lateSeconds)
    }
    if (now < period.validFrom) {
        const earlySeconds = Math.ceil(period.validFrom - now)
        throw new KeySetNotYetValidError(`SPEC 13.6: valid in ${earlySeconds} s`, earlySeconds)
    }
}

/**
 * Refuse a key set whose time is over or has not come. Source: SPEC 13.6.
 *
 * @param now seconds since 1970.
 * @throws {KeySetExpiredError | KeySetNotYetValidError} as their names say.
 */
export function refuseOutOfTime(keySet: { readonly certificate: Period; readonly body: Period }, now: number): void {
    refuseOutside(keySet.certificate, now)
    refuseOutside(keySet.body, now)
}

/**
 * Turn a parsed key set into one that can be sealed to.
 *
 * @param now seconds since 1970.
 * @param minimumVersion built into the page, which remembers nothing (SPEC 13.7).
 * @throws {KeySetUntrustedError | SignatureError | KeySetNotYetValidError | KeySetExpiredError |
 *     KeySetRollbackError} as SPEC 13.6 and 13.7 say.
 */
export function verifyKeySet(unverified: UnverifiedKeySet, rootKey: Uint8Array, now: number, minimumVersion = 1): KeySet {
    const { certificate, body, acknowledgementKeys } = unverified
    const authority = authorityId(rootKey)
    verifyNote(certificate.note, ROOT_NAME, rootKey)
    verifyNote(unverified.note, DIRECTORY_NAME, certificate.verificationKey)
    for (const key of acknowledgementKeys) verifyNote(key.note, DIRECTORY_NAME, certificate.verificationKey)
    refuseOtherAuthority(authority, [certificate, unverified, ...acknowledgementKeys])
    if (acknowledgementKeys.some((key) => key.origin !== body.origin)) {
        throw new KeySetUntrustedError("SPEC 13.4: another origin")
    }
    refuseOutOfTime({ certificate, body }, now)
    // Spelled so that a minimum that is no number refuses every version.
    if (!(body.version >= minimumVersion)) throw new KeySetRollbackError("SPEC 13.7: below the minimum version")
    const keySet: Omit<KeySet, symbol> = {
        body,
        version: body.version,
        hash: keySetHash(unverified.noteText),
        authorityId: authority,
        instanceId: instanceId(authority, body.origin),
        certificate,
        acknowledgementKeys,
    }
    return keySet as KeySet
}

/**
 * Verify an acknowledgement by a known acknowledgement key. Source: SPEC 12.1.
 *
 * @throws {SignatureError} another key or signature.
 */
export function verifyAcknowledgement(acknowledgement: Acknowledgement, instance: Uint8Array, key: Uint8Array): void {
    if (!equalBytes(acknowledgement.verificationKey, key)) {
        throw new SignatureError("SPEC 12.1: another acknowledgement key")
    }
    const { raw, signature } = acknowledgement
    const signed = raw.subarray(0, raw.length - signature.length)
    verifyLabelled(key, "sign/acknowledgement", instance, signed, signature)
}

interface ParsedText {
    readonly acknowledgement: Acknowledgement
    readonly directory: Certificate
    readonly key: Certificate
}

function parseText(text: string): ParsedText {
    try {
        const parsed = parseAcknowledgementText(text)
        return {
            acknowledgement: parsed.acknowledgement,
            directory: parseDirectoryCertificate(parsed.directoryCertificate),
            key: parseAcknowledgementCertificate(parsed.keyCertificate),
        }
    } catch (error) {
        if (!(error instanceof MalformedError)) throw error
        throw new MalformedAcknowledgementError("SPEC 12.4: not an acknowledgement")
    }
}

/**
 * Verify a self-contained acknowledgement with the root key alone. Source: SPEC 12.4.
 *
 * @throws {MalformedAcknowledgementError} not one.
 * @throws {SignatureError | KeySetUntrustedError} not vouched for by this root at that minute.
 */
export function verifyAcknowledgementText(text: string, rootKey: Uint8Array): VerifiedAcknowledgement {
    const { acknowledgement, directory, key } = parseText(text)
    const authority = authorityId(rootKey)
    verifyNote(directory.note, ROOT_NAME, rootKey)
    verifyNote(key.note, DIRECTORY_NAME, directory.verificationKey)
    refuseOtherAuthority(authority, [directory, key])
    const registeredAt = instantOfMinute(acknowledgement.minute)
    if ([directory, key].some((period) => registeredAt < period.validFrom || registeredAt >= period.validUntil)) {
        throw new KeySetUntrustedError("SPEC 12.4: outside a certificate's time")
    }
    const origin = key.origin ?? ""
    verifyAcknowledgement(acknowledgement, instanceId(authority, origin), key.verificationKey)
    return { acknowledgement, registeredAt, origin }
}

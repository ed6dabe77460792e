/** The server's signed notice of registration. Source: SPEC 12. */

import { MalformedAcknowledgementError } from "../errors.ts"
import {
    concatBytes,
    decodeBase64url,
    encodeBase64url,
    encodeUtf8,
    labelledHash,
    lengthPrefixed,
    Reader,
    u16,
    u32,
    u64,
    u8,
    type Bytes,
} from "./codec.ts"
import { Purpose, SUITE } from "./envelope.ts"

export const ACKNOWLEDGEMENT_BYTES = 207
const SIGNATURE_BYTES = 64
const MAX_TEXT_SYMBOLS = 16384

/** What the server signs. */
export interface AcknowledgementBody {
    readonly submissionDigest: Bytes
    /** Number in the feed, from 1. */
    readonly sequence: number
    readonly previousHead: Bytes
    /** Whole minutes since 1970-01-01T00:00Z: the registration time. */
    readonly minute: number
    readonly nonce: Bytes
    readonly verificationKey: Bytes
}

/** A parsed acknowledgement; its signature is not verified yet. */
export interface Acknowledgement extends AcknowledgementBody {
    readonly signature: Bytes
    /** All 207 bytes. */
    readonly raw: Bytes
}

/** A self-contained acknowledgement; nothing in it is verified yet. Source: SPEC 12.4. */
export interface AcknowledgementText {
    readonly acknowledgement: Acknowledgement
    readonly directoryCertificate: string
    readonly keyCertificate: string
}

/** The 143 bytes that the server signs. Source: SPEC 12.1. */
export function acknowledgementBody(body: AcknowledgementBody): Bytes {
    return concatBytes(
        u16(SUITE),
        u8(Purpose.acknowledgement),
        body.submissionDigest,
        u64(body.sequence),
        body.previousHead,
        u32(body.minute),
        body.nonce,
        body.verificationKey,
    )
}

/** What the feed chain binds. Source: SPEC 12.2. */
export function acknowledgementHash(raw: Uint8Array): Bytes {
    return labelledHash("acknowledgement", raw)
}

/**
 * Parse 207 bytes.
 *
 * @throws {MalformedAcknowledgementError} another length, suite or purpose.
 */
export function parseAcknowledgement(raw: Uint8Array): Acknowledgement {
    const reader = new Reader(raw, MalformedAcknowledgementError, "12.1")
    reader.expect(2, SUITE, "suite")
    reader.expect(1, Purpose.acknowledgement, "purpose")
    const acknowledgement = {
        submissionDigest: reader.take(32),
        sequence: reader.number(8),
        previousHead: reader.take(32),
        minute: reader.number(4),
        nonce: reader.take(32),
        verificationKey: reader.take(32),
        signature: reader.take(SIGNATURE_BYTES),
        raw: concatBytes(raw),
    }
    reader.end()
    return acknowledgement
}

/** Spell the self-contained form, base64url. Source: SPEC 12.4. */
export function encodeAcknowledgementText(text: AcknowledgementText): string {
    return encodeBase64url(
        concatBytes(
            u16(SUITE),
            text.acknowledgement.raw,
            lengthPrefixed(encodeUtf8(text.directoryCertificate)),
            lengthPrefixed(encodeUtf8(text.keyCertificate)),
        ),
    )
}

function decodeCertificate(raw: Uint8Array): string {
    try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw)
    } catch {
        throw new MalformedAcknowledgementError("SPEC 12.4: certificate is no text")
    }
}

/**
 * Parse the self-contained form.
 *
 * @throws {MalformedTextError} not base64url.
 * @throws {MalformedAcknowledgementError} anything else that is not one.
 */
export function parseAcknowledgementText(text: string): AcknowledgementText {
    if (text.length > MAX_TEXT_SYMBOLS) throw new MalformedAcknowledgementError("SPEC 12.4: too long")
    const reader = new Reader(decodeBase64url(text), MalformedAcknowledgementError, "12.4")
    reader.expect(2, SUITE, "suite")
    const acknowledgement = parseAcknowledgement(reader.take(ACKNOWLEDGEMENT_BYTES))
    const directoryCertificate = decodeCertificate(reader.prefixed())
    const keyCertificate = decodeCertificate(reader.prefixed())
    reader.end()
    return { acknowledgement, directoryCertificate, keyCertificate }
}

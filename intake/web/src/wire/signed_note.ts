/** Signed notes: a text, an empty line, one signature line. Source: SPEC 13.1; C2SP signed-note. */

import { MalformedNoteError, MalformedTextError } from "../errors.ts"
import { concatBytes, decodeBase64url, encodeBase64url, encodeUtf8, equalBytes, plainHash, u8, type Bytes } from "./codec.ts"
import { parseVerificationKey, VERIFICATION_KEY_BYTES } from "./keys.ts"

export const ROOT_NAME = "sealed-intake-root"
export const DIRECTORY_NAME = "sealed-intake-directory"

const KEY_ID_BYTES = 4
const ED25519 = 1
const LINE = /^— ([a-z-]{1,64}) ([A-Za-z0-9+/]{91})=\n$/u
const VERIFIER_KEY = /^([a-z-]{1,64})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/u
// eslint-disable-next-line no-control-regex -- Control characters are what this refuses (SPEC 13.1).
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/u

/** A parsed note; the signature isn't verified yet. */
export interface SignedNote {
    /** With its final newline; what is signed. */
    readonly text: string
    readonly name: string
    /** 4 bytes that name the signer's key. */
    readonly keyId: Bytes
    readonly signature: Bytes
}

/** Standard base64 without its padding, in the alphabet that the codec reads. */
function decodeBase64(symbols: string): Bytes {
    try {
        return decodeBase64url(symbols.replaceAll("+", "-").replaceAll("/", "_"))
    } catch (error) {
        if (error instanceof MalformedTextError) throw new MalformedNoteError("SPEC 13.1: not base64")
        throw error
    }
}

function encodeBase64(raw: Uint8Array): string {
    return encodeBase64url(raw).replaceAll("-", "+").replaceAll("_", "/")
}

/** The 4 bytes by which a signature line names its key. */
export function noteKeyId(name: string, key: Uint8Array): Bytes {
    return plainHash(concatBytes(encodeUtf8(`${name}\n`), u8(ED25519), key)).slice(0, KEY_ID_BYTES)
}

/** Spell a note. */
export function encodeNote(note: SignedNote): string {
    const blob = encodeBase64(concatBytes(note.keyId, note.signature))
    return `${note.text}\n— ${note.name} ${blob}=\n`
}

/**
 * Parse a note with exactly one signature line.
 *
 * @throws {MalformedNoteError} anything else.
 */
export function parseNote(raw: string): SignedNote {
    const separator = raw.lastIndexOf("\n\n")
    const match = LINE.exec(raw.slice(separator + 2))
    if (separator < 0 || match === null || CONTROL.test(raw)) {
        throw new MalformedNoteError("SPEC 13.1: not a signed note")
    }
    const [, name = "", symbols = ""] = match
    const blob = decodeBase64(symbols)
    return {
        text: raw.slice(0, separator + 1),
        name,
        keyId: blob.slice(0, KEY_ID_BYTES),
        signature: blob.slice(KEY_ID_BYTES),
    }
}

/** Spell a verification key as people pin it: name, key id, key. */
export function encodeVerifierKey(name: string, key: Uint8Array): string {
    const keyId = [...noteKeyId(name, key)].map((byte) => byte.toString(16).padStart(2, "0")).join("")
    return `${name}+${keyId}+${encodeBase64(concatBytes(u8(ED25519), key))}`
}

/**
 * The 32-byte key in a verifier key of the given name.
 *
 * @throws {MalformedNoteError} another name or spelling.
 * @throws {MalformedKeyError} not a verification key.
 */
export function parseVerifierKey(text: string, name: string): Bytes {
    const match = VERIFIER_KEY.exec(text)
    if (match?.[1] !== name) throw new MalformedNoteError("SPEC 13.1: not a verifier key of this name")
    const key = decodeBase64(match[3] ?? "").slice(1)
    if (key.length !== VERIFICATION_KEY_BYTES || encodeVerifierKey(name, key) !== text) {
        throw new MalformedNoteError("SPEC 13.1: key id differs")
    }
    return parseVerificationKey(key)
}

/** Whether a note names this key as its signer. */
export function isSignedBy(note: SignedNote, name: string, key: Uint8Array): boolean {
    return note.name === name && equalBytes(note.keyId, noteKeyId(name, key))
}

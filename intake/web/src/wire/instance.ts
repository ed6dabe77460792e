/** Which authority, at which address: bound into every key and signature. Source: SPEC 2.5, 3. */

import { MalformedTextError } from "../errors.ts"
import { encodeCrockford, encodeUtf8, labelledHash, lengthPrefixed, type Bytes } from "./codec.ts"

export const MAX_ORIGIN_BYTES = 255

const MAX_PORT = 65535
const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 }
const ORIGIN = /^(https?):\/\/[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::([1-9][0-9]{0,4}))?$/u
const GROUP_SYMBOLS = /.{4}(?=.)/gu

/**
 * The one spelling of a service's address, such as `https://report.example`.
 *
 * @throws {MalformedTextError} another spelling, a default port, or over 255 bytes.
 */
export function parseOrigin(text: string): string {
    const match = text.length > MAX_ORIGIN_BYTES ? null : ORIGIN.exec(text)
    if (match === null) throw new MalformedTextError("SPEC 2.5: not an origin")
    const [, scheme = "", portText] = match
    const port = Number(portText ?? 0)
    if (port > MAX_PORT || port === DEFAULT_PORTS[scheme]) {
        throw new MalformedTextError("SPEC 2.5: port out of range or default")
    }
    return text
}

/** The 32-byte name of the authority with this root verification key. Source: SPEC 3.1. */
export function authorityId(rootKey: Uint8Array): Bytes {
    return labelledHash("authority", rootKey)
}

/**
 * The 32-byte name of one service of one authority. Source: SPEC 3.2.
 *
 * @throws {MalformedTextError} `origin` is none.
 */
export function instanceId(authority: Uint8Array, origin: string): Bytes {
    return labelledHash("instance", authority, lengthPrefixed(encodeUtf8(parseOrigin(origin))))
}

/** A verification key to be read aloud: thirteen groups of four. Source: SPEC 3.3. */
export function fingerprint(verificationKey: Uint8Array): string {
    return encodeCrockford(labelledHash("fingerprint", verificationKey)).replaceAll(GROUP_SYMBOLS, "$&-")
}

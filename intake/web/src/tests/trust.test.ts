import { describe, expect, test } from "vitest"

import {
    KeySetExpiredError,
    KeySetNotYetValidError,
    KeySetRollbackError,
    KeySetUntrustedError,
    MalformedKeyError,
    MalformedKeySetError,
    SignatureError,
} from "../errors.ts"
import { verifyKeySet } from "../signing/trust.ts"
import { encodeBase64url } from "../wire/codec.ts"
import { currentDesk, parseKeySet } from "../wire/key_set.ts"
import { Role } from "../wire/roles.ts"
import type { JsonObject } from "../wire/strict_json.ts"
import { AUTHORITY, DIRECTORY, keySetBody, NOW, publish, ROOT, seedOf, trusted } from "./fixtures.ts"

const DAY_SECONDS = 86400

const verify = (raw: Uint8Array, now = NOW, minimum = 1): unknown =>
    verifyKeySet(parseKeySet(raw), ROOT.verificationKey, now, minimum)

/** The desks of a sound key set, the first with other members. */
function withFirstDesk(changes: JsonObject): JsonObject {
    const { desks } = keySetBody()
    const [first, ...others] = desks as readonly JsonObject[]
    return keySetBody(undefined, { desks: [{ ...first, ...changes }, ...others] })
}

describe("a key set", () => {
    test("signed under the pinned root gives its current desks", () => {
        const keySet = trusted()

        expect(currentDesk(keySet, Role.triage)?.epoch).toBe(1)
        expect(keySet.authorityId).toEqual(AUTHORITY)
    })

    test("of another root is refused", () => {
        expect(() => verifyKeySet(parseKeySet(publish()), DIRECTORY.verificationKey, NOW)).toThrow(SignatureError)
    })

    test("not signed by the certified directory key is refused", () => {
        expect(() => verify(publish(keySetBody(), ROOT))).toThrow(SignatureError)
    })

    test("of another authority is refused", () => {
        const published = JSON.parse(new TextDecoder().decode(publish())) as { certificate: string }
        const other = DIRECTORY.note("sealed-intake/1 key-set", seedOf("other"), keySetBody())
        const raw = new TextEncoder().encode(JSON.stringify({ certificate: published.certificate, key_set: other }))

        expect(() => verify(raw)).toThrow(KeySetUntrustedError)
    })

    test("whose time is over says how long ago", () => {
        const late = (): unknown => verify(publish(), NOW + 7 * DAY_SECONDS + 5)

        expect(late).toThrow(KeySetExpiredError)
        expect(late).toThrow(expect.objectContaining({ lateSeconds: 5 }) as Error)
    })

    test("whose time has not come says by how much, so that a wrong clock can be named", () => {
        const early = (): unknown => verify(publish(), NOW - 2 * DAY_SECONDS)

        expect(early).toThrow(KeySetNotYetValidError)
        expect(early).toThrow(expect.objectContaining({ earlySeconds: DAY_SECONDS }) as Error)
    })

    test("is valid from its first second and not at its last", () => {
        expect(() => verify(publish(), NOW - DAY_SECONDS)).not.toThrow()
        expect(() => verify(publish(), NOW + 7 * DAY_SECONDS)).toThrow(KeySetExpiredError)
    })

    test.each([2, Number.NaN])("below the minimum version %d built into the page is refused", (minimum) => {
        expect(() => verify(publish(), NOW, minimum)).toThrow(KeySetRollbackError)
    })

    test("with a desk key of small order is refused before anything is sealed to it", () => {
        const body = withFirstDesk({ recipient_key: encodeBase64url(new Uint8Array(1216)) })

        expect(() => verify(publish(body))).toThrow(MalformedKeyError)
    })

    test.each<[string, JsonObject]>([
        ["the same key for two desks", withFirstDesk({ role: "triage", epoch: 2, current: false })],
        ["no current triage desk", withFirstDesk({ current: false })],
        ["an unknown member", keySetBody(undefined, { extra: 1 })],
        ["a life over fourteen days", keySetBody(undefined, { until: "2026-12-31T00:00:00Z" })],
        ["no acknowledgement key", keySetBody(undefined, { acknowledgement_keys: [] })],
    ])("with %s is malformed", (what, body) => {
        const doubled = what.startsWith("the same")
            ? { ...body, desks: [...(keySetBody()["desks"] as readonly JsonObject[]), (body["desks"] as readonly JsonObject[])[0] ?? null] }
            : body

        expect(() => verify(publish(doubled))).toThrow(MalformedKeySetError)
    })
})

/**
 * Known-answer test of everything that seals, run in the worker before anything is asked.
 *
 * The answers were computed by the Python twin on libsodium and OpenSSL. A browser whose engine or
 * extensions change what a primitive gives is found here, before a report is sealed with it.
 */

import { deriveOpeningKey, type OpeningKey } from "./custody/key_pair.ts"
import { openEnvelope } from "./custody/opening.ts"
import { ReporterKeys } from "./custody/reporter.ts"
import { SignatureError } from "./errors.ts"
import { sealEnvelope, sealWithKey } from "./sealing/seal.ts"
import { verifyLabelled } from "./signing/verify.ts"
import { concatBytes, decodeBase64url, encodeBase64url, encodeUtf8, equalBytes, labelledHash, randomBytes, type Bytes } from "./wire/codec.ts"
import { parseEnvelope, Purpose } from "./wire/envelope.ts"
import { parseReceiptCode } from "./wire/receipt.ts"
import { Role } from "./wire/roles.ts"

/** A primitive gave another answer than it must; nothing may be sealed. */
export class SelfTestError extends Error {
    override readonly name = "SelfTestError"
}

const DIGITS = "1168-2141-6326-6694-1224-5288-4724-5791-5850-1318-1828"
const SYMBOLS = "VEVQ-EJAE-D2Q7-9ZF1-NCSW-HSS9-Y6P7"
const CLAIM_KEY = "iK7CrHMQHlR1wJ0ubJd7iZnh3i1Zg3XlOLVnpLfsI9c"
const REPLY_KEY_DIGEST = "WTZjZ5liy4bYRVQfge-8jMye_7axlltt62BrK0UuPd0"
const TRIAGE_SLOT_KEY = "1WJmpwE-JietnXtYlRAKIALSIHSFDX7P8SvJRPSGX9A"
const SIGNATURE =
    "_jKvqtXuxgD40QSzrzJ1uLWxx59quCz-fHwLapwK1brl09_rz4FNg8WI9zCf8e51i1dSE9dPz8qH5mzKdHiJCA"
const SEALED_DIGEST = "rfHw_XHvWB6vZDyJ8Y2Rvh0LEcgvBnAhh72ojjKnmXY"
// A grant envelope that Python sealed to the reply key: the bytes 0 to 63.
const ENVELOPE = [
    "AAEAAAABCAFu958M_GH8PSp0AChrlOx7gmhvvk2GbUTwnVOPl3BVjk8P8du7zOdcz01PXBZidf13aYNIpIsDLCm_hOUWIbYcKlAvYghaXEi6Hz",
    "jG2h5ex6K5elkzJK1ZUK0UO9RF9-M3i795ehsH_7NHQpE5dDmhGjRegeveN2tTSnMfCCw7vrXp9lF_hKn2_-DEEpZ4pyVQNt0sCANm3M21tJwb",
    "K865iKj1XVVFgVIqOwkPrpgDBGxgfiVJvh6vbd4njExCIh5RQHwRp9iZId5pK7Fq6tfu3bpk-VKV5rtdTk6ytifXy2KRtbZOOax-H9g4sAT6z7",
    "la7uwdtJmpjCJZ6cw1co9VS7ePvLIst9gnilT3PrgNAPfCmPSw-liMfMh7xouI2M2ffsKMFUJDJbW92mHMsFdaUr5tSk45a_gZPricxINn_8W0",
    "N3g0rVBQlU5lvyhpPkpna4UvAds7_QsTd7xc6SHJDJOsi_4rd487MjMcvW7BFh1xmPazGxmTjd7bWE9YiMY0cjjwkojqO3Jgsgeqph0C3qV_7N",
    "_3BFpFaI_fujtZ7DdqFVuWmEMNjvqcQQEwVcjdTM0nt0l5vGERhNzX7w4cfhlbeawCG9zAzusHhqTE7C8J7EorZpusX2ItDpwPgY6cyTPyrnXt",
    "YOMaXQJusX9lnzsIkA-G7WDbY--S-KHx5Jy__BlOBDv1B2wkMRy31ASuzENsJ0hIFitz8omRZNn6cOJpQrmFQRx7lq5K75QTXyQEW2xkyhLGcm",
    "gUzEdhYPAwY0_Y5xpACjZd7G8gWhsvlkjHLZORobkngPZdfN8_1LANvbKmKQ0NeH_ZiBScxHFz4-lGJgK-b6kkqt-IKeqaoyQSThEo4CMNSl9L",
    "YBCoOZJOIIl0H4Eu_XWX6hyyC_HCsBsgiuKmI8t8n9wfjXh4ushSAXfhjC9aIgL1tWOSfvFxaD0U5-pxmtPufgTmZZ373J1fu3XYFQ5SzKwcKz",
    "yax4fBX7NXAbQJcAXWsLyBvFM-Vur8NW5kXYi6YuPAxiUyJC8zri3zeZW1l36RFLxfmx-88g7wn3V8W2jgUy14s33BsRguKQZlVg9-N7RjYWH8",
    "Oyj7Vr33rtJodO7zTG6Vh6lxavJ2BBWOU15bSg0wnSV0EGdJykCogty-95Sx67Ma6JoR5Fai3hY-88Z8jZUk3BepVL78Wo4mTdzJYHjshPaXPo",
    "SFXEDUvQIGSujmSN6XGz5peABlDiKkO1qofz-9GbIjDbxf5Kw_ZA-LBq-18nyHcmVrgpahjtt7zQbPq4H-iLexpS-PAGtZn47oYVgsHWe1MkjF",
    "CzJhNtRDQzyPeZzJh1ayV8iC6zr-HK7s56YAYBIM1aJGO__VHIcGgZeugsfiEIpmAjzYl43kHHZ-VmSt-XN0Jj3Yjf6RYlyYZP-1doFI1g-kxL",
    "nBrKCqSB4RuOE3uXCbAuVe0Fb78_fFm8C2e39TpeRc8Egard86T-aAFmBRY8zObaZ_blYoqXfmHh46dYmfLi4XJjSzlTWf7bB6f08dcwXni2j0",
    "ssk3_8EY2q_Ho6oSQUFEUMXUyVMoWnJ4_qZrsJrEevVFI-9bfOShgo6M6WGad9IXOE4GPePn6tbp03lswmMzsaLz8iO_ySCsrkfoLtOLYgxYOh",
    "9WGCFVYn4vKNJN39rFGlQlX_W3XtCuq3uV79pMOOXFp8FY0To_-JtBx7sVQ8pOX04YwnPQIrvcwgLDh0N5knHDjd93jDJWjBS_IbSloleYLf8R",
    "vmefDyQYHmYhIP9SvJLbfQ",
].join("")

const PLAINTEXT: Bytes = Uint8Array.from({ length: 64 }, (_, i) => i)
const CONTEXT = { purpose: Purpose.grant, keySetVersion: 1 } as const

function want(sound: boolean, what: string): void {
    if (!sound) throw new SelfTestError(what)
}

function testDerivation(keys: ReporterKeys): void {
    want(parseReceiptCode(SYMBOLS).digits === DIGITS, "receipt code")
    want(encodeBase64url(keys.claim.verificationKey) === CLAIM_KEY, "Ed25519 key")
    want(encodeBase64url(labelledHash("digest", keys.reply.recipientKey)) === REPLY_KEY_DIGEST, "recipient key")
    want(encodeBase64url(keys.slotKey(Role.triage)) === TRIAGE_SLOT_KEY, "HKDF")
}

function testSignature(keys: ReporterKeys, instance: Bytes): void {
    const signature = keys.claim.sign("sign/document", instance, PLAINTEXT)
    want(encodeBase64url(signature) === SIGNATURE, "Ed25519 signature")
    verifyLabelled(keys.claim.verificationKey, "sign/document", instance, PLAINTEXT, signature)
    try {
        verifyLabelled(keys.claim.verificationKey, "sign/document", instance, PLAINTEXT.subarray(1), signature)
    } catch (error) {
        if (error instanceof SignatureError) return
        throw error
    }
    throw new SelfTestError("Ed25519 takes what it must refuse")
}

async function testOpening(key: OpeningKey, instance: Bytes): Promise<void> {
    const envelope = parseEnvelope(decodeBase64url(ENVELOPE), Purpose.grant)
    want(equalBytes(await openEnvelope(envelope, key, instance), PLAINTEXT), "opening")
}

async function testBody(instance: Bytes): Promise<void> {
    const contentKey = labelledHash("instance", encodeUtf8("content key"))
    const context = { instance, purpose: Purpose.identity, keySetVersion: 1, place: instance }
    const body = concatBytes(...Array.from({ length: 64 }, () => PLAINTEXT))
    const sealed = await sealWithKey(body, contentKey, context, [])
    want(encodeBase64url(labelledHash("digest", sealed)) === SEALED_DIGEST, "AES-256-GCM")
}

/** Sealing is random: what was sealed must open, to its reader only, and differ each time. */
async function testSealing(instance: Bytes): Promise<void> {
    const key = deriveOpeningKey(randomBytes(32))
    const context = { ...CONTEXT, instance, place: instance }
    const sealed = await sealEnvelope(PLAINTEXT, context, [key.recipientKey])
    want(equalBytes(await openEnvelope(parseEnvelope(sealed, Purpose.grant), key, instance), PLAINTEXT), "sealing")
    want(!equalBytes(randomBytes(32), randomBytes(32)), "random bytes")
}

/**
 * Run the whole test; some 20 ms, or 300 ms where scripts are interpreted.
 *
 * @throws {SelfTestError} an answer differs.
 */
export async function selfTest(): Promise<void> {
    const instance = labelledHash("instance", encodeUtf8("known-answer test"))
    const keys = new ReporterKeys(parseReceiptCode(DIGITS), instance)
    testDerivation(keys)
    testSignature(keys, instance)
    await testOpening(keys.reply, instance)
    await testBody(instance)
    await testSealing(instance)
}

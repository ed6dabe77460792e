// Published vectors: what others know to go wrong must not go wrong here.
//
// `tests/crypto/test_published_vectors.py` reads the same files unchanged. Every vector says
// `accept` or `refuse`; where an output is known, only that very output counts as accepted. Where
// the files come from: `tests/vectors/published/README.md`.

import { readFileSync, readdirSync } from "node:fs"

import { hsalsa, secretbox } from "@noble/ciphers/salsa.js"
import { ed25519, x25519 } from "@noble/curves/ed25519.js"
import { blake2b } from "@noble/hashes/blake2.js"
import { hkdf } from "@noble/hashes/hkdf.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, concatBytes, hexToBytes } from "@noble/hashes/utils.js"
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js"
import { describe, expect, test } from "vitest"

import { SignatureError } from "../errors.ts"
import { verifyEd25519 } from "../signing/verify.ts"

const VECTORS = new URL("../../../../tests/vectors/published/", import.meta.url)

type Verdict = "accept" | "refuse"
type Vector = Readonly<Record<string, unknown>> & { readonly name: string; readonly expect: Verdict }
type Refusal = new (...given: never[]) => Error

interface VectorFile {
    readonly base_ek?: string
    readonly vectors: readonly Vector[]
}

// How many vectors each file accepts and refuses: a vector that goes missing is noticed here.
const COUNTS: Readonly<Record<string, readonly [number, number]>> = {
    aes_256_gcm: [39, 27],
    ed25519_cctv: [43, 871],
    ed25519_wycheproof: [138, 72],
    hkdf_sha256: [83, 3],
    ml_kem_768_decaps: [161, 40],
    ml_kem_768_encaps: [164, 137],
    ml_kem_768_keygen: [125, 0],
    ml_kem_768_modulus: [1, 780],
    sealed_box: [3, 3],
    secretbox: [1, 2],
    x25519: [487, 31],
}

// The members of each vector beside `name` and `expect`: an unknown one would go unread.
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
    aes_256_gcm: ["key", "iv", "aad", "msg", "ct", "tag"],
    ed25519_cctv: ["public_key", "message", "signature", "flags"],
    ed25519_wycheproof: ["public_key", "message", "signature"],
    hkdf_sha256: ["ikm", "salt", "info", "size", "okm"],
    ml_kem_768_decaps: ["seed", "ek_sha256", "c", "shared"],
    ml_kem_768_encaps: ["ek", "m", "c_sha256", "shared"],
    ml_kem_768_keygen: ["seed", "ek_sha256", "dk_sha256"],
    ml_kem_768_modulus: ["coefficient", "value"],
    sealed_box: ["private", "public", "message", "box"],
    secretbox: ["key", "nonce", "message", "box"],
    x25519: ["private", "public", "shared"],
}

function read(name: string): VectorFile {
    return JSON.parse(readFileSync(new URL(`${name}.json`, VECTORS), "utf8")) as VectorFile
}

function text(vector: Vector, member: string): string {
    const value = vector[member]
    if (typeof value !== "string") throw new TypeError(`${vector.name}: ${member} is no text`)
    return value
}

function number(vector: Vector, member: string): number {
    const value = vector[member]
    if (typeof value !== "number") throw new TypeError(`${vector.name}: ${member} is no number`)
    return value
}

function bytes(vector: Vector, member: string): Uint8Array<ArrayBuffer> {
    return new Uint8Array(hexToBytes(text(vector, member)))
}

function digest(raw: Uint8Array): string {
    return bytesToHex(sha256(raw))
}

// Say what a call did: nothing but the declared refusal may be thrown.
function verdict(call: () => string, wanted: string, refusal: Refusal): string {
    let got: string
    try {
        got = call()
    } catch (error) {
        if (!(error instanceof refusal)) throw error
        return "refuse"
    }
    return got === wanted ? "accept" : "wrong output"
}

function mistaken(name: string, judge: (vector: Vector) => string): string[] {
    return read(name)
        .vectors.filter((vector) => judge(vector) !== vector.expect)
        .map((vector) => vector.name)
}

// noble throws plain errors of several classes; that what is right is accepted shows that they
// are not mishaps of the test's own.
const NobleError = Error

test("every file is read here (ATTACKS A1)", () => {
    const files = readdirSync(VECTORS)
        .filter((file) => file.endsWith(".json"))
        .map((file) => file.slice(0, -".json".length))
        .sort()

    expect(files).toEqual(Object.keys(COUNTS).sort())
    expect(files).toEqual(Object.keys(MEMBERS).sort())
})

describe("no vector is missing, unnamed or misread (ATTACKS A1)", () => {
    test.each(Object.entries(COUNTS))("%s", (name, [accepted, refused]) => {
        const { vectors } = read(name)

        const members = new Set(vectors.map((vector) => Object.keys(vector).sort().join()))

        expect(vectors.filter((vector) => vector.expect === "accept")).toHaveLength(accepted)
        expect(vectors.filter((vector) => vector.expect === "refuse")).toHaveLength(refused)
        expect(vectors).toHaveLength(accepted + refused)
        expect(new Set(vectors.map((vector) => vector.name)).size).toBe(vectors.length)
        expect([...members]).toEqual([[...(MEMBERS[name] ?? []), "name", "expect"].sort().join()])
    })
})

test("X25519 agrees and refuses a zero shared secret (RFC 7748 §6.1)", () => {
    const judge = (v: Vector): string =>
        verdict(
            () => bytesToHex(x25519.getSharedSecret(bytes(v, "private"), bytes(v, "public"))),
            text(v, "shared"),
            NobleError,
        )

    expect(mistaken("x25519", judge)).toEqual([])
})

function judgeEd25519(v: Vector): string {
    const call = (): string => {
        verifyEd25519(bytes(v, "public_key"), bytes(v, "message"), bytes(v, "signature"))
        return ""
    }
    return verdict(call, "", SignatureError)
}

test.each(["ed25519_wycheproof", "ed25519_cctv"])(
    "Ed25519 gives libsodium's verdict on %s (DESIGN §3, ATTACKS A4)",
    (name) => {
        expect(mistaken(name, judgeEd25519)).toEqual([])
    },
)

test("noble's own Ed25519 verdict is another: why ours exists (ATTACKS §1.5)", () => {
    const judge = (v: Vector): string => {
        const [signature, message, key] = [bytes(v, "signature"), bytes(v, "message"), bytes(v, "public_key")]
        return ed25519.verify(signature, message, key, { zip215: false }) ? "accept" : "refuse"
    }

    expect(mistaken("ed25519_cctv", judge)).not.toEqual([])
})

test("HKDF derives the published keys, of 255 blocks at most (RFC 5869 §2.3)", () => {
    const judge = (v: Vector): string =>
        verdict(
            () => bytesToHex(hkdf(sha256, bytes(v, "ikm"), bytes(v, "salt"), bytes(v, "info"), number(v, "size"))),
            text(v, "okm"),
            NobleError,
        )

    expect(mistaken("hkdf_sha256", judge)).toEqual([])
})

async function openAesGcm(v: Vector): Promise<string> {
    const key = await crypto.subtle.importKey("raw", bytes(v, "key"), "AES-GCM", false, ["decrypt"])
    const algorithm = { name: "AES-GCM", iv: bytes(v, "iv"), additionalData: bytes(v, "aad") }
    const box = new Uint8Array(concatBytes(bytes(v, "ct"), bytes(v, "tag")))
    try {
        const opened = await crypto.subtle.decrypt(algorithm, key, box)
        return bytesToHex(new Uint8Array(opened)) === text(v, "msg") ? "accept" : "wrong output"
    } catch (error) {
        if (!(error instanceof DOMException && error.name === "OperationError")) throw error
        return "refuse"
    }
}

test("AES-256-GCM of WebCrypto opens what is whole and nothing else (SP 800-38D)", async () => {
    const { vectors } = read("aes_256_gcm")

    const verdicts = await Promise.all(vectors.map(openAesGcm))

    expect(verdicts).toEqual(vectors.map((vector) => vector.expect))
})

test("AES-256-GCM of WebCrypto seals to the published ciphertext (SP 800-38D)", async () => {
    const whole = read("aes_256_gcm").vectors.filter((vector) => vector.expect === "accept")

    const sealed = await Promise.all(
        whole.map(async (v) => {
            const key = await crypto.subtle.importKey("raw", bytes(v, "key"), "AES-GCM", false, ["encrypt"])
            const algorithm = { name: "AES-GCM", iv: bytes(v, "iv"), additionalData: bytes(v, "aad") }
            return bytesToHex(new Uint8Array(await crypto.subtle.encrypt(algorithm, key, bytes(v, "msg"))))
        }),
    )

    expect(sealed).toEqual(whole.map((v) => text(v, "ct") + text(v, "tag")))
    expect(sealed).toHaveLength(39)
})

test("secretbox opens NaCl's box and no altered one", () => {
    const judge = (v: Vector): string =>
        verdict(
            () => bytesToHex(secretbox(bytes(v, "key"), bytes(v, "nonce")).open(bytes(v, "box"))),
            text(v, "message"),
            NobleError,
        )

    expect(mistaken("secretbox", judge)).toEqual([])
})

function words(raw: Uint8Array): Uint32Array {
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
    return Uint32Array.from({ length: raw.length / 4 }, (_, index) => view.getUint32(4 * index, true))
}

// libsodium's crypto_box_seal_open, put together from noble's parts.
function openSealedBox(box: Uint8Array, publicKey: Uint8Array, privateKey: Uint8Array): Uint8Array {
    const ephemeral = box.subarray(0, 32)
    const nonce = blake2b(concatBytes(ephemeral, publicKey), { dkLen: 24 })
    const key = new Uint32Array(8)
    const sigma = words(new TextEncoder().encode("expand 32-byte k"))
    hsalsa(sigma, words(x25519.getSharedSecret(privateKey, ephemeral)), new Uint32Array(4), key)
    return secretbox(new Uint8Array(key.buffer), nonce).open(box.subarray(32))
}

test("a sealed box put together from noble's parts opens, an altered one does not", () => {
    const judge = (v: Vector): string =>
        verdict(
            () => bytesToHex(openSealedBox(bytes(v, "box"), bytes(v, "public"), bytes(v, "private"))),
            text(v, "message"),
            NobleError,
        )

    expect(mistaken("sealed_box", judge)).toEqual([])
})

test("ML-KEM-768 derives both published keys from the seed (FIPS 203 §7.1)", () => {
    const judge = (v: Vector): string =>
        verdict(
            () => {
                const { publicKey, secretKey } = ml_kem768.keygen(bytes(v, "seed"))
                return `${digest(publicKey)} ${digest(secretKey)}`
            },
            `${text(v, "ek_sha256")} ${text(v, "dk_sha256")}`,
            NobleError,
        )

    expect(mistaken("ml_kem_768_keygen", judge)).toEqual([])
})

test("ML-KEM-768 decapsulates and refuses wrong lengths (FIPS 203 §7.3)", () => {
    const judge = (v: Vector): string =>
        verdict(
            () => {
                const { publicKey, secretKey } = ml_kem768.keygen(bytes(v, "seed"))
                const shared = ml_kem768.decapsulate(bytes(v, "c"), secretKey)
                return `${digest(publicKey)} ${bytesToHex(shared)}`
            },
            `${String(v["ek_sha256"])} ${String(v["shared"])}`,
            NobleError,
        )

    expect(mistaken("ml_kem_768_decaps", judge)).toEqual([])
})

// A key check names no m: there the lengths are all that can be foreseen.
function encapsulate(v: Vector): string {
    if (v["m"] === null) return encapsulatedLengths(bytes(v, "ek"))
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(bytes(v, "ek"), bytes(v, "m"))
    return `${digest(cipherText)} ${bytesToHex(sharedSecret)}`
}

function encapsulatedLengths(ek: Uint8Array): string {
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(ek)
    return `${cipherText.length} ${sharedSecret.length}`
}

test("ML-KEM-768 encapsulates to the published secret, to well-formed keys only (FIPS 203 §7.2)", () => {
    const judge = (v: Vector): string => {
        const wanted = v["m"] === null ? "1088 32" : `${String(v["c_sha256"])} ${String(v["shared"])}`
        return verdict(() => encapsulate(v), wanted, NobleError)
    }

    expect(mistaken("ml_kem_768_encaps", judge)).toEqual([])
})

// Set one of the 768 twelve-bit coefficients at the head of an encapsulation key.
function withCoefficient(ek: Uint8Array, index: number, value: number): Uint8Array {
    const changed = Uint8Array.from(ek)
    const view = new DataView(changed.buffer)
    const at = Math.floor(index / 2) * 3 + (index % 2)
    const old = view.getUint16(at, true)
    view.setUint16(at, index % 2 === 0 ? (old & 0xf000) | value : (old & 0x000f) | (value << 4), true)
    return changed
}

test("ML-KEM-768 refuses every coefficient beyond the modulus (FIPS 203 §7.2, ATTACKS A3)", () => {
    const base = hexToBytes(read("ml_kem_768_modulus").base_ek ?? "")

    const judge = (v: Vector): string =>
        verdict(
            () => encapsulatedLengths(withCoefficient(base, number(v, "coefficient"), number(v, "value"))),
            "1088 32",
            NobleError,
        )

    expect(mistaken("ml_kem_768_modulus", judge)).toEqual([])
})

import { describe, expect, test } from "vitest"

import { openIdentity, openLock, openReport, openRow } from "../custody/opening.ts"
import { openAcknowledgement, openReply, ReporterKeys, sealSubmission, signConsent, type Contents } from "../custody/reporter.ts"
import { DocumentTooLargeError, MalformedDocumentError, NotForReaderError, OpeningError, SignatureError, WrongPlaceError } from "../errors.ts"
import { sealEnvelope } from "../sealing/seal.ts"
import { verifyAcknowledgementText } from "../signing/trust.ts"
import { verifyLabelled } from "../signing/verify.ts"
import { concatBytes, encodeBase64url, u16, u32, u8, type Bytes } from "../wire/codec.ts"
import { parseConsent } from "../wire/consent.ts"
import { DocumentKind } from "../wire/contents.ts"
import { contentRoomBytes, type Document } from "../wire/documents.ts"
import { PLAINTEXT_BYTES, Purpose } from "../wire/envelope.ts"
import { ReceiptCode } from "../wire/receipt.ts"
import { REPLY_LABEL } from "../wire/reply.ts"
import { Role, type RoleName } from "../wire/roles.ts"
import { slotId, slotPreimage } from "../wire/slots.ts"
import { encodeJson, type JsonObject } from "../wire/strict_json.ts"
import { LOCK_BYTES, parseSubmission, SUBMISSION_BYTES, type Submission } from "../wire/submission.ts"
import { acknowledge, keySetBody, NOW, openingKeyOf, ORIGIN, ROOT, signingKeyOf, trusted } from "./fixtures.ts"

const keySet = trusted()
const instance = keySet.instanceId
const code = ReceiptCode.random()
const keys = new ReporterKeys(code, instance)

const NOTHING: Contents = { aboutStaff: false, report: null, identity: null, protection: null, reward: null }
const EVERYTHING: Contents = {
    aboutStaff: false,
    report: { narrative: "有人在机场拍摄 😀", category: "E5" },
    identity: { anonymity: "named", legal_name: "王某" },
    protection: { imminence: "now" },
    reward: { interest: true },
}

async function sealed(contents: Contents, n = 0, kind: DocumentKind = DocumentKind.first): Promise<Submission> {
    return parseSubmission((await sealSubmission(keys, contents, keySet, n, kind)).raw)
}

async function report(submission: Submission, role: RoleName): Promise<Document> {
    return openReport(submission.report, openingKeyOf(role), instance)
}

async function identity(submission: Submission, custodian: RoleName, handler: RoleName): Promise<Document> {
    const [row] = submission.rowIds
    const lock = await openLock(submission.identity, row, openingKeyOf(custodian), instance)
    if (lock.purpose !== Purpose.identityLock) throw new TypeError("want a lock")
    const inner = lock.lock.innerWrappedKey
    return openIdentity(submission.identity, row, inner, openingKeyOf(handler), instance)
}

describe("a submission", () => {
    test("has one size and gives every desk its part and no other", async () => {
        const { raw } = await sealSubmission(keys, EVERYTHING, keySet, 0, DocumentKind.first)
        const submission = parseSubmission(raw)
        const [, protectionRow, rewardRow] = submission.rowIds

        const opened = {
            report: await report(submission, "triage"),
            identity: await identity(submission, "custodian", "protection"),
            protection: await openRow(submission.protection, Purpose.protection, protectionRow, openingKeyOf("protection"), instance),
            reward: await openRow(submission.reward, Purpose.reward, rewardRow, openingKeyOf("reward"), instance),
        }

        expect(raw.length).toBe(SUBMISSION_BYTES)
        expect(opened.report.content).toEqual(EVERYTHING.report)
        expect(opened.identity.content).toEqual(EVERYTHING.identity)
        expect(opened.protection.content).toEqual(EVERYTHING.protection)
        expect(opened.reward.content).toEqual(EVERYTHING.reward)
        await expect(report(submission, "oversight")).rejects.toThrow(NotForReaderError)
        await expect(report(submission, "protection")).rejects.toThrow(NotForReaderError)
    })

    test("about staff goes to the independent set and not to triage", async () => {
        const submission = await sealed({ ...EVERYTHING, aboutStaff: true })

        const opened = await report(submission, "oversight")
        const name = await identity(submission, "independent-custodian", "independent-protection")

        expect(opened.slotKey).toEqual(keys.slotKey(Role.oversight))
        expect(name.slotKey).toEqual(keys.slotKey(Role["independent-protection"]))
        await expect(report(submission, "triage")).rejects.toThrow(NotForReaderError)
        await expect(identity(submission, "custodian", "protection")).rejects.toThrow(NotForReaderError)
    })

    test("about staff falls back to an ordinary desk where there is no independent one", async () => {
        const few = trusted(keySetBody(["triage", "oversight", "custodian", "protection", "reward", "auditor"]))
        const { raw } = await sealSubmission(keys, { ...EVERYTHING, aboutStaff: true }, few, 0, DocumentKind.first)

        const name = await identity(parseSubmission(raw), "custodian", "protection")

        expect(name.content).toEqual(EVERYTHING.identity)
    })

    test("without a report can be read by neither triage nor oversight", async () => {
        const submission = await sealed({ ...NOTHING, identity: { anonymity: "reachable" } }, 3, DocumentKind.message)
        const name = await identity(submission, "custodian", "protection")

        expect([name.kind, name.n]).toEqual([DocumentKind.message, 3])
        await expect(report(submission, "triage")).rejects.toThrow(NotForReaderError)
        await expect(report(submission, "oversight")).rejects.toThrow(NotForReaderError)
    })

    test("holds real envelopes with empty documents where nothing was said", async () => {
        const submission = await sealed({ ...NOTHING, report: { narrative: "x" } })

        const name = await identity(submission, "custodian", "protection")

        expect([name.kind, name.content]).toEqual([DocumentKind.empty, null])
    })

    test("names its siblings' digests and its own claim, slot and reply keys in the report", async () => {
        const opened = await report(await sealed(EVERYTHING), "triage")

        expect(opened.claimKey).toEqual(keys.claim.verificationKey)
        expect(opened.replyKey).toEqual(keys.reply.recipientKey)
        expect(opened.slotKey).toEqual(keys.slotKey(Role.triage))
    })

    test("reports its progress step by step up to the end", async () => {
        const steps: number[] = []

        await sealSubmission(keys, NOTHING, keySet, 0, DocumentKind.first, (done, all) => steps.push(done / all))

        expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((step) => step / 8))
    })

    test("takes content up to the last byte and says how many bytes are too many", async () => {
        const room = contentRoomBytes(Purpose.report) - encodeJson({ narrative: "" }).length
        const fits = await sealed({ ...NOTHING, report: { narrative: "x".repeat(room) } })
        const tooLong = { ...NOTHING, report: { narrative: "x".repeat(room + 3) } }

        await expect(report(fits, "triage")).resolves.toBeDefined()
        await expect(sealed(tooLong)).rejects.toThrow(DocumentTooLargeError)
        await expect(sealed(tooLong)).rejects.toMatchObject({ excessBytes: 3 })
    })

    test.each<[string, JsonObject]>([
        ["unknown members", { narrative: "x", colour: "red" }],
        ["empty texts", { narrative: "" }],
        ["a missing narrative", { category: "E1" }],
        ["unknown codes", { narrative: "x", category: "Z9" }],
        ["an inherited name", { narrative: "x", toString: "y" }],
    ])("refuses %s", async (_what, content) => {
        await expect(sealed({ ...NOTHING, report: content })).rejects.toThrow(MalformedDocumentError)
    })
})

describe("every changed byte", () => {
    const OFFSETS = [0, 2, 6, 7, 8, 40, 100, 1160, 1200, 2408, 2440, 10000, 18839]

    test.each(OFFSETS)("of a report at offset %i is refused with a declared error", async (offset) => {
        const { report: raw } = await sealed(EVERYTHING)
        const changed = raw.slice()
        changed[offset] = (changed[offset] ?? 0) ^ 1

        await expect(openReport(changed, openingKeyOf("triage"), instance)).rejects.toMatchObject({
            name: expect.stringMatching(/^(MalformedEnvelope|Opening|NotForReader)Error$/u) as string,
        })
    })

    test("of the lock's place moves the identity and is noticed", async () => {
        const first = await sealed(EVERYTHING, 0)
        const second = await sealed(EVERYTHING, 1)
        const mixed = concatBytes(first.identity.subarray(0, LOCK_BYTES), second.identity.subarray(LOCK_BYTES))

        await expect(openLock(mixed, first.rowIds[0], openingKeyOf("custodian"), instance)).rejects.toThrow(WrongPlaceError)
        await expect(openLock(first.identity, second.rowIds[0], openingKeyOf("custodian"), instance)).rejects.toThrow(WrongPlaceError)
    })
})

describe("an acknowledgement", () => {
    test("is opened with the code and proves itself with the root key alone", async () => {
        const submission = await sealSubmission(keys, EVERYTHING, keySet, 2, DocumentKind.first)
        const answer = await acknowledge(submission.raw, keySet)

        const opened = await openAcknowledgement(answer, keys, keySet, 2, submission.digest)
        const verified = verifyAcknowledgementText(opened.text, ROOT.verificationKey)

        expect(opened.acknowledgement.submissionDigest).toEqual(submission.digest)
        expect(verified).toMatchObject({ origin: ORIGIN, registeredAt: NOW })
    })

    test("of another number is not for this slot", async () => {
        const submission = await sealSubmission(keys, NOTHING, keySet, 2, DocumentKind.first)
        const answer = await acknowledge(submission.raw, keySet)

        await expect(openAcknowledgement(answer, keys, keySet, 1)).rejects.toThrow(NotForReaderError)
    })

    test("of other bytes than were sent is refused", async () => {
        const submission = await sealSubmission(keys, NOTHING, keySet, 2, DocumentKind.first)
        const answer = await acknowledge(submission.raw, keySet)
        const sent = await sealSubmission(keys, NOTHING, keySet, 2, DocumentKind.first)

        await expect(openAcknowledgement(answer, keys, keySet, 2, sent.digest)).rejects.toThrow(WrongPlaceError)
    })

    test("altered in its body is refused", async () => {
        const submission = await sealSubmission(keys, NOTHING, keySet, 0, DocumentKind.first)
        const answer = await acknowledge(submission.raw, keySet)
        answer[answer.length - 1] = (answer.at(-1) ?? 0) ^ 1

        await expect(openAcknowledgement(answer, keys, keySet, 0)).rejects.toThrow(OpeningError)
    })
})

describe("a reply", () => {
    async function reply(signer: RoleName, i: number, epoch = 1, caseReference: Bytes = keys.caseRef): Promise<Bytes> {
        const content = encodeJson({ text: "请补充时间", sent_on: "2026-11-23" })
        const head = [u16(1), u8(6), u8(1), u8(Role.triage), u32(epoch), u32(i), caseReference]
        const signed = concatBytes(...head, u32(content.length), content)
        const signature = signingKeyOf(signer).sign(REPLY_LABEL, instance, signed)
        const plaintext = new Uint8Array(PLAINTEXT_BYTES[Purpose.reply])
        plaintext.set(concatBytes(signed, signature))
        const place = slotId(slotPreimage(keys.slotKey(Role.triage), Role.triage, 0))
        const context = { purpose: Purpose.reply, place, keySetVersion: 1, instance }
        return sealEnvelope(plaintext, context, [keys.reply.recipientKey])
    }

    test("is opened by the code's reply key", async () => {
        const opened = await openReply(await reply("triage", 0), keys, keySet, Role.triage, 0)

        expect(opened.content).toEqual({ text: "请补充时间", sent_on: "2026-11-23" })
    })

    test.each<[string, Promise<Bytes>, number, new (message: string) => Error]>([
        ["in another slot", reply("triage", 0), 1, WrongPlaceError],
        ["that names another slot", reply("triage", 1), 0, WrongPlaceError],
        ["to another case", reply("triage", 0, 1, new Uint8Array(32)), 0, WrongPlaceError],
        ["signed by another desk", reply("reward", 0), 0, SignatureError],
        ["of an epoch that nobody lists", reply("triage", 0, 2), 0, SignatureError],
    ])("%s is refused", async (_what, made, i, error) => {
        await expect(openReply(await made, keys, keySet, Role.triage, i)).rejects.toThrow(error)
    })
})

describe("a consent", () => {
    const consent = {
        kind: "consent",
        consentId: new Uint8Array(16),
        fields: ["legal_name"],
        purpose: "移送",
        recipient: "检察机关",
        textShown: "同意披露姓名",
        givenAt: NOW,
        expiresAt: NOW + 86400,
        oneTime: true,
    } as const

    test("is parsed as it was signed, bound to instance and case", () => {
        const { value, signed, signature } = parseConsent(signConsent(keys, consent))
        const bound = concatBytes(instance, keys.caseRef)

        expect(value).toEqual(consent)
        verifyLabelled(keys.claim.verificationKey, "sign/consent", bound, signed, signature)
    })

    test("of another case does not verify", () => {
        const { signed, signature } = parseConsent(signConsent(keys, { kind: "revocation", consentId: new Uint8Array(16), at: NOW }))
        const bound = concatBytes(instance, new Uint8Array(32))

        expect(() => {
            verifyLabelled(keys.claim.verificationKey, "sign/revocation", bound, signed, signature)
        }).toThrow(SignatureError)
    })

    test("stands in a document as text", async () => {
        const content = { consents: [signConsent(keys, consent)] }
        const submission = await sealed({ ...NOTHING, protection: content }, 1, DocumentKind.consent)
        const [, row] = submission.rowIds

        const opened = await openRow(submission.protection, Purpose.protection, row, openingKeyOf("protection"), instance)

        expect(opened.content).toEqual(content)
        expect(encodeBase64url(opened.claimKey)).toBe(encodeBase64url(keys.claim.verificationKey))
    })
})

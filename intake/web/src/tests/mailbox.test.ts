import { describe, expect, test } from "vitest"

import { MailboxVisit } from "../custody/mailbox_visit.ts"
import { LANES, windowPreimages } from "../custody/mailbox.ts"
import { openReport, openRow } from "../custody/opening.ts"
import { ReporterKeys, sealSubmission } from "../custody/reporter.ts"
import { KeySetExpiredError, KeySetRollbackError, MalformedEnvelopeError, MalformedReceiptError } from "../errors.ts"
import type { Answers, ContentsMessage, MailboxMessage, Permission } from "../messages.ts"
import { sealEnvelope } from "../sealing/seal.ts"
import { verifyLabelled } from "../signing/verify.ts"
import { concatBytes, u16, u32, u8, type Bytes } from "../wire/codec.ts"
import { consentLabel, parseConsent, type SignedConsent } from "../wire/consent.ts"
import { DocumentKind } from "../wire/contents.ts"
import { PLAINTEXT_BYTES, Purpose } from "../wire/envelope.ts"
import { ReceiptCode } from "../wire/receipt.ts"
import { REPLY_LABEL } from "../wire/reply.ts"
import { Role, type RoleName } from "../wire/roles.ts"
import { parseSlots, slotId, slotPreimage, SLOT_VALUE_BYTES, SLOT_WINDOW, trimValue } from "../wire/slots.ts"
import { encodeJson, type JsonObject } from "../wire/strict_json.ts"
import { parseSubmission } from "../wire/submission.ts"
import { acknowledge, NOW, openingKeyOf, publish, ROOT_KEY_TEXT, signingKeyOf, trusted } from "./fixtures.ts"

const keySet = trusted()
const code = ReceiptCode.random()
const keys = new ReporterKeys(code, keySet.instanceId)
const NOTHING = { aboutStaff: false, report: null, identity: null, protection: null, reward: null }
const ANSWER_BYTES = SLOT_WINDOW * (1 + SLOT_VALUE_BYTES)
const ignore = (): void => undefined

/** The slots of one code, as a server holds them. */
class Slots {
    private readonly values = new Map<string, Bytes>()

    put(preimage: Bytes, value: Bytes): void {
        this.values.set(slotId(preimage).join(), value)
    }

    answer(preimages: Bytes): Bytes {
        const answer = new Uint8Array(ANSWER_BYTES)
        for (let place = 0; place < SLOT_WINDOW; place++) {
            const value = this.values.get(slotId(preimages.slice(32 * place, 32 * place + 32)).join())
            if (value === undefined) continue
            answer[place * (1 + SLOT_VALUE_BYTES)] = 1
            answer.set(value, place * (1 + SLOT_VALUE_BYTES) + 1)
        }
        return answer
    }

    /** A lying server withholds what it has. */
    drop(preimage: Bytes): void {
        this.values.delete(slotId(preimage).join())
    }

    async register(n: number): Promise<void> {
        const { raw, acknowledgementPreimage } = await sealSubmission(keys, NOTHING, keySet, n, DocumentKind.first)
        this.put(acknowledgementPreimage, await acknowledge(raw, keySet))
    }

    async reply(role: RoleName, i: number, content: JsonObject, signer: RoleName = role, kind = 1): Promise<void> {
        const body = encodeJson({ sent_on: "2026-11-23", ...content })
        const head = [u16(1), u8(6), u8(kind), u8(Role[role]), u32(1), u32(i), keys.caseRef]
        const signed = concatBytes(...head, u32(body.length), body)
        const plaintext = new Uint8Array(PLAINTEXT_BYTES[Purpose.reply])
        plaintext.set(concatBytes(signed, signingKeyOf(signer).sign(REPLY_LABEL, keySet.instanceId, signed)))
        const preimage = slotPreimage(keys.slotKey(Role[role]), Role[role], i)
        const context = { purpose: Purpose.reply, place: slotId(preimage), keySetVersion: 1, instance: keySet.instanceId }
        this.put(preimage, await sealEnvelope(plaintext, context, [keys.reply.recipientKey]))
    }
}

async function visitor(typed: string = code.symbols): Promise<MailboxVisit> {
    const visit = new MailboxVisit(() => NOW)
    await visit.answer({ kind: "verify_key_set", raw: publish(), rootKey: ROOT_KEY_TEXT, minimumVersion: 1 }, ignore)
    await visit.answer({ kind: "use_code", typed }, ignore)
    return visit
}

async function read(slots: Slots, steps = 1): Promise<MailboxMessage> {
    return look(await visitor(), slots, steps)
}

async function look(visit: MailboxVisit, slots: Slots, steps = 1): Promise<MailboxMessage> {
    const answers: Bytes[] = []
    for (let step = 0; step < steps; step++) {
        const windows = (await visit.answer({ kind: "slot_windows", step }, ignore)) as Answers["slot_windows"]
        answers.push(...windows.map((window) => slots.answer(window)))
    }
    return (await visit.answer({ kind: "read_mailbox", answers }, ignore)) as MailboxMessage
}

describe("a window of slots", () => {
    test("is read slot by slot", () => {
        const answer = new Uint8Array(ANSWER_BYTES)
        answer.set([1, 7], 1 + SLOT_VALUE_BYTES)

        const values = parseSlots(answer)

        expect(values.map((value) => value?.[0] ?? null)).toEqual([null, 7, null, null, null, null, null, null])
    })

    test.each<[string, Uint8Array]>([
        ["another length", new Uint8Array(ANSWER_BYTES - 1)],
        ["another flag", new Uint8Array(ANSWER_BYTES).fill(2, 0, 1)],
        ["bytes in an empty slot", new Uint8Array(ANSWER_BYTES).fill(1, 1, 2)],
    ])("with %s is refused", (_what, answer) => {
        expect(() => parseSlots(answer)).toThrow(MalformedEnvelopeError)
    })

    test("holds nothing but zeros behind a shorter value", () => {
        const value = new Uint8Array(SLOT_VALUE_BYTES).fill(9, 0, 3)

        expect(trimValue(value, 3)).toEqual(new Uint8Array([9, 9, 9]))
        expect(() => trimValue(value, 2)).toThrow(MalformedEnvelopeError)
    })
})

describe("a code", () => {
    test("asks for nine windows of 256 bytes, the same each time", async () => {
        const visit = await visitor()

        const windows = (await visit.answer({ kind: "slot_windows", step: 0 }, ignore)) as Answers["slot_windows"]

        expect(windows.map((window) => window.length)).toEqual(Array.from({ length: 9 }, () => 256))
        expect(windows).toEqual(LANES.map((lane) => windowPreimages(keys, lane, 0)))
    })

    test("is taken as people type it", async () => {
        await expect(visitor(` ${code.symbols.toLowerCase().replaceAll("-", " ")}`)).resolves.toBeDefined()
        await expect(visitor(code.digits)).resolves.toBeDefined()
    })

    test("with a slip is refused", async () => {
        const slip = `${code.symbols.startsWith("0") ? "1" : "0"}${code.symbols.slice(1)}`

        await expect(visitor(slip)).rejects.toThrow(MalformedReceiptError)
    })
})

describe("a mailbox", () => {
    test("of an unknown code is empty", async () => {
        expect(await read(new Slots())).toEqual({
            registered: [],
            replies: [],
            faults: [],
            nextNumber: 0,
            state: null,
            readingDesk: null,
            isFull: false,
        })
    })

    test("is not confirmed before a desk has signed", async () => {
        const slots = new Slots()
        await slots.register(0)

        const found = await read(slots)

        expect(found.registered).toMatchObject([{ n: 0, sequence: "7", confirmed: false }])
        expect(found).toMatchObject({ nextNumber: 1, state: "registered", readingDesk: null, faults: [] })
    })

    test("shows what desks say, the newest day last, and the state that came last", async () => {
        const slots = new Slots()
        await slots.register(0)
        await slots.reply("triage", 0, { about_n: 0 }, "triage", 2)
        await slots.reply("triage", 1, { state: "accepted", sent_on: "2026-11-25" })
        await slots.reply("protection", 0, { text: "请来电", sent_on: "2026-11-24" })

        const found = await read(slots)

        expect(found.replies.map(({ role, kind, text }) => [role, kind, text])).toEqual([
            ["triage", "opened", ""],
            ["protection", "reply", "请来电"],
            ["triage", "reply", ""],
        ])
        expect(found).toMatchObject({ state: "accepted", readingDesk: "triage", faults: [] })
        expect(found.registered[0]?.confirmed).toBe(true)
    })

    test("says what is missing, forged, or opened and not acknowledged", async () => {
        const slots = new Slots()
        await slots.reply("oversight", 0, { text: "x" }, "reward")
        await slots.reply("oversight", 2, { text: "sound", about_n: 1 })

        const found = await read(slots)

        expect(found.faults).toEqual([
            { lane: "oversight", kind: "refused", number: 0 },
            { lane: "oversight", kind: "gap", number: 1 },
            { lane: null, kind: "gap", number: 0 },
        ])
        expect(found).toMatchObject({ readingDesk: "oversight", nextNumber: 2 })
        expect(found.replies.map(({ text }) => text)).toEqual(["sound"])
    })

    test("refuses an acknowledgement that repeats a place in the register", async () => {
        const slots = new Slots()
        await slots.register(0)
        await slots.register(1)

        const found = await read(slots)

        expect(found.faults).toEqual([{ lane: null, kind: "refused", number: 1 }])
        expect(found.nextNumber).toBe(2)
    })

    test("that is full is read on in a second step", async () => {
        const slots = new Slots()
        for (let i = 0; i < 9; i++) await slots.reply("triage", i, { text: String(i) })

        const [first, both] = [await read(slots), await read(slots, 2)]

        expect([first.isFull, first.replies.length]).toEqual([true, 8])
        expect([both.isFull, both.replies.length]).toEqual([false, 9])
    })

    test("refuses answers that are none", async () => {
        const visit = await visitor()

        await expect(visit.answer({ kind: "read_mailbox", answers: [new Uint8Array(3)] }, ignore)).rejects.toThrow(MalformedEnvelopeError)
    })
})

describe("a second look while the page is open", () => {
    async function replied(): Promise<readonly [MailboxVisit, Slots]> {
        const [visit, slots] = [await visitor(), new Slots()]
        await slots.register(0)
        await slots.reply("triage", 0, { text: "one" })
        await look(visit, slots)
        return [visit, slots]
    }

    test("notices what was taken away", async () => {
        const [visit, slots] = await replied()
        slots.drop(slotPreimage(keys.slotKey(Role.triage), Role.triage, 0))
        slots.drop(keys.acknowledgement(0).preimage)

        const found = await look(visit, slots)

        expect(found.faults).toEqual([
            { lane: null, kind: "vanished", number: 0 },
            { lane: "triage", kind: "vanished", number: 0 },
        ])
    })

    test("notices what was exchanged, though a desk signed both", async () => {
        const [visit, slots] = await replied()
        await slots.reply("triage", 0, { text: "two" })

        expect((await look(visit, slots)).faults).toEqual([{ lane: "triage", kind: "changed", number: 0 }])
    })

    test("says once what is refused already", async () => {
        const [visit, slots] = await replied()
        await slots.reply("triage", 0, { text: "two" }, "reward")

        expect((await look(visit, slots)).faults).toEqual([{ lane: "triage", kind: "refused", number: 0 }])
    })

    test("misses what the server acknowledged meanwhile and now hides", async () => {
        const [visit, slots] = await replied()
        await visit.answer({ kind: "self_test" }, ignore)
        const contents = { about_staff: false, report: { text: "x" }, identity: null, protection: null, reward: null }
        const raw = (await visit.answer({ kind: "seal_follow_up", n: 1, followUp: { of: "message", contents, permission: null } }, ignore)) as Bytes
        await visit.answer({ kind: "open_acknowledgement", sealed: await acknowledge(raw, keySet) }, ignore)

        expect((await look(visit, slots)).faults).toEqual([{ lane: null, kind: "vanished", number: 1 }])
    })

    test("of another code starts anew", async () => {
        const [visit] = await replied()
        await visit.answer({ kind: "use_code", typed: code.symbols }, ignore)

        expect((await look(visit, new Slots())).faults).toEqual([])
    })
})

describe("a permission", () => {
    const nothing: ContentsMessage = { about_staff: false, report: null, identity: null, protection: null, reward: null }

    async function sealed(n: number, permission: Permission): Promise<SignedConsent> {
        const visit = await visitor()
        await visit.answer({ kind: "self_test" }, ignore)
        const followUp = { of: "consent", contents: nothing, permission } as const
        const { protection, rowIds } = parseSubmission((await visit.answer({ kind: "seal_follow_up", n, followUp }, ignore)) as Bytes)
        const { kind, content } = await openRow(protection, Purpose.protection, rowIds[1], openingKeyOf("protection"), keySet.instanceId)
        expect(kind).toBe(DocumentKind.consent)
        const [text] = Object.values(content ?? {}).flat() as readonly string[]
        const signedConsent = parseConsent(text ?? "")
        const { value, signed, signature } = signedConsent
        verifyLabelled(keys.claim.verificationKey, consentLabel(value), concatBytes(keySet.instanceId, keys.caseRef), signed, signature)
        return signedConsent
    }

    test("is signed with the claim key, its id that of its number (SPEC 14)", async () => {
        const terms = { fields: ["legal_name"], purpose: "p", recipient: "r", textShown: "t", oneTime: true }

        const { value } = await sealed(3, { kind: "consent", ...terms, days: 30 })

        const givenAt = NOW - (NOW % 60)
        expect(value).toEqual({ kind: "consent", ...terms, consentId: keys.consentId(3), givenAt, expiresAt: givenAt + 30 * 86_400 })
    })

    test("is ended by its number, with nothing but the code", async () => {
        expect((await sealed(4, { kind: "revocation", number: 3 })).value).toMatchObject({ kind: "revocation", consentId: keys.consentId(3) })
        expect((await sealed(4, { kind: "revocation", number: null })).value).toMatchObject({ kind: "revocation", consentId: null })
    })
})

describe("a follow-up", () => {
    const contents: ContentsMessage = { about_staff: true, report: { text: "补充" }, identity: null, protection: null, reward: null }

    test("is a submission of its number and kind to the desk that reads the case", async () => {
        const visit = await visitor()
        await visit.answer({ kind: "self_test" }, ignore)

        const raw = (await visit.answer({ kind: "seal_follow_up", n: 4, followUp: { of: "message", contents, permission: null } }, ignore)) as Bytes
        const opened = await openReport(parseSubmission(raw).report, openingKeyOf("oversight"), keySet.instanceId)
        const sealed = await acknowledge(raw, keySet)

        expect(opened).toMatchObject({ n: 4, kind: DocumentKind.message, content: { text: "补充" } })
        expect(opened.claimKey).toEqual(keys.claim.verificationKey)
        await expect(visit.answer({ kind: "open_acknowledgement", sealed }, ignore)).resolves.toMatchObject({ sequence: "7" })
    })

    test("is not sealed before the self-test", async () => {
        const visit = await visitor()

        await expect(visit.answer({ kind: "seal_follow_up", n: 1, followUp: { of: "message", contents, permission: null } }, ignore)).rejects.toMatchObject({
            name: "OutOfOrderError",
        })
    })
})

describe("the mailbox's key set (SPEC 13.6, 13.7)", () => {
    const ask = async (now: number, minimumVersion: number): Promise<unknown> => {
        const visit = new MailboxVisit(() => now)
        await visit.answer({ kind: "self_test" }, ignore)
        return visit.answer({ kind: "verify_key_set", raw: publish(), rootKey: ROOT_KEY_TEXT, minimumVersion }, ignore)
    }

    test("is refused below the version that the page was built with", async () => {
        await expect(ask(NOW, 2)).rejects.toThrow(KeySetRollbackError)
    })

    test("is refused when its time is over", async () => {
        await expect(ask(NOW + 30 * 86400, 1)).rejects.toThrow(KeySetExpiredError)
    })
})

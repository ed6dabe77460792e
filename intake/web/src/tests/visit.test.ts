import { describe, expect, test } from "vitest"

import { openReport } from "../custody/opening.ts"
import { Visit } from "../custody/visit.ts"
import { KeySetExpiredError, WrongPlaceError } from "../errors.ts"
import type { AnswerMessage, Question, QuestionMessage } from "../messages.ts"
import { SealingClient, type WorkerLike } from "../sealing_client.ts"
import { parseReceiptCode } from "../wire/receipt.ts"
import { parseSubmission } from "../wire/submission.ts"
import { acknowledge, NOW, openingKeyOf, publish, ROOT_KEY_TEXT, trusted } from "./fixtures.ts"

const CONTENTS = { about_staff: false, report: { narrative: "x" }, identity: null, protection: null, reward: null }
const ignore = (): void => undefined

type Listener = (event: { readonly data: unknown }) => void

/** A worker on the same thread: messages are cloned and come later, as between threads. */
class NearWorker implements WorkerLike {
    terminated = false
    private readonly visit: Visit
    private readonly listeners = new Map<string, Listener>()
    private previous: Promise<void> = Promise.resolve()

    constructor(now: () => number) {
        this.visit = new Visit(now)
    }

    postMessage(message: QuestionMessage): void {
        const { id, question } = structuredClone(message)
        this.previous = this.previous.then(() => this.answer(id, question))
    }

    addEventListener(type: string, listener: Listener): void {
        this.listeners.set(type, listener)
    }

    terminate(): void {
        this.terminated = true
    }

    fail(): void {
        this.listeners.get("error")?.({ data: null })
    }

    private async answer(id: number, question: Question): Promise<void> {
        try {
            const answer = await this.visit.answer(question, (done, total) => {
                this.send({ id, kind: "progress", done, total })
            })
            this.send({ id, kind: "answer", answer })
        } catch (error) {
            const { name, message } = error as Error
            this.send({ id, kind: "failure", name, message })
        }
    }

    private send(message: AnswerMessage): void {
        this.listeners.get("message")?.({ data: structuredClone(message) })
    }
}

function connect(now: () => number = () => NOW): readonly [SealingClient, NearWorker] {
    const worker = new NearWorker(now)
    return [new SealingClient(worker, ROOT_KEY_TEXT, 1), worker]
}

async function ready(): Promise<readonly [SealingClient, NearWorker]> {
    const connected = connect()
    await connected[0].selfTest()
    await connected[0].verifyKeySet(publish())
    return connected
}

describe("the sealing client", () => {
    test("seals what the desk opens, and opens what the server answers", async () => {
        const [client] = await ready()
        const code = await client.newCode()
        const progress: number[] = []

        const raw = await client.seal(CONTENTS, (done, total) => progress.push(done / total))
        const opened = await client.openAcknowledgement(await acknowledge(raw, trusted()))
        const report = await openReport(parseSubmission(raw).report, openingKeyOf("triage"), trusted().instanceId)

        expect(report.content).toEqual(CONTENTS.report)
        expect(opened).toMatchObject({ sequence: "7", registeredAt: new Date(NOW * 1000) })
        expect(progress.at(-1)).toBe(1)
        expect(parseReceiptCode(code.symbols).digits).toBe(code.digits)
    })

    test("tells the page what it may know of a key set", async () => {
        const [client] = connect()

        const keySet = await client.verifyKeySet(publish())

        expect(keySet.bodyName.en).toBe("Example body")
        expect(keySet.roles).toContain("independent-custodian")
        expect(keySet.fingerprint).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4}-){12}[0-9A-HJKMNP-TV-Z]{4}$/u)
    })

    test("passes on the names of errors", async () => {
        const [client] = connect(() => NOW + 30 * 86400)

        await expect(client.verifyKeySet(publish())).rejects.toMatchObject({ name: "KeySetExpiredError" })
        await expect(client.newCode()).resolves.toBeDefined()
    })

    test("makes a fresh code each time", async () => {
        const [client] = connect()

        expect(await client.newCode()).not.toEqual(await client.newCode())
    })

    test("seals nothing before the self-test, a key set and a code", async () => {
        const [client] = connect()

        await expect(client.seal(CONTENTS, ignore)).rejects.toMatchObject({ name: "OutOfOrderError" })
        await client.selfTest()
        await expect(client.seal(CONTENTS, ignore)).rejects.toMatchObject({ name: "OutOfOrderError" })
        await client.verifyKeySet(publish())
        await expect(client.seal(CONTENTS, ignore)).rejects.toMatchObject({ name: "OutOfOrderError" })
    })

    test("rejects what is under way when the worker dies, and everything after", async () => {
        const [client, worker] = connect()
        const asked = client.selfTest()

        worker.fail()

        await expect(asked).rejects.toMatchObject({ name: "WorkerError" })
        await expect(client.newCode()).rejects.toMatchObject({ name: "WorkerError" })
        expect(worker.terminated).toBe(true)
    })
})

describe("a visit", () => {
    test("seals nothing to a key set that ran out while the page lay open", async () => {
        let now = NOW
        const visit = new Visit(() => now)
        await visit.answer({ kind: "self_test" }, ignore)
        await visit.answer({ kind: "verify_key_set", raw: publish(), rootKey: ROOT_KEY_TEXT, minimumVersion: 1 }, ignore)
        await visit.answer({ kind: "new_code" }, ignore)

        now += 30 * 86400

        await expect(visit.answer({ kind: "seal", contents: CONTENTS }, ignore)).rejects.toThrow(KeySetExpiredError)
    })

    test("refuses an acknowledgement of another submission with the same code", async () => {
        const visit = new Visit(() => NOW)
        await visit.answer({ kind: "self_test" }, ignore)
        await visit.answer({ kind: "verify_key_set", raw: publish(), rootKey: ROOT_KEY_TEXT, minimumVersion: 1 }, ignore)
        await visit.answer({ kind: "new_code" }, ignore)
        const first = (await visit.answer({ kind: "seal", contents: CONTENTS }, ignore)) as Uint8Array<ArrayBuffer>
        await visit.answer({ kind: "seal", contents: CONTENTS }, ignore)

        const sealed = await acknowledge(first, trusted())

        await expect(visit.answer({ kind: "open_acknowledgement", sealed }, ignore)).rejects.toThrow(WrongPlaceError)
    })
})

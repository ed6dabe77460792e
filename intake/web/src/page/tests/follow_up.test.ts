import { describe, expect, test } from "vitest"

import { MailboxClient } from "../../mailbox_client.ts"
import type { QuestionMessage } from "../../messages.ts"
import { contentsOfFollowUp, EMPTY_DRAFT, FollowUps, problemsOfDraft } from "../follow_up.ts"

const ignore = (): void => undefined

/** A worker that seals to its question's number, and counts. */
class CountingWorker {
    readonly numbers: number[] = []
    private listener: (event: { readonly data: unknown }) => void = ignore

    postMessage({ id, question }: QuestionMessage): void {
        if (question.kind === "seal_follow_up") this.numbers.push(question.n)
        this.listener({ data: { id, kind: "answer", answer: new Uint8Array([this.numbers.length]) } })
    }

    addEventListener(type: string, listener: (event: { readonly data: unknown }) => void): void {
        if (type === "message") this.listener = listener
    }

    readonly terminate = ignore
}

function begin(): readonly [FollowUps, CountingWorker] {
    const worker = new CountingWorker()
    const followUps = new FollowUps(new MailboxClient(worker, "", 1))
    followUps.continueAt(1)
    return [followUps, worker]
}

const contents = contentsOfFollowUp("message", { ...EMPTY_DRAFT, text: "x" }, "triage")

describe("the contents of a follow-up", () => {
    test("go to the desk that answered, whatever was said", () => {
        expect(contentsOfFollowUp("message", { ...EMPTY_DRAFT, aboutStaff: "yes" }, "triage").about_staff).toBe(false)
        expect(contentsOfFollowUp("message", EMPTY_DRAFT, "oversight").about_staff).toBe(true)
        expect(contentsOfFollowUp("message", { ...EMPTY_DRAFT, aboutStaff: "yes" }, null).about_staff).toBe(true)
    })

    test("have the members of SPEC 9.5", () => {
        const draft = { text: " why ", aboutStaff: "no", destroy: "yes", notices: "no" } as const

        expect(contentsOfFollowUp("message", draft, null).report).toEqual({ text: "why" })
        expect(contentsOfFollowUp("correction", draft, null).report).toEqual({ narrative: "why" })
        expect(contentsOfFollowUp("withdrawal", draft, null).report).toEqual({ destroy: true, text: "why" })
        expect(contentsOfFollowUp("withdrawal", { ...draft, text: "" }, null).report).toEqual({ destroy: true })
        expect(contentsOfFollowUp("preference", draft, null).report).toEqual({ acknowledgements: false })
    })
})

describe("what is still to be answered", () => {
    test.each([
        ["message", null, ["text", "aboutStaff"]],
        ["correction", "triage", ["text"]],
        ["withdrawal", "triage", ["destroy"]],
        ["preference", null, ["notices", "aboutStaff"]],
    ] as const)("of a %s to %s", (of, desk, keys) => {
        expect(problemsOfDraft(of, EMPTY_DRAFT, desk).map(({ key }) => key)).toEqual(keys)
    })
})

describe("sealing a follow-up", () => {
    test("is done once for the same words, so that a retry sends the same", async () => {
        const [followUps] = begin()

        await followUps.shipment({ of: "message", contents, permission: null }).seal(undefined, ignore)

        expect(followUps.shipment({ of: "message", contents, permission: null }).kept()?.bytes).toEqual(new Uint8Array([1]))
        expect(followUps.shipment({ of: "correction", contents, permission: null }).kept()).toBeUndefined()
    })

    test("takes the next number where the server has other bytes under this one", async () => {
        const [followUps, worker] = begin()
        const shipment = followUps.shipment({ of: "message", contents, permission: null })

        await shipment.seal(undefined, ignore)
        const goesOn = shipment.renumber()
        await shipment.seal(undefined, ignore)

        expect([goesOn, worker.numbers]).toEqual([true, [1, 2]])
    })

    test("never goes back to a number that was used", async () => {
        const [followUps, worker] = begin()
        followUps.registered()

        followUps.continueAt(1)
        await followUps.shipment({ of: "message", contents, permission: null }).seal(undefined, ignore)

        expect(worker.numbers).toEqual([2])
    })
})

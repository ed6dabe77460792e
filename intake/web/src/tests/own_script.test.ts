import { describe, expect, test, vi } from "vitest"

import { HardyWorker, OwnThread, type OwnScope } from "../own_script.ts"
import type { WorkerLike } from "../sealing_client.ts"

type Listener = (event: { readonly data: unknown }) => void

/** A worker that does what a test says, or nothing. */
class StubbornWorker implements WorkerLike<string> {
    readonly asked: string[] = []
    private readonly listeners = new Map<string, Listener[]>()

    postMessage(message: string): void {
        this.asked.push(message)
    }

    addEventListener(type: string, listener: Listener): void {
        this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener])
    }

    terminate(): void {
        this.listeners.clear()
    }

    give(type: "message" | "error", data?: string): void {
        for (const listener of this.listeners.get(type) ?? []) listener({ data })
    }
}

/** Says every question back. */
function echo(scope: OwnScope): void {
    scope.addEventListener("message", ({ data }) => {
        scope.postMessage(`own thread: ${String(data)}`)
    })
}

function heardOf(worker: WorkerLike<string>): { readonly heard: unknown[]; readonly ends: () => number } {
    const heard: unknown[] = []
    let ends = 0
    worker.addEventListener("message", ({ data }) => heard.push(data))
    worker.addEventListener("error", () => {
        ends += 1
    })
    return { heard, ends: () => ends }
}

/** Until every task that was waiting has run. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))

const hears = async (heard: readonly unknown[], wanted: readonly unknown[]): Promise<void> => {
    await vi.waitFor(() => {
        expect(heard).toEqual(wanted)
    }, 10_000)
}

describe("a page without files beside it", () => {
    test("asks the worker that its browser started", () => {
        const worker = new StubbornWorker()
        const hardy = new HardyWorker<string>(
            () => worker,
            () => new OwnThread(echo),
        )
        const { heard } = heardOf(hardy)

        hardy.postMessage("one")
        worker.give("message", "answer")

        expect(worker.asked).toEqual(["one"])
        expect(heard).toEqual(["answer"])
    })

    test("does the work on its own thread where no worker may be made", async () => {
        const hardy = new HardyWorker<string>(
            () => {
                throw new DOMException("no worker for this page", "SecurityError")
            },
            () => new OwnThread(echo),
        )
        const { heard } = heardOf(hardy)

        hardy.postMessage("one")

        await hears(heard, ["own thread: one"])
    })

    test("asks again on its own thread what a worker that never started was asked", async () => {
        const worker = new StubbornWorker()
        const hardy = new HardyWorker<string>(
            () => worker,
            () => new OwnThread(echo),
        )
        const { heard, ends } = heardOf(hardy)

        hardy.postMessage("one")
        hardy.postMessage("two")
        worker.give("error")

        await hears(heard, ["own thread: one", "own thread: two"])
        expect(ends()).toBe(0)
    })

    test("says so when a worker dies that had answered: what it held is lost", async () => {
        const worker = new StubbornWorker()
        const hardy = new HardyWorker<string>(
            () => worker,
            () => new OwnThread(echo),
        )
        const { heard, ends } = heardOf(hardy)

        hardy.postMessage("one")
        worker.give("message", "answer")
        worker.give("error")
        await settled()

        expect(ends()).toBe(1)
        expect(heard).toEqual(["answer"])
    })

    test("hears nothing of what it ended", async () => {
        const thread = new OwnThread<string>(echo)
        const { heard } = heardOf(thread)

        thread.postMessage("one")
        thread.terminate()
        await settled()

        expect(heard).toEqual([])
    })
})

import { describe, expect, test, vi } from "vitest"

import { OpeningError } from "../errors.ts"
import { selfTest, SelfTestError } from "../self_test.ts"

describe("the self-test", () => {
    test("passes on a sound engine", async () => {
        await expect(selfTest()).resolves.toBeUndefined()
    })

    test("notices random bytes that repeat", async () => {
        vi.spyOn(crypto, "getRandomValues").mockImplementation((array) => array)

        await expect(selfTest()).rejects.toThrow(SelfTestError)
    })

    test("notices a cipher that gives other bytes", async () => {
        const encrypt = crypto.subtle.encrypt.bind(crypto.subtle)
        vi.spyOn(crypto.subtle, "encrypt").mockImplementation(async (algorithm, key, data) => {
            const sealed = new Uint8Array(await encrypt(algorithm, key, data))
            return sealed.map((byte) => byte ^ 1).buffer
        })

        await expect(selfTest()).rejects.toThrow(SelfTestError)
    })

    test("notices a cipher that refuses everything", async () => {
        vi.spyOn(crypto.subtle, "decrypt").mockRejectedValue(new DOMException("no", "OperationError"))

        await expect(selfTest()).rejects.toThrow(OpeningError)
    })
})

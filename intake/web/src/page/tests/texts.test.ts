import { describe, expect, it } from "vitest"

import { chooseLanguage, translator } from "../texts.ts"

describe("texts", () => {
    it("have their placeholders filled in, and only those", () => {
        const t = translator({ "room.left": "{n} of {of}, {n}" })

        expect(t("room.left", { n: 3 })).toBe("3 of {of}, 3")
    })

    it("show their msgid when one is missing", () => {
        expect(translator({})("step.back")).toBe("step.back")
    })

    it("put nothing that was typed through a placeholder again", () => {
        expect(translator({ a: "{x}" })("a", { x: "{x}" })).toBe("{x}")
    })
})

describe("the first language", () => {
    it.each([
        [["de-DE", "en-GB", "zh"], "en"],
        [["zh-TW"], "zh-CN"],
        [["fr"], "zh-CN"],
        [[], "zh-CN"],
    ])("of %j is %s", (preferred, language) => {
        expect(chooseLanguage(preferred)).toBe(language)
    })
})

import { describe, expect, it } from "vitest"

import { EMPTY_ANSWERS } from "../answers.ts"
import { contentsOfAnswers } from "../contents_of_answers.ts"
import { charactersOfBytes, overfullDocuments, ROOM_BYTES, roomLeftBytes } from "../room.ts"

const contentsWith = (narrative: string): ReturnType<typeof contentsOfAnswers> => contentsOfAnswers({ ...EMPTY_ANSWERS, narrative }, "zh-CN")

describe("the room that is left", () => {
    it("shrinks by three bytes for a Chinese character and by two for a line break", () => {
        const before = roomLeftBytes(contentsWith("字"), "report")

        expect(roomLeftBytes(contentsWith("字字"), "report")).toBe(before - 3)
        expect(roomLeftBytes(contentsWith("字\n字"), "report")).toBe(before - 5)
    })

    it("is all there for a document that is not used", () => {
        expect(roomLeftBytes(contentsWith("字"), "identity")).toBe(ROOM_BYTES.identity)
    })

    it("ends exactly where SPEC 8.4 ends it", () => {
        const overhead = ROOM_BYTES.report - roomLeftBytes(contentsWith("x"), "report") - 1
        const most = "x".repeat(ROOM_BYTES.report - overhead)

        expect(overfullDocuments(contentsWith(most))).toEqual([])
        expect(overfullDocuments(contentsWith(`${most}x`))).toEqual(["report"])
    })

    it("is told in characters of the language, rounded so that it is never promised too much", () => {
        expect(charactersOfBytes(14_932, "zh-CN")).toBe(4900)
        expect(charactersOfBytes(14_932, "en")).toBe(14_900)
        expect(charactersOfBytes(299, "en")).toBe(290)
        expect(charactersOfBytes(-4, "zh-CN")).toBe(2)
    })
})

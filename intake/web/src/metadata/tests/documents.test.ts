import { describe, expect, it } from "vitest"

import { concatBytes, encodeUtf8, u16, u32, u8 } from "../../wire/codec.ts"
import { MAX_IMAGE_BYTES } from "../source.ts"
import { cleanFile, inspectFile } from "../inspect.ts"
import { FTYP, WORD, XMP, box, cleaned, codesOf, full, inspected, jpeg, tellingExif } from "../../tests/pictures.ts"

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (sign) => sign.charCodeAt(0))
const little = (value: number, sizeBytes: number): Uint8Array => Uint8Array.from({ length: sizeBytes }, (_, i) => (value >>> (8 * i)) & 0xff)

/** A ZIP file of empty parts: its directory, and the record of its end. */
function zip(...names: readonly string[]): Uint8Array {
    const first = concatBytes(bytes("PK\x03\x04"), new Uint8Array(26))
    const entries = names.map((name) => concatBytes(bytes("PK\x01\x02"), new Uint8Array(24), little(name.length, 2), new Uint8Array(16), bytes(name)))
    const directory = concatBytes(...entries)
    return concatBytes(first, directory, bytes("PK\x05\x06"), new Uint8Array(8), little(directory.length, 4), little(first.length, 4), u16(0))
}

describe("an office file", () => {
    it("says what its list of parts shows, without unpacking any", async () => {
        const file = zip("[Content_Types].xml", "docProps/core.xml", "word/document.xml", "word/media/image1.jpeg")

        expect(await inspected(file)).toEqual({
            kind: "office", findings: [], verdict: "cannot",
            mayRemain: ["document-properties", "author-names", "tracked-changes", "embedded-files"],
        })
    })

    it("says no more than that", async () => {
        expect((await inspected(zip("[Content_Types].xml", "xl/workbook.xml", "docProps/app.xml"))).mayRemain).toEqual(["document-properties", "author-names"])
    })

    it.each(["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "{\\rtf1"])("of the old kind may hide all of it", async (signature) => {
        expect(await inspected(bytes(signature))).toMatchObject({
            kind: "office", mayRemain: ["document-properties", "tracked-changes", "author-names", "embedded-files"],
        })
    })

    it("of OpenDocument is told by its first part", async () => {
        const file = concatBytes(bytes("PK\x03\x04"), new Uint8Array(26), bytes("mimetypeapplication/vnd.oasis.opendocument.text"))

        expect((await inspected(file)).kind).toBe("opendocument")
    })

    it.each([
        ["another archive", zip("photo.jpg", "word/of/mouth.txt")],
        ["an archive without its end", zip("a").subarray(0, 60)],
    ])("is not %s", async (_, file) => {
        expect(await inspected(file)).toMatchObject({ kind: "zip", verdict: "cannot", mayRemain: ["embedded-files"] })
    })
})

describe("an archive", () => {
    it("whose directory lies nowhere is unreadable", async () => {
        expect(await inspected(zip("a").fill(0xff, 90))).toMatchObject({ kind: "zip", verdict: "cannot", mayRemain: ["unreadable"] })
    })
})

describe("a PDF file", () => {
    const description = "%PDF-1.7\n1 0 obj << /Author (Zhang) /Producer <FEFF4E2D> /CreationDate (D:20260305140322+08'00') >> endobj"

    it("says what stands in plain sight, and that more may remain", async () => {
        const inspection = await inspected(encodeUtf8(description))

        expect(inspection.findings).toEqual([
            { code: "author", detail: "Zhang" },
            { code: "time", detail: "D:20260305140322+08'00'" },
            { code: "software", detail: "中" },
        ])
        expect(inspection).toMatchObject({ kind: "pdf", verdict: "cannot", mayRemain: ["document-properties", "author-names", "embedded-files"] })
    })

    it("is told behind stray bytes too, and its XMP is read at the end", async () => {
        const inspection = await inspected(encodeUtf8(`\nstray\n${description}`), new Uint8Array(600_000), XMP)

        expect(inspection.kind).toBe("pdf")
        expect(inspection.findings[0]).toEqual({ code: "place", detail: "31.23040 N, 121.47370 W" })
    })

    it("may hold names in two-byte letters", async () => {
        const name = Uint8Array.of(0xfe, 0xff, 0x5f, 0x20, 0x4e, 0x09)
        const inspection = await inspected(encodeUtf8("%PDF-1.4 /Author ("), name, encodeUtf8(")"))

        expect(inspection.findings).toEqual([{ code: "author", detail: "张三" }])
    })
})

describe("a video", () => {
    const text = (type: string, value: string): Uint8Array => {
        const content = concatBytes(u16(value.length), u16(0), encodeUtf8(value))
        const head = concatBytes(u32(content.length + 8), bytes(type))
        return concatBytes(head, content)
    }
    const film = concatBytes(box("ftyp", encodeUtf8("qt  "), u32(0)), box("mdat", new Uint8Array(100)))

    it("says where it was taken, in QuickTime's user data", async () => {
        const inspection = await inspected(film, box("moov", full("mvhd", 0, u32(3_855_556_800)), box("udta", text("\xa9xyz", "+31.2304-121.4737/"), text("\xa9mak", "Phone"))))

        expect(inspection).toMatchObject({ kind: "video", verdict: "cannot", mayRemain: ["container-metadata", "visible-content", "camera-noise"] })
        expect(inspection.findings).toEqual([
            { code: "place", detail: "31.23040 N, 121.47370 W" },
            { code: "device", detail: "Phone" },
            { code: "time", detail: "2026-03-05T12:00:00.000Z" },
        ])
    })

    it("says where it was taken, in Apple's keys", async () => {
        const names = ["com.apple.quicktime.location.ISO6709", "com.apple.quicktime.model", "com.apple.quicktime.unknown"]
        const keys = full("keys", 0, u32(3), ...names.map((name) => concatBytes(u32(name.length + 8), encodeUtf8("mdta"), encodeUtf8(name))))
        const items = ["-33.5+151.25/", "Phone 12", "x"].map((value, i) => {
            const data = box("data", u32(1), u32(0), encodeUtf8(value))
            return concatBytes(u32(data.length + 8), u32(i + 1), data)
        })
        const inspection = await inspected(film, box("moov", box("meta", full("hdlr", 0, u32(0), encodeUtf8("mdta")), keys, box("ilst", ...items))))

        expect(inspection.findings).toEqual([{ code: "place", detail: "33.50000 S, 151.25000 E" }, { code: "device", detail: "Phone 12" }])
    })

    it("says where it was taken, in 3GPP's box", async () => {
        const loci = full("loci", 0, u16(0), encodeUtf8("Harbour\0"), u8(0), u32(121.5 * 65536), u32(31.25 * 65536))

        expect((await inspected(film, box("moov", box("udta", loci)))).findings).toEqual([{ code: "place", detail: "31.25000 N, 121.50000 E Harbour" }])
    })

    it("may have lists of keys that end nowhere", async () => {
        const keys = full("keys", 0, u32(0xffffffff), u32(3), encodeUtf8("mdta"))

        expect((await inspected(film, box("moov", full("meta", 0, full("hdlr", 0), keys, box("ilst", box("\0\0\0\x01")))))).findings).toEqual([])
    })
})

describe("a file of another kind", () => {
    it.each([
        ["text", "what I saw"], ["text", "我看见的"], ["text", ""], ["text", "\xff\xfeh\0i\0"], ["audio", "ID3\x04"], ["audio", "\xff\xfb\x90\0"],
        ["audio", "RIFF....WAVEfmt "], ["video", "RIFF....AVI LIST"], ["video", "\x1a\x45\xdf\xa3"], ["video", "\0\0\0\x08wide"],
        ["tiff", "II*\0\x08\0\0\0"], ["other", "\x7fELF\0\0"], ["other", "MZ\0\0"],
    ])("is %s by its bytes: %j", async (kind, head) => {
        expect((await inspected(Buffer.from(head, /[^\0-\xff]/u.test(head) ? "utf8" : "latin1"))).kind).toBe(kind)
    })

    it("is sound where its brand says so", async () => {
        expect((await inspected(box("ftyp", encodeUtf8("M4A "), u32(0)))).kind).toBe("audio")
    })

    it("that is plain text is clean", async () => {
        const note = new Blob(["what I saw"])

        expect(await inspectFile(note)).toEqual({ kind: "text", findings: [], verdict: "clean", mayRemain: [] })
        expect(await (await cleanFile(note)).text()).toBe("what I saw")
    })

    it.each(["<svg>", "  <!DOCTYPE html>"])("that is markup may name author and program: %s", async (markup) => {
        expect(await inspected(encodeUtf8(markup))).toMatchObject({ kind: "text", verdict: "cannot", mayRemain: ["document-properties"] })
    })

    it("that is TIFF says what its first directories say", async () => {
        expect(await inspected(tellingExif())).toMatchObject({ kind: "tiff", verdict: "cannot", findings: [{ code: "author", detail: `${WORD} artist` }] })
    })

    it("that nobody knows is not looked into", async () => {
        expect(await inspected(bytes("\x7fELF\0"))).toEqual({ kind: "other", findings: [], verdict: "cannot", mayRemain: ["unreadable"] })
        await expect(cleaned(bytes("\x7fELF\0"))).rejects.toThrow("only pictures are cleaned")
    })
})

describe("a file that cannot be read", () => {
    it("any more, because it changed on the disk, is refused and breaks nothing", async () => {
        class Gone extends Blob {
            override slice(): Blob {
                return this
            }
            override arrayBuffer(): Promise<ArrayBuffer> {
                return Promise.reject(new DOMException("gone", "NotReadableError"))
            }
        }
        const gone = new Gone([jpeg()])

        expect(await inspectFile(gone)).toEqual({ kind: "other", findings: [], verdict: "cannot", mayRemain: ["unreadable"] })
        await expect(cleanFile(gone)).rejects.toThrow("cannot be read")
    })

    it("in full, being a picture above 128 MiB, is not looked into", async () => {
        const mebibyte = new Uint8Array(1024 * 1024)
        const large = new Blob([jpeg(), ...Array.from({ length: MAX_IMAGE_BYTES / mebibyte.length }, () => mebibyte)])

        expect(await inspectFile(large)).toMatchObject({ kind: "jpeg", verdict: "cannot", mayRemain: ["unreadable"] })
        expect(codesOf(await inspected(FTYP))).toEqual([])
    })
})

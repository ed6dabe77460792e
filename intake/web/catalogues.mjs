// Reads locale/*.po, and checks them against the texts that pages and scripts use.
//
//   node catalogues.mjs      fail where a text is missing, empty, unused or ill-matched
//
// A text is used by t("…") in src/*.ts or by data-t="…" and data-t-<attribute>="…" in
// pages/*.html. A text that t() gets from a variable stands somewhere as a plain string. The text
// offline.instead.x is used where x is: a page with the part "offline." says it in the place of x.

import { existsSync } from "node:fs"
import { readFile, readdir } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

import gettextParser from "gettext-parser"
import ts from "typescript"

const ROOT = dirname(fileURLToPath(import.meta.url))

export const LOCALES = ["en", "zh-CN"]

const PLACEHOLDER = /\{[a-z][a-z0-9_]*\}/gu
/** What stands before the text that it takes the place of. */
export const INSTEAD = /^(?:offline|deliver)\.instead\./u
const HTML_TEXT = /\sdata-t(?:-[a-z-]+)?="([^"]*)"/gu
const HTML_ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" }

async function parseCatalogue(locale) {
    const path = join(ROOT, "locale", `${locale}.po`)
    if (!existsSync(path)) return null
    const parsed = gettextParser.po.parse(await readFile(path), { defaultCharset: "utf-8" })
    const entries = Object.values(parsed.translations).flatMap((context) => Object.values(context))
    return entries.filter((entry) => entry.msgid !== "")
}

/** One catalogue as a map from msgid to its text, or null where there is no such file. */
export async function readCatalogue(locale) {
    const entries = await parseCatalogue(locale)
    return entries === null ? null : new Map(entries.map((entry) => [entry.msgid, entry.msgstr[0]]))
}

const placeholdersOf = (text) => [...new Set(text.match(PLACEHOLDER) ?? [])].sort().join(" ")

function faultsOfEntry(locale, entry) {
    const text = entry.msgstr[0] ?? ""
    const faults = []
    if (text.trim() === "") faults.push("is empty")
    if (entry.comments?.flag?.includes("fuzzy")) faults.push("is marked fuzzy")
    if (entry.msgctxt !== undefined) faults.push("has a context, which the pages do not read")
    if (entry.msgid_plural !== undefined) faults.push("has plural forms, which the pages do not read")
    if (text !== "" && placeholdersOf(text) !== placeholdersOf(entry.msgid) && placeholdersOf(entry.msgid) !== "") {
        faults.push(`has the placeholders "${placeholdersOf(text)}"`)
    }
    return faults.map((fault) => `locale/${locale}.po: "${entry.msgid}" ${fault}`)
}

async function sourceFiles(folder, ending) {
    const path = join(ROOT, folder)
    if (!existsSync(path)) return []
    const names = await readdir(path, { recursive: true })
    return names.filter((name) => name.endsWith(ending) && !name.endsWith(`.test${ending}`) && !name.startsWith("tests/")).sort().map((name) => join(folder, name))
}

/** Texts that one script asks for, and every plain string in it. */
function textsOfScript(name, source) {
    const used = []
    const strings = []
    const visit = (node) => {
        if (ts.isStringLiteralLike(node)) strings.push(node.text)
        if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "t") {
            const [first] = node.arguments
            if (first !== undefined && ts.isStringLiteralLike(first)) used.push(first.text)
        }
        ts.forEachChild(node, visit)
    }
    visit(ts.createSourceFile(name, source, ts.ScriptTarget.ES2022))
    return { used, strings }
}

const textsOfPage = (html) =>
    [...html.matchAll(HTML_TEXT)].map(([, text]) => text.replaceAll(/&(?:amp|lt|gt|quot|#39);/gu, (entity) => HTML_ENTITIES[entity]))

async function collectTexts() {
    const used = new Map()
    const strings = new Set()
    for (const name of await sourceFiles("src", ".ts")) {
        const found = textsOfScript(name, await readFile(join(ROOT, name), "utf8"))
        for (const text of found.used) used.set(text, name)
        for (const text of found.strings) strings.add(text)
    }
    for (const name of await sourceFiles("pages", ".html")) {
        for (const text of textsOfPage(await readFile(join(ROOT, name), "utf8"))) used.set(text, name)
    }
    return { used, strings }
}

/** Faults between two catalogues: a text that has other placeholders in another language. */
function faultsBetween(first, second) {
    return [...first]
        .filter(([msgid, text]) => second.has(msgid) && placeholdersOf(text) !== placeholdersOf(second.get(msgid)))
        .map(([msgid]) => `"${msgid}" has other placeholders in ${LOCALES.join(" than in ")}`)
}

async function main() {
    const { used, strings } = await collectTexts()
    const faults = []
    const catalogues = []
    for (const locale of LOCALES) {
        const entries = await parseCatalogue(locale)
        if (entries === null && used.size > 0) faults.push(`locale/${locale}.po is missing`)
        if (entries === null) continue
        const messages = await readCatalogue(locale)
        catalogues.push(messages)
        faults.push(...entries.flatMap((entry) => faultsOfEntry(locale, entry)))
        for (const [text, name] of used) {
            if (!messages.has(text)) faults.push(`locale/${locale}.po: ${name} uses "${text}", which is missing`)
        }
        for (const text of messages.keys()) {
            const wanted = text.replace(INSTEAD, "")
            if (!used.has(wanted) && !strings.has(wanted)) faults.push(`locale/${locale}.po: nothing uses "${text}"`)
        }
    }
    if (catalogues.length === LOCALES.length) faults.push(...faultsBetween(...catalogues))
    for (const fault of faults) console.error(fault)
    if (faults.length > 0) process.exitCode = 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()

// Builds dist/: the same bytes from the same sources on every machine.
//
//   node build.mjs           write dist/
//   node build.mjs --update  write dist/ and BUNDLE_DIGEST
//   node build.mjs --check   write nothing; fail where BUNDLE_DIGEST differs
//
// BUNDLE_DIGEST is the SHA-256 over the lines "<sha256>  <path>\n" of all files but
// manifest.json and *.br, in the order of their paths' bytes, which a stranger repeats with
//
//   cd dist && find . -type f ! -name manifest.json ! -name '*.br' -printf '%P\n' |
//       LC_ALL=C sort | xargs sha256sum | sha256sum
//
// The .br files are brotli spellings of their neighbours. Node.js versions may spell them
// differently; what a browser gets out of them it checks like the neighbour itself.

import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { brotliCompressSync } from "node:zlib"

import * as esbuild from "esbuild"

import { INSTEAD, LOCALES, readCatalogue } from "./catalogues.mjs"

const ROOT = dirname(fileURLToPath(import.meta.url))
const DIST = join(ROOT, "dist")
const DIGEST_FILE = join(ROOT, "BUNDLE_DIGEST")

// The oldest engines that we serve: the base of Tor Browser's long-term releases, and the Chromium
// of phones that get no more updates.
const TARGETS = ["es2022", "firefox115", "chrome110"]

// Each of these files of src/ becomes one script of the same name.
const ENTRY_POINT = /_(page|worker)\.ts$/u

// Pages are left out: the server fills them in first.
const WORTH_BROTLI = /\.(?:js|css|json)$/u

// Texts whose msgid begins so are built into files of their own; "" is what all pages share.
const CATALOGUE_PARTS = ["", "mailbox.", "files.", "deliver."]

// Texts of the question that are shown before its part is there.
const ASKED_FIRST = new Set(["heading", "lead", "keep", "secrets", "opening", "unopened", "unopened.again"].map((name) => `files.${name}`))

// Scripts that a page fetches when it first needs them; it knows their digests.
const FETCHED_LATER = ["files_page.ts"]

// The offline page is one file that carries its script, style and texts; the authority fills in the
// rest (triage authority offline-page). Its texts are in no file of their own.
const OFFLINE_SCRIPT = "offline_page.ts"
const OFFLINE_TEMPLATE = "offline.html"
const OFFLINE_PART = "offline."

// The package that a bundled file comes from.
const PACKAGE = /node_modules\/((?:@[^/]+\/)?[^/]+)\//u

// What others fill in: {{NAME}}. What the build fills in has small letters.
const PLACEHOLDER = /\{\{[A-Z_]+\}\}/u

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex")
const subresourceIntegrity = (bytes) => `sha384-${createHash("sha384").update(bytes).digest("base64")}`
const byBytes = ([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** Names of the files in one folder, sorted; none where the folder is missing. */
async function filesIn(folder) {
    const path = join(ROOT, folder)
    if (!existsSync(path)) return []
    const entries = await readdir(path, { withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name).sort()
}

/** Bundle every entry point but the offline page's; returns pairs of path and bytes, and the packages taken in. */
async function bundleScripts(catalogues) {
    const entryPoints = (await filesIn("src")).filter((name) => ENTRY_POINT.test(name) && name !== OFFLINE_SCRIPT)
    const catalogueDigests = { CATALOGUE_INTEGRITY: JSON.stringify(integrityOf(catalogues)) }
    const later = await bundle(FETCHED_LATER, catalogueDigests)
    const digests = later.scripts.map(([path, bytes]) => [`${path.split("_")[0].toUpperCase()}_INTEGRITY`, JSON.stringify(subresourceIntegrity(bytes))])
    const first = await bundle(
        entryPoints.filter((name) => !FETCHED_LATER.includes(name)),
        { ...catalogueDigests, ...Object.fromEntries(digests) },
    )
    return { scripts: [...first.scripts, ...later.scripts], packages: [...new Set([...first.packages, ...later.packages])].sort() }
}

/** Bundle some entry points with constants put in. */
async function bundle(entryPoints, define) {
    const result = await esbuild.build({
        absWorkingDir: ROOT,
        entryPoints: entryPoints.map((name) => join("src", name)),
        outdir: "dist",
        bundle: true,
        charset: "utf8",
        define,
        format: "iife",
        legalComments: "none",
        logLevel: "warning",
        metafile: true,
        minify: true,
        target: TARGETS,
        tsconfig: "tsconfig.json",
        write: false,
    })
    const scripts = result.outputFiles.map(({ path, contents }) => [
        path.slice(DIST.length + 1),
        Buffer.from(contents),
    ])
    const packages = Object.keys(result.metafile.inputs).flatMap((path) => PACKAGE.exec(path)?.[1] ?? [])
    return { scripts, packages }
}

/** The part of the catalogue that a text belongs to: who reports need not load the mailbox's. */
const partOf = (msgid) =>
    ASKED_FIRST.has(msgid) ? "" : ([...CATALOGUE_PARTS, OFFLINE_PART].find((part) => part !== "" && msgid.startsWith(part)) ?? "")

async function minifyStyle(bytes) {
    const { code } = await esbuild.transform(bytes, { charset: "utf8", loader: "css", minify: true, target: TARGETS })
    return Buffer.from(code)
}

/** The digest of each catalogue by its part and locale, which the page asks the browser to check. */
function integrityOf(catalogues) {
    return Object.fromEntries(
        catalogues.map(([path, bytes]) => [basename(path, ".json"), subresourceIntegrity(bytes)]),
    )
}

/** The licences of the bundled packages, which the minified scripts no longer carry. */
async function thirdPartyLicences(packages) {
    const parts = []
    for (const name of packages) {
        const folder = join(ROOT, "node_modules", name)
        const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"))
        const licence = ["LICENSE", "LICENSE.txt"].map((file) => join(folder, file)).find(existsSync)
        const text = await readFile(licence, "utf8")
        parts.push(`${name} ${version}\n\n${text.trim()}\n`)
    }
    return [["third-party-licences.txt", Buffer.from(parts.join("\n----\n\n"))]]
}

/** Chosen texts by their msgid; x.instead.y stands as y, behind the others and so in the place of one. */
function textsOfPart(messages, isChosen) {
    const chosen = messages.filter(([msgid]) => isChosen(msgid))
    const [instead, said] = [true, false].map((wanted) => chosen.filter(([msgid]) => INSTEAD.test(msgid) === wanted))
    return Object.fromEntries([...said, ...instead.map(([msgid, text]) => [msgid.replace(INSTEAD, ""), text])])
}

async function convertCatalogues() {
    const converted = []
    for (const locale of LOCALES) {
        const messages = await readCatalogue(locale)
        if (messages === null) continue
        const sorted = [...messages].sort(byBytes)
        for (const part of CATALOGUE_PARTS) {
            const texts = textsOfPart(sorted, (msgid) => partOf(msgid) === part)
            converted.push([`locale/${part}${locale}.json`, Buffer.from(`${JSON.stringify(texts)}\n`)])
        }
    }
    return converted
}

/** The texts of the offline page in one language. */
async function carriedTexts(locale) {
    const messages = [...(await readCatalogue(locale))].sort(byBytes)
    return textsOfPart(messages, (msgid) => ["", "files.", OFFLINE_PART].includes(partOf(msgid)))
}

/** A script or style as it may stand inside a page, and its digest for the page's policy. */
function inlined(text, name) {
    if (/<!--|<\/(?:script|style)/iu.test(text) || PLACEHOLDER.test(text)) throw new Error(`${name} cannot stand inside a page`)
    return [text, `'sha256-${createHash("sha256").update(text).digest("base64")}'`]
}

/** The offline page without what the authority fills in. */
async function offlineTemplate(style) {
    const catalogues = Object.fromEntries(await Promise.all(LOCALES.map(async (locale) => [locale, await carriedTexts(locale)])))
    const { scripts, packages } = await bundle([OFFLINE_SCRIPT], { CARRIED: JSON.stringify({ catalogues }) })
    const [[, licences]] = await thirdPartyLicences([...new Set(packages)].sort())
    if (licences.includes("--" + ">")) throw new Error("a licence cannot stand inside a comment")
    const [script, scriptDigest] = inlined(scripts[0][1].toString("utf8").trimEnd(), OFFLINE_SCRIPT)
    const [css, styleDigest] = inlined(style.toString("utf8").trimEnd(), "report.css")
    const parts = { script, scriptDigest, style: css, styleDigest, licences: licences.toString("utf8") }
    const source = await readFile(join(ROOT, "pages", OFFLINE_TEMPLATE), "utf8")
    return Buffer.from(source.replaceAll(/\{\{([a-z][A-Za-z]*)\}\}/gu, (_, name) => parts[name] ?? ""))
}

/** Write the digest of each script and style into the tag that loads it. */
function insertIntegrity(pageName, html, built) {
    return html.replaceAll(/<(?:script|link)\b[^>]*>/gu, (tag) => {
        const [attribute, path] = /\s(?:src|href)="([^"]+)"/u.exec(tag) ?? []
        const loadsStyle = tag.includes('rel="stylesheet"')
        if (path === undefined || (tag.startsWith("<link") && !loadsStyle)) return tag
        const bytes = built.get(path.replace(/^(?:\.\/|\/)/u, ""))
        if (bytes === undefined) throw new Error(`pages/${pageName} loads ${path}, which is not built`)
        return tag.replace(attribute, `${attribute} integrity="${subresourceIntegrity(bytes)}"`)
    })
}

/** Build everything in memory: a map from path to bytes, manifest.json last. */
async function build() {
    const catalogues = await convertCatalogues()
    const { scripts, packages } = await bundleScripts(catalogues)
    const pages = await filesIn("pages")
    const built = new Map([...scripts, ...(await thirdPartyLicences(packages)), ...catalogues])
    for (const name of pages.filter((page) => !page.endsWith(".html"))) {
        const bytes = await readFile(join(ROOT, "pages", name))
        built.set(name, name.endsWith(".css") ? await minifyStyle(bytes) : bytes)
    }
    for (const name of pages.filter((page) => page.endsWith(".html") && page !== OFFLINE_TEMPLATE)) {
        const html = await readFile(join(ROOT, "pages", name), "utf8")
        built.set(name, Buffer.from(insertIntegrity(name, html, built)))
    }
    built.set(OFFLINE_TEMPLATE, await offlineTemplate(built.get("report.css")))
    return new Map([...built].sort(byBytes))
}

const manifestLines = (built) => [...built].map(([path, bytes]) => `${sha256(bytes)}  ${path}\n`).join("")

function manifestJson(built) {
    const files = Object.fromEntries([...built].map(([path, bytes]) => [path, sha256(bytes)]))
    return `${JSON.stringify({ files }, null, 2)}\n`
}

/** Replace dist/ at once, so that a running server never meets half of it. */
async function writeDist(built) {
    const fresh = `${DIST}.new`
    await rm(fresh, { recursive: true, force: true })
    await mkdir(fresh)
    for (const [path, bytes] of built) {
        await mkdir(dirname(join(fresh, path)), { recursive: true })
        await writeFile(join(fresh, path), bytes)
        if (WORTH_BROTLI.test(path)) await writeFile(join(fresh, `${path}.br`), brotliCompressSync(bytes))
    }
    await writeFile(join(fresh, "manifest.json"), manifestJson(built))
    await rm(DIST, { recursive: true, force: true })
    await rename(fresh, DIST)
}

async function main(option) {
    const built = await build()
    const digest = sha256(manifestLines(built))
    const published = existsSync(DIGEST_FILE) ? (await readFile(DIGEST_FILE, "utf8")).trim() : ""
    if (option === "--check") {
        if (digest === published) return
        throw new Error(
            `BUNDLE_DIGEST says ${published || "nothing"}, the sources give ${digest}; ` +
                'run "make web" and commit it',
        )
    }
    await writeDist(built)
    if (option === "--update") await writeFile(DIGEST_FILE, `${digest}\n`)
    else if (digest !== published) console.warn(`dist/ has the digest ${digest}, not the one in BUNDLE_DIGEST`)
}

try {
    await main(process.argv[2])
} catch (error) {
    console.error(`build: ${error.message}`)
    process.exitCode = 1
}

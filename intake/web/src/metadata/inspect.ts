/**
 * What a file would give away, and the file without it.
 *
 * Pure: no document, no canvas, no network; runs in a worker. A file is read in bounded pieces and
 * never decoded. What is removed, what stays and why: deploy/decisions/0006-hidden-data.md.
 */

import { findInArchive, findInPdf } from "./documents.ts"
import { MetadataError } from "./errors.ts"
import { findInExif } from "./exif.ts"
import { textOfBytes, type FileKind, type Finding, type RemainReason } from "./finding.ts"
import { surveyGif } from "./gif.ts"
import { surveyHeif } from "./heif.ts"
import { surveyJpeg } from "./jpeg.ts"
import { kindOf } from "./kind.ts"
import { surveyPng } from "./png.ts"
import { MAX_IMAGE_BYTES, Source } from "./source.ts"
import { Survey, type Surveyor } from "./survey.ts"
import { findInVideo } from "./video.ts"
import { surveyWebp } from "./webp.ts"

export { MetadataError } from "./errors.ts"
export type { FileKind, Finding, FindingCode, RemainReason } from "./finding.ts"

export interface Inspection {
    readonly kind: FileKind
    /** What the file gives away, most telling first. */
    readonly findings: readonly Finding[]
    /**
     * "clean": nothing is left that we could take out; "removable": `cleanFile` gives the file
     * without it; "cannot": it does not, and `mayRemain` says why.
     */
    readonly verdict: "clean" | "removable" | "cannot"
    /** What may be in the file after cleaning, or, where we cannot clean it, as it is. */
    readonly mayRemain: readonly RemainReason[]
}

// Pictures that can be cleaned. What they show, and the sensor's traces in photographs, stay.
const PICTURES: ReadonlyMap<FileKind, readonly [Surveyor, readonly RemainReason[]]> = new Map([
    ["jpeg", [surveyJpeg, ["visible-content", "camera-noise"]]],
    ["png", [surveyPng, ["visible-content"]]],
    ["webp", [surveyWebp, ["visible-content", "camera-noise"]]],
    ["gif", [surveyGif, ["visible-content"]]],
    ["heic", [surveyHeif, ["visible-content", "camera-noise"]]],
    ["avif", [surveyHeif, ["visible-content", "camera-noise"]]],
])

// Office files of before 2007 hide all of it in one container.
const OFFICE: readonly RemainReason[] = ["document-properties", "tracked-changes", "author-names", "embedded-files"]

// What is read of a TIFF file, whose fields may lie anywhere.
const MAX_TIFF_BYTES = 1024 * 1024

// HTML, SVG and other markup, which names its author and program, begins within these bytes.
const MAX_MARKUP_AT = 256

/**
 * Say what a file gives away; any bytes get an answer.
 *
 * A damaged file is one that cannot be cleaned, for the reason "unreadable".
 */
export async function inspectFile(file: Blob): Promise<Inspection> {
    return (await surveyFile(file)).inspection
}

/**
 * The file without what it gives away; no byte of it is decoded, and the picture stays the same.
 *
 * @throws {MetadataError} `inspectFile` says "cannot".
 */
export async function cleanFile(file: Blob): Promise<Blob> {
    const { inspection, survey, refusal } = await surveyFile(file)
    if (inspection.verdict === "cannot") throw refusal ?? new MetadataError(`${inspection.kind}: only pictures are cleaned`)
    return inspection.verdict === "clean" ? file.slice() : survey.assembly.blob(file)
}

interface Surveyed {
    readonly inspection: Inspection
    readonly survey: Survey
    /** Why a picture could not be taken apart. */
    readonly refusal: MetadataError | null
}

async function surveyFile(file: Blob): Promise<Surveyed> {
    const survey = new Survey(new Source(file))
    let kind: FileKind = "other"
    let verdict: Inspection["verdict"] = "cannot"
    let refusal: MetadataError | null = null
    try {
        kind = await kindOf(survey.source)
        const picture = PICTURES.get(kind)
        if (picture === undefined) [kind, verdict] = await lookInto(survey, kind)
        else verdict = await takeApart(survey, ...picture)
    } catch (error) {
        if (!(error instanceof MetadataError)) throw error
        survey.mayRemain.add("unreadable")
        refusal = error
    }
    const inspection = { kind, findings: survey.findings.sorted(), verdict, mayRemain: [...survey.mayRemain] }
    return { inspection, survey, refusal }
}

async function takeApart(survey: Survey, surveyor: Surveyor, reasons: readonly RemainReason[]): Promise<"clean" | "removable"> {
    if (survey.source.sizeBytes > MAX_IMAGE_BYTES) throw new MetadataError("file: a picture of this size is not looked into")
    await surveyor(survey)
    for (const reason of reasons) survey.mayRemain.add(reason)
    if (survey.assembly.isOriginal) return "clean"
    // Something goes that has no name here, e.g. a date in a head or stray bytes.
    if (survey.findings.sorted().length === 0) survey.findings.add("other")
    return "removable"
}

/** Files that we only look into; the kind may turn out more exactly. */
async function lookInto(survey: Survey, kind: FileKind): Promise<[FileKind, "clean" | "cannot"]> {
    const { source, findings, mayRemain } = survey
    const remain = (reasons: readonly RemainReason[]): void => {
        for (const reason of reasons) mayRemain.add(reason)
    }
    if (kind === "zip") return [(await findInArchive(survey)) ? "office" : "zip", "cannot"]
    if (kind === "office" || kind === "opendocument") remain(OFFICE)
    else if (kind === "pdf") await findInPdf(survey)
    else if (kind === "audio") remain(["container-metadata"])
    else if (kind === "video" || kind === "tiff") {
        remain(["container-metadata", "visible-content", "camera-noise"])
        if (kind === "video") await findInVideo(survey)
        else findInExif(await source.takeUpTo(0, MAX_TIFF_BYTES), findings)
    } else if (kind === "text") {
        const isMarkup = textOfBytes(await source.takeUpTo(0, MAX_MARKUP_AT)).trimStart().startsWith("<")
        if (!isMarkup) return [kind, "clean"]
        remain(["document-properties"])
    } else remain(["unreadable"])
    return [kind, "cannot"]
}

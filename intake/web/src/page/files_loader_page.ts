// Fetching the part that deals with files: a script and texts of its own, so that nobody waits for
// them before they can report.

import { button, element, paragraphs } from "./element_page.ts"
import { fieldId } from "./field_page.ts"
import { FILES_PART_EVENT } from "./files_part.ts"
import type { Files, FilesHolder, FilesPart } from "./files_part.ts"
import type { Settings } from "./settings_page.ts"
import type { View } from "./view_page.ts"

const SCRIPT = "files_page.js"
const TEXTS = "files."

/** Digest of the script, put in by build.mjs. */
declare const FILES_INTEGRITY: string

/** The script hands its part over in an event on its own element: nothing global is left behind. */
async function loadPart(): Promise<FilesPart> {
    const script = element("script", { src: SCRIPT, integrity: FILES_INTEGRITY })
    return new Promise((resolve, reject) => {
        script.addEventListener(FILES_PART_EVENT, (event) => {
            resolve((event as CustomEvent<FilesPart>).detail)
        })
        script.addEventListener("error", () => {
            script.remove()
            reject(new TypeError("no files part"))
        })
        document.head.append(script)
    })
}

/** The files of one visit, opened when they are first asked for. */
export class FilesOpener implements FilesHolder {
    files: Files | undefined
    private opening: Promise<Files> | undefined

    constructor(
        private readonly view: View,
        private readonly settings: Settings,
    ) {}

    /** The control of the files question, or what stands in its place until it is there. */
    field(onChange: () => void): HTMLElement {
        if (this.files !== undefined) return this.files.field(onChange)
        const place = element("div", { id: fieldId("files"), tabindex: "-1" })
        void this.fill(place, onChange)
        return place
    }

    private async fill(place: HTMLElement, onChange: () => void): Promise<void> {
        const { t } = this.view
        place.replaceChildren(...paragraphs([t("files.opening")], "hint"))
        try {
            place.replaceWith((await this.open()).field(onChange))
        } catch {
            const again = button(t("files.unopened.again"), "secondary", () => {
                void this.fill(place, onChange)
            })
            place.replaceChildren(...paragraphs([t("files.unopened")], "error"), again)
        }
    }

    private async open(): Promise<Files> {
        this.opening ??= this.load()
        try {
            this.files = await this.opening
            return this.files
        } catch (error) {
            this.opening = undefined
            throw error
        }
    }

    private async load(): Promise<Files> {
        const [part] = await Promise.all([loadPart(), this.view.addPart(TEXTS)])
        return part.open(this.view, this.settings)
    }
}

// The end of a report that goes into a file: sealed, then the code, then the file and how it gets
// to the service.

import { codeScreen } from "./code_page.ts"
import type { CarriedFiles } from "./carried_files_page.ts"
import type { CarriedPeriod } from "./carried_page.ts"
import { button, details, element, heading, notice, paragraphs } from "./element_page.ts"
import { refusalOfError, refusalScreen } from "./refusal_page.ts"
import type { Session } from "./session.ts"
import type { Settings } from "./settings_page.ts"
import type { Screen, View } from "./view_page.ts"
import type { CodeSpellings, VerifiedKeySet } from "../messages.ts"
import type { OnProgress, SealingClient } from "../sealing_client.ts"
import { encodeHead } from "../wire/sealed_report.ts"

/** What it is given. */
export interface FileEquipment {
    readonly view: View
    readonly settings: Settings
    readonly sealer: SealingClient
    readonly session: Session
    readonly files: CarriedFiles
    readonly leave: () => void
    readonly period: CarriedPeriod
}

/** A report sealed into a file. Source: SPEC 22. */
interface SealedIntoFile {
    readonly file: Blob
    readonly code: CodeSpellings
}

// Says nothing but what its ending says anyway.
const FILE_NAME = "file.sealed"

async function sealIntoFile({ sealer, session, files, view }: FileEquipment, onProgress: OnProgress): Promise<SealedIntoFile> {
    const carried = files.all()
    const code = await sealer.newCode()
    const submission = await sealer.seal(session.contents(view.language), onProgress)
    const head = encodeHead({ files: carried, submission })
    return { file: new Blob([head, ...carried.map(({ file }) => file)], { type: "application/octet-stream" }), code }
}

/** Seal what was answered into a file, the files that go with it first; `backToCheck` gives it up. */
export function concludeInFile(equipment: FileEquipment, backToCheck: () => void): void {
    const { files } = equipment.files
    const done = (): void => {
        sealReport(equipment, backToCheck)
    }
    if (files.isEmpty) done()
    else files.send({ stop: backToCheck, done })
}

function sealReport(equipment: FileEquipment, backToCheck: () => void): void {
    const { view, settings, session, files, period } = equipment
    const bar = element("progress", { max: "1", value: "0" })
    view.show(sealingScreen(bar, view))
    const showProgress = (done: number, total: number): void => {
        bar.value = done / total
        bar.setAttribute("aria-valuetext", `${Math.round((done / total) * 100)} %`)
    }
    sealIntoFile(equipment, showProgress).then(
        (sealed) => {
            session.forget()
            files.forget()
            session.settled = false
            view.show(codeScreen(sealed.code, view, () => {
                view.show(fileScreen(sealed.file, equipment))
            }))
        },
        (error: unknown) => {
            const name = error instanceof Error ? error.name : ""
            if (name.startsWith("KeySet")) view.show(refusalScreen(view, settings, refusalOfError(error), backToCheck, period))
            else view.show(failedScreen(view, backToCheck))
        },
    )
}

function sealingScreen(bar: HTMLProgressElement, view: View): Screen {
    return {
        build: () => {
            const { t } = view
            bar.setAttribute("aria-label", t("sending.sealing"))
            return [heading(t("sending.sealing")), bar, ...paragraphs([t("sending.local"), t("sending.stay")])]
        },
    }
}

function failedScreen(view: View, back: () => void): Screen {
    return {
        build: () => {
            const { t } = view
            const again = button(t("offline.back"), "secondary", back)
            return [heading(t("sending.notsealed")), ...paragraphs([t("sending.nothing")], "lead"), element("p", { class: "actions" }, again)]
        },
    }
}

/** How the file reaches the service, the simplest way first. */
function waysToDeliver(view: View, settings: Settings, { origin }: VerifiedKeySet): readonly Node[] {
    const { t } = view
    const item = (title: string, ...texts: readonly Node[]): HTMLElement => element("li", {}, element("strong", {}, title), ...texts)
    const address = (path: string): HTMLElement => element("p", { class: "address", translate: "no" }, `${origin}/${path}`)
    const command = element("p", { class: "address", translate: "no" }, `intake submit --sealed ${FILE_NAME} --server ${origin} --root '${settings.rootKey}'`)
    return [
        element("h2", {}, t("offline.deliver.heading")),
        ...paragraphs([t("offline.deliver.lead")]),
        element(
            "ol",
            {},
            item(t("offline.deliver.page"), ...paragraphs([t("offline.deliver.page.how")]), address("deliver.html")),
            item(t("offline.deliver.hand"), ...paragraphs([t("offline.deliver.hand.how")])),
            item(t("offline.deliver.command"), ...paragraphs([t("offline.deliver.command.how")]), command),
        ),
        element("h2", {}, t("offline.after.heading")),
        ...paragraphs([t("offline.after"), t("offline.after.mailbox")]),
        address("mailbox.html"),
        ...paragraphs([t("offline.after.unconfirmed")]),
    ]
}

/** The file is handed over on request; closing the page before that would lose it. */
function fileScreen(file: Blob, { view, settings, session, leave }: FileEquipment): Screen {
    const { keySet } = session
    const address = URL.createObjectURL(file)
    let saved = false
    return {
        build: () => {
            const { t } = view
            const link = element("a", { href: address, download: FILE_NAME, class: "primary" }, t("offline.save"))
            const said = element("p", { role: "status" }, saved ? t("offline.saved") : "")
            link.addEventListener("click", () => {
                saved = true
                session.settled = true
                said.textContent = t("offline.saved")
            })
            const finish = button(t("offline.finish"), "secondary", () => {
                if (saved) leave()
                else said.textContent = t("offline.unsaved")
            })
            return [
                heading(t("offline.file.heading")),
                ...paragraphs([t("offline.file.lead")], "lead"),
                element("p", { class: "actions" }, link),
                said,
                notice("warning", "", ...paragraphs([t("offline.file.once")])),
                ...waysToDeliver(view, settings, keySet),
                details(t("offline.traces.heading"), ...paragraphs([t("offline.traces")])),
                element("p", { class: "actions" }, finish),
            ]
        },
    }
}

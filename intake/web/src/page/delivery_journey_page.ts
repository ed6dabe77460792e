// From a chosen file to a registered report: checked whole, its files sent, then the report itself,
// then its files kept. Nothing of a file leaves the device before it is known to be sealed.

import { Carrying, Checking, chooseScreen, deliveredScreen } from "./delivery_page.ts"
import type { DeliveryFault } from "./delivery_page.ts"
import { Keeping } from "./keeping_page.ts"
import { Sending } from "./sending_page.ts"
import type { SealedBytes, Shipment } from "./sending_page.ts"
import type { Settings } from "./settings_page.ts"
import type { View } from "./view_page.ts"
import { KeySetExpiredError, NotForReaderError } from "../errors.ts"
import { ProofSolver } from "../proof_client.ts"
import { FileUpload } from "../upload/file_upload.ts"
import { postTo } from "../upload/post.ts"
import type { CarriedParts } from "../upload/sealed_report_file.ts"
import { SealedReportFile } from "../upload/sealed_report_file.ts"
import { Uploads } from "../upload/uploads.ts"
import { bucketBytes } from "../wire/files.ts"

/** What the journey is given. */
export interface DeliveryEquipment {
    readonly view: View
    readonly settings: Settings
    readonly leave: () => void
}

/** The submission as it lies in the file: it can't be sealed anew here, nor its acknowledgement opened. */
function shipmentOf(submission: Uint8Array<ArrayBuffer>): Shipment<SealedBytes> {
    const bytes = { bytes: submission }
    return {
        kept: () => bytes,
        seal: () => Promise.resolve(bytes),
        renumber: () => false,
        openAcknowledgement: () => Promise.reject(new NotForReaderError("SPEC 12.1: the reporter's alone")),
        code: () => undefined,
    }
}

export class DeliveryJourney {
    private busy = false
    /** Counts up with each file that is chosen; what an older one still does is not heard. */
    private visit = 0
    private uploads: Uploads<CarriedParts> | undefined
    private solver: ProofSolver | undefined
    private carrying: Carrying | undefined
    private keeping: Keeping | undefined

    constructor(private readonly equipment: DeliveryEquipment) {
        window.addEventListener("online", () => {
            this.uploads?.wake()
        })
    }

    /** Nothing would be lost by closing the page. */
    get settled(): boolean {
        return !this.busy
    }

    begin(): void {
        this.choose(undefined)
    }

    forget(): void {
        this.visit += 1
        this.busy = false
        this.carrying?.end()
        this.keeping = undefined
        this.uploads?.carry([])
        this.solver?.close()
        this.uploads = undefined
    }

    private choose(fault: DeliveryFault | undefined): void {
        const { view, settings } = this.equipment
        this.forget()
        view.show(
            chooseScreen(view, settings, fault, (file) => {
                void this.take(file)
            }),
        )
        if (fault !== undefined) view.focus("#heading")
    }

    private async take(file: File): Promise<void> {
        this.visit += 1
        const visit = this.visit
        this.busy = true
        let checked: SealedReportFile | DeliveryFault
        try {
            checked = await this.check(file)
        } catch {
            checked = "unreadable"
        }
        if (visit !== this.visit) return
        if (checked instanceof SealedReportFile) this.carry(checked)
        else this.choose(checked)
    }

    /** Read the file through: its head, then each file inside against its digest. */
    private async check(file: File): Promise<SealedReportFile | DeliveryFault> {
        const opened = await SealedReportFile.open(file)
        if (typeof opened === "string") return opened
        const largest = bucketBytes(this.equipment.settings.maxFileBytes)
        if (opened.parts.some(({ upload }) => upload.bucketBytes > largest)) return "too-large"
        const checking = new Checking(this.equipment.view)
        this.equipment.view.show(checking.screen)
        const isWhole = await opened.isWhole((done, total) => {
            checking.show(done, total)
        })
        return isWhole ? opened : "damaged"
    }

    private carry(file: SealedReportFile): void {
        const { view, settings } = this.equipment
        const files = file.parts.map((parts, id) => new FileUpload(id, parts))
        const held = (): number => files.reduce((sum, each) => sum + each.heldBytes, 0)
        if (files.length === 0) {
            this.send(file, files)
            return
        }
        const carrying = new Carrying(view, file.parts.reduce((sum, { upload }) => sum + upload.sealedBytes, 0), {
            wake: () => {
                this.uploads?.wake()
            },
            stop: () => {
                this.choose(undefined)
            },
        })
        this.carrying = carrying
        view.show(carrying.screen)
        const solver = new ProofSolver((isSolving) => {
            carrying.solving(isSolving)
        })
        this.solver = solver
        this.uploads = new Uploads<CarriedParts>(postTo(settings.apiOrigin, solver), {
            moved: () => {
                carrying.moved(held())
            },
            held: () => {
                if (this.keeping === undefined && files.every(({ isHeld }) => isHeld)) this.send(file, files)
            },
            failed: ({ id }, reason) => {
                if (this.keeping === undefined) this.choose(reason)
                else this.keeping.hear({ kind: "failed", id, reason })
            },
            waiting: (reason, seconds) => {
                carrying.waiting(reason, seconds)
                this.keeping?.hear({ kind: "waiting", reason, seconds })
            },
            moving: () => undefined,
            kept: () => {
                this.keeping?.hear({ kind: "kept" })
            },
        })
        // A delivery that was cut before may have brought some of them already: ask first.
        for (const each of files) each.doubt()
        this.uploads.carry(files)
    }

    private send(file: SealedReportFile, files: readonly FileUpload<CarriedParts>[]): void {
        const { view, settings } = this.equipment
        this.carrying?.end()
        const stop = (): void => {
            this.choose(undefined)
        }
        const sending = new Sending(shipmentOf(file.report.submission), view, {
            apiOrigin: settings.apiOrigin,
            renewKeySet: () => Promise.reject(new KeySetExpiredError("SPEC 13.6: sealed too long ago", 0)),
            stop,
            done: () => {
                this.keep(files)
            },
            refuse: () => {
                this.choose("outdated")
            },
        })
        view.show(sending.screen)
        void sending.run()
    }

    private keep(files: readonly FileUpload<CarriedParts>[]): void {
        const { view } = this.equipment
        if (files.length === 0) {
            this.finish()
            return
        }
        const wake = (): void => {
            this.uploads?.wake()
        }
        this.keeping = new Keeping(view, wake, (id) => id + 1, {
            code: () => [],
            done: () => {
                this.finish()
            },
        })
        view.show(this.keeping.screen)
        this.uploads?.keep()
    }

    private finish(): void {
        const { view, leave } = this.equipment
        this.forget()
        const another = (): void => {
            this.choose(undefined)
        }
        view.show(deliveredScreen(view, another, leave))
    }
}

// The files of one visit: chosen, looked at, sent, kept. In memory, and gone with the page.

import { Attachments, sentAs, wantsDecision } from "./attachments.ts"
import type { Attachment, Refusal } from "./attachments.ts"
import { sentLine } from "./file_texts.ts"
import { cardKey } from "./file_card_page.ts"
import { FilesField } from "./files_field_page.ts"
import type { FileProblem, Files, KeepMoves, UploadMoves } from "./files_part.ts"
import { Keeping } from "./keeping_page.ts"
import type { Settings } from "./settings_page.ts"
import { Uploading } from "./upload_page.ts"
import type { View } from "./view_page.ts"
import { FileClient } from "../file_client.ts"
import type { FileWorker } from "../file_client.ts"
import type { Content } from "./contents_of_answers.ts"
import type { FileNews } from "../upload/orders.ts"

function problemOf(item: Attachment): string | null {
    if (item.unreadable) return "files.unreadable.remove"
    if (item.inspection === null) return "files.looking.still"
    return wantsDecision(item) ? "files.decide" : null
}

export class VisitFiles implements Files {
    private readonly attachments: Attachments
    private readonly client: FileClient
    private shownField: FilesField | undefined
    private onChange: () => void = () => undefined
    private uploading: Uploading | undefined
    private keeping: Keeping | undefined
    /** Continue was pressed although something is to be decided. */
    private wasWrong = false

    constructor(
        private readonly view: View,
        private readonly settings: Settings,
        startWorker?: () => FileWorker,
    ) {
        this.attachments = new Attachments(settings)
        this.client = new FileClient(
            (news) => {
                this.hear(news)
            },
            () => {
                this.lostWorker()
            },
            startWorker,
        )
        window.addEventListener("online", () => {
            if (this.uploading !== undefined || this.keeping !== undefined) this.client.order({ kind: "wake" })
        })
    }

    get isEmpty(): boolean {
        return this.attachments.items.length === 0
    }

    readonly field = (onChange: () => void): HTMLElement => {
        this.onChange = onChange
        this.shownField = new FilesField(this.view, this.settings, this.wasWrong, {
            items: () => this.attachments.items,
            add: (files) => this.add(files),
            remove: (id) => {
                this.remove(id)
            },
            change: (id, changes) => {
                this.attachments.change(id, changes)
                onChange()
            },
        })
        return this.shownField.root
    }

    readonly problems = (): readonly FileProblem[] => {
        const { t } = this.view
        const problems = this.attachments.items.flatMap((item, index) => {
            const text = problemOf(item)
            return text === null ? [] : [{ key: cardKey(item.id), message: t(text, { item: t("files.item", { n: index + 1 }) }) }]
        })
        this.wasWrong = problems.length > 0
        return problems
    }

    readonly lines = (): readonly string[] =>
        this.attachments.items.map((item, index) => sentLine(item, index + 1, this.view.t, this.view.language))

    readonly contents = (): readonly Content[] => this.attachments.contents

    readonly send = (moves: UploadMoves): void => {
        const order = (kind: "pause" | "resume" | "wake"): (() => void) => {
            return () => {
                this.client.order({ kind })
            }
        }
        this.uploading = new Uploading(
            this.view,
            {
                items: () => this.attachments.items,
                pause: order("pause"),
                resume: order("resume"),
                wake: order("wake"),
                remove: (id) => {
                    this.remove(id)
                },
                retry: (id) => {
                    this.attachments.retry(id)
                    this.client.order({ kind: "retry", id })
                },
            },
            moves,
        )
        this.view.show(this.uploading.screen)
        const files = this.attachments.items.map((item) => ({ id: item.id, as: sentAs(item) }))
        this.client.order({ kind: "send", apiOrigin: this.settings.apiOrigin, files })
    }

    readonly keep = (moves: KeepMoves): void => {
        this.uploading = undefined
        const numberOf = (id: number): number => this.attachments.items.findIndex((item) => item.id === id) + 1
        const wake = (): void => {
            this.client.order({ kind: "wake" })
        }
        this.keeping = new Keeping(this.view, wake, numberOf, moves)
        this.view.show(this.keeping.screen)
        this.client.order({ kind: "keep" })
    }

    readonly forget = (): void => {
        this.client.close()
        this.attachments.items = []
        this.uploading = undefined
        this.keeping = undefined
    }

    private add(files: readonly File[]): readonly (readonly [string, Refusal])[] {
        const refusals: (readonly [string, Refusal])[] = []
        for (const file of files) {
            const added = this.attachments.add(file)
            if (typeof added === "number") this.client.order({ kind: "add", id: added, file })
            else refusals.push([file.name, added])
        }
        this.onChange()
        return refusals
    }

    private remove(id: number): void {
        this.attachments.remove(id)
        this.client.order({ kind: "drop", id })
        this.onChange()
    }

    private hear(news: FileNews): void {
        this.attachments.receive(news)
        if (news.kind === "looked" || news.kind === "unreadable") {
            this.shownField?.draw(news.id)
            this.onChange()
        }
        this.uploading?.hear(news)
        this.keeping?.hear(news)
    }

    /** Nothing can be sealed without it: files have to be chosen again. */
    private lostWorker(): void {
        for (const { id } of this.attachments.items) {
            this.hear({ kind: "unreadable", id })
            this.hear({ kind: "failed", id, reason: "changed" })
        }
        this.keeping?.giveUp()
    }
}

// The control of the files question: a button that chooses, a place to drop, a card for each file.

import { bytesText } from "./amounts.ts"
import type { Attachment, FileLimits, Refusal } from "./attachments.ts"
import { element, paragraphs } from "./element_page.ts"
import { fieldId } from "./field_page.ts"
import { fileCard } from "./file_card_page.ts"
import type { CardMoves } from "./file_card_page.ts"
import type { View } from "./view_page.ts"

export interface FieldMoves {
    readonly items: () => readonly Attachment[]
    /** Add files; a refusal for each that was not taken. */
    readonly add: (files: readonly File[]) => readonly (readonly [name: string, refusal: Refusal])[]
    readonly remove: (id: number) => void
    readonly change: (id: number, changes: Parameters<CardMoves["change"]>[0]) => void
}

const REFUSALS: Readonly<Record<Refusal, string>> = { empty: "files.empty", large: "files.large", many: "files.many" }

export class FilesField {
    readonly root: HTMLElement
    private readonly cards = element("div", { class: "rows" })
    private readonly refused = element("div", { role: "alert" })

    constructor(
        private readonly view: View,
        private readonly limits: FileLimits,
        private readonly wrong: boolean,
        private readonly moves: FieldMoves,
    ) {
        this.root = element("div", { id: fieldId("files"), class: "files", role: "group", "aria-labelledby": "heading", tabindex: "-1" })
        this.root.append(this.cards, this.refused, this.chooser(), ...paragraphs([this.limitsText()], "hint"))
        this.takeDrops()
        this.draw()
    }

    /** Draw every card again, or the one of which something became known. */
    draw(id?: number): void {
        const items = this.moves.items()
        const index = items.findIndex((item) => item.id === id)
        const old = this.cards.children[index]
        if (index >= 0 && old !== undefined && this.cards.children.length === items.length) {
            const hadFocus = old.contains(document.activeElement)
            const card = this.card(index)
            old.replaceWith(card)
            if (hadFocus) card.querySelector("button")?.focus()
            return
        }
        this.cards.replaceChildren(...items.map((_, at) => this.card(at)))
    }

    private card(index: number): HTMLElement {
        const item = this.moves.items()[index]
        if (item === undefined) return element("div")
        return fileCard(item, index + 1, this.wrong, this.view, {
            remove: () => {
                this.moves.remove(item.id)
                this.draw()
                const next = this.cards.children[Math.min(index, this.cards.children.length - 1)]
                const target = next?.querySelector("h2") ?? this.root.querySelector<HTMLElement>("input[type=file]")
                target?.focus()
            },
            change: (changes) => {
                this.moves.change(item.id, changes)
            },
        })
    }

    private limitsText(): string {
        const { maxFiles, maxFileBytes } = this.limits
        return this.view.t("files.limits", { n: maxFiles, size: bytesText(maxFileBytes, this.view.language) })
    }

    private chooser(): HTMLElement {
        const input = element("input", { type: "file", multiple: "", class: "unseen", autocomplete: "off" })
        input.addEventListener("change", () => {
            this.add([...(input.files ?? [])])
            // The same file can be chosen again, and the browser does not keep the list.
            input.value = ""
        })
        return element("label", { class: "file-button secondary" }, this.view.t("files.choose"), input)
    }

    private takeDrops(): void {
        this.root.addEventListener("dragover", (event) => {
            event.preventDefault()
        })
        this.root.addEventListener("drop", (event) => {
            event.preventDefault()
            this.add([...(event.dataTransfer?.files ?? [])])
        })
    }

    private add(files: readonly File[]): void {
        const refusals = this.moves.add(files)
        const size = bytesText(this.limits.maxFileBytes, this.view.language)
        const texts = refusals.map(([name, refusal]) => this.view.t(REFUSALS[refusal], { name, size, n: this.limits.maxFiles }))
        this.refused.replaceChildren(...paragraphs([...new Set(texts)], "error"))
        this.draw()
    }
}

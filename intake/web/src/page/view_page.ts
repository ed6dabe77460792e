// The frame round every screen: header, language, the main part, messages read aloud.

import type { Language } from "./contents_of_answers.ts"
import { button, element, notice, paragraphs } from "./element_page.ts"
import type { Supply } from "./supply_page.ts"
import type { Catalogue, Translate } from "./texts.ts"
import { translator } from "./texts.ts"

/** One screen. It is built again when the language changes. */
export interface Screen {
    readonly build: () => readonly Node[]
}

/** The name of who runs the service, in each language. */
export type BodyName = Readonly<Record<Language, string>>

const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { "zh-CN": "中文", en: "English" }

export class View {
    t: Translate = translator({})
    language: Language = "zh-CN"

    private readonly catalogues = new Map<Language, Catalogue>()
    private readonly main = element("main", { id: "main" })
    private readonly message = element("p", { class: "unseen", role: "status" })
    private readonly name = element("p", { class: "body-name" })
    private readonly languages = element("button", { type: "button", class: "language" })
    private readonly exit: HTMLButtonElement
    private readonly foot = element("p", {})
    private screen: Screen = { build: () => [] }
    private framed = false

    constructor(
        private bodyName: BodyName,
        leave: () => void,
        readonly supply: Supply,
        /** Which catalogues the page shows texts of; "" is the one that all pages share. */
        private parts: readonly string[] = [""],
    ) {
        this.exit = button("", "leave", leave)
        this.languages.addEventListener("click", () => {
            void this.useLanguage(this.language === "en" ? "zh-CN" : "en")
        })
    }

    /**
     * Show every text in a language, the screen with what was typed so far included.
     *
     * Raises:
     *     TypeError: there is no text to show yet, and the catalogue can't be fetched or is not
     *         the one that this page was built with.
     */
    async useLanguage(language: Language): Promise<void> {
        try {
            const catalogue = this.catalogues.get(language) ?? (await this.load(language))
            this.catalogues.set(language, catalogue)
            this.t = translator(catalogue)
            this.language = language
            this.frame()
            this.redraw()
        } catch (error) {
            if (this.catalogues.size === 0) throw error
            this.sayBriefly(this.t("language.unavailable"))
        }
    }

    private async load(language: Language): Promise<Catalogue> {
        const catalogues = await Promise.all(this.parts.map((part) => this.supply.texts(part, language)))
        return Object.assign({}, ...catalogues) as Catalogue
    }

    /**
     * Take in one more part of the texts, in every language shown so far.
     *
     * Raises:
     *     TypeError: it can't be fetched, or is not the one that this page was built with.
     */
    async addPart(part: string): Promise<void> {
        if (this.parts.includes(part)) return
        const languages = [...this.catalogues.keys()]
        const loaded = await Promise.all(languages.map((language) => this.supply.texts(part, language)))
        this.parts = [...this.parts, part]
        languages.forEach((language, index) => {
            this.catalogues.set(language, { ...this.catalogues.get(language), ...loaded[index] })
        })
        this.t = translator(this.catalogues.get(this.language) ?? {})
    }

    /** The name in the signed key set takes the place of the one that the server put into the page. */
    nameBody(bodyName: BodyName): void {
        this.bodyName = bodyName
        this.frame()
    }

    /** Put the frame in the place of what index.html says while loading. */
    private placeFrame(): void {
        if (this.framed) return
        this.framed = true
        const header = element("header", {}, this.name, element("div", { class: "tools" }, this.languages, this.exit))
        document.body.replaceChildren(header, this.main, element("footer", {}, this.foot), this.message)
    }

    private frame(): void {
        this.placeFrame()
        const { t, language } = this
        const other: Language = language === "en" ? "zh-CN" : "en"
        document.documentElement.lang = language
        const body = this.bodyName[language]
        document.title = body === "" ? t("page.title") : t("page.title.body", { body })
        this.name.textContent = body
        this.languages.textContent = LANGUAGE_NAMES[other]
        this.languages.lang = other
        this.exit.replaceChildren(t("leave.button"))
        this.foot.textContent = t("page.foot")
    }

    /** Go to a screen; its heading takes the focus, so that a screen reader begins there. */
    show(screen: Screen): void {
        const first = this.main.childElementCount === 0
        this.screen = screen
        this.redraw()
        window.scrollTo(0, 0)
        if (!first) this.focus("#heading")
    }

    /** Build the present screen again. */
    redraw(): void {
        this.main.replaceChildren(...this.screen.build())
    }

    focus(selector: string): void {
        this.main.querySelector<HTMLElement>(selector)?.focus()
    }

    /** Show a message above the screen until it is built again, and have it read aloud. */
    private sayBriefly(text: string): void {
        this.main.prepend(notice("calm", "", ...paragraphs([text])))
        window.scrollTo(0, 0)
        this.announce(text)
    }

    /** Have a message read aloud by a screen reader. */
    announce(text: string): void {
        this.message.textContent = text
    }
}

// The report page: checks itself, then asks, seals and sends. Nothing is asked before the
// sealing code has passed its known-answer test and the key set is verified.

import type { Language } from "./page/contents_of_answers.ts"
import { Journey } from "./page/journey_page.ts"
import { leaveNow, leaveOnEscape } from "./page/leave_page.ts"
import { refusalOfError, refusalScreen } from "./page/refusal_page.ts"
import type { Refusal } from "./page/refusal_page.ts"
import type { VerifiedKeySet } from "./messages.ts"
import { Session } from "./page/session.ts"
import { readSettings } from "./page/settings_page.ts"
import type { Settings } from "./page/settings_page.ts"
import { startScreen } from "./page/start_page.ts"
import type { Readiness } from "./page/start_page.ts"
import { fetchKeySet } from "./page/submission.ts"
import { chooseLanguage } from "./page/texts.ts"
import { View } from "./page/view_page.ts"
import type { SealingClient } from "./sealing_client.ts"
import { connectSealer } from "./sealing_client.ts"

/** Without a sound catalogue nothing can be said but what stands in index.html, in both languages. */
function showWordless(): void {
    document.querySelector(".loading")?.remove()
    document.querySelector(".wordless")?.removeAttribute("hidden")
}

/** A visit, from the check of the page itself to its end. */
class Visit {
    private readonly settings: Settings = readSettings()
    private readonly view: View
    private sealer: SealingClient | undefined
    private session: Session | undefined
    private readonly leave = (): void => {
        leaveNow(this.settings.leaveUrl, () => {
            this.session?.forget()
            this.sealer?.close()
        })
    }

    constructor() {
        this.view = new View(this.settings.bodyName, this.leave)
        leaveOnEscape(this.leave)
        window.addEventListener("beforeunload", (event) => {
            if (this.session?.settled === false) event.preventDefault()
        })
        // A page brought back from the browser's memory could bring answers back with it.
        window.addEventListener("pageshow", (event) => {
            if (event.persisted) location.reload()
        })
    }

    async begin(): Promise<void> {
        const language: Language = chooseLanguage(navigator.languages)
        try {
            await this.view.useLanguage(language)
        } catch {
            showWordless()
            return
        }
        await this.check()
    }

    private async check(): Promise<void> {
        let readiness: Readiness = { kind: "checking" }
        const start = startScreen(this.view, this.settings, () => readiness)
        this.view.show(start)
        const keySet = await this.verified()
        if (typeof keySet === "string") {
            this.refuse(keySet)
            return
        }
        const { sealer, view, settings, leave } = this
        if (sealer === undefined) return
        const session = new Session(keySet)
        this.session = session
        const journey = new Journey({ view, settings, sealer, session, start, leave })
        const begin = (): void => {
            journey.begin()
        }
        readiness = { kind: "ready", fingerprint: keySet.fingerprint, begin }
        view.nameBody(keySet.bodyName)
        view.redraw()
        view.announce(view.t("start.ready"))
    }

    /** The key set, or why nothing can be taken. */
    private async verified(): Promise<VerifiedKeySet | Refusal> {
        // Plain http gives pages no WebCrypto; some hardened browsers switch it off.
        if ((globalThis.crypto as Crypto | undefined)?.subtle === undefined) return "browser"
        try {
            this.sealer ??= connectSealer(this.settings.rootKey, this.settings.minimumVersion)
            await this.sealer.selfTest()
        } catch {
            return "self-test"
        }
        try {
            return await this.sealer.verifyKeySet(await fetchKeySet(this.settings.apiOrigin))
        } catch (error) {
            return refusalOfError(error)
        }
    }

    private refuse(refusal: Refusal): void {
        const again = (): void => {
            location.reload()
        }
        this.view.show(refusalScreen(this.view, this.settings, refusal, again))
    }
}

void new Visit().begin()

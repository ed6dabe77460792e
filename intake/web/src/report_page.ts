// The report page: checks itself, then asks, seals and sends. Nothing is asked before the
// sealing code has passed its known-answer test and the key set is verified.

import { concludeBySending } from "./page/conclusion_page.ts"
import type { Language } from "./page/contents_of_answers.ts"
import { FilesOpener } from "./page/files_loader_page.ts"
import { Journey } from "./page/journey_page.ts"
import { leaveNow, leaveOnEscape } from "./page/leave_page.ts"
import { refusalScreen } from "./page/refusal_page.ts"
import type { Refusal } from "./page/refusal_page.ts"
import { checkSelf, showWordless } from "./page/self_check_page.ts"
import { Session } from "./page/session.ts"
import { readSettings } from "./page/settings_page.ts"
import type { Settings } from "./page/settings_page.ts"
import { startScreen } from "./page/start_page.ts"
import type { Readiness } from "./page/start_page.ts"
import { fetchKeySet } from "./page/submission.ts"
import { FETCHED } from "./page/supply_page.ts"
import { chooseLanguage } from "./page/texts.ts"
import { View } from "./page/view_page.ts"
import type { SealingClient } from "./sealing_client.ts"
import { connectSealer } from "./sealing_client.ts"

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
        this.view = new View(this.settings.bodyName, this.leave, FETCHED)
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
        const checked = await checkSelf(this.settings, connectSealer, () => fetchKeySet(this.settings.apiOrigin))
        if (typeof checked === "string") {
            this.refuse(checked)
            return
        }
        const { view, settings, leave } = this
        const { client: sealer, keySet } = checked
        this.sealer = sealer
        const session = new Session(keySet, new FilesOpener(view, settings))
        this.session = session
        const conclude = (backToCheck: () => void): void => {
            concludeBySending({ view, settings, sealer, session, leave }, backToCheck)
        }
        const journey = new Journey({ view, session, start, conclude })
        const begin = (): void => {
            journey.begin()
        }
        readiness = { kind: "ready", fingerprint: keySet.fingerprint, begin }
        view.nameBody(keySet.bodyName)
        view.redraw()
        view.announce(view.t("start.ready"))
    }

    private refuse(refusal: Refusal): void {
        const again = (): void => {
            location.reload()
        }
        this.view.show(refusalScreen(this.view, this.settings, refusal, again))
    }
}

void new Visit().begin()

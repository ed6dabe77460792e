// The offline page: one file that asks, seals and saves without any network. The same script runs
// a second time as the worker that seals, so that no other file is needed.

import { Visit } from "./custody/visit.ts"
import { CarriedFiles } from "./page/carried_files_page.ts"
import type { Carried } from "./page/carried_page.ts"
import { carriedKeySet, carriedSupply } from "./page/carried_page.ts"
import { concludeInFile } from "./page/file_conclusion_page.ts"
import { Journey } from "./page/journey_page.ts"
import { leaveNow, leaveOnEscape } from "./page/leave_page.ts"
import { offlineStartScreen } from "./page/offline_start_page.ts"
import type { OfflineReadiness } from "./page/offline_start_page.ts"
import { refusalScreen } from "./page/refusal_page.ts"
import { checkSelf, showWordless } from "./page/self_check_page.ts"
import { Session } from "./page/session.ts"
import { readSettings } from "./page/settings_page.ts"
import type { Settings } from "./page/settings_page.ts"
import { chooseLanguage } from "./page/texts.ts"
import { View } from "./page/view_page.ts"
import { HardyWorker, OwnThread, workerOf } from "./own_script.ts"
import type { OwnScope } from "./own_script.ts"
import { SealingClient } from "./sealing_client.ts"
import { serveFiles } from "./upload/keep_here.ts"
import { serveQuestions } from "./worker_answers.ts"

/** Put in by build.mjs. */
declare const CARRIED: Carried

/** What this script does as a worker, by the worker's name. */
const SERVICES = {
    sealing: (scope: OwnScope): void => {
        serveQuestions(scope, new Visit(() => Date.now() / 1000))
    },
    files: (scope: OwnScope): void => {
        serveFiles(scope)
    },
} as const
type ServiceName = keyof typeof SERVICES

class OfflineVisit {
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

    /** @param script the text of this script. */
    constructor(private readonly script: string) {
        this.view = new View(this.settings.bodyName, this.leave, carriedSupply(CARRIED))
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
        try {
            await this.view.useLanguage(chooseLanguage(navigator.languages))
        } catch {
            showWordless()
            return
        }
        await this.check()
    }

    private start<Message>(name: ServiceName): HardyWorker<Message> {
        return new HardyWorker<Message>(
            () => workerOf(this.script, name),
            () => new OwnThread<Message>(SERVICES[name]),
        )
    }

    private readonly connect = (rootKey: string, minimumVersion: number): SealingClient =>
        new SealingClient(this.start("sealing"), rootKey, minimumVersion)

    private async check(): Promise<void> {
        const { view, settings, leave } = this
        let readiness: OfflineReadiness = { kind: "checking" }
        const start = offlineStartScreen(view, settings, () => readiness)
        view.show(start)
        const published = carriedKeySet()
        const checked = await checkSelf(settings, this.connect, () => Promise.resolve(published.raw))
        if (typeof checked === "string") {
            const again = (): void => {
                location.reload()
            }
            view.show(refusalScreen(view, settings, checked, again, published.period))
            return
        }
        const { client: sealer, keySet } = checked
        this.sealer = sealer
        const files = new CarriedFiles(view, settings, () => this.start("files"))
        const session = new Session(keySet, files)
        session.answers = { ...session.answers, channel: "offline" }
        this.session = session
        const conclude = (backToCheck: () => void): void => {
            concludeInFile({ view, settings, sealer, session, files, leave, period: published.period }, backToCheck)
        }
        const journey = new Journey({ view, session, start, conclude })
        const begin = (): void => {
            journey.begin()
        }
        readiness = { kind: "ready", keySet, begin }
        view.nameBody(keySet.bodyName)
        view.redraw()
        view.announce(view.t("start.ready"))
    }
}

if (typeof document === "undefined") SERVICES[self.name as ServiceName](self)
else void new OfflineVisit(document.currentScript?.textContent ?? "").begin()

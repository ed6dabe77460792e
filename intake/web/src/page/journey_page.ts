// Moving between the screens. Every move is an entry in the browser's history with the same
// address and a bare number as its state, so that Back goes back one question and the history
// shows nothing of what was answered.

import { checkScreen } from "./check_page.ts"
import { codeBox, codeScreen, doneScreen } from "./code_page.ts"
import { firstReport } from "./first_report.ts"
import { questionScreen } from "./question_page.ts"
import type { QuestionMoves } from "./question_page.ts"
import { refusalOfError, refusalScreen } from "./refusal_page.ts"
import { firstProblem, stepAfter, stepAfterChange, stepById, visibleSteps } from "./route.ts"
import type { AcknowledgementMessage } from "../messages.ts"
import type { SealingClient } from "../sealing_client.ts"
import { Sending } from "./sending_page.ts"
import type { Place, Sealed, Session } from "./session.ts"
import type { Settings } from "./settings_page.ts"
import { fetchKeySet } from "./submission.ts"
import type { Screen, View } from "./view_page.ts"

const START: Place = { kind: "start" }

/** What the journey is given. */
export interface Equipment {
    readonly view: View
    readonly settings: Settings
    readonly sealer: SealingClient
    readonly session: Session
    readonly start: Screen
    readonly leave: () => void
}

export class Journey {
    private trail: Place[] = [START]
    private at = 0
    /** Once something is sealed, Back must not reopen the questions behind it. */
    private fixed = false

    constructor(private readonly equipment: Equipment) {
        history.replaceState(0, "")
        window.addEventListener("popstate", (event) => {
            this.follow(event.state)
        })
    }

    begin(): void {
        const first = visibleSteps(this.equipment.session.answers)[0]
        if (first !== undefined) this.open({ kind: "step", id: first.id })
    }

    private follow(state: unknown): void {
        if (this.fixed) {
            history.pushState(this.at, "")
            return
        }
        const index = typeof state === "number" ? state : 0
        const place = this.trail[index]
        this.at = place === undefined ? 0 : index
        this.draw(place ?? START)
    }

    private open(place: Place): void {
        this.trail = [...this.trail.slice(0, this.at + 1), place]
        this.at += 1
        history.pushState(this.at, "")
        this.draw(place)
    }

    private draw(place: Place): void {
        const { session, view } = this.equipment
        view.show(this.screenOf(place))
        // Coming to the check page by any way ends a change.
        if (place.kind !== "step") session.changing = false
        else session.seen.add(place.id)
    }

    private screenOf(place: Place): Screen {
        const { session, view, start } = this.equipment
        const back = (): void => {
            history.back()
        }
        const change = (id: string): void => {
            session.changing = true
            this.open({ kind: "step", id })
        }
        if (place.kind === "start") return start
        if (place.kind === "check") {
            const send = (): void => {
                this.send()
            }
            return checkScreen(session, view, { back, change, send })
        }
        const step = stepById(place.id)
        if (step === undefined) return start
        const moves: QuestionMoves = {
            back,
            onward: () => {
                this.onward(place.id)
            },
            change: (id) => {
                this.open({ kind: "step", id })
            },
        }
        return questionScreen(step, session, view, moves)
    }

    private onward(id: string): void {
        const { session } = this.equipment
        const next = session.changing ? stepAfterChange(id, session.answers, session.seen) : stepAfter(id, session.answers)
        // A change can leave a later question open; it is asked before the check page is shown.
        const open = session.changing ? firstProblem(session.answers) : undefined
        const step = next ?? open
        this.open(step === undefined ? { kind: "check" } : { kind: "step", id: step.id })
    }

    /** Files first: the report that names them goes only when the server holds them. */
    private send(): void {
        const files = this.equipment.session.files?.files
        this.fixed = true
        history.pushState(this.at, "")
        const stop = (): void => {
            this.fixed = false
            this.open({ kind: "check" })
        }
        const done = (): void => {
            this.sendReport(stop)
        }
        if (files === undefined || files.isEmpty) done()
        else files.send({ stop, done })
    }

    private sendReport(backToCheck: () => void): void {
        const { view, session, sealer, settings } = this.equipment
        const sending = new Sending(firstReport(session, sealer, () => view.language), view, {
            apiOrigin: settings.apiOrigin,
            renewKeySet: async () => {
                session.keySet = await sealer.verifyKeySet(await fetchKeySet(settings.apiOrigin))
            },
            stop: backToCheck,
            done: (sealed, acknowledgement) => {
                this.keepFiles(sealed, acknowledgement)
            },
            refuse: (error) => {
                view.show(refusalScreen(view, settings, refusalOfError(error), backToCheck))
            },
        })
        view.show(sending.screen)
        void sending.run()
    }

    /** The report has come: its files are kept from now on. */
    private keepFiles(sealed: Sealed, acknowledgement: AcknowledgementMessage | undefined): void {
        const files = this.equipment.session.files?.files
        const done = (): void => {
            this.handOver(sealed, acknowledgement)
        }
        if (files === undefined || files.isEmpty) done()
        else files.keep({ code: () => [codeBox(sealed.code, this.equipment.view)], done })
    }

    /** The code, then the acknowledgement. The answers are not needed any more. */
    private handOver(sealed: Sealed, acknowledgement: AcknowledgementMessage | undefined): void {
        const { view, session, leave } = this.equipment
        session.forget()
        session.settled = false
        const done = doneScreen(acknowledgement, view, leave)
        const kept = (): void => {
            session.settled = true
            view.show(done)
        }
        view.show(codeScreen(sealed.code, view, kept))
    }
}

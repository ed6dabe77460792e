// Moving between the screens. Every move is an entry in the browser's history with the same
// address and a bare number as its state, so that Back goes back one question and the history
// shows nothing of what was answered.

import { checkScreen } from "./check_page.ts"
import { questionScreen } from "./question_page.ts"
import type { QuestionMoves } from "./question_page.ts"
import { firstProblem, stepAfter, stepAfterChange, stepById, visibleSteps } from "./route.ts"
import type { Place, Session } from "./session.ts"
import type { Screen, View } from "./view_page.ts"

const START: Place = { kind: "start" }

/** What the journey is given. */
export interface Equipment {
    readonly view: View
    readonly session: Session
    readonly start: Screen
    /** Seal what was answered and see it off; `backToCheck` gives that up. */
    readonly conclude: (backToCheck: () => void) => void
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

    private send(): void {
        this.fixed = true
        history.pushState(this.at, "")
        this.equipment.conclude(() => {
            this.fixed = false
            this.open({ kind: "check" })
        })
    }
}

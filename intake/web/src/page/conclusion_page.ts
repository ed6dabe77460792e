// The end of a report that goes to the server from here: sealed, sent, then the code and the
// acknowledgement.

import { codeBox, codeScreen, doneScreen } from "./code_page.ts"
import { firstReport } from "./first_report.ts"
import { refusalOfError, refusalScreen } from "./refusal_page.ts"
import { Sending } from "./sending_page.ts"
import type { Sealed, Session } from "./session.ts"
import type { Settings } from "./settings_page.ts"
import { fetchKeySet } from "./submission.ts"
import type { View } from "./view_page.ts"
import type { AcknowledgementMessage } from "../messages.ts"
import type { SealingClient } from "../sealing_client.ts"

/** What it is given. */
export interface ConclusionEquipment {
    readonly view: View
    readonly settings: Settings
    readonly sealer: SealingClient
    readonly session: Session
    readonly leave: () => void
}

/** The code, then the acknowledgement. The answers are not needed any more. */
function handOver(
    { view, session, leave }: ConclusionEquipment,
    sealed: Sealed,
    acknowledgement: AcknowledgementMessage | undefined,
): void {
    session.forget()
    session.settled = false
    const done = doneScreen(acknowledgement, view, leave)
    const kept = (): void => {
        session.settled = true
        view.show(done)
    }
    view.show(codeScreen(sealed.code, view, kept))
}

/** The report has come: its files are kept from now on. */
function keepFiles(
    equipment: ConclusionEquipment,
    sealed: Sealed,
    acknowledgement: AcknowledgementMessage | undefined,
): void {
    const files = equipment.session.files?.files
    const done = (): void => {
        handOver(equipment, sealed, acknowledgement)
    }
    if (files === undefined || files.isEmpty) done()
    else files.keep({ code: () => [codeBox(sealed.code, equipment.view)], done })
}

function sendReport(equipment: ConclusionEquipment, backToCheck: () => void): void {
    const { view, session, sealer, settings } = equipment
    const sending = new Sending(firstReport(session, sealer, () => view.language), view, {
        apiOrigin: settings.apiOrigin,
        renewKeySet: async () => {
            session.keySet = await sealer.verifyKeySet(await fetchKeySet(settings.apiOrigin))
        },
        stop: backToCheck,
        done: (sealed, acknowledgement) => {
            keepFiles(equipment, sealed, acknowledgement)
        },
        refuse: (error) => {
            view.show(refusalScreen(view, settings, refusalOfError(error), backToCheck))
        },
    })
    view.show(sending.screen)
    void sending.run()
}

/** Files first: the report that names them goes only when the server holds them. */
export function concludeBySending(equipment: ConclusionEquipment, backToCheck: () => void): void {
    const files = equipment.session.files?.files
    const done = (): void => {
        sendReport(equipment, backToCheck)
    }
    if (files === undefined || files.isEmpty) done()
    else files.send({ stop: backToCheck, done })
}

// The mailbox page: checks itself, then takes a receipt code and shows what lies under it. Nothing is
// kept in the browser, and no session exists: each visit begins with the code.

import { connectMailbox } from "./mailbox_client.ts"
import { leaveNow, leaveOnEscape } from "./page/leave_page.ts"
import { MailboxJourney } from "./page/mailbox_journey_page.ts"
import { refusalScreen } from "./page/refusal_page.ts"
import { checkSelf, showWordless } from "./page/self_check_page.ts"
import { readSettings } from "./page/settings_page.ts"
import { fetchKeySet } from "./page/submission.ts"
import { FETCHED } from "./page/supply_page.ts"
import { chooseLanguage } from "./page/texts.ts"
import { View } from "./page/view_page.ts"

async function visit(): Promise<void> {
    const settings = readSettings()
    const leave = (): void => {
        leaveNow(settings.leaveUrl, () => {
            journey.forget()
        })
    }
    const view = new View(settings.bodyName, leave, FETCHED, ["", "mailbox."])
    const journey = new MailboxJourney({ view, settings, leave })
    leaveOnEscape(leave)
    window.addEventListener("beforeunload", (event) => {
        if (!journey.settled) event.preventDefault()
    })
    // A page brought back from the browser's memory could bring a mailbox back with it.
    window.addEventListener("pageshow", (event) => {
        if (event.persisted) location.reload()
    })
    try {
        await view.useLanguage(chooseLanguage(navigator.languages))
    } catch {
        showWordless()
        return
    }
    const checked = await checkSelf(settings, connectMailbox, () => fetchKeySet(settings.apiOrigin))
    if (typeof checked === "string") {
        const again = (): void => {
            location.reload()
        }
        view.show(refusalScreen(view, settings, checked, again))
        return
    }
    view.nameBody(checked.keySet.bodyName)
    journey.begin(checked.client, checked.keySet)
}

void visit()

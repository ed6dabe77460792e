// Delivering a report that was sealed into a file. Without this script the page is a plain form; with
// it, what is no sealed report never leaves the device, and a cut connection costs one part.

import { DeliveryJourney } from "./page/delivery_journey_page.ts"
import { leaveNow, leaveOnEscape } from "./page/leave_page.ts"
import { readSettings } from "./page/settings_page.ts"
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
    const view = new View(settings.bodyName, leave, FETCHED, ["", "files.", "deliver."])
    const journey = new DeliveryJourney({ view, settings, leave })
    leaveOnEscape(leave)
    window.addEventListener("beforeunload", (event) => {
        if (!journey.settled) event.preventDefault()
    })
    // The form stays where its own check or its words would fail: it delivers as well.
    if ((globalThis.crypto as Crypto | undefined)?.subtle === undefined) return
    try {
        await view.useLanguage(chooseLanguage(navigator.languages))
    } catch {
        return
    }
    journey.begin()
}

void visit()

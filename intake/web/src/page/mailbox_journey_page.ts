// Moving between the screens of the mailbox. Back leads from whatever is written to the mailbox.

import { contentsOfFollowUp, EMPTY_DRAFT, FollowUps } from "./follow_up.ts"
import type { Draft } from "./follow_up.ts"
import { codeEntryScreen } from "./mailbox_code_page.ts"
import { overviewScreen } from "./mailbox_overview_page.ts"
import { Reading } from "./mailbox_reading_page.ts"
import { confirmScreen, sentScreen, writingScreen } from "./mailbox_writing_page.ts"
import { refusalOfError, refusalScreen } from "./refusal_page.ts"
import { Sending } from "./sending_page.ts"
import type { Settings } from "./settings_page.ts"
import { fetchKeySet } from "./submission.ts"
import type { Screen, View } from "./view_page.ts"
import type { MailboxClient } from "../mailbox_client.ts"
import type { FollowUpKind, MailboxMessage } from "../messages.ts"

/** What the journey is given. */
export interface MailboxEquipment {
    readonly view: View
    readonly settings: Settings
    readonly leave: () => void
}

export class MailboxJourney {
    private client: MailboxClient | undefined
    private followUps: FollowUps | undefined
    private mailbox: MailboxMessage | undefined
    private draft: Draft = EMPTY_DRAFT
    /** While something is fetched or sent, Back must not lead to another screen. */
    private busy = false
    private readonly codeEntry: Screen

    constructor(private readonly equipment: MailboxEquipment) {
        const { view, settings } = equipment
        this.codeEntry = codeEntryScreen(view, settings, () => this.client !== undefined, (typed) => this.use(typed))
        history.replaceState(0, "")
        window.addEventListener("popstate", () => {
            if (this.busy) history.pushState(1, "")
            else this.showMailbox()
        })
        view.show(this.codeEntry)
    }

    /** Nothing would be lost by closing the page. */
    get settled(): boolean {
        return !this.busy && this.draft.text.trim() === ""
    }

    forget(): void {
        this.draft = EMPTY_DRAFT
        this.mailbox = undefined
        this.busy = false
        this.client?.close()
    }

    /** The page has checked itself: codes are taken from now on. */
    begin(client: MailboxClient): void {
        this.client = client
        this.equipment.view.redraw()
        this.equipment.view.announce(this.equipment.view.t("mailbox.ready"))
    }

    private async use(typed: string): Promise<boolean> {
        if (this.client === undefined) return false
        try {
            await this.client.useCode(typed)
        } catch {
            return false
        }
        // Numbers count within one case.
        this.followUps = new FollowUps(this.client)
        this.read()
        return true
    }

    private read(): void {
        const { client, followUps, equipment } = this
        if (client === undefined || followUps === undefined) return
        const { view, settings } = equipment
        const reading = new Reading(client, view, {
            apiOrigin: settings.apiOrigin,
            done: (mailbox) => {
                followUps.continueAt(mailbox.nextNumber)
                this.mailbox = mailbox
                this.showMailbox()
            },
            stop: () => {
                this.showMailbox()
            },
        })
        view.show(reading.screen)
        void reading.run()
    }

    private showMailbox(): void {
        const { view, settings, leave } = this.equipment
        if (this.mailbox === undefined) {
            view.show(this.codeEntry)
            return
        }
        const moves = {
            write: (of: FollowUpKind) => {
                history.pushState(1, "")
                this.write(of)
            },
            again: () => {
                void this.readAnew()
            },
            other: () => {
                this.mailbox = undefined
                this.draft = EMPTY_DRAFT
                this.showMailbox()
            },
            leave,
        }
        view.show(overviewScreen(this.mailbox, settings, view, moves))
    }

    /** Look again; desks may have new keys by now. */
    private async readAnew(): Promise<void> {
        try {
            await this.renewKeySet()
        } catch (error) {
            if (refusalOfError(error) !== "unreachable") {
                this.refuse(error)
                return
            }
        }
        this.read()
    }

    private async renewKeySet(): Promise<void> {
        await this.client?.verifyKeySet(await fetchKeySet(this.equipment.settings.apiOrigin))
    }

    private refuse(error: unknown): void {
        const { view, settings } = this.equipment
        const again = (): void => {
            location.reload()
        }
        view.show(refusalScreen(view, settings, refusalOfError(error), again))
    }

    private write(of: FollowUpKind): void {
        const { view } = this.equipment
        const desk = this.mailbox?.readingDesk ?? null
        const moves = {
            draft: () => this.draft,
            change: (changes: Partial<Draft>) => {
                this.draft = { ...this.draft, ...changes }
            },
            back: () => {
                history.back()
            },
            onward: () => {
                if (of === "withdrawal") this.confirm(of)
                else this.send(of)
            },
        }
        view.show(writingScreen(of, desk, view, moves))
    }

    private confirm(of: FollowUpKind): void {
        const back = (): void => {
            this.write(of)
        }
        const confirm = (): void => {
            this.send(of)
        }
        this.equipment.view.show(confirmScreen(this.draft.destroy === "yes", this.equipment.view, back, confirm))
    }

    private send(of: FollowUpKind): void {
        const { followUps, equipment } = this
        const { view, settings } = equipment
        if (followUps === undefined) return
        this.busy = true
        const contents = contentsOfFollowUp(of, this.draft, this.mailbox?.readingDesk ?? null)
        const sending = new Sending(followUps.shipment(of, contents), view, {
            apiOrigin: settings.apiOrigin,
            renewKeySet: () => this.renewKeySet(),
            stop: () => {
                this.busy = false
                this.write(of)
            },
            done: (_sealed, acknowledgement) => {
                this.busy = false
                this.draft = EMPTY_DRAFT
                followUps.registered()
                const again = (): void => {
                    void this.readAnew()
                }
                view.show(sentScreen(acknowledgement, view, again))
            },
            refuse: (error) => {
                this.busy = false
                this.refuse(error)
            },
        })
        view.show(sending.screen)
        void sending.run()
    }
}

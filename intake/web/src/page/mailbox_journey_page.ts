// Moving between the screens of the mailbox. Back leads from whatever is written to the mailbox.

import { EMPTY_CONSENT, EMPTY_ENDING, endingOf, followUpOfPermission, termsOf } from "./consent_terms.ts"
import type { ConsentDraft, EndingDraft } from "./consent_terms.ts"
import { fieldId } from "./field_page.ts"
import { FilesOpener } from "./files_loader_page.ts"
import { contentsOfFollowUp, EMPTY_DRAFT, FollowUps } from "./follow_up.ts"
import type { Desk, Draft, Written } from "./follow_up.ts"
import type { Later } from "./later_questions.ts"
import { codeEntryScreen } from "./mailbox_code_page.ts"
import { agreeScreen, consentFormScreen, consentKeeping, endingFormScreen } from "./mailbox_consent_page.ts"
import { LaterJourney } from "./mailbox_later_page.ts"
import { overviewScreen } from "./mailbox_overview_page.ts"
import { Reading } from "./mailbox_reading_page.ts"
import { confirmScreen, sentScreen, writingScreen } from "./mailbox_writing_page.ts"
import { refusalOfError, refusalScreen } from "./refusal_page.ts"
import { Sending } from "./sending_page.ts"
import type { Settings } from "./settings_page.ts"
import { fetchKeySet } from "./submission.ts"
import type { Screen, View } from "./view_page.ts"
import type { MailboxClient } from "../mailbox_client.ts"
import type { ConsentTerms, FollowUpMessage, MailboxMessage, VerifiedKeySet } from "../messages.ts"

/** What the journey is given. */
export interface MailboxEquipment {
    readonly view: View
    readonly settings: Settings
    readonly leave: () => void
}

/** What sending comes back to. */
interface SendMoves {
    /** Back to what was written. */
    readonly stop: () => void
    /** It was sent: what was typed is not needed any more. */
    readonly forget: () => void
    /** A consent's words are shown once more, to be kept. */
    readonly consent?: ConsentTerms
}

export class MailboxJourney {
    private client: MailboxClient | undefined
    private followUps: FollowUps | undefined
    private mailbox: MailboxMessage | undefined
    private keySet: VerifiedKeySet | undefined
    private draft: Draft = EMPTY_DRAFT
    private consent: ConsentDraft = EMPTY_CONSENT
    private ending: EndingDraft = EMPTY_ENDING
    /** What was begun question by question, and the one that the history leads through now. */
    private readonly laters = new Map<Later, LaterJourney>()
    private later: LaterJourney | undefined
    /** While something is fetched or sent, Back must not lead to another screen. */
    private busy = false
    private readonly files: FilesOpener
    private readonly codeEntry: Screen

    constructor(private readonly equipment: MailboxEquipment) {
        const { view, settings } = equipment
        this.files = new FilesOpener(view, settings)
        this.codeEntry = codeEntryScreen(view, settings, () => this.client !== undefined, (typed) => this.use(typed))
        history.replaceState(0, "")
        window.addEventListener("popstate", (event) => {
            if (this.busy) history.pushState(1, "")
            else if (this.later?.follow(typeof event.state === "number" ? event.state : 0) !== true) this.showMailbox()
        })
        view.show(this.codeEntry)
    }

    /** Nothing would be lost by closing the page. */
    get settled(): boolean {
        const nothingTyped = [this.draft.text, this.consent.recipient, this.consent.purpose].every((text) => text.trim() === "")
        return !this.busy && nothingTyped && this.files.files?.isEmpty !== false && [...this.laters.values()].every((later) => later.session.settled)
    }

    forget(): void {
        this.forgetDrafts()
        this.mailbox = undefined
        this.busy = false
        this.client?.close()
    }

    private forgetDrafts(): void {
        this.draft = EMPTY_DRAFT
        this.consent = EMPTY_CONSENT
        this.ending = EMPTY_ENDING
        this.files.files?.forget()
        for (const later of this.laters.values()) later.session.forget()
        this.laters.clear()
        this.later = undefined
    }

    /** The page has checked itself: codes are taken from now on. */
    begin(client: MailboxClient, keySet: VerifiedKeySet): void {
        this.client = client
        this.keySet = keySet
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
            write: (of: Written) => {
                this.leaveMailbox()
                this.write(of)
            },
            ask: (later: Later) => {
                this.ask(later)
            },
            consent: () => {
                this.leaveMailbox()
                this.writeConsent()
            },
            ending: () => {
                this.leaveMailbox()
                this.writeEnding()
            },
            again: () => {
                void this.readAnew()
            },
            other: () => {
                this.mailbox = undefined
                this.forgetDrafts()
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
        this.keySet = await this.client?.verifyKeySet(await fetchKeySet(this.equipment.settings.apiOrigin))
    }

    private refuse(error: unknown): void {
        const { view, settings } = this.equipment
        const again = (): void => {
            location.reload()
        }
        view.show(refusalScreen(view, settings, refusalOfError(error), again))
    }

    /** Back leads to the mailbox from here. */
    private leaveMailbox(): void {
        this.later = undefined
        history.pushState(1, "")
    }

    private get desk(): Desk {
        return this.mailbox?.readingDesk ?? null
    }

    private readonly back = (): void => {
        history.back()
    }

    private write(of: Written): void {
        const { view } = this.equipment
        const moves = {
            draft: () => this.draft,
            change: (changes: Partial<Draft>) => {
                this.draft = { ...this.draft, ...changes }
            },
            back: this.back,
            files: this.files,
            onward: () => {
                if (of === "withdrawal") this.confirm(of)
                else if (of !== "message" || this.filesAreReady()) this.sendWritten(of)
            },
        }
        view.show(writingScreen(of, this.desk, view, moves))
    }

    private confirm(of: Written): void {
        const back = (): void => {
            this.write(of)
        }
        const confirm = (): void => {
            this.sendWritten(of)
        }
        this.equipment.view.show(confirmScreen(this.draft.destroy === "yes", this.equipment.view, back, confirm))
    }

    /** Whether the files can go with a message; where not, what is wrong takes the focus. */
    private filesAreReady(): boolean {
        const { view } = this.equipment
        const problem = this.files.files?.problems()[0]
        if (problem === undefined) return true
        view.redraw()
        view.focus(`#${fieldId(problem.key)}`)
        view.announce(problem.message)
        return false
    }

    /** The files of a message go first: it names them, and the server must hold them by then. */
    private sendWritten(of: Written): void {
        const files = of === "message" ? this.files.files : undefined
        const stop = (): void => {
            this.busy = false
            this.write(of)
        }
        const forget = (): void => {
            this.draft = EMPTY_DRAFT
        }
        const done = (): void => {
            const contents = contentsOfFollowUp(of, this.draft, this.desk, files?.contents())
            this.send({ of, contents, permission: null }, { stop, forget })
        }
        this.busy = true
        if (files === undefined || files.isEmpty) done()
        else files.send({ stop, done })
    }

    /** What was sent has come: its files are kept from now on. */
    private keepFiles({ report }: FollowUpMessage["contents"], done: () => void): void {
        // Other follow-ups may go while files wait for a message that is not sent yet.
        const files = report !== null && "files" in report ? this.files.files : undefined
        const kept = (): void => {
            files?.forget()
            done()
        }
        if (files === undefined) done()
        else files.keep({ code: () => [], done: kept })
    }

    /** Ask for protection, give contact details or claim a reward, question by question. */
    private ask(later: Later): void {
        const { view } = this.equipment
        if (this.keySet === undefined) return
        const stop = (): void => {
            journey.showCheck()
        }
        const forget = (): void => {
            this.laters.delete(later)
        }
        const begun = this.laters.get(later)
        const journey: LaterJourney = new LaterJourney(later, this.desk, this.keySet, view, (contents) => {
            this.send({ of: "message", contents, permission: null }, { stop, forget })
        })
        if (begun !== undefined) journey.session.answers = begun.session.answers
        this.laters.set(later, journey)
        this.later = journey
        journey.begin()
    }

    private writeConsent(): void {
        const { view } = this.equipment
        const moves = {
            draft: () => this.consent,
            change: (changes: Partial<ConsentDraft>) => {
                this.consent = { ...this.consent, ...changes }
            },
            back: this.back,
            onward: () => {
                this.agree()
            },
        }
        view.show(consentFormScreen(this.desk, view, moves))
    }

    private agree(): void {
        const { view } = this.equipment
        const form = (): void => {
            this.writeConsent()
        }
        const moves = {
            back: form,
            refuse: () => {
                this.consent = EMPTY_CONSENT
                history.back()
            },
            agree: () => {
                const terms = termsOf(this.consent, view.t)
                const forget = (): void => {
                    this.consent = EMPTY_CONSENT
                }
                this.send(followUpOfPermission(terms, this.consent.aboutStaff, this.desk), { stop: form, forget, consent: terms })
            },
        }
        view.show(agreeScreen(this.consent, view, moves))
    }

    private writeEnding(): void {
        const { view } = this.equipment
        const next = this.followUps?.next ?? 0
        const moves = {
            draft: () => this.ending,
            change: (changes: Partial<EndingDraft>) => {
                this.ending = { ...this.ending, ...changes }
            },
            back: this.back,
            onward: () => {
                const stop = (): void => {
                    this.writeEnding()
                }
                const forget = (): void => {
                    this.ending = EMPTY_ENDING
                }
                this.send(followUpOfPermission(endingOf(this.ending, next), this.ending.aboutStaff, this.desk), { stop, forget })
            },
        }
        view.show(endingFormScreen(this.desk, next, view, moves))
    }

    private send(followUp: FollowUpMessage, { stop, forget, consent }: SendMoves): void {
        const { followUps, equipment } = this
        const { view, settings } = equipment
        if (followUps === undefined) return
        this.busy = true
        const sending = new Sending(followUps.shipment(followUp), view, {
            apiOrigin: settings.apiOrigin,
            renewKeySet: () => this.renewKeySet(),
            stop: () => {
                this.busy = false
                stop()
            },
            done: (_sealed, acknowledgement) => {
                this.later = undefined
                const n = followUps.next
                followUps.registered()
                const again = (): void => {
                    void this.readAnew()
                }
                const kept = consent === undefined ? undefined : (): readonly Node[] => consentKeeping(n, consent.textShown, view)
                this.keepFiles(followUp.contents, () => {
                    this.busy = false
                    forget()
                    view.show(sentScreen(acknowledgement, view, again, kept))
                })
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

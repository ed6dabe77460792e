/** What one visit of the page holds inside the worker: key set, receipt code, what was sealed. */

import type { AcknowledgementMessage, Answers, CodeSpellings, ContentsMessage, Kind, Question, VerifiedKeySet } from "../messages.ts"
import { selfTest } from "../self_test.ts"
import { refuseOutOfTime, verifyKeySet } from "../signing/trust.ts"
import { encodeBase64url, type Bytes } from "../wire/codec.ts"
import { DocumentKind } from "../wire/contents.ts"
import { fingerprint } from "../wire/instance.ts"
import { instantOfMinute } from "../wire/instants.ts"
import { parseKeySet, type KeySet } from "../wire/key_set.ts"
import { ReceiptCode } from "../wire/receipt.ts"
import { Role } from "../wire/roles.ts"
import { parseVerifierKey, ROOT_NAME } from "../wire/signed_note.ts"
import { openAcknowledgement, ReporterKeys, sealSubmission, type OpenedAcknowledgement, type Progress, type SealedSubmission } from "./reporter.ts"

// A first report opens its case.
const FIRST_NUMBER = 0

/** The page asked for something before what it needs; a fault of the page, not of its input. */
export class OutOfOrderError extends Error {
    override readonly name = "OutOfOrderError"
}

export function required<T>(value: T | null, what: string): T {
    if (value === null) throw new OutOfOrderError(`${what} comes first`)
    return value
}

/** Answers the page's questions one after another; nothing of it outlives the worker. */
export class Visit {
    /** Seconds since 1970, by this device's clock. */
    protected readonly now: () => number
    private tested = false
    protected keySet: KeySet | null = null
    protected code: ReceiptCode | null = null
    private sealed: SealedSubmission | null = null
    private number = FIRST_NUMBER

    constructor(now: () => number) {
        this.now = now
    }

    /** Answer one question. */
    async answer(question: Question, progress: Progress): Promise<Answers[Kind]> {
        // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- The rest is the mailbox worker's.
        switch (question.kind) {
            case "self_test":
                await selfTest()
                this.tested = true
                return null
            case "verify_key_set":
                return this.verify(question.raw, question.rootKey, question.minimumVersion)
            case "new_code":
                return this.newCode()
            case "seal":
                return this.seal(question.contents, FIRST_NUMBER, DocumentKind.first, progress)
            case "open_acknowledgement":
                return acknowledgementMessage(await this.open(question.sealed))
            default:
                throw new OutOfOrderError("no question of this worker")
        }
    }

    private verify(raw: Uint8Array, rootKeyText: string, minimumVersion: number): VerifiedKeySet {
        const rootKey = parseVerifierKey(rootKeyText, ROOT_NAME)
        const keySet = verifyKeySet(parseKeySet(raw), rootKey, this.now(), minimumVersion)
        this.keySet = keySet
        const current = keySet.body.desks.filter((desk) => desk.current).map((desk) => desk.role)
        const roles = Object.entries(Role).filter(([, role]) => current.includes(role))
        return {
            version: keySet.version,
            bodyName: keySet.body.bodyName,
            roles: roles.map(([name]) => name),
            fingerprint: fingerprint(rootKey),
            origin: keySet.body.origin,
            validUntil: new Date(keySet.body.validUntil * 1000),
        }
    }

    private newCode(): CodeSpellings {
        const code = ReceiptCode.random()
        this.code = code
        this.sealed = null
        return { symbols: code.symbols, digits: code.digits }
    }

    protected async seal(contents: ContentsMessage, n: number, kind: DocumentKind, progress: Progress): Promise<Bytes> {
        if (!this.tested) throw new OutOfOrderError("the self-test comes first")
        const keySet = required(this.keySet, "a key set")
        refuseOutOfTime(keySet, this.now())
        const keys = new ReporterKeys(required(this.code, "a code"), keySet.instanceId)
        const { about_staff: aboutStaff, report, identity, protection, reward } = contents
        const parts = { aboutStaff, report, identity, protection, reward }
        this.number = n
        this.sealed = await sealSubmission(keys, parts, keySet, n, kind, progress)
        return this.sealed.raw
    }

    /** Open what the server answered to what was sealed last. */
    protected async open(sealedAcknowledgement: Uint8Array): Promise<OpenedAcknowledgement & { readonly n: number }> {
        const keySet = required(this.keySet, "a key set")
        const sealed = required(this.sealed, "a submission")
        const keys = new ReporterKeys(required(this.code, "a code"), keySet.instanceId)
        const opened = await openAcknowledgement(sealedAcknowledgement, keys, keySet, this.number, sealed.digest)
        return { n: this.number, ...opened }
    }
}

/** What the page shows of an acknowledgement. */
export function acknowledgementMessage({ acknowledgement, text }: OpenedAcknowledgement): AcknowledgementMessage {
    return {
        sequence: acknowledgement.sequence.toString(),
        registeredAt: new Date(instantOfMinute(acknowledgement.minute) * 1000),
        digest: encodeBase64url(acknowledgement.submissionDigest),
        text,
    }
}

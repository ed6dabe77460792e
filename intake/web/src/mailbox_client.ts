/** The mailbox page's side of its worker. */

import type { FollowUpMessage, MailboxMessage } from "./messages.ts"
import { SealingClient, type OnProgress } from "./sealing_client.ts"
import type { Bytes } from "./wire/codec.ts"

const WORKER_SCRIPT = "mailbox_worker.js"

/** Opens and seals for one receipt code. Rejections are told apart by their `name` (SPEC 19). */
export class MailboxClient extends SealingClient {
    /** Use a code as it was typed; rejects with `MalformedReceiptError`. */
    async useCode(typed: string): Promise<void> {
        await this.ask<"use_code">({ kind: "use_code", typed })
    }

    /** What to ask the server for, nine windows of 256 bytes (SPEC 11.4). */
    async slotWindows(step: number): Promise<readonly Bytes[]> {
        return this.ask<"slot_windows">({ kind: "slot_windows", step })
    }

    /** Open the answers to the windows of all steps, in their order. */
    async readMailbox(answers: readonly Uint8Array[]): Promise<MailboxMessage> {
        return this.ask<"read_mailbox">({ kind: "read_mailbox", answers })
    }

    /** Seal submission `n` of the case; 43,582 bytes. */
    async sealFollowUp(n: number, followUp: FollowUpMessage, onProgress: OnProgress): Promise<Bytes> {
        return this.ask<"seal_follow_up">({ kind: "seal_follow_up", n, followUp }, onProgress)
    }
}

/** Start the worker that lies beside the page; the arguments are those of `connectSealer`. */
export function connectMailbox(rootKey: string, minimumVersion: number): MailboxClient {
    return new MailboxClient(new Worker(WORKER_SCRIPT), rootKey, minimumVersion)
}

/**
 * What this page has already seen in a mailbox, so that a later look notices what was taken away or
 * exchanged meanwhile. In memory only, and gone with the code: who comes back with nothing but the
 * code cannot notice that the newest items are withheld (SPEC 20).
 */

import { encodeBase64url } from "../wire/codec.ts"
import { encodeJson } from "../wire/strict_json.ts"
import type { Acknowledged, Lane, Mailbox } from "./mailbox.ts"

/** Something that was there before. */
export interface Missed {
    readonly lane: Lane
    /** n of an acknowledgement, i of a reply. */
    readonly number: number
    readonly kind: "vanished" | "changed"
}

interface Item {
    readonly lane: Lane
    readonly number: number
    /** Differs where what was signed differs. */
    readonly mark: string
}

const placeOf = ({ lane, number }: { readonly lane: Lane; readonly number: number }): string => `${lane ?? "server"}/${number}`

function registered({ n, acknowledgement }: Acknowledged): Item {
    return { lane: null, number: n, mark: encodeBase64url(acknowledgement.raw) }
}

function itemsOf(mailbox: Mailbox): readonly Item[] {
    const replies = mailbox.replies.map(({ role, i, kind, content }) => {
        return { lane: role, number: i, mark: `${kind} ${encodeBase64url(encodeJson(content))}` }
    })
    return [...mailbox.acknowledgements.map(registered), ...replies]
}

export class SeenBefore {
    private readonly items = new Map<string, Item>()

    /** The server answered for a submission while the page was open. */
    acknowledged(each: Acknowledged): void {
        this.keep(registered(each))
    }

    private keep(item: Item): void {
        const place = placeOf(item)
        if (!this.items.has(place)) this.items.set(place, item)
    }

    /** What was seen before and is not there now, or is another; then everything new is kept. */
    compare(mailbox: Mailbox): readonly Missed[] {
        const found = new Map(itemsOf(mailbox).map((item) => [placeOf(item), item]))
        const faulty = new Set(mailbox.faults.map(placeOf))
        const missed = [...this.items.values()].flatMap(({ lane, number, mark }): readonly Missed[] => {
            const place = placeOf({ lane, number })
            const now = found.get(place)
            if (now === undefined) return faulty.has(place) ? [] : [{ lane, number, kind: "vanished" }]
            return now.mark === mark ? [] : [{ lane, number, kind: "changed" }]
        })
        for (const item of found.values()) this.keep(item)
        return missed
    }
}

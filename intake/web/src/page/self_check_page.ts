// What every page does before it asks anything: it checks its sealing code and the key set.

import type { VerifiedKeySet } from "../messages.ts"
import type { SealingClient } from "../sealing_client.ts"
import { refusalOfError } from "./refusal_page.ts"
import type { Refusal } from "./refusal_page.ts"
import type { Settings } from "./settings_page.ts"

/** A worker that passed its self-test, and the key set that it verified. */
export interface Checked<Client> {
    readonly client: Client
    readonly keySet: VerifiedKeySet
}

/** Without a sound catalogue nothing can be said but what stands in the page, in both languages. */
export function showWordless(): void {
    document.querySelector(".loading")?.remove()
    document.querySelector(".wordless")?.removeAttribute("hidden")
}

/** What the page may work with, or why nothing can be taken. */
export async function checkSelf<Client extends SealingClient>(
    settings: Settings,
    connect: (rootKey: string, minimumVersion: number) => Client,
    publishedKeySet: () => Promise<Uint8Array>,
): Promise<Checked<Client> | Refusal> {
    // Plain http gives pages no WebCrypto; some hardened browsers switch it off.
    if ((globalThis.crypto as Crypto | undefined)?.subtle === undefined) return "browser"
    let client: Client
    try {
        client = connect(settings.rootKey, settings.minimumVersion)
        await client.selfTest()
    } catch {
        return "self-test"
    }
    try {
        return { client, keySet: await client.verifyKeySet(await publishedKeySet()) }
    } catch (error) {
        return refusalOfError(error)
    }
}
